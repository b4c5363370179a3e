/**
 * Our client to any MQTT broker. Acknowledges late (mqtt-publishes), tells what may have waited before this connection
 * (the fence), sends in the same turn, and queues nothing while the line is down.
 */
import { randomUUID } from "node:crypto";
import { MqttClient } from "mqtt";
import type { IPublishPacket } from "mqtt-packet";
import { GateError } from "../core/fault.ts";
import type { LinkState, MqttHeard, MqttLink } from "../shell/ports.ts";
import { clientOptions, dial } from "./mqtt-dial.ts";
import { openPublishLine, type PublishLine } from "./mqtt-publishes.ts";

export interface MqttSettings {
  /** mqtt:// or mqtts://, host and port. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly ca?: Uint8Array;
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
  readonly protocolVersion: 4 | 5;
  /** The broker is to keep nothing for us while we are away. */
  readonly forgetful?: true;
}

export interface MqttDeps {
  readonly now: () => number;
  readonly random: () => number;
}

const KEEPALIVE_S = 15;
const SESSION_EXPIRY_S = 7 * 24 * 3600;
const FENCE_MS = 2_000;
/** MQTT 5, 3.4.2.1: "an implementation or administrative imposed limit has been exceeded". */
const QUOTA_EXCEEDED = 0x97;
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const GOODBYE_MS = 1_000;

export function openMqtt(settings: MqttSettings, deps: MqttDeps): MqttLink {
  const fenceTopic = `gatepost/fence/${settings.clientId}`;
  const hearers: ((message: MqttHeard) => void)[] = [];
  const states: ((state: LinkState) => void)[] = [];
  const filters = new Set<string>();
  let state: LinkState = { is: "starting", since: deps.now() };
  let epoch = 0;
  let tries = 0;
  let fence: string | undefined;
  let fenceTimer: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let giveUp: NodeJS.Timeout | undefined;
  let closed = false;
  let line: PublishLine | undefined;

  function tell(is: LinkState["is"], why?: string): void {
    state = { is, since: deps.now(), ...(why === undefined ? {} : { why }) };
    for (const each of states) each(state);
  }

  function build(): PublishLine["stream"] {
    const socket = dial(settings);
    // From its first byte on: what a session kept for us comes right behind the broker's greeting.
    epoch++;
    fence = randomUUID();
    const opened = openPublishLine(socket, settings.protocolVersion, (packet) => hear(packet, opened));
    line = opened;
    return opened.stream;
  }

  const client = new MqttClient(build, {
    ...clientOptions(settings),
    protocolVersion: settings.protocolVersion,
    clean: settings.forgetful === true,
    keepalive: KEEPALIVE_S,
    connectTimeout: 10_000,
    ...(settings.protocolVersion === 5 && settings.forgetful !== true
      ? { properties: { sessionExpiryInterval: SESSION_EXPIRY_S } }
      : {}),
  });

  client.on("connect", (told) => {
    tries = 0;
    clearTimeout(fenceTimer);
    client.subscribe([fenceTopic, ...filters], { qos: 1 }, (error) => {
      // Ended or cut off in the meantime: the next connection asks anew, and a client that has ended has nowhere to put it.
      if (closed || !client.connected) return;
      if (error !== null) tell("starting", plain(error));
      client.publish(fenceTopic, fence ?? "", { qos: 1 });
    });
    // A broker that won't carry the fence: a new session can't have kept anything for us, an old one may have.
    fenceTimer = setTimeout(() => {
      if (fence === undefined) return;
      if (!told.sessionPresent) fence = undefined;
      tell(
        "up",
        `the broker doesn't let us use ${fenceTopic}; ${told.sessionPresent ? "nothing opens until it does" : "new session"}`,
      );
    }, FENCE_MS);
    tell("starting", "asking the broker what waited for us");
  });

  function hear(packet: IPublishPacket, from: PublishLine): void {
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    let answered = packet.qos === 0 || packet.messageId === undefined;
    const answer = (reason?: number) => {
      if (answered) return;
      answered = true;
      from.acknowledge(packet.messageId ?? 0, reason);
    };
    const settle = () => answer();
    if (packet.topic === fenceTopic) {
      if (payload.toString("utf8") === fence) {
        fence = undefined;
        clearTimeout(fenceTimer);
        // Not before: what is heard until now may have waited, and is history.
        tell("up");
      }
      return settle();
    }
    const message: MqttHeard = {
      topic: packet.topic,
      payload,
      retained: packet.retain,
      redelivered: packet.dup,
      qos: packet.qos,
      epoch,
      beforeConnection: fence !== undefined,
      settle,
      refuse() {
        if (settings.protocolVersion === 5) answer(QUOTA_EXCEEDED);
      },
    };
    for (const each of hearers) each(message);
    if (hearers.length === 0) settle();
  }

  let trouble: string | undefined;
  client.on("error", (error) => {
    trouble = plain(error);
  });
  client.on("close", () => {
    if (closed) return;
    clearTimeout(fenceTimer);
    tell("down", trouble ?? "connection closed");
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++);
    again ??= setTimeout(() => {
      again = undefined;
      trouble = undefined;
      client.reconnect();
    }, deps.random() * longest);
  });
  client.connect();

  return {
    onMessage: (each) => void hearers.push(each),
    onState: (each) => void states.push(each),
    onClient: () => undefined, // an outside broker doesn't tell
    state: () => state,
    publish(topic, payload, qos = 0) {
      if (!client.connected) return Promise.reject(new GateError("BROKER_UNREACHABLE", `${settings.url} is down`));
      if (qos === 0 && line !== undefined) {
        line.send(topic, payload);
        return Promise.resolve();
      }
      return new Promise((done, fail) => {
        client.publish(topic, Buffer.from(payload), { qos }, (error) => {
          if (error == null) done();
          else fail(new GateError("BROKER_UNREACHABLE", plain(error), { cause: error }));
        });
      });
    },
    async subscribe(more) {
      for (const filter of more) filters.add(filter);
      if (client.connected) await client.subscribeAsync([...more], { qos: 1 });
    },
    async close() {
      closed = true;
      clearTimeout(again);
      clearTimeout(fenceTimer);
      // mqtt.js waits for every answer that the broker still owes; one that has stalled owes them for ever.
      const stalled = new Promise<void>((done) => {
        giveUp = setTimeout(() => {
          line?.stream.destroy();
          done();
        }, GOODBYE_MS);
      });
      await Promise.race([client.endAsync(false), stalled]);
      clearTimeout(giveUp);
      tell("closed");
    },
  };
}

/** What to do about it, for the technician. */
export function plain(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO/.test(code))
    return `the broker's certificate isn't from our CA (${code}); check mqtt.external.caFile, or broker.caFile where it has one of its own`;
  if (code === "CERT_HAS_EXPIRED") return "the broker's certificate has expired (or our clock is wrong)";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "the broker's certificate is for another host name";
  if (code === "ECONNREFUSED") return "nobody listens there (ECONNREFUSED)";
  if (code === "5" || code === "134" || code === "135") return "the broker refuses our user name or password";
  return error.message;
}
