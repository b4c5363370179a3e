/**
 * The whole program with an OSDP bus on a pseudo-terminal: a card held to a reader → the decision's row → the relay → the
 * reader's light; unplugged and plugged in again; a reader without its key is an alarm.
 */
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openPty, type Pty } from "../../src/adapters/pty.ts";
import { type OsdpReader, openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { wiegand26 } from "../../src/simulator/osdp-wire.ts";
import { random } from "../../src/simulator/random.ts";
import { type Gate, openPlace, type Place, serialPair, startGate, top, until } from "./place.ts";
import { FLASH, importResidents, storedRows, type Witness, watchBoard } from "./site.ts";

const KEY = "00112233445566778899aabbccddeeff";
const OTHER = "ffeeddccbbaa99887766554433221100";
const RESIDENT = wiegand26(123, 4567);
const STRANGER = wiegand26(9, 9);
/** LED 0 green for 3 s; red and blinking for 1.5 s (device-profiles/osdp-reader.json). */
const GREEN = "69 0000021e0002001e000000000000";
const RED = "69 000002020201000f000000000000";

const siteYaml = (relays: string, bus: string) => `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
clock: { trust: trusted }
devices:
  - id: relays
    profile: waveshare-modbus-relay
    serial: { path: ${relays} }
    params: { unit: 1 }
  - id: reader-in
    profile: osdp-reader
    serial: { path: ${bus} }
    params: { address: 1 }
    osdp: { keyFile: in.key }
  - id: reader-new
    profile: osdp-reader
    serial: { path: ${bus} }
    params: { address: 2 }
    osdp: { keyFile: new.key, installMinutes: 5 }
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: relays, channel: 1, pulseMs: 500 } }
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints:
      - { id: walk-in, direction: in, readers: [reader-in, reader-new] }
accessLevels: [{ id: residents, accessPoints: all }]
`;
const RESIDENTS = `编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组
R-0417,林秀兰,业主,3-1-302,,0008065495,,residents
`;

describe("an OSDP bus", () => {
  let place: Place;
  let board: Witness;
  let gate: Gate;
  let pty: Pty | undefined;
  let bus: string;
  let readers: readonly OsdpReader[];
  let reader: OsdpReader;

  const dice = random(7);
  const open = (address: number, key?: string) =>
    openOsdpReader({
      address,
      ...(key === undefined ? {} : { key: Uint8Array.from(Buffer.from(key, "hex")) }),
      random: (bytes) => Uint8Array.from({ length: bytes }, () => dice.below(256)),
      now: () => performance.now(),
    });

  function plug(): void {
    rmSync(bus, { force: true });
    const one = openPty();
    symlinkSync(one.path, bus);
    one.onBytes((bytes) => {
      for (const each of readers) {
        const reply = each.hear(bytes);
        if (reply !== undefined) one.write(reply);
      }
    });
    pty = one;
  }

  beforeAll(async () => {
    place = openPlace();
    const relays = await serialPair(place, "relays");
    board = await watchBoard(relays.theirs);
    bus = join(place.dir, "bus");
    reader = open(1, KEY);
    readers = [reader, open(2)];
    plug();
    place.write("in.key", `${KEY}\n`);
    place.write("new.key", `${OTHER}\n`);
    const yaml = siteYaml(relays.ours, bus);
    place.write("gate.yaml", yaml);
    await importResidents(place, RESIDENTS);
    gate = await startGate(place, yaml);
  });
  afterAll(async () => {
    await place.leave();
    pty?.close();
  });

  const rows = (kind: string) => storedRows(place).filter((row) => row.kind === kind);
  async function decided(before: number) {
    await until(() => rows("decision").length > before, 10_000, gate.running.printed);
    return rows("decision").at(-1)?.open;
  }

  test("a resident's card: granted, the relay, a green light", async () => {
    await until(() => reader.isSecure && reader.emptied, 10_000, gate.running.printed);
    const before = board.writes().length;
    reader.card(RESIDENT);
    expect(await decided(0)).toMatchObject({ outcome: "granted", reader: "reader-in", type: "card" });
    await until(() => board.writes().length > before);
    expect(board.writes().slice(before)).toEqual([FLASH]);
    await until(() => reader.shown.includes(GREEN), 5_000, gate.running.printed);
  });

  test("a card that isn't on the list: denied, nothing moves, a red light", async () => {
    const before = board.writes().length;
    const known = rows("decision").length;
    reader.card(STRANGER);
    expect(await decided(known)).toMatchObject({ outcome: "denied", reason: "credential-not-found" });
    await until(() => reader.shown.includes(RED), 5_000, gate.running.printed);
    expect(board.writes().length).toBe(before);
  });

  test("a new reader with the maker's key was given its own, once", async () => {
    const one = readers[1];
    await until(() => one?.isSecure === true && one.key !== undefined, 10_000, gate.running.printed);
    expect(Buffer.from(one?.key ?? []).toString("hex")).toBe(OTHER);
    expect(rows("device").filter((row) => row.open.installed === true)).toHaveLength(1);
  });

  test("unplugged: offline at once; what was presented meanwhile is history and opens nothing; then all is as before", async () => {
    const before = board.writes().length;
    pty?.close();
    await until(
      () => rows("device").some((row) => row.open.device === "reader-in" && row.open.offline === true),
      10_000,
    );
    reader.card(RESIDENT);
    plug();
    await until(() => rows("history").length > 0, 15_000, gate.running.printed);
    expect(rows("history").at(-1)?.open).toMatchObject({
      reader: "reader-in",
      reason: "not-fresh",
      staleness: "before-this-connection",
    });
    expect(board.writes().length).toBe(before);
    const known = rows("decision").length;
    await until(() => reader.emptied, 10_000);
    reader.card(RESIDENT);
    expect(await decided(known)).toMatchObject({ outcome: "granted" });
  });

  test("exchanged for a reader without the key: an alarm, and its cards count for nothing", async () => {
    const known = rows("decision").length;
    const before = board.writes().length;
    const thief = open(1);
    readers = [thief];
    thief.card(RESIDENT);
    await until(() => rows("alarm").some((row) => row.open.alarm === "reader-insecure"), 15_000, gate.running.printed);
    expect(rows("decision").length).toBe(known);
    expect(board.writes().length).toBe(before);
    expect(thief.isSecure).toBe(false);
  });
});

test("gatepost simulate plays a reader with a key on a real line", async () => {
  const place = openPlace();
  onTestFinished(() => place.leave());
  const relays = await serialPair(place, "relays");
  const wire = await serialPair(place, "wire");
  const board = await watchBoard(relays.theirs);
  place.write("in.key", `${KEY}\n`);
  place.write("new.key", `${OTHER}\n`);
  const yaml = siteYaml(relays.ours, wire.ours);
  place.write("gate.yaml", yaml);
  await importResidents(place, RESIDENTS);
  const gate = await startGate(place, yaml);
  const playing = place.run(process.execPath, [
    join(top, "dist", "gatepost.cjs"),
    ...["simulate", "osdp-reader", "--link", wire.theirs, "--value", "0008065495"],
    ...["--param", "address=1", "--param", `key=${KEY}`],
  ]);
  const granted = () => storedRows(place).some((row) => row.kind === "decision" && row.open.outcome === "granted");
  await until(granted, 15_000, () => gate.running.printed() + playing.printed());
  await until(() => board.writes().includes(FLASH));
  expect(await playing.ended).toBe(0);
});
