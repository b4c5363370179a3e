import { expect, it } from "vitest";
import { darkReaders, HOURS_OF_A_WEEK } from "../../src/core/dark.ts";

const NOW = 500_000;
const lastWeek = NOW - 1 - HOURS_OF_A_WEEK;
const dark = (counts: readonly (readonly [number, number])[], unwatched: readonly number[] = []) =>
  darkReaders({ recognised: new Map([["r", new Map(counts)]]), watched: (hour) => !unwatched.includes(hour) }, 5, NOW);

it.each<readonly [string, readonly (readonly [number, number])[], readonly number[], number | undefined]>([
  ["nobody in the last hour, five a week ago", [[lastWeek, 5]], [], NOW - 1],
  ["four a week ago", [[lastWeek, 4]], [], undefined],
  ["this hour isn't over", [[lastWeek + 1, 50]], [], undefined],
  [
    "somebody in this hour",
    [
      [lastWeek, 5],
      [NOW, 1],
    ],
    [],
    undefined,
  ],
  [
    "somebody in the last hour",
    [
      [lastWeek, 5],
      [NOW - 1, 1],
    ],
    [],
    undefined,
  ],
  ["the gate wasn't there", [[lastWeek, 5]], [NOW - 1], undefined],
  ["dark since the day before, and quiet since", [[lastWeek - 24, 9]], [], NOW - 25],
  [
    "dark, since the first of several hours",
    [
      [lastWeek - 3, 9],
      [lastWeek, 9],
    ],
    [],
    NOW - 4,
  ],
  [
    "what was before the last recognition doesn't count",
    [
      [lastWeek - 3, 9],
      [NOW - 2, 1],
    ],
    [],
    undefined,
  ],
  ["nothing is known", [], [], undefined],
])("%s", (_what, counts, unwatched, since) => {
  expect(dark(counts, unwatched)).toEqual(since === undefined ? [] : [{ reader: "r", since }]);
});
