/** Terminals, a list and pictures that a test holds in its hand, joined by the real devices, profile and enrolment. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { levelsAt, type Receipt } from "../../src/core/roster.ts";
import type { SitePlan } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import { compile } from "../../src/decode/reader.ts";
import { compileRoster } from "../../src/decode/roster.ts";
import { openDevices } from "../../src/shell/devices.ts";
import { type Enrolment, openEnrolment } from "../../src/shell/enrol.ts";
import type {
  ConsentState,
  FaceHolder,
  LinkState,
  MqttHeard,
  MqttLink,
  OnHand,
  Receipts,
} from "../../src/shell/ports.ts";
import { type Faces, openFaces } from "../../src/simulator/faces.ts";
import { checked } from "../decode/testVendor.ts";
import { handClock } from "./hand-clock.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "device-profiles");
const document = JSON.parse(readFileSync(join(FOLDER, "faceterm-mqtt.json"), "utf8"));
const FACETERM = checked({ ...document, meta: { ...document.meta, id: "test" } });
const ROSTER = compileRoster(FACETERM);
if (ROSTER === undefined) throw new Error("faceterm-mqtt has no roster");
const roster = ROSTER;

const PLAN: SitePlan = {
  id: "s",
  name: "s",
  lanes: [],
  accessPoints: [
    {
      id: "walk-in",
      lane: "walk",
      direction: "in",
      readers: ["t1", "t2"],
      minConfidence: 0.8,
      liveness: "unless-silent",
      freshMs: 3000,
      plateQuietMs: 0,
      plateMaxMs: 0,
    },
  ],
  areas: [],
  accessLevels: [{ id: "residents", accessPoints: ["walk-in"] }],
  timeProfiles: [],
  holidays: [],
  graceDays: 0,
};

export interface OneTerminal {
  readonly faces: Faces;
  /** Whether what is sent to it, or what it says, is lost. */
  loses: "nothing" | "commands" | "replies";
  on: boolean;
  /** It says each reply twice. */
  repeats: boolean;
}

export const resident = (face: string, more: Partial<FaceHolder> = {}): FaceHolder => ({
  face,
  holder: `h-${face}`,
  name: `人${face}`,
  blocked: false,
  levels: ["residents"],
  ...more,
});

/** A picture's text that no other face has. */
const pictureText = (face: string, picture: string) =>
  Buffer.from(`${face} ${picture} `.padEnd(1_200, ".")).toString("base64");

