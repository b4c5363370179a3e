// Traffic over restarts and power cuts: each passage in exactly one quarter, each quarter told when it is over, and again when it changed.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openCursorFile } from "../../src/adapters/uplink-cursors.ts";
import { openTallyFiles } from "../../src/adapters/uplink-tally.ts";
import type { LanePlan } from "../../src/core/terms.ts";
import { openOpenings } from "../../src/shell/openings.ts";
import type { Entry, OpenRow } from "../../src/shell/ports.ts";
import { random } from "../../src/simulator/random.ts";
import { type Book, openBook } from "../../src/uplink/book.ts";
import { openCards } from "../../src/uplink/cards.ts";
import { readCursors, readDay, readTallied } from "../../src/uplink/kept.ts";
import { streamOf } from "../../src/uplink/records.ts";
import type { Quarter } from "../../src/uplink/summaries.ts";
import { openTally } from "../../src/uplink/tally.ts";
import { nowAt } from "./campaign.ts";
import { BOOT, row } from "./samples.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-tally-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const DAY = Date.UTC(2026, 10, 25);
const QUARTER = 900_000;
const passages = (count: number, everyMs: number): readonly OpenRow[] =>
  Array.from({ length: count }, (_, n) => row(n + 1, "passage", { direction: "in" }, { wallMs: DAY + n * everyMs }));

function openOne(
  dir: string,
  rows: readonly OpenRow[],
  now: () => number,
  told: Map<string, Quarter>,
  line?: () => boolean,
) {
  let soon: (() => void)[] = [];
  const files = openTallyFiles(join(dir, "traffic"), { day: readDay, tallied: readTallied });
  const tally = openTally({
    lanes: new Map([["car-in", "vehicle"]]),
    rows: { after: (seq, upTo, count) => rows.filter((one) => one.seq > seq && one.seq <= upTo).slice(0, count) },
    durableSeq: () => rows.length,
    store: files,
    wallMs: now,
    soon: (then) => void soon.push(then),
    ...(line === undefined
      ? {}
      : {
          tell(quarter, then) {
            if (!line()) return false;
            const key = `${quarter.lane} ${quarter.quarterMs}`;
            if ((told.get(key)?.revision ?? 0) < quarter.revision) told.set(key, quarter);
            soon.push(then);
            return true;
          },
        }),
  });
  return {
    tally,
    files,
    run() {
      tally.turn();
      for (let n = 0; soon.length > 0 && n < 5_000; n++) {
        const due = soon;
        soon = [];
        for (const then of due) then();
      }
    },
  };
}
const total = (told: ReadonlyMap<string, Quarter>) =>
  [...told.values()].reduce((sum, { counts }) => sum + (counts.passages["in unknown none"] ?? 0), 0);

it.each([1, 2, 3, 4, 5])("restarts, some without the newest files: every passage once (seed %i)", async (seed) => {
  const dice = random(seed);
  const dir = folder();
  const all = passages(400, 61_000);
  const told = new Map<string, Quarter>();
  for (let upTo = 40; upTo <= 400; upTo += 40) {
    const rows = all.slice(0, upTo);
    const one = openOne(
      dir,
      rows,
      () => DAY + upTo * 61_000,
      told,
      () => dice.chance(0.7),
    );
    one.run();
    if (dice.chance(0.7)) one.tally.save();
    one.tally.close();
    await one.files.close();
    // A power cut may leave the days newer than the tally that tells how far they go.
    if (dice.chance(0.2)) rmSync(join(dir, "traffic", "tally.json"), { force: true });
  }
  const last = openOne(
    dir,
    all,
    () => DAY + 401 * 61_000 + QUARTER,
    told,
    () => true,
  );
  last.run();
  last.tally.save();
  await last.files.close();
  expect(total(told)).toBe(400);
  expect(last.tally.state().inside.vehicles).toBe(400);
});

it("a quarter is told when it is over, not before; and again when something late changed it", () => {
  const rows = [...passages(2, 1_000)];
  const told = new Map<string, Quarter>();
  let now = DAY + QUARTER - 1;
  const one = openOne(
    folder(),
    rows,
    () => now,
    told,
    () => true,
  );
  one.run();
  expect(told.size).toBe(0);
  now = DAY + QUARTER;
  one.run();
  expect([...told.values()]).toMatchObject([{ revision: 2 }]);
  rows.push(row(3, "outcome", { command: "close", openMs: 60_000, risingMs: 900 }, { wallMs: DAY + QUARTER + 30_000 }));
  one.run();
  expect(told.get(`car-in ${DAY}`)).toMatchObject({ revision: 3, counts: { openMs: 30_000, opening: { count: 1 } } });
});

