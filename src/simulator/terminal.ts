/**
 * A face terminal as the vendor's document describes it (protocols: `mqtt/face/<id>`): says Online until it is
 * answered, beats every 30 s, pushes a record for each face and sends it again every 10 s until it is acknowledged.
 */
import mqtt from "mqtt";
import { type Faces, openFaces } from "./faces.ts";
import { SOMEBODY } from "./somebody.ts";

export interface TerminalSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly deviceId: string;
  /** Each time it couldn't connect; absent = it tries again in silence, as devices do. */
  readonly onTrouble?: (why: string) => void;
  /** Minutes east of UTC of the clock on its wall. */
  readonly utcOffsetMin: number;
  /** What it holds already: the same terminal after a restart. */
  readonly faces?: Faces;
}

export interface Terminal {
  /** Connected and subscribed for the first time. */
  readonly ready: Promise<void>;
  /** The camera sees a person the terminal knows by this id. Resolves with true once the record is acknowledged. */
  face(customId: string, similarity: number): Promise<boolean>;
  /** It sees a face it doesn't know. */
  stranger(): Promise<boolean>;
  /** How often the terminal was told to open, over its own command. */
  readonly unlocks: () => number;
  /** The faces it was given. */
  readonly faces: Faces;
  close(): Promise<void>;
}

const RESEND_MS = 10_000;
const HEARTBEAT_MS = 30_000;

/** The terminal's wall clock as it prints it: local, without zone, whole seconds. */
export function deviceTime(epochMs: number, utcOffsetMin: number): string {
  return new Date(epochMs + utcOffsetMin * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

export function openTerminal(settings: TerminalSettings): Terminal {
  const { deviceId } = settings;
  const client = mqtt.connect(settings.url, {
    clientId: `terminal-${deviceId}-${process.pid}`,
    username: settings.username,
    password: settings.password,
    reconnectPeriod: 1_000,
  });
  const unanswered = new Map<string, { readonly done: (ok: boolean) => void; readonly timer: NodeJS.Timeout }>();
  // Record ids go on from the clock so that a new run of the simulator never repeats one.
  let recordId = Math.floor(Date.now() / 100) % 2_000_000_000;
  let unlocks = 0;
  const faces = settings.faces ?? openFaces(deviceId);
  const time = () => deviceTime(Date.now(), settings.utcOffsetMin);

  const say = (topic: string, operator: string, info: Readonly<Record<string, unknown>>) =>
    client.publish(topic, JSON.stringify({ operator, info: { facesluiceId: deviceId, ...info } }));

  let up: () => void = () => undefined;
  const ready = new Promise<void>((done) => {
    up = done;
  });
  client.on("error", (cause) => settings.onTrouble?.(cause.message)); // it comes back by itself, as terminals do
  client.on("connect", () => {
    client.subscribe(`mqtt/face/${deviceId}`, () => up());
    say("mqtt/face/basic", "Online", { username: "admin", time: time(), ip: "127.0.0.1", facesname: deviceId });
  });
  const beat = setInterval(() => {
    if (client.connected) say("mqtt/face/heartbeat", "HeartBeat", { time: time() });
  }, HEARTBEAT_MS);

  client.on("message", (_topic, payload) => {
    const told: unknown = JSON.parse(payload.toString("utf8"));
    if (typeof told !== "object" || told === null || !("operator" in told) || !("info" in told)) return;
    if (told.operator === "Unlock") unlocks++;
    const reply = faces.answer(told);
    if (reply !== undefined) client.publish(`mqtt/face/${deviceId}/Ack`, JSON.stringify(reply));
    const { info } = told;
    if (told.operator !== "PushAck" || typeof info !== "object" || info === null || !("SnapOrRecordID" in info)) return;
    const waiting = unanswered.get(String(info.SnapOrRecordID));
    if (waiting === undefined) return;
    clearInterval(waiting.timer);
    unanswered.delete(String(info.SnapOrRecordID));
    waiting.done(true);
  });

  function push(
    topic: string,
    operator: string,
    id: string,
    info: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    // A record first sent within ten seconds is `in time`; what is sent again later says so (Sendintime 0).
    const bornAt = Date.now();
    const send = () =>
      client.connected && say(topic, operator, { ...info, Sendintime: Date.now() - bornAt < RESEND_MS ? 1 : 0 });
    send();
    return new Promise((done) => {
      unanswered.set(id, { done, timer: setInterval(send, RESEND_MS) });
    });
  }

  const common = () => ({
    time: time(),
    isNoMask: "0",
    PushType: 0,
    targetPosInScene: [412, 188, 701, 560],
    pic: `data:image/jpeg;base64,${SOMEBODY}`,
  });

  return {
    ready,
    face(customId, similarity) {
      const id = String(++recordId);
      return push(`mqtt/face/${deviceId}/Rec`, "RecPush", id, {
        customId,
        personId: "63",
        RecordID: id,
        VerifyStatus: "1",
        PersonType: "0",
        similarity1: (similarity * 100).toFixed(6),
        idCard: "",
        telnum: " ",
        ...common(),
      });
    },
    stranger() {
      const id = String(++recordId);
      return push(`mqtt/face/${deviceId}/Snap`, "StrSnapPush", id, { SnapID: id, ...common() });
    },
    unlocks: () => unlocks,
    faces,
    async close() {
      clearInterval(beat);
      for (const { timer } of unanswered.values()) clearInterval(timer);
      await client.endAsync(true);
    },
  };
}
