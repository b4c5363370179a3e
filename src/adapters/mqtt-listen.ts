/** Listens to all that a broker carries: a session of its own that leaves nothing behind, sends nothing, takes nothing from others. */
import { randomUUID } from "node:crypto";
import mqtt from "mqtt";
import { GateError } from "../core/fault.ts";
import type { MqttSettings } from "./mqtt.ts";

export interface Overheard {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/**
 * Everything (`#`) where the broker allows it, else `narrower`. QoS 0 and a clean session, under an id of nobody's: the
 * gate that runs keeps its own. @throws GateError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export async function listenAtBroker(
  { url, username, password, ca, cert, key, protocolVersion }: Omit<MqttSettings, "clientId">,
  narrower: readonly string[],
  hear: (message: Overheard) => void,
): Promise<{ close(): Promise<void> }> {
  const client = mqtt.connect(url, {
    clientId: `gatepost-devices-${randomUUID().slice(0, 8)}`,
    protocolVersion,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(cert === undefined ? {} : { cert: Buffer.from(cert) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
  });
  client.on("message", (topic, payload, packet) => hear({ topic, payload, retained: packet.retain }));
  try {
    await new Promise<void>((up, fail) => {
      client.once("connect", () => up());
      client.once("error", fail);
      client.once("close", () => fail(new Error("the connection was closed")));
    });
  } catch (cause) {
    client.end(true);
    const why = cause instanceof Error ? cause.message : String(cause);
    const refused = cause instanceof Error && "code" in cause && typeof cause.code === "number";
    throw new GateError(refused ? "BROKER_REFUSED" : "BROKER_UNREACHABLE", `${url}: ${why}`, { cause });
  }
  client.on("error", () => undefined); // a broker that goes away ends the listening early; what was heard stands
  for (const filters of [["#"], narrower]) {
    const granted = await client.subscribeAsync([...filters], { qos: 0 }).catch(() => []);
    if (granted.some(({ qos }) => qos < 0x80)) break;
  }
  await client.subscribeAsync([CONNECTED], { qos: 0 }).catch(() => []);
  return { close: async () => void (await client.endAsync(true)) };
}

/** Where Mosquitto and others tell how many clients there are. */
export const CONNECTED = "$SYS/broker/clients/connected";
