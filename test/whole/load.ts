/** A face terminal that sends every record until it has been acknowledged, as the real one does, whatever happens to the gate. */
import { connect, type MqttClient } from "mqtt";
import { ANSWERS, heartbeat, REC, recPush } from "./site.ts";

export interface Terminal {
  /** Record ids for which the gate's PushAck has come. */
  readonly acknowledged: ReadonlySet<string>;
  /** Records sent so far. */
  readonly sent: () => number;
  stop(): Promise<void>;
}

export interface TerminalSettings {
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** Records on their way at once. */
  readonly inFlight: number;
  /** Whose record comes next. */
  readonly next: () => string;
  /** From an acknowledgement to the next record; absent = at once, which is some hundred a second. */
  readonly pauseMs?: number;
}

const AGAIN_MS = 400;

export function startTerminal(settings: TerminalSettings): Terminal {
  const waiting = new Map<string, string>();
  const acknowledged = new Set<string>();
  let sent = 0;
  let stopped = false;
  const client: MqttClient = connect({
    host: "127.0.0.1",
    port: settings.port,
    clientId: "terminal-under-test",
    reconnectPeriod: 20,
    queueQoSZero: false,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  });
  const say = (text: string) => {
    if (client.connected) client.publish(REC, text, { qos: 0 });
  };
  function refill(): void {
    while (!stopped && client.connected && waiting.size < settings.inFlight) {
      const { id, text } = recPush(settings.next());
      waiting.set(id, text);
      sent++;
      say(text);
    }
  }
  client.on("connect", () => {
    client.subscribe(ANSWERS, { qos: 0 });
    client.publish("mqtt/face/heartbeat", heartbeat(), { qos: 0 });
    for (const text of waiting.values()) say(text);
    refill();
  });
  client.on("message", (_topic, payload) => {
    const told: unknown = JSON.parse(payload.toString("utf8"));
    const id = acknowledgedIn(told);
    if (id === undefined || !waiting.delete(id)) return;
    acknowledged.add(id);
    if (settings.pauseMs === undefined) refill();
    else setTimeout(refill, settings.pauseMs);
  });
  client.on("error", () => undefined);
  const again = setInterval(() => {
    for (const text of waiting.values()) say(text);
  }, AGAIN_MS);
  return {
    acknowledged,
    sent: () => sent,
    async stop() {
      stopped = true;
      clearInterval(again);
      await client.endAsync(true);
    },
  };
}

function acknowledgedIn(told: unknown): string | undefined {
  if (typeof told !== "object" || told === null || !("info" in told)) return undefined;
  const { info } = told;
  if (typeof info !== "object" || info === null || !("SnapOrRecordID" in info)) return undefined;
  return String(info.SnapOrRecordID);
}

/** The record's id in a row's event id (`rec:51000@2026-11-24 12:00:00`). */
export const recordOf = (open: Readonly<Record<string, unknown>>): string | undefined =>
  /^rec:(\d+)/.exec(String(open.eventId ?? ""))?.[1];
