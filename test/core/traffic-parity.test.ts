// Faces beside the other ways in: each lane within itself, and no verdict from a handful.
import { describe, expect, it } from "vitest";
import { NO_COUNTS } from "../../src/core/traffic.ts";
import { HOUR_MS } from "../../src/core/traffic-hours.ts";
import { LEAST_MEASURED, parityOf, parityVerdicts } from "../../src/core/traffic-parity.ts";
import type { Way } from "../../src/core/traffic-terms.ts";
import { parityView, trafficView } from "../../src/core/traffic-view.ts";

const one = (lane: string, way: Way, count: number, seconds = 0, measured = count) => ({
  lane,
  way,
  count,
  waiting: { count: measured, totalMs: measured * seconds * 1000 },
});

describe("ways of a lane", () => {
  it("are those that were used, with their part of that lane; fire and whoever wasn't let in are no way", () => {
    const told = parityOf(
      ["door", "car"],
      [
        one("door", "card", 1, 3),
        one("door", "face", 2, 2),
        one("door", "face", 1, 5),
        one("door", "fire", 9, 1),
        one("door", "none", 9, 1),
        one("door", "unknown", 9, 1),
        one("car", "plate", 5, 8, 0),
        one("gone", "face", 5),
      ],
    );
    expect(told).toEqual([
      { lane: "door", way: "face", count: 3, share: 0.75, waiting: { count: 3, totalMs: 9_000 } },
      { lane: "door", way: "card", count: 1, share: 0.25, waiting: { count: 1, totalMs: 3_000 } },
      { lane: "car", way: "plate", count: 5, share: 1, waiting: { count: 0, totalMs: 0 } },
    ]);
  });
  it("nobody at all is no row", () => expect(parityOf(["door"], [])).toEqual([]));
});

describe("a verdict", () => {
  const enough = LEAST_MEASURED;
  it.each([
    ["alike within a second", [one("d", "face", enough, 2), one("d", "card", enough, 3)], "alike"],
    ["a second less, too", [one("d", "face", enough, 2), one("d", "card", enough, 1)], "alike"],
    ["alike within a fifth", [one("d", "face", enough, 10), one("d", "card", enough, 12)], "alike"],
    ["others wait longer", [one("d", "face", enough, 2), one("d", "card", enough, 3.1)], "others-longer"],
    ["faces wait longer", [one("d", "face", enough, 10), one("d", "card", enough, 7.9)], "faces-longer"],
    ["too few faces", [one("d", "face", enough, 2, enough - 1), one("d", "card", enough, 9)], "few"],
    ["too few others", [one("d", "face", enough, 2), one("d", "card", enough, 9, enough - 1)], "few"],
    ["faces alone", [one("d", "face", enough, 2)], "few"],
    [
      "all others together, not each",
      [one("d", "face", enough, 2), one("d", "card", enough / 2, 2), one("d", "guard", enough / 2, 8)],
      "others-longer",
    ],
    [
      "the cars of another lane say nothing",
      [one("d", "face", enough, 2), one("d", "card", enough, 2), one("car", "plate", 99, 60)],
      "alike",
    ],
  ] as const)("%s", (_name, counted, is) => {
    expect(parityVerdicts(parityOf(["d", "car"], counted))).toMatchObject([{ lane: "d", is }]);
  });
  it("with both means, ms", () => {
    const told = parityVerdicts(parityOf(["d"], [one("d", "face", 20, 2), one("d", "pin", 20, 6)]));
    expect(told).toEqual([{ lane: "d", is: "others-longer", faceMs: 2_000, othersMs: 6_000 }]);
  });
  it("none where nobody came by face", () =>
    expect(parityVerdicts(parityOf(["d"], [one("d", "pin", 50, 2)]))).toEqual([]));
});

it("a selection narrows it; what older files don't know, and what was taken back, is no wait", () => {
  const hour = 20_782 * 24 + 8;
  const counts = {
    ...NO_COUNTS,
    passages: { "in resident face": 4, "out resident face": 2, "in resident card": 1, "in visitor code": 1 },
    waitingBy: {
      "in resident face": { count: 4, totalMs: 8_000 },
      "out resident face": { count: 2, totalMs: 2_000 },
      "in visitor code": { count: -1, totalMs: -5 },
    },
  };
  const hours = { counts: [{ hour, lane: "door", counts }], on: new Map([[hour, HOUR_MS]]) };
  const lanes = [{ id: "door", name: "门", kind: "pedestrian" }] as const;
  const view = (selection: object) => trafficView(hours, { from: 20_782, to: 20_782 }, hour + 1, lanes, selection);
  expect(view({}).parityVerdicts).toEqual([{ lane: "door", is: "few" }]);
  const told = (selection: object) =>
    view(selection).parity.map(({ way, count, waiting }) => [way, count, waiting.count, waiting.totalMs]);
  expect(told({})).toEqual([
    ["face", 6, 6, 10_000],
    ["card", 1, 0, 0],
    ["code", 1, 0, 0],
  ]);
  expect(told({ direction: "out" })).toEqual([["face", 2, 2, 2_000]]);
  // The same of whole days alone, and of no day before or after them.
  const { parity, parityVerdicts } = view({});
  expect(parityView(hours, { from: 20_780, to: 20_782 }, lanes)).toEqual({ parity, parityVerdicts });
  for (const day of [20_781, 20_783])
    expect(parityView(hours, { from: day, to: day }, lanes)).toEqual({ parity: [], parityVerdicts: [] });
});
