// What is usual, what isn't known, and how both are told: an hour without rows is no hour without traffic.
import { describe, expect, it } from "vitest";
import { NO_COUNTS, QUARTER_MS } from "../../src/core/traffic.ts";
import {
  dateText,
  dayOf,
  dayOfText,
  HOUR_MS,
  type HourCount,
  hoursOf,
  localHour,
  together,
  utcDatesOf,
} from "../../src/core/traffic-hours.ts";
import { onBetween, type Seen } from "../../src/core/traffic-on.ts";
import { usualOf, WEEKS } from "../../src/core/traffic-usual.ts";
import { daysNeeded, trafficView } from "../../src/core/traffic-view.ts";

const CHINA = () => 480;
const TODAY = dayOfText("2026-11-25") ?? 0;
const MIN = 60_000;

describe("usual", () => {
  it.each([
    ["nothing known", [], undefined],
    ["three weeks are too few", [4, 4, 4], undefined],
    ["gaps are no zeros", [4, undefined, 4, undefined, 4], undefined],
    ["the middle of five", [9, 1, 5, 100, 2], { median: 5, weeks: 5 }],
    ["between the middle two of four", [9, 1, 4, 100], { median: 6.5, weeks: 4 }],
    ["a holiday and a removal day move nothing", [0, 30, 31, 30, 400, 29, undefined, 30], { median: 30, weeks: 7 }],
    ["nobody ever comes", [0, 0, 0, 0], { median: 0, weeks: 4 }],
  ])("%s", (_name, weeks, expected) => expect(usualOf(weeks)).toEqual(expected));
});

describe("a day of the calendar", () => {
  it.each([
    ["1970-01-01", 0],
    ["2026-11-25", 20_782],
    ["2026-02-29", undefined],
    ["2026-2-1", undefined],
    ["heute", undefined],
  ])("%s", (text, day) => {
    expect(dayOfText(text)).toBe(day);
    if (day !== undefined) expect(dateText(day)).toBe(text);
  });
  it.each([
    [480, ["2026-11-24", "2026-11-25"]],
    [0, ["2026-11-25"]],
    [-300, ["2026-11-25", "2026-11-26"]],
  ])("at %i minutes from UTC it lies in %j", (offset, dates) => expect(utcDatesOf(TODAY, () => offset)).toEqual(dates));
});

describe("running, by the rows", () => {
  const at = (minute: number, more: Partial<Seen> = {}): Seen => ({
    boot: "a",
    at: minute * MIN,
    wallMs: Date.UTC(2026, 10, 25) + minute * MIN,
    trust: "trusted",
    ...more,
  });
  const quarter = (n: number) => Date.UTC(2026, 10, 25) + n * QUARTER_MS;
  it.each([
    ["before the first row", undefined, at(5), []],
    ["within a quarter", at(5), at(9), [{ quarterMs: quarter(0), onMs: 4 * MIN }]],
    [
      "over quarters",
      at(10),
      at(32),
      [
        { quarterMs: quarter(0), onMs: 5 * MIN },
        { quarterMs: quarter(1), onMs: 15 * MIN },
        { quarterMs: quarter(2), onMs: 2 * MIN },
      ],
    ],
    ["up to a quarter's end and no further", at(10), at(15), [{ quarterMs: quarter(0), onMs: 5 * MIN }]],
    ["over a restart nobody knows", at(5), at(9, { boot: "b" }), []],
    ["two rows of one moment", at(5), at(5), []],
    ["a clock that nobody believed, then", at(5, { trust: "untrusted" }), at(9), []],
    ["a clock that nobody believes, now", at(5), at(9, { trust: "untrusted" }), []],
    ["ticks that went back", at(9), at(5), []],
    ["a start that stood still for two months", at(0), at(60 * 24 * 60), []],
    [
      "the wall clock was put forward in between: as long as it was, up to now",
      at(5),
      at(9, { wallMs: quarter(4) }),
      [{ quarterMs: quarter(3), onMs: 4 * MIN }],
    ],
  ] as const)("%s", (_name, last, next, expected) => expect(onBetween(last, next)).toEqual(expected));
});