it("without anybody to tell, it is counted and read by the hour; whoever is told later is told all of it", async () => {
  const dir = folder();
  // From 23:50 UTC on, which is 07:50 in China: two files of one local day.
  const rows = [...passages(40, 60_000)].map((one) => ({ ...one, wallMs: one.wallMs - 600_000, at: one.seq * 60_000 }));
  const told = new Map<string, Quarter>();
  const silent = openOne(dir, rows, () => DAY + 2 * QUARTER, told);
  silent.run();
  silent.tally.save();
  silent.tally.close();
  await silent.files.close();
  expect(told.size).toBe(0);

  const again = openOne(
    dir,
    rows,
    () => DAY + 8 * QUARTER,
    told,
    () => true,
  );
  expect(again.tally.upTo()).toBe(40);
  const last = rows.at(-1);
  if (last === undefined) throw new Error("no row");
  let looks = 0;
  const book = openBook({
    tally: again.tally,
    look: (date) => {
      looks++;
      return again.files.look(date);
    },
    offsetMin: () => 480,
    now: () => ({ boot: last.boot, at: last.at + 120_000, wallMs: last.wallMs + 120_000, trust: "trusted" }),
    pause: () => Promise.resolve(),
  });
  const eight = Math.floor((DAY + 480 * 60_000) / 3_600_000);
  const today = Math.floor(eight / 24);
  for (const [days, seen] of [
    [[today], 2],
    [[today], 2],
    [[today - 7, today], 4],
  ] as const) {
    const hours = await book.hours(days);
    expect(hours.counts.map(({ hour, counts }) => [hour, counts.passages["in unknown none"]])).toEqual([
      [eight - 1, 10],
      [eight, 30],
    ]);
    // Ten minutes to eight; then 29 with rows, and two since the newest.
    expect([...hours.on]).toEqual([
      [eight - 1, 600_000],
      [eight, 31 * 60_000],
    ]);
    expect(looks).toBe(seen);
  }
  again.run();
  again.run();
  expect(total(told)).toBe(40);
  // What is at hand is read from there, with what isn't saved yet; what was written anew is read anew.
  rows.push({ ...last, seq: 41, at: last.at + 60_000, wallMs: last.wallMs + 60_000 });
  again.run();
  const fresh = await book.hours([today]);
  expect(fresh.counts.map(({ counts }) => counts.passages["in unknown none"])).toEqual([10, 31]);
  expect(looks).toBe(4);
  again.tally.save();
  again.tally.close();
  await again.files.close();
  const cold = openBook({
    tally: { recent: () => undefined, last: () => undefined },
    look: again.files.look,
    offsetMin: () => 480,
    now: () => ({ boot: "", at: 0, wallMs: 0, trust: "trusted" }),
    pause: () => Promise.resolve(),
  });
  const counted = async () =>
    (await cold.hours([today])).counts.map(({ counts }) => counts.passages["in unknown none"]);
  expect(await counted()).toEqual([10, 31]);
  for (const date of ["2026-11-24", "2026-11-25"]) rmSync(join(dir, "traffic", `${date}.json`));
  expect(await counted()).toEqual([10, 31]);
  for (const date of ["2026-11-24", "2026-11-25"]) cold.forget(date);
  expect(await counted()).toEqual([]);
});

it("a day that is written anew while it is read is read anew the next time; a failing one fails its own look alone", async () => {
  const found = { date: "2026-11-25", upTo: 1, quarters: [], on: { [DAY]: 60_000 } };
  let looks = 0;
  const book: Book = openBook({
    tally: { recent: () => undefined, last: () => undefined },
    async look(date) {
      looks++;
      if (looks === 1) book.forget(date);
      if (looks === 2) throw new Error("a bug of ours");
      return found;
    },
    offsetMin: () => 0,
    now: () => ({ boot: "", at: 0, wallMs: 0, trust: "trusted" }),
    pause: () => Promise.resolve(),
  });
  const today = DAY / 86_400_000;
  expect((await book.hours([today])).on.size).toBe(1);
  const [second, third] = await Promise.allSettled([book.hours([today]), book.hours([today])]);
  expect([second.status, third.status]).toEqual(["rejected", "fulfilled"]);
  await book.hours([today]);
  expect(looks).toBe(3);
});

