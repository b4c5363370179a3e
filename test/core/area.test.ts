import { describe, expect, it } from "vitest";
import { isFull, isQuotaUsed, vehicleOf, violates } from "../../src/core/area.ts";
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