describe("hours", () => {
  it("quarters go into the site's own hours, and two files' halves of an hour together", () => {
    const quarterMs = Date.UTC(2026, 10, 24, 23, 45);
    const one = (passages: Record<string, number>) => ({ ...NO_COUNTS, passages });
    const half = () => 330;
    const first = hoursOf(
      [{ lane: "car", quarterMs, counts: one({ "in resident plate": 2 }) }],
      [
        { quarterMs, onMs: QUARTER_MS },
        { quarterMs: quarterMs - QUARTER_MS, onMs: 1 },
      ],
      half,
    );
    const second = hoursOf(
      [{ lane: "car", quarterMs: quarterMs + QUARTER_MS, counts: one({ "in resident plate": 3 }) }],
      [{ quarterMs: quarterMs + QUARTER_MS, onMs: 5 }],
      half,
    );
    const hour = TODAY * 24 + 5;
    expect(together([first, second])).toEqual({
      counts: [{ hour, lane: "car", counts: one({ "in resident plate": 5 }) }],
      on: new Map([[hour, QUARTER_MS + 6]]),
    });
    expect(localHour(quarterMs, CHINA)).toBe(TODAY * 24 + 7);
    expect(dayOf(hour)).toBe(TODAY);
  });
});

const LANES = [
  { id: "car", name: "车道", kind: "vehicle" },
  { id: "walk", name: "人行门", kind: "pedestrian" },
] as const;
const eight = TODAY * 24 + 8;
const car = (hour: number, passages: Record<string, number>, more: object = {}): HourCount => ({
  hour,
  lane: "car",
  counts: { ...NO_COUNTS, passages, ...more },
});
/** Every hour of these weeks and of today until now was on. */
const onFor = (weeks: readonly number[], now: number): Map<number, number> => {
  const on = new Map<number, number>();
  for (const week of weeks)
    for (let hour = TODAY * 24; hour < (week === 0 ? now : TODAY * 24 + 24); hour++) on.set(hour - 168 * week, HOUR_MS);
  return on;
};
const range = { from: TODAY, to: TODAY };

