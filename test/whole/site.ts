/** A small real site for whole-program tests: one pedestrian gate and one barrier on a Modbus board on a serial line. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Wire } from "../../src/simulator/street.ts";
import type { Place } from "./place.ts";
import { top } from "./place.ts";

export interface SiteSettings {
  readonly mqtt: string;
  readonly relays: string;
  readonly faceModule?: string;
  readonly cardReader?: string;
  /** Embedded broker: the terminal's password file. */
  readonly passwordFile?: string;
}

export const TERMINAL = "2107466";

export function siteYaml(settings: SiteSettings): string {
  const secret = settings.passwordFile === undefined ? "{}" : `{ passwordFile: ${settings.passwordFile} }`;
  return `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
mqtt: ${settings.mqtt}
clock: { trust: trusted }
devices:
  - id: face-in
    profile: faceterm-mqtt
    mqtt: ${secret}
    params: { deviceId: "${TERMINAL}" }
    purpose: 测试用的人脸终端
  - id: relays
    profile: waveshare-modbus-relay
    serial: { path: ${settings.relays} }
    params: { unit: 1 }
${
  settings.faceModule === undefined
    ? ""
    : `  - id: face-module
    profile: sense-uart
    serial: { path: ${settings.faceModule} }
    params: { deviceId: face-module }
    purpose: 测试用的串口人脸模块
`
}${
  settings.cardReader === undefined
    ? ""
    : `  - id: card-reader
    profile: ascii-line-reader
    serial: { path: ${settings.cardReader} }
`
}lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: relays, channel: 1, pulseMs: 500 } }
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints:
      - id: walk-in
        direction: in
        readers: [face-in${settings.faceModule === undefined ? "" : ", face-module"}${settings.cardReader === undefined ? "" : ", card-reader"}]
accessLevels: [{ id: residents, accessPoints: all }]
`;
}

export const RESIDENTS = `编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组
R-0417,林秀兰,业主,3-1-302,R-0417,0005913727,,residents
R-0418,周建国,业主,3-1-302,R-0418,0005913728,,residents
`;

/** What stood on the wire to the relay board: raw bytes, cut by an eye of its own, not by the product's code. */
export interface Witness {
  /** Requests to switch or flash a relay, as hex. */
  readonly writes: () => readonly string[];
  /** The same without what was asked again because our echo came late. */
  readonly pulses: () => readonly string[];
  /** How often its inputs were asked for. */
  readonly polls: () => number;
  /** The same line for a simulated street: once it listens, it answers in our place. */
  readonly wire: Wire;
}

/** The gate asks twice more, 300 ms apart; nobody in these tests moves the same relay again so soon. */
const AGAIN_MS = 1_500;

/** A board that echoes what moves it and says its inputs are all off; it keeps what it was told. Ends with the line. */
export async function watchBoard(path: string): Promise<Witness> {
  const line = await open(path, "r+");
  const seen: string[] = [];
  let held = Buffer.alloc(0);
  let polls = 0;
  let street: ((frame: Uint8Array) => void) | undefined;
  const pulses: string[] = [];
  let seenAt = 0;
  function keep(request: string): void {
    if (seen.at(-1) !== request || performance.now() - seenAt > AGAIN_MS) pulses.push(request);
    seen.push(request);
    seenAt = performance.now();
  }
  async function answer(frame: Buffer): Promise<void> {
    if (frame[1] === 5) keep(frame.toString("hex").toUpperCase());
    else polls++;
    if (street !== undefined) return street(frame);
    // DI1..8 all off, CRC from the Modbus tables
    await line.write(frame[1] === 5 ? frame : Buffer.from("01020100A188", "hex"));
  }
  async function watch(): Promise<void> {
    const chunk = Buffer.alloc(256);
    for (;;) {
      const { bytesRead } = await line.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return;
      held = Buffer.concat([held, chunk.subarray(0, bytesRead)]);
      while (held.length >= 8) {
        const frame = held.subarray(0, 8);
        const ours = frame[0] === 1 && (frame[1] === 5 || frame[1] === 2);
        held = held.subarray(ours ? 8 : 1);
        if (ours) await answer(frame);
      }
    }
  }
  // The line goes away with the place (EIO): the witness has seen all there was.
  void watch().catch(() => line.close().catch(() => undefined));
  const wire: Wire = {
    write: (bytes) => void line.write(bytes).catch(() => undefined),
    onBytes(hear) {
      street = hear;
    },
  };
  return { writes: () => seen, pulses: () => pulses, polls: () => polls, wire };
}

/** Puts the residents on the list the way a clerk would. */
export async function importResidents(
  place: Place,
  csv = RESIDENTS,
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): Promise<void> {
  const file = place.write("residents.csv", csv);
  const importing = place.run(
    process.execPath,
    [join(top, "dist", "gatepost.cjs"), "import", file, "--config", join(place.dir, "gate.yaml"), "--apply", ...more],
    env,
  );
  const code = await importing.ended;
  if (code !== 0) throw new Error(`import ended with ${code}: ${importing.printed()}`);
}

/** Local time of a terminal in Shanghai, whole seconds. */
export const terminalTime = (epochMs = Date.now()): string =>
  new Date(epochMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

let nextRecord = 51_000;

/** The vendor's RecPush, with this person. */
export function recPush(
  customId: string,
  more: Readonly<Record<string, unknown>> = {},
): { readonly id: string; readonly text: string } {
  const id = String(nextRecord++);
  const info = {
    customId,
    personId: "63",
    RecordID: id,
    VerifyStatus: "1",
    PersonType: "0",
    similarity1: "91.000000",
    Sendintime: 1,
    personName: "Ines Okafor",
    facesluiceId: TERMINAL,
    idCard: "",
    telnum: " ",
    time: terminalTime(),
    isNoMask: "0",
    PushType: 0,
    targetPosInScene: [412, 188, 701, 560],
    pic: "data:image/jpeg;base64,/9j/2Q==",
    scene: "data:image/jpeg;base64,/9j/2Q==",
    ...more,
  };
  return { id, text: JSON.stringify({ operator: "RecPush", info }) };
}

/** What stands in the journal's file, read beside the gate by SQLite itself. */
export interface StoredRow {
  readonly seq: number;
  readonly kind: string;
  readonly lane: string | null;
  readonly open: Readonly<Record<string, unknown>>;
}

export function storedRows(place: Pick<Place, "dir">, dataDir = "data"): readonly StoredRow[] {
  const db = new Database(join(place.dir, dataDir, "journal.sqlite"), { readonly: true });
  try {
    return db
      .prepare<[], { seq: number; kind: string; lane: string | null; open: string }>(
        "SELECT seq, kind, lane, open FROM journal ORDER BY seq",
      )
      .all()
      .map((row) => ({ ...row, open: JSON.parse(row.open) }));
  } finally {
    db.close();
  }
}

/** The vendor's heartbeat, from which the device's clock is learned. */
export const heartbeat = (epochMs = Date.now()): string =>
  JSON.stringify({ operator: "HeartBeat", info: { facesluiceId: TERMINAL, time: terminalTime(epochMs) } });

/** Topics of the terminal on the wall. */
export const REC = `mqtt/face/${TERMINAL}/Rec`;
export const ANSWERS = `mqtt/face/${TERMINAL}`;

/** Waveshare's "flash on" for relay 1, 500 ms: address 1, function 05, 0200, 5 × 100 ms, CRC-16/MODBUS. */
export const FLASH = "0105020000050C71";