it("a broken file is as good as none", async () => {
  const dir = folder();
  const file = join(dir, "cursor");
  const link = { seq: 4, hash: "0".repeat(64) };
  const cursors = { alarm: { upTo: 9, link }, event: { upTo: 8, link } };
  const first = openCursorFile(file, readCursors);
  first.keep(cursors);
  await first.close();
  expect(openCursorFile(file, readCursors).found).toEqual(cursors);
  expect(readdirSync(dir)).toEqual(["cursor"]);
  const text = readFileSync(file, "utf8");
  for (const damaged of ["", text.slice(0, 40), text.replace("9", "7"), "{}", text.replace("upTo", "name")]) {
    writeFileSync(file, damaged);
    expect(openCursorFile(file, readCursors).found).toBeUndefined();
  }
});

it("an opening is told when the contacts say closed, and not where it was found open at the start", () => {
  const told: Pick<Entry, "kind" | "lane" | "open">[] = [];
  const times = {
    travelMs: 1,
    accessMs: 1,
    longAccessMs: 1,
    clearMs: 1,
    heldMs: 1,
    preAlarmMs: 0,
    stuckMs: 1,
    gapMs: 1,
  };
  const plan: LanePlan = {
    id: "car-in",
    kind: "vehicle",
    name: "car",
    inputs: ["limit-closed", "limit-open"],
    guards: [],
    canClose: true,
    canStop: false,
    times,
    maxLockedOpenMs: 1,
  };
  const openings = openOpenings([plan, { ...plan, id: "blind", inputs: [] }], (entry) => told.push(entry));
  for (const [barrier, at] of [
    ["open", 0],
    ["closed", 5],
    ["opening", 10],
    ["open", 12],
    ["closing", 40],
    ["open", 45],
    ["closed", 60],
  ] as const)
    for (const lane of ["car-in", "blind"]) openings.seen(lane, barrier, at * 1000);
  expect(told).toEqual([
    { kind: "outcome", lane: "car-in", open: { command: "close", outcome: "closed", openMs: 50_000, risingMs: 2_000 } },
  ]);
});

it("a propped gate that nobody sees to gets a yellow card, then a red one, each a row; an old one ends by itself", () => {
  const rows: OpenRow[] = [
    row(1, "alarm", { alarm: "tailgate" }, { boot: "before", wallMs: nowAt(0).wall.epochMs }),
    row(2, "alarm", { alarm: "held-open" }, { at: 1_000, lane: "iron" }),
  ];
  let second = 1;
  const cards = openCards({
    boot: BOOT,
    rows: {
      alarms: (seq, upTo) => rows.filter((one) => one.seq > seq && one.seq <= upTo && streamOf(one) === "alarm"),
    },
    durableSeq: () => rows.length,
    now: () => nowAt(second),
    note: ({ kind, lane, open }) =>
      rows.push({
        ...row(rows.length + 1, kind, open, { at: second * 1000 }),
        ...(lane === undefined ? {} : { lane }),
      }),
  });
  for (second = 1; second < 3 * 3_600; second += 30) cards.turn();
  expect(rows.slice(2).map(({ kind, lane, open }) => `${kind} ${lane} ${open.alarm} ${open.card ?? ""}`)).toEqual([
    "calm car-in tailgate ",
    "alarm iron held-open yellow",
    "alarm iron held-open red",
  ]);
});

it("a day that was counted before waits were kept by way is read, with none; anything else in it is not", () => {
  const spent = { count: 1, totalMs: 4_000 };
  const old = { passages: { "in resident face": 1 }, refusals: {}, waiting: spent, opening: spent, openMs: 0 };
  const day = (counts: object) => ({
    date: "2026-11-25",
    upTo: 9,
    on: {},
    quarters: [
      {
        lane: "car-in",
        quarterMs: DAY,
        inside: { people: 0, vehicles: 0 },
        counts,
        revision: 9,
        hash: "",
        trust: "trusted",
        told: 0,
      },
    ],
  });
  expect(readDay(day(old))?.quarters[0]?.counts).toEqual({ ...old, waitingBy: {} });
  const now = { ...old, waitingBy: { "in resident face": spent } };
  expect(readDay(day(now))).toEqual(day(now));
  expect(readDay(day({ ...old, waitingBy: { "in resident face": 1 } }))).toBeUndefined();
});