describe("told", () => {
  it("what must be read: the days, and the same weekdays before", () => {
    expect(daysNeeded(range)).toEqual([...Array.from({ length: WEEKS }, (_, n) => TODAY - 7 * (8 - n)), TODAY]);
    expect(daysNeeded({ from: TODAY - 6, to: TODAY })).toHaveLength(63);
    expect(new Set(daysNeeded({ from: TODAY - 30, to: TODAY })).size).toBe(87);
  });

  it("an hour is held against the same one of the weeks before; what lies ahead has no figures, only what is usual", () => {
    const counts = [
      car(eight, { "in resident plate": 30, "out visitor code": 2, "unknown unknown none": 1 }),
      ...[10, 20, 30, 40].map((many, n) => car(eight - 168 * (n + 1), { "in resident plate": many })),
      car(eight + 2 - 168, { "out resident plate": 4 }),
    ];
    const on = onFor([0, 1, 2, 3, 4], eight + 1);
    on.set(eight + 1, 10 * MIN);
    const told = trafficView({ counts, on }, range, eight + 1, LANES, {});
    expect(told.hours).toHaveLength(24);
    expect(told.hours[8]).toMatchObject({ date: "2026-11-25", hour: 8, state: "whole", in: 30, out: 2, unknown: 1 });
    expect(told.hours[8]?.usual).toEqual({ median: 25, weeks: 4 });
    expect(told.hours[9]).toMatchObject({ state: "running", usual: { median: 0 } });
    expect(told.hours[10]).toMatchObject({ state: "ahead", in: 0, usual: { median: 0, weeks: 4 } });
    expect(told.passages).toContainEqual({
      date: "2026-11-25",
      hour: 8,
      lane: "car",
      direction: "out",
      kind: "visitor",
      way: "code",
      count: 2,
    });
  });

  it("a gate that was off makes no zeros: not for today, not for what is usual", () => {
    const counts = [1, 2, 3, 4].map((n) => car(eight - 168 * n, { "in resident plate": 50 }));
    const on = onFor([0, 1, 2, 3, 4], eight + 3);
    for (const hour of [eight, eight + 1]) on.delete(hour);
    on.set(eight + 2, 20 * MIN);
    on.set(eight - 168 * 2, 56 * MIN);
    const told = trafficView(
      { counts: [...counts, car(eight + 1, { "in resident card": 1 })], on },
      range,
      eight + 3,
      LANES,
      {},
    );
    expect(told.hours.slice(8, 11).map(({ state }) => state)).toEqual(["off", "part", "part"]);
    // Of four weeks one was off for four minutes too many: three are too few.
    expect(told.hours[8]?.usual).toBeUndefined();
    expect(told.hours[7]?.usual).toEqual({ median: 0, weeks: 4 });
    // The groups are held against the whole hours alone: midnight to 8.
    expect(told.groups.find(({ by, key }) => by === "lane" && key === "car")).toEqual({
      by: "lane",
      key: "car",
      count: 1,
      whole: 0,
      usual: { median: 0, weeks: 4 },
    });
  });

  it("groups: every lane, in and out always, the rest as seen; with so far, whole hours and usual", () => {
    const counts = [
      car(eight, { "in resident plate": 6, "unknown visitor code": 1 }),
      car(eight + 1, { "in resident plate": 2 }),
      ...[1, 2, 3, 4].map((n) => car(eight - 168 * n, { "in resident plate": 5 })),
    ];
    const hours = { counts, on: onFor([0, 1, 2, 3, 4], eight + 1) };
    const told = trafficView(hours, range, eight + 1, LANES, {});
    expect(told.groups.map(({ by, key, count, whole, usual }) => [by, key, count, whole, usual?.median])).toEqual([
      ["lane", "car", 9, 7, 5],
      ["lane", "walk", 0, 0, 0],
      ["direction", "in", 8, 6, 5],
      ["direction", "out", 0, 0, 0],
      ["direction", "unknown", 1, 1, 0],
      ["kind", "resident", 8, 6, 5],
      ["kind", "visitor", 1, 1, 0],
      ["way", "code", 1, 1, 0],
      ["way", "plate", 8, 6, 5],
    ]);
    // More than a week would be held against itself; before the first whole hour there is nothing to hold.
    const month = trafficView(hours, { from: TODAY - 7, to: TODAY }, eight + 1, LANES, {});
    expect(month.groups.every(({ usual }) => usual === undefined)).toBe(true);
    const early = trafficView(hours, range, TODAY * 24, LANES, {});
    expect(early.groups.every(({ usual }) => usual === undefined)).toBe(true);
  });

  it("a selection narrows passages and what is usual; a lane narrows times and refusals too", () => {
    const times = {
      refusals: { "credential-not-found": 2, "not-fresh": -1 },
      waiting: { count: 2, totalMs: 9_000.4 },
      opening: { count: -1, totalMs: -5 },
      openMs: 60_000.4,
    };
    const walk: HourCount = {
      hour: eight,
      lane: "walk",
      counts: { ...NO_COUNTS, passages: { "in visitor code": 5 }, refusals: { "lane-full": 3 } },
    };
    const counts = [
      car(eight, { "in resident plate": 6, "out resident plate": 1, "in visitor plate": -1 }, times),
      walk,
    ];
    const hours = { counts, on: onFor([0], eight + 1) };
    const all = trafficView(hours, range, eight + 1, LANES, {});
    expect(all.refusals).toEqual([
      { reason: "lane-full", count: 3 },
      { reason: "credential-not-found", count: 2 },
    ]);
    expect(all.lanes.map(({ lane, in: ins, out, refused }) => [lane, ins, out, refused])).toEqual([
      ["car", 6, 1, 2],
      ["walk", 5, 0, 3],
    ]);
    const one = trafficView(hours, range, eight + 1, LANES, { lane: "car", direction: "in", kind: "resident" });
    expect(one.hours[8]).toEqual({
      date: "2026-11-25",
      hour: 8,
      state: "whole",
      in: 6,
      out: 0,
      unknown: 0,
      refused: 2,
      waiting: { count: 2, totalMs: 9_000 },
      opening: { count: 0, totalMs: 0 },
      openMs: 60_000,
    });
    expect(one.lanes.map(({ lane }) => lane)).toEqual(["car"]);
    expect(one.groups.map(({ key }) => key)).toEqual(["car", "in", "out", "resident", "plate"]);
    expect(trafficView(hours, range, eight + 1, LANES, { kind: "visitor" }).hours[8]).toMatchObject({ in: 5 });
  });

  it.each(["in nobody plate", "up resident plate", "in resident luck", "in"])("a count of %j is nobody's", (key) => {
    const hours = { counts: [car(eight, { [key]: 3 })], on: onFor([0], eight + 1) };
    expect(trafficView(hours, range, eight + 1, LANES, {}).passages).toEqual([]);
  });
});
