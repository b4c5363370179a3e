/**
 * The whole way, with nothing of ours at either end: a plain MQTT client → Mosquitto → gatepost → the relay board's
 * bytes on a serial line, read by a witness of its own → the row on the disk → the terminal's acknowledgement.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SOMEBODY } from "../../src/simulator/somebody.ts";
import {
  type Gate,
  openPlace,
  type Place,
  type Running,
  serialPair,
  startGate,
  startMosquitto,
  top,
  until,
} from "./place.ts";
import {
  ANSWERS,
  FLASH,
  importResidents,
  REC,
  recPush,
  siteYaml,
  storedRows,
  terminalTime,
  type Witness,
  watchBoard,
} from "./site.ts";

describe("a face terminal over Mosquitto", () => {
  let place: Place;
  let broker: { readonly port: number; readonly url: string };
  let board: Witness;
  let gate: Gate;
  let ear: Running;
  let yaml: string;

  beforeAll(async () => {
    place = openPlace();
    broker = await startMosquitto(place);
    const relays = await serialPair(place, "relays");
    board = await watchBoard(relays.theirs);
    yaml = siteYaml({ mqtt: `{ external: { url: "${broker.url}" } }`, relays: relays.ours });
    place.write("gate.yaml", yaml);
    await importResidents(place);
    ear = place.run("mosquitto_sub", ["-p", String(broker.port), "-t", ANSWERS, "-q", "1", "-v"]);
    gate = await startGate(place, yaml);
  });
  afterAll(() => place.leave());

  const say = async (topic: string, text: string, ...more: string[]) => {
    const code = await place.run("mosquitto_pub", ["-p", String(broker.port), "-t", topic, "-m", text, ...more]).ended;
    expect(code).toBe(0);
  };
  const decisionOf = (id: string) =>
    until(
      () => storedRows(place).find((row) => String(row.open.eventId ?? "").startsWith(`rec:${id}@`)),
      10_000,
      () => gate.running.printed(),
    );
  const acknowledged = (id: string) => until(() => ear.printed().includes(`"SnapOrRecordID":${id}`), 10_000);
  const shut = () =>
    until(async () => {
      const seen: unknown = await fetch(`${gate.page}/readyz`).then((answer) => answer.status);
      return seen === 200;
    });

  test("a resident: the relay moves, the row is on the disk, the terminal is told", async () => {
    const before = board.writes().length;
    const { id, text } = recPush("R-0417");
    await say(REC, text, "-q", "1");
    await until(() => board.writes().length > before);
    expect(board.writes().slice(before)).toEqual([FLASH]);
    const row = await decisionOf(id);
    expect(row.open).toMatchObject({ outcome: "granted", reader: "face-in", accessPoint: "walk-in" });
    await acknowledged(id);
    const moves = storedRows(place).filter((one) => one.kind === "move" && one.seq > row.seq);
    expect(moves.map((one) => one.open.command)).toEqual(["open"]);
    await shut();
  });

  test("promise 6: the picture of whom it refuses is shown to the guard out of memory, and lies on no disk", async () => {
    const { id, text } = recPush("R-9999", { pic: `data:image/jpeg;base64,${SOMEBODY}` });
    await say(REC, text, "-q", "1");
    const { seq, open } = await decisionOf(id);
    expect(open).toMatchObject({ outcome: "denied" });
    const told = await fetch(`${gate.page}/api/v1/journal?after=${seq - 1}&limit=1`).then((answer) => answer.json());
    expect(told).toMatchObject({ rows: [{ snapshot: expect.any(Number) }] });
    const shown = await fetch(`${gate.page}/api/v1/rows/${seq}/snapshot`);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    const bytes = Buffer.from(SOMEBODY, "base64");
    expect(Buffer.from(await shown.arrayBuffer()).equals(bytes)).toBe(true);
    await acknowledged(id);
    const files = readdirSync(place.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toContain("journal.sqlite");
    for (const { parentPath, name } of files) {
      const kept = readFileSync(join(parentPath, name));
      expect([name, kept.includes(SOMEBODY.slice(400, 460)), kept.includes(bytes.subarray(300, 345))]).toEqual([
        name,
        false,
        false,
      ]);
    }
    expect(gate.running.printed()).not.toContain(SOMEBODY.slice(400, 460));
  });

  test("a stranger: nothing moves, the reason is one word in the row, and the terminal is told that we know", async () => {
    const before = board.writes().length;
    const { id, text } = recPush("R-9999");
    await say(REC, text, "-q", "1");
    const row = await decisionOf(id);
    expect(row.open).toMatchObject({ outcome: "denied", reason: "credential-not-found" });
    await acknowledged(id);
    expect(board.writes().length).toBe(before);
  });

  test("the same record again, and once more after a restart, is history", async () => {
    const { id, text } = recPush("R-0418");
    await say(REC, text, "-q", "1");
    await decisionOf(id);
    await acknowledged(id);
    const moved = board.writes().length;
    await say(REC, text, "-q", "1");
    await until(() => storedRows(place).some((row) => row.kind === "history" && row.open.staleness === "already-used"));
    await gate.running.stop("SIGKILL");
    gate = await startGate(place, yaml);
    const before = storedRows(place).filter((row) => row.kind === "history").length;
    await say(REC, text, "-q", "1");
    await until(() => storedRows(place).filter((row) => row.kind === "history").length > before);
    expect(board.writes().length).toBe(moved);
  });

  test("a record older than the limit, and one that the terminal kept while offline, are history", async () => {
    const before = board.writes().length;
    const old = recPush("R-0417", { time: terminalTime(Date.now() - 60_000) });
    await say(REC, old.text, "-q", "1");
    expect((await decisionOf(old.id)).open).toMatchObject({ reason: "not-fresh", staleness: "too-old" });
    const kept = recPush("R-0417", { Sendintime: 0 });
    await say(REC, kept.text, "-q", "1");
    expect((await decisionOf(kept.id)).open).toMatchObject({ reason: "not-fresh" });
    await acknowledged(kept.id);
    expect(board.writes().length).toBe(before);
  });

  test("a retained record moves nothing, over 20 restarts of the broker's session, and is told as an alarm", async () => {
    const before = board.writes().length;
    const { id, text } = recPush("R-0417");
    await say(REC, text, "-q", "1", "-r");
    await decisionOf(id);
    // The row stands before the relay is told: what it moves is waited for, or it would count for the retained one.
    const moves = () => storedRows(place).filter((row) => row.kind === "move").length;
    await until(() => board.writes().length === moves());
    const live = board.writes().length;
    expect(live - before).toBeLessThanOrEqual(1);
    await gate.running.stop("SIGKILL");
    gate = await startGate(place, yaml);
    await until(() => storedRows(place).some((row) => row.kind === "history" && row.open.staleness === "retained"));
    expect(storedRows(place).some((row) => row.kind === "alarm" && row.open.alarm === "stale-event")).toBe(true);
    expect(board.writes().length).toBe(live);
    await say(REC, "", "-r");
  });

  test("what isn't a record is counted and moves nothing; the next resident still gets in", async () => {
    const before = board.writes().length;
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      '{"operator":"RecPush"}',
      '{"__proto__":{"x":1}}',
      "\u0001\u0002",
      "[".repeat(20_000),
    ])
      await say(REC, text);
    const { id, text } = recPush("R-0418");
    await say(REC, text, "-q", "1");
    await acknowledged(id);
    expect(board.writes().slice(before)).toEqual([FLASH]);
    const counted = await fetch(`${gate.page}/metrics`).then((answer) => answer.text());
    expect(counted).toMatch(/gatepost_[a-z_]*skipped[a-z_]*\{[^}]*face-in/);
  });

  test("the chain over all of it holds, and names the first bad row when one is edited", async () => {
    const verify = () =>
      place.run(process.execPath, [
        join(top, "dist", "gatepost.cjs"),
        "journal",
        "verify",
        "--config",
        join(place.dir, "gate.yaml"),
      ]);
    const whole = verify();
    expect(await whole.ended, whole.printed()).toBe(0);
  });
});
