/** A holiday list that doesn't reach far enough is told, not taken for "no holidays". */
import { describe, expect, it } from "vitest";
import { yearsUnpublished } from "../../src/core/holidays.ts";
import type { TimeProfile } from "../../src/core/terms.ts";

const when = (holidays: "also" | "only" | "never" | "as-weekday", dates: Partial<TimeProfile> = {}): TimeProfile => ({
  id: "school",
  windows: [{ weekdays: [1, 2, 3, 4, 5], holidays, from: 420, until: 1080 }],
  ...dates,
});
const LIST_26 = ["2026-10-01", "2026-10-02"];
const LIST_27 = [...LIST_26, "2027-01-01"];

describe("years whose holidays are not published", () => {
  const TABLE: readonly (readonly [string, readonly TimeProfile[], readonly string[], string, readonly number[]])[] = [
    ["nothing depends on holidays", [when("as-weekday")], [], "2026-12-05", []],
    ["no profile at all", [], [], "2026-12-05", []],
    ["a profile without windows", [{ id: "never", windows: [] }], [], "2026-12-05", []],
    ["also, no list", [when("also")], [], "2026-11-30", [2026]],
    ["only, no list", [when("only")], [], "2026-11-30", [2026]],
    ["never, no list", [when("never")], [], "2026-11-30", [2026]],
    ["a list for this year", [when("never")], LIST_26, "2026-11-30", []],
    ["December asks for the next year", [when("never")], LIST_26, "2026-12-01", [2027]],
    ["December with both", [when("never")], LIST_27, "2026-12-31", []],
    ["December with neither", [when("never")], [], "2026-12-31", [2026, 2027]],
    ["last year's list", [when("never")], ["2025-10-01"], "2026-01-01", [2026]],
    ["a profile that is over", [when("never", { lastDate: "2026-06-30" })], [], "2026-07-01", []],
    ["a profile on its last day", [when("never", { lastDate: "2026-06-30" })], [], "2026-06-30", [2026]],
    ["one that ends with the year", [when("never", { lastDate: "2026-12-31" })], LIST_26, "2026-12-05", []],
    ["one that begins next year", [when("never", { firstDate: "2027-03-01" })], [], "2026-11-30", []],
    ["one that begins next year, December", [when("never", { firstDate: "2027-03-01" })], [], "2026-12-01", [2027]],
  ];
  it.each(TABLE)("%s", (_name, profiles, holidays, today, expected) => {
    expect(yearsUnpublished(profiles, holidays, today)).toEqual(expected);
  });
});
