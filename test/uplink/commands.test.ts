// Commands at a real loop and on a real file: taken on the disk first, carried out once, told the same for ever.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCommandStore } from "../../src/adapters/commands.ts";
import { GateError } from "../../src/core/fault.ts";
import type { CommandStore } from "../../src/shell/ports.ts";
import { resultSchema } from "../../src/uplink/command-result.ts";
import { place } from "../keeping/journal-place.ts";
import { until } from "../whole/place.ts";
import { openDesk } from "./command-desk.ts";
import { COMMAND_SAMPLES } from "./command-samples.ts";
import { EPOCH, ID, OPEN, signed } from "./signer.ts";

const OTHER = "11111111-2222-4333-8444-555555555555";
const uuid = (n: number) => `c0ffee00-0000-4000-8000-${String(n).padStart(12, "0")}`;
/** The n-th sound command of the county. */
const nth = (n: number, more: object = {}) => signed({ ...OPEN, id: uuid(n), counter: n, ...more });
const GOOD = signed(OPEN);

describe("a remote opening", () => {
  it("promise 1: moves once, as a named person's order whose row stands before the relay; promise 5: and is told", async () => {
    const desk = openDesk();
    desk.hear(GOOD);
    await until(() => desk.told.length === 1);
    expect(desk.gate.moves).toEqual(["in open"]);
    const rows = desk.gate.journal.after(0, 100);
    const order = rows.findIndex(({ kind, open }) => kind === "override" && open.id === ID);
    expect(rows[order]?.open).toMatchObject({ by: "王敏", from: "platform", order: "open" });
    expect(rows.findIndex(({ kind }) => kind === "move")).toBeGreaterThan(order);
    expect(desk.told[0]).toMatchObject({
      state: "done",
      code: "carried-out",
      command: ID,
      kind: "remote-open",
      key: "county",
      counter: 7,
      epoch: EPOCH,
    });
    expect(desk.told[0]?.recordSeq).toBe(rows.at(-1)?.seq);
    expect(resultSchema.safeParse(desk.told[0]).error).toBeUndefined();
    expect(desk.rows.map(({ open }) => open.state)).toEqual(["taken", "done"]);
    expect(desk.rows[0]?.open).toMatchObject({ who: "王敏", why: "送水车进小区", lane: "car-in" });
  });

  it("promise 1: sent again it gets the very same answer and moves nothing, also after reconnects and restarts", async () => {
    const desk = openDesk();
    desk.hear(GOOD);
    await until(() => desk.told.length === 1);
    for (const [n, before] of [() => undefined, () => desk.reconnect(OTHER), () => desk.restart()].entries()) {
      await before();
      desk.hear(GOOD, { redelivered: n === 0 });
      await until(() => desk.told.length === n + 2);
      expect(desk.told.at(-1)).toEqual(desk.told[0]);
    }
    expect(desk.gate.moves).toEqual(["in open"]);
  });

  it("promise 1: nothing moves before the command is on the disk, and never when that took too long", async () => {
    const sync: (() => void)[] = [];
    const desk = openDesk({ syncs: () => new Promise((done) => sync.push(done)) });
    desk.hear(GOOD);
    await until(() => sync.length === 1);
    expect(desk.gate.moves).toEqual([]);
    // Its time is over while the disk still works.
    desk.gate.clock.to(10_001);
    expect(desk.rows.at(-1)?.open).toMatchObject({ state: "refused", code: "not-recorded" });
    sync[0]?.();
    // The disk is done, and the process had stood still meanwhile: nobody has called it off yet.
    desk.hear(nth(8, { validUntilMs: 12_000 }));
    await until(() => sync.length === 3);
    desk.gate.clock.stall(5_000);
    for (const done of sync) done();
    await until(() => desk.counts.get("remote-open expired") === 1);
    expect(desk.gate.moves).toEqual([]);
  });

  it("promise 1: a connection that changed meanwhile takes the command with it", async () => {
    const sync: (() => void)[] = [];
    const desk = openDesk({ syncs: () => new Promise((done) => sync.push(done)) });
    desk.hear(GOOD);
    await until(() => sync.length === 1);
    desk.reconnect(OTHER);
    sync[0]?.();
    await until(() => desk.rows.some(({ open }) => open.code === "wrong-epoch"));
    expect(desk.gate.moves).toEqual([]);
  });

  it("promise 1, 4: begun when the power went, it is told as uncertain and never begun again", async () => {
    const desk = openDesk({ execute: () => new Promise(() => undefined) });
    desk.hear(GOOD);
    await until(() => desk.rows.length === 1 && desk.store().known(ID) !== undefined);
    desk.hear(GOOD);
    expect(desk.told).toEqual([]);
    await desk.restart();
    for (const n of [1, 2]) {
      desk.hear(GOOD);
      await until(() => desk.told.length === n);
      expect(desk.told.at(-1)).toMatchObject({ state: "uncertain", code: "interrupted", command: ID });
    }
    expect(desk.told[1]).toEqual(desk.told[0]);
    expect(desk.gate.moves).toEqual([]);
  });

  it("promise 4: an answer isn't told, to a repetition either, before it is on the disk", async () => {
    const sync: (() => void)[] = [];
    const desk = openDesk({ syncs: () => new Promise((done) => sync.push(done)) });
    desk.hear(GOOD);
    await until(() => sync.length === 1);
    sync[0]?.();
    await until(() => sync.length === 2 && desk.store().known(ID)?.answer !== undefined);
    desk.hear(GOOD);
    expect(desk.told).toEqual([]);
    sync[1]?.();
    await until(() => desk.told.length === 1);
    desk.hear(GOOD);
    expect(desk.told).toHaveLength(2);
  });

  it("the counter survives a restart, and is told to whoever lost it", async () => {
    const desk = openDesk();
    desk.hear(GOOD);
    await until(() => desk.told.length === 1);
    await desk.restart();
    desk.hear(nth(7));
    expect(desk.told.at(-1)).toMatchObject({ state: "refused", code: "counter-used", counter: 7 });
    desk.hear(nth(8));
    await until(() => desk.told.at(-1)?.state === "done");
    expect(desk.gate.moves).toEqual(["in open"]);
  });

  it("promise 3: a jump of the wall clock changes nothing, and nobody needs to know the time", async () => {
    const desk = openDesk();
    desk.gate.clock.setWall(0, "untrusted");
    desk.hear(nth(1));
    await until(() => desk.told.length === 1);
    desk.gate.clock.setWall(Date.UTC(2099, 0, 1), "trusted");
    desk.hear(nth(2));
    await until(() => desk.told.length === 2);
    expect(desk.told.map(({ state }) => state)).toEqual(["done", "done"]);
  });
});

