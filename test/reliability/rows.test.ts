// biome-ignore-all lint/suspicious/noTemplateCurlyInString: titles as they stand in the source
/** docs/reliability.md tells of tests that exist, and of nothing else. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { top } from "../whole/place.ts";
import { FAULTS } from "./faults.ts";
import { pageOf } from "./page.ts";
import { promisesIn } from "./reading.ts";
import { keyOf, readResults } from "./results.ts";
import { ROWS } from "./rows.ts";
import { titlePattern, wrongIn } from "./titles.ts";

const told = readResults(top);

it.each(ROWS)("$name: every test that it names is there, with its seed and size", ({ shownBy }) => {
  expect(shownBy.length).toBeGreaterThan(0);
  expect(shownBy.flatMap((shown) => wrongIn(top, shown))).toEqual([]);
});

it("rows have names of their own, and every result belongs to one of them", () => {
  expect(new Set(ROWS.map((row) => row.name)).size).toBe(ROWS.length);
  const keys = new Set(ROWS.flatMap((row) => row.shownBy.map((shown) => keyOf(shown.file, shown.title))));
  expect(Object.keys(told.runs).filter((key) => !keys.has(key))).toEqual([]);
});

it("docs/reliability.md is what rows and results say (npm run reliability -- --doc writes it)", () => {
  expect(readFileSync(join(top, "docs", "reliability.md"), "utf8")).toBe(pageOf(told));
});

it("a long run in parts is the sum of those that have run, in the division that is in force", () => {
  const shown = ROWS.flatMap((row) => row.shownBy).find(({ size }) => size?.full?.parts !== undefined);
  if (shown === undefined) throw new Error("no row has parts any more");
  const of = shown.size?.full?.parts?.of;
  const part = { date: "2026-11-24", machine: "a Pi", passed: 4, failed: 0, skipped: 1, seconds: 100.25, did: 70 };
  const parts = {
    [`1/${of}`]: part,
    [`3/${of}`]: { ...part, date: "2026-11-25", passed: 3, failed: 1, did: 65 },
    "1/999": { ...part, did: 1_000_000 },
  };
  const page = pageOf({ ...told, runs: { [keyOf(shown.file, shown.title)]: { parts } } }).replaceAll(/\s+/g, " ");
  expect(page).toContain(`2 of ${of} parts: 135 done, **1 failed**, 7 passed in 200.5 s, 2026-11-25`);
});

it.each(FAULTS)("planted fault $name: its place is there, once, and its tests are", ({ file, from, to, tests }) => {
  expect(to).not.toBe(from);
  expect(readFileSync(join(top, file), "utf8").split(from)).toHaveLength(2);
  for (const test of tests) expect(existsSync(join(top, test)), test).toBe(true);
});

describe("a name is dead", () => {
  const sound = {
    file: "test/whole/crash.test.ts",
    title: ROWS.find((row) => row.name === "crash")?.shownBy[0]?.title ?? "",
  };
  it.each([
    [{}, 0],
    [{ title: "a test that nobody wrote" }, 1],
    [{ file: "test/whole/nothing.test.ts" }, 1],
    [{ seed: 4_711 }, 1],
    [{ size: { of: "SIGKILLs", short: 101, full: { variable: "GATEPOST_KILLS", count: 500 } } }, 1],
  ])("%o: %i", (change, count) => {
    expect(wrongIn(top, { ...sound, ...change })).toHaveLength(count);
  });
});

it.each([
  ["${KILLS} SIGKILLs (seed ${SEED})", "500 SIGKILLs (seed 7)", true],
  ["%s: $name", "a: b", true],
  ["%s: $name", "a", false],
])("%s is %s: %s", (title, ran, same) => {
  expect(titlePattern(title).test(ran)).toBe(same);
});

it.each([
  ["promise 1: x", [1]],
  ["promise 1, 4, 6: x", [1, 4, 6]],
  ["storms: promises 1 and 2 in every step", [1, 2]],
  ["promise 3 and 4: a full disk promise 3", [3, 4]],
  ["no such", []],
] as const)("%s: %o", (title, numbers) => {
  expect(promisesIn(title)).toEqual(numbers);
});
