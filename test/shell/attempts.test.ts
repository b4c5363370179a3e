// One uncertain frame is no recognition: how many attempts make one.
import { expect, it } from "vitest";
import type { Presented } from "../../src/core/terms.ts";
import { openAttempts } from "../../src/shell/attempts.ts";

const seen = (more: Partial<Presented> & { readonly who?: string } = {}): Presented => {
  const { who = "ines", ...rest } = more;
  return { is: "presented", claim: { type: "face", value: who }, live: true, eventId: "track-1", ...rest };
};

it.each<[string, number, readonly (readonly [at: number, report: Presented])[], readonly boolean[]]>([
  ["one is enough where one is asked for", 1, [[0, seen()]], [true]],
  [
    "two that agree",
    2,
    [
      [0, seen({ deviceTimeMs: 1 })],
      [500, seen({ deviceTimeMs: 2 })],
    ],
    [false, true],
  ],
  [
    "without a time of its own each counts",
    2,
    [
      [0, seen()],
      [500, seen()],
    ],
    [false, true],
  ],
  [
    "the same one twice is one",
    2,
    [
      [0, seen({ deviceTimeMs: 1 })],
      [5, seen({ deviceTimeMs: 1 })],
    ],
    [false, false],
  ],
  [
    "two that name different people",
    2,
    [
      [0, seen()],
      [500, seen({ who: "max" })],
    ],
    [false, false],
  ],
  [
    "two of different tracks",
    2,
    [
      [0, seen()],
      [500, seen({ eventId: "track-2" })],
    ],
    [false, false],
  ],
  [
    "too far apart",
    2,
    [
      [0, seen()],
      [10_001, seen()],
      [10_002, seen()],
    ],
    [false, false, true],
  ],
  [
    "three, one after the other",
    3,
    [
      [0, seen()],
      [9_000, seen()],
      [18_000, seen()],
    ],
    [false, false, true],
  ],
  ["what is past is told on, and refused there", 2, [[0, seen({ live: false })]], [true]],
  [
    "what is past makes nothing enough",
    2,
    [
      [0, seen({ live: false })],
      [1, seen()],
    ],
    [true, false],
  ],
])("%s", (_, times, told, expected) => {
  const attempts = openAttempts(times, 10_000);
  expect(told.map(([at, report]) => attempts.areEnough(report, at))).toEqual(expected);
});

it("without an id there is no track, and each stands for itself", () => {
  const { eventId: _, ...bare } = seen();
  expect(openAttempts(2, 10_000).areEnough(bare, 0)).toBe(true);
});

it("a flood of tracks forgets the oldest, and takes no more room", () => {
  const attempts = openAttempts(2, 10_000);
  attempts.areEnough(seen(), 0);
  for (let i = 0; i < 200; i++) attempts.areEnough(seen({ eventId: `other-${i}` }), 1);
  expect(attempts.areEnough(seen(), 2)).toBe(false);
  expect(attempts.areEnough(seen({ eventId: "other-199" }), 3)).toBe(true);
});