describe("what is refused is counted, told and noted, and does nothing else", () => {
  it("promise 1: a forged one raises an alarm", () => {
    const desk = openDesk();
    desk.hear(signed(OPEN, "town"));
    desk.hear(signed(OPEN, "town", { alg: "EdDSA", kid: "county" }));
    desk.hear("x");
    expect(desk.alarms).toEqual(["forged-command unknown-key", "forged-command bad-signature"]);
    expect(desk.told.map(({ code }) => code)).toEqual(["unknown-key", "bad-signature", "malformed"]);
    expect(desk.told.every((one) => one.command === undefined && one.key === undefined)).toBe(true);
    expect(desk.rows).toHaveLength(3);
    expect(desk.gate.moves).toEqual([]);
    expect(desk.store().lastCounter("county")).toBe(0);
  });

  it("promise 1: a retained one is refused however often it is delivered", () => {
    const desk = openDesk();
    for (let n = 0; n < 5; n++) desk.hear(GOOD, { retained: true });
    expect(desk.counts.get("unknown retained")).toBe(5);
    expect(desk.gate.moves).toEqual([]);
  });

  it("a flood writes one row for each code in ten seconds, and costs no more than so many looks", () => {
    const desk = openDesk();
    for (let n = 0; n < 500; n++) desk.hear("x");
    expect(desk.rows).toHaveLength(1);
    expect(desk.counts.get("unknown busy")).toBe(460);
    desk.gate.clock.to(10_000);
    desk.hear("x");
    expect(desk.rows.at(-1)?.open).toMatchObject({ code: "malformed", more: 39 });
  });

  it("a key that may not ask it", () => {
    const desk = openDesk({ mayAsk: (_, kind) => kind !== "remote-open" });
    desk.hear(GOOD);
    expect(desk.told.at(-1)).toMatchObject({ code: "not-allowed", command: ID });
  });

  it("promise 3: a disk that takes nothing: nothing is carried out, and nothing throws", () => {
    const full = () => {
      throw new GateError("DATABASE_FULL", "full");
    };
    const none: CommandStore = {
      lastCounter: full,
      known: () => undefined,
      begin: full,
      answer: full,
      ends: () => [],
      keepEnd: full,
      dropEnd: full,
      settled: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const desk = openDesk({ store: none });
    desk.hear(GOOD);
    expect(desk.told.at(-1)).toMatchObject({ state: "refused", code: "not-recorded" });
    const taken = openDesk({ store: { ...none, lastCounter: () => 0 } });
    taken.hear(GOOD);
    expect(taken.told.at(-1)).toMatchObject({ state: "refused", code: "not-recorded", command: ID });
    expect([...desk.gate.moves, ...taken.gate.moves]).toEqual([]);
  });

  it("promise 4: an answer that the disk doesn't take is told all the same, and the same again", async () => {
    const file = join(place(), "commands.sqlite");
    const real = openCommandStore({ file, wallMs: 0, onTrouble: () => undefined, onDamage: () => undefined });
    const answer = () => {
      throw new GateError("DATABASE_FULL", "full");
    };
    const desk = openDesk({ store: { ...real, answer } });
    desk.hear(GOOD);
    await until(() => desk.told.length === 1);
    desk.hear(GOOD);
    expect(desk.told).toHaveLength(2);
    expect(desk.told[1]).toEqual(desk.told[0]);
    expect(desk.gate.moves).toEqual(["in open"]);
  });
});

describe("promise 4: an answer gets through", () => {
  it("waits for room, and is told again over the next line until the broker has it", async () => {
    const desk = openDesk();
    desk.line({ takes: false, acknowledges: false });
    desk.hear(GOOD);
    await until(() => desk.rows.length === 2 && desk.store().known(ID)?.answer !== undefined);
    desk.turn();
    expect(desk.told).toEqual([]);
    desk.line({ takes: true, acknowledges: false });
    // Its disk's sync may still be under way: it is told when both are there.
    await until(() => {
      desk.turn();
      return desk.told.length === 1;
    });
    desk.turn();
    expect(desk.told).toHaveLength(1);
    desk.line({ takes: true, acknowledges: true });
    desk.reconnect(OTHER);
    expect(desk.told).toHaveLength(2);
    desk.reconnect(EPOCH);
    expect(desk.told).toHaveLength(2);
    expect(desk.told[1]).toEqual(desk.told[0]);
  });

  it("whatever fails while it is carried out is told as uncertain", async () => {
    const fault = new GateError("DATABASE_REFUSED", "broken");
    const thrown = openDesk({
      execute: () => {
        throw fault;
      },
    });
    thrown.hear(GOOD);
    await until(() => thrown.told.length === 1);
    const later = openDesk({ execute: () => Promise.reject(fault) });
    later.hear(GOOD);
    await until(() => later.told.length === 1);
    expect([thrown.told[0], later.told[0]].map((one) => one?.state)).toEqual(["uncertain", "uncertain"]);
  });
});

it("promise 6: of whom a list, a configuration or an erasure speaks stands in no row and in no answer", async () => {
  const desk = openDesk({ execute: () => ({ state: "done", code: "carried-out" }) });
  for (const claims of COMMAND_SAMPLES) desk.hear(signed(claims), { topic: claims.kind });
  await until(() => desk.told.length === COMMAND_SAMPLES.length);
  expect(desk.told.map(({ state, kind }) => `${kind} ${state}`).sort()).toEqual(
    COMMAND_SAMPLES.map(({ kind }) => `${kind} done`).sort(),
  );
  const said = JSON.stringify([desk.rows, desk.told]);
  for (const secret of ["林秀兰", "R-0417", "R-0093", "浙C12345", "482913", "3-1-302", "访客一"])
    expect(said).not.toContain(secret);
  expect(desk.rows.filter(({ open }) => open.state === "taken").every(({ open }) => open.who === "王敏")).toBe(true);
});

it.each<[string, (bytes: Buffer) => Buffer]>([
  ["another kind of file", () => Buffer.from("this is no database, whatever its name says".repeat(200))],
  ["pages of zeros", (bytes) => bytes.fill(0, 4_096)],
  ["a file that was cut", (bytes) => bytes.subarray(0, bytes.length - 5_000)],
])("promise 3: %s in place of what was kept is set aside, and commands go on", async (_, damage) => {
  const file = join(place(), "commands.sqlite");
  const said: string[] = [];
  const openOne = () =>
    openCommandStore({ file, wallMs: 0, onTrouble: () => undefined, onDamage: (why) => said.push(why) });
  const first = openOne();
  for (let n = 1; n <= 300; n++) first.begin({ id: uuid(n), digest: "d", key: "county", counter: n, kind: "mode" });
  await first.settled();
  await first.close();
  writeFileSync(file, damage(readFileSync(file)));
  const store = openOne();
  store.begin({ id: ID, digest: "d", key: "county", counter: 3, kind: "mode" });
  expect(store.lastCounter("county")).toBe(3);
  expect(store.known(ID)).toEqual({ digest: "d" });
  expect(store.ends()).toEqual([]);
  await store.settled();
  await store.close();
  expect(said).toHaveLength(1);
});
