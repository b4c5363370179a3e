// Access levels and time profiles in plain words; what of the configuration the clerk is shown.
import { describe, expect, it } from "vitest";
import { holidayLines, lanesWords, levelWords, presetLevel, timesLines } from "../../src/core/access-words.ts";
import type { SitePlan, TimeProfile, TimeWindow } from "../../src/core/terms.ts";
import { accessView } from "../../src/shell/access.ts";
import { PLAN as plan } from "../core/site-street.ts";

const WORK = [1, 2, 3, 4, 5];
const DAILY = [1, 2, 3, 4, 5, 6, 7];
const at = (weekdays: readonly number[], holidays: TimeWindow["holidays"], from = 480, until = 1080): TimeProfile => ({
  id: "t",
  windows: [{ weekdays, holidays, from, until }],
});
const zh = (times: TimeProfile | undefined) => timesLines(times).map((line) => line.zh);

describe("times", () => {
  it.each<[TimeProfile | undefined, readonly string[]]>([
    [undefined, ["每天全天"]],
    [{ id: "t", windows: [] }, ["从不"]],
    [at(DAILY, "as-weekday", 0, 1440), ["每天 全天"]],
    [at(DAILY, "also"), ["每天 08:00–18:00"]],
    [at(WORK, "as-weekday"), ["周一至周五 08:00–18:00，节假日也按星期算"]],
    [at(WORK, "never"), ["周一至周五 08:00–18:00，节假日除外"]],
    [at([6, 7], "also"), ["周六、周日和节假日 08:00–18:00"]],
    [at([1, 3, 4, 5], "as-weekday"), ["周一、周三至周五 08:00–18:00，节假日也按星期算"]],
    [at(DAILY, "only"), ["只在节假日 08:00–18:00"]],
    [at(WORK, "only"), ["只在落在周一至周五的节假日 08:00–18:00"]],
    [at(DAILY, "as-weekday", 1320, 360), ["每天 22:00–次日 06:00"]],
    [{ ...at(DAILY, "also"), firstDate: "2026-01-01" }, ["每天 08:00–18:00", "2026-01-01 起"]],
    [{ ...at(DAILY, "also"), lastDate: "2026-12-31" }, ["每天 08:00–18:00", "到 2026-12-31 为止"]],
    [
      { ...at(DAILY, "also"), firstDate: "2026-01-01", lastDate: "2026-12-31" },
      ["每天 08:00–18:00", "2026-01-01 到 2026-12-31 之间"],
    ],
  ])("%j: %s", (times, wanted) => expect(zh(times)).toEqual(wanted));

  it("says the same in English", () => {
    expect(timesLines(at([1, 2, 3, 6], "never", 1320, 360)).map(({ en }) => en)).toEqual([
      "Mon–Wed, Sat, 22:00–06:00 the next day, but not on holidays",
    ]);
  });
});

it("holidays stand together where they follow each other, over a month's end, year by year", () => {
  const dates = ["2027-01-01", "2026-10-01", "2026-09-30", "2026-10-02", "2026-10-02", "2026-12-31"];
  expect(holidayLines(dates).map((line) => line.zh)).toEqual([
    "2026 年 4 天：9月30日至10月2日、12月31日",
    "2027 年 1 天：1月1日",
  ]);
});

it.each([
  [[], ""],
  [["owners 0"], "owners"],
  [["staff 40", "residents 0"], "residents"],
  [["staff 2", "owners 40"], "owners"],
  [["staff 0", "owners 0"], ""],
])("somebody new, of %j: %j", (levels, wanted) => {
  const all = levels.map((text) => text.split(" ")).map(([id = "", n]) => ({ id, holders: Number(n) }));
  expect(presetLevel(all)).toBe(wanted);
});

describe("what the clerk is shown of a site", () => {
  const never = { ...at(WORK, "never"), id: "work" };
  const [first, ...others] = plan.accessPoints.map(({ id }) => id);
  const shown: SitePlan = {
    ...plan,
    accessLevels: [
      { id: "all", accessPoints: [first ?? "", ...others], name: "住户" },
      { id: "one", accessPoints: [first ?? ""], timeProfile: "work" },
      { id: "none", accessPoints: [] },
    ],
    timeProfiles: [never],
    holidays: ["2026-10-01"],
  };
  const wall = { epochMs: 0, date: "2026-12-05", weekday: 6, minute: 0 };

  it("its levels by lanes and times, and the coming year that nobody has published", () => {
    const view = accessView(shown, { wall: { ...wall, trust: "trusted" } });
    expect(view.levels[0]).toMatchObject({ id: "all", name: "住户", everywhere: true });
    expect(view.levels[1]).toMatchObject({ id: "one", everywhere: false, times: never });
    expect(view.levels.map((level) => lanesWords(level).zh)).toEqual(["所有门", plan.lanes[0]?.name, "没有门"]);
    expect(view.unpublished).toEqual([2027]);
  });

  it("a clock that nobody believes names no year", () =>
    expect(accessView(shown, { wall: { ...wall, date: "1970-01-01", trust: "untrusted" } }).unpublished).toEqual([]));

  it("one direction of a lane with two is said", () => {
    const [lane, point] = [plan.lanes[0], plan.accessPoints[0]];
    if (lane === undefined || point === undefined) throw new Error("no lane");
    const x = { ...lane, id: "x", name: "东门" };
    const points = (["in", "out"] as const).map((direction) => ({ ...point, id: direction, lane: "x", direction }));
    const levels = ["in", "out"].map((id) => ({ id, accessPoints: [id] }));
    const view = accessView(
      { ...shown, lanes: [x], accessPoints: points, accessLevels: levels },
      { wall: { ...wall, trust: "holdover" } },
    );
    expect(view.levels.map((level) => levelWords(level))).toEqual([
      { zh: "东门（只进）：每天全天", en: "东门 (in only): Every day, all day" },
      { zh: "东门（只出）：每天全天", en: "东门 (out only): Every day, all day" },
    ]);
  });
});