export function openEnrolSite(
  settings: { readonly capacity?: number; readonly keepPictures?: boolean; readonly consent?: "not-checked" } = {},
) {
  const clock = handClock();
  const terminals = new Map<string, OneTerminal>(
    ["t1", "t2"].map((id) => [
      id,
      { faces: openFaces(id, settings.capacity), loses: "nothing", on: true, repeats: false },
    ]),
  );
  let people: readonly FaceHolder[] = [];
  let edition = 0;
  const list = {
    whole: true,
    get edition() {
      return String(edition);
    },
    faces: (after: string, most: number) => people.filter(({ face }) => face > after).slice(0, most),
  };
  // Whoever isn't named here has agreed.
  const consents = new Map<string, ConsentState>();
  const pictures = new Map<string, OnHand>();
  const rows: string[] = [];
  const alarms: string[] = [];
  const sentTo: string[] = [];

  // What was written, and what of it is on the disk.
  let written = new Map<string, Map<string, Receipt>>();
  let durable = new Map<string, Map<string, Receipt>>();
  const copy = (from: typeof written) => new Map([...from].map(([device, faces]) => [device, new Map(faces)]));
  const receipts: Receipts = {
    load: () => new Map([...written].map(([device, faces]) => [device, { receipts: new Map(faces), others: 0 }])),
    save(device, changed) {
      const faces = written.get(device) ?? new Map<string, Receipt>();
      for (const one of changed) faces.set(one.face, { ...one, dueAt: 0 });
      written.set(device, faces);
    },
    listed: () => undefined,
    forget: (device, faces) => {
      for (const face of faces) written.get(device)?.delete(face);
    },
    async settled() {
      durable = copy(written);
    },
    close: async () => undefined,
  };

  let close: () => void = () => undefined;
  let states: Enrolment["states"] = () => [];
  let hearers: ((message: MqttHeard) => void)[] = [];
  let ids = 0;
  function start(): void {
    hearers = [];
    const up: LinkState = { is: "up", since: clock.at() };
    const mqtt: MqttLink = {
      onMessage: (hear) => void hearers.push(hear),
      onState: () => undefined,
      onClient: () => undefined,
      state: () => up,
      async publish(topic, payload) {
        const id = topic.replace("mqtt/face/", "");
        const terminal = terminals.get(id);
        const text = new TextDecoder().decode(payload);
        const told: unknown = JSON.parse(text);
        if (typeof told === "object" && told !== null && "operator" in told)
          sentTo.push(`${id} ${String(told.operator)}`);
        if (terminal === undefined || !terminal.on || terminal.loses === "commands") return;
        const reply = terminal.faces.answer(told);
        if (reply === undefined || terminal.loses === "replies") return;
        say(id, "Ack", reply);
        if (terminal.repeats) say(id, "Ack", reply);
      },
      subscribe: async () => undefined,
      close: async () => undefined,
    };
    const devices = openDevices({
      devices: [...terminals.keys()].map((id) => ({
        id,
        reader: compile(FACETERM),
        encode: encoder(FACETERM),
        params: { deviceId: id },
      })),
      mqtt,
      lines: new Map(),
      clock,
      utcOffsetMin: () => 480,
      newId: () => `id-${++ids}`,
      hear: () => undefined,
      inputs: () => undefined,
      whenDurable: (_seq, then) => then(),
      onFault: () => undefined,
      onForged: () => undefined,
      onOffline: () => undefined,
    });
    const enrolment = openEnrolment({
      terminals: [...terminals.keys()].map((device) => ({ device, roster, levels: levelsAt(PLAN, device) })),
      clock,
      list,
      consents: {
        get edition() {
          return JSON.stringify([...consents]);
        },
        consentOf: (face) => consents.get(face) ?? "recorded",
      },
      consentRequired: settings.consent !== "not-checked",
      receipts,
      pictures: {
        markOf: (face) => `m-${face}`,
        onHand: async () => [...pictures.values()],
        read: async (one) => (pictures.has(one.mark) ? pictureText(one.mark, one.picture) : undefined),
        async drop(one) {
          if (pictures.get(one.mark)?.picture === one.picture) pictures.delete(one.mark);
        },
      },
      devices,
      utcOffsetMin: () => 480,
      graceMs: 0,
      lateMs: 0,
      keepPictures: settings.keepPictures === true,
      pictureMs: 30 * 86_400_000,
      note: (row) =>
        void rows.push(
          `${String(row.open.device)} ${String(row.open.face)}${row.open.code === undefined ? "" : ` ${String(row.open.code)}`}`,
        ),
      raise: (alarm, detail) => void alarms.push(`${alarm} ${detail}`),
      calm: (alarm) => void alarms.push(`calm ${alarm}`),
      onFault: (fault) => void alarms.push(fault.code),
    });
    states = enrolment.states;
    close = () => {
      enrolment.close();
      devices.close();
    };
  }

  function say(id: string, topic: string, body: unknown): void {
    const message: MqttHeard = {
      topic: topic === "Ack" ? `mqtt/face/${id}/Ack` : topic,
      payload: new TextEncoder().encode(JSON.stringify(body)),
      retained: false,
      redelivered: false,
      qos: 0,
      epoch: 1,
      beforeConnection: false,
      settle: () => undefined,
      refuse: () => undefined,
    };
    for (const hear of [...hearers]) hear(message);
  }

  function beat(): void {
    for (const [id, terminal] of terminals)
      if (terminal.on)
        say(id, "mqtt/face/heartbeat", {
          operator: "HeartBeat",
          info: { facesluiceId: id, time: "2026-11-25 00:00:00" },
        });
  }

  start();
  return {
    clock,
    terminals,
    rows,
    alarms,
    sentTo,
    listState: list,
    pictures,
    consents,
    state: (id: string) => states().find(({ device }) => device === id),
    receipts: () => written,
    held: (id: string) => (terminals.get(id)?.faces.held() ?? []).map((one) => one.customId).sort(),
    /** The clerk's list from now on. */
    list(...now: readonly FaceHolder[]) {
      people = [...now].sort((a, b) => (a.face < b.face ? -1 : 1));
      edition++;
    },
    picture(face: string, picture: string) {
      pictures.set(`m-${face}`, { mark: `m-${face}`, picture, sinceMs: clock.now().wall.epochMs });
    },
    say,
    async run(seconds: number) {
      for (let i = 0; i < seconds * 2; i++) {
        if (i % 20 === 0) beat();
        clock.to(clock.at() + 500);
        // What waits for a promise goes on before the next moment.
        await new Promise((next) => setImmediate(next));
      }
    },
    /** Nobody is heard meanwhile but the terminals' beats, a moment in each hour. */
    async hours(count: number) {
      for (let i = 0; i < count; i++) {
        clock.to(clock.at() + 3_600_000);
        await this.run(2);
      }
    },
    /** The power goes: what wasn't on the disk is lost. */
    cut() {
      close();
      written = copy(durable);
      start();
      beat();
    },
    close: () => close(),
  };
}
