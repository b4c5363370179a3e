import { describe, expect, it } from "vitest";
import { isFull, isQuotaUsed, isResetDue, vehicleOf, violates } from "../../src/core/area.ts";
import type { AntiPassback, AreaPlan, Found, Standing } from "../../src/core/terms.ts";

const yard = (antiPassback: AntiPassback, over: Partial<AreaPlan> = {}): AreaPlan => ({
  id: "yard",
  antiPassback,
  timedMs: 60_000,
  ...over,
});
const standing = (over: Partial<Standing> = {}): Standing => ({ householdInside: 0, areaInside: 0, uses: 0, ...over });

describe("anti-passback", () => {
  it.each([
    ["off", { area: "yard" }, "no"],
    ["soft", { area: "yard" }, "soft"],
    ["hard", { area: "yard" }, "hard"],
    ["soft", {}, "no"],
    ["hard", {}, "no"],
    ["hard", { area: "garage" }, "no"],
    ["timed", { area: "yard", since: 99_999 }, "hard"],
    ["timed", { area: "yard", since: 40_001 }, "hard"],
    ["timed", { area: "yard", since: 40_000 }, "no"],
    ["timed", { area: "yard" }, "no"],
    ["timed", { area: "garage", since: 99_999 }, "no"],
  ] as const)("%s, standing %j: %s", (kind, over, violation) => {
    expect(violates(yard(kind), standing(over), 100_000)).toBe(violation);
  });

  it("keeps nobody from going outside", () => {
    expect(violates(undefined, standing({ area: "yard" }), 0)).toBe("no");
  });
});

describe("room for vehicles", () => {
  it.each([
    [{ capacity: 10 }, { areaInside: 9 }, false],
    [{ capacity: 10 }, { areaInside: 10 }, true],
    [{ capacity: 10 }, { areaInside: 11 }, true],
    [{ capacity: 0 }, {}, true],
    [{}, { areaInside: 1_000 }, false],
  ] as const)("area %j, standing %j: full %s", (area, over, full) => {
    expect(isFull(yard("off", area), standing(over))).toBe(full);
  });

  it("is without end outside", () => {
    expect(isFull(undefined, standing({ areaInside: 1_000 }))).toBe(false);
    expect(isQuotaUsed(undefined, 0, standing({ householdInside: 9 }))).toBe(false);
  });

  it.each([
    [1, 0, false],
    [1, 1, true],
    [2, 1, false],
    [0, 0, true],
    [undefined, 9, false],
  ])("a household of %s spaces with %s vehicles inside: used up %s", (spaces, householdInside, used) => {
    expect(isQuotaUsed(yard("off"), spaces, standing({ householdInside }))).toBe(used);
  });
});

describe("what is one vehicle", () => {
  const holder: Found["holder"] = { id: "h", name: "n", kind: "resident", blocked: false, accessLevels: [] };
  it("a plate is one, whoever else the holder is", () => {
    expect(vehicleOf({ credential: { type: "plate", value: "川A11111", enabled: true }, holder })).toBe(
      "plate 川A11111",
    );
  });
  it("by a card the holder stands for it", () => {
    expect(vehicleOf({ credential: { type: "card", value: "1", enabled: true }, holder })).toBe("h");
  });
});

describe("the daily reset", () => {
  const MINUTE = 60_000;
  /** 12:00 of a day; the reset is at 04:00. */
  const noon = { epochMs: 1_000_000 * MINUTE, trust: "trusted", date: "2026-11-24", weekday: 2, minute: 720 } as const;
  const at4 = yard("soft", { resetMinute: 240 });
  const reset = noon.epochMs - 480 * MINUTE;

  it.each([
    ["cleared after it", at4, reset, noon, false],
    ["cleared before it", at4, reset - 1, noon, true],
    ["cleared the day before", at4, reset - 1_440 * MINUTE, noon, true],
    ["at the very minute", at4, reset - MINUTE, { ...noon, epochMs: reset, minute: 240 }, true],
    ["a minute before", at4, reset - 1_000 * MINUTE, { ...noon, epochMs: reset - MINUTE, minute: 239 }, false],
    ["missed for days", at4, 0, noon, true],
    ["no reset wanted", yard("soft"), 0, noon, false],
    ["no clock", at4, 0, { ...noon, trust: "untrusted" }, false],
  ] as const)("%s", (_what, area, cleared, wall, due) => {
    expect(isResetDue(area, cleared, wall)).toBe(due);
  });
});
