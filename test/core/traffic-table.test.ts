// Tables for spreadsheets and screen readers; and how often a stranger gets in by chance.
import { describe, expect, it } from "vitest";
import { csvCell, csvFile } from "../../src/core/csv.ts";
import { ASSUMED_RATES, accuracyOf, effectiveRate, oneIn } from "../../src/core/false-accept.ts";
import { groupName, hourText, meanSeconds, tableOf } from "../../src/core/traffic-table.ts";
import { TABLES, type TrafficAnswer } from "../../src/core/traffic-told.ts";
import { COLUMNS } from "../../src/core/traffic-words.ts";
import { DENIAL_WORDS } from "../../src/core/words.ts";

describe("a cell", () => {
  it.each([
    ["plain", "plain"],
    ["", ""],
    ["=1+1", "'=1+1"],
    ["+86", "'+86"],
    ["-5", "'-5"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\r=1"`],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ["two\nlines", '"two\nlines"'],
  ])("%j", (text, cell) => expect(csvCell(text)).toBe(cell));
  it("a file begins with the mark and ends each row", () => {
    expect(csvFile([["甲", "乙"], ["=a"]])).toBe("\uFEFF甲,乙\r\n'=a\r\n");
  });
});

describe("a stranger's chance", () => {
  it.each([
    [1e-5, 0, 0],
    [1e-5, 1, 1e-5],
    [1e-5, 2_000, 0.0198013],
    [1e-6, 2_000, 0.001998],
    [1e-4, 5_000, 0.393484],
    [1e-9, 1_000, 9.999995e-7],
    [0.5, 1, 0.5],
    [1e-4, 1e9, 1],
  ])("%d over %d faces is %d", (rate, faces, expected) => {
    const found = effectiveRate(rate, faces);
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(expected * 1e-5);
    expect(found).toBeLessThanOrEqual(1);
    // The standard's FAR × n is never less.
    expect(found).toBeLessThanOrEqual(rate * faces + Number.EPSILON);
  });
  it.each([
    [0.02, 50],
    [1, 1],
    [0, undefined],
  ])("%d is one in %s", (chance, many) => expect(oneIn(chance)).toBe(many));
  it("what the maker states comes first, then what is only assumed", () => {
    const told = accuracyOf(100, [{ device: "face-1", name: "人脸机", rate: 2e-6 }]);
    expect(told.faces).toBe(100);
    expect(told.rates.map(({ name, rate }) => [name, rate])).toEqual([
      ["人脸机", 2e-6],
      ...ASSUMED_RATES.map((rate) => [undefined, rate]),
    ]);
    expect(told.rates[0]?.oneIn).toBe(5_000);
    expect(accuracyOf(0, []).rates.every((one) => !("oneIn" in one) && one.effective === 0)).toBe(true);
  });
});

const spent = { count: 4, totalMs: 10_200 };
const none = { count: 0, totalMs: 0 };
const quiet = { refused: 0, waiting: none, opening: none, openMs: 0 };
const hour = { date: "2026-11-25", in: 0, out: 0, unknown: 0, ...quiet };
const told: TrafficAnswer = {
  place: "星河小区 东门",
  simulation: false,
  from: "2026-11-25",
  to: "2026-11-25",
  now: { date: "2026-11-25", hour: 9, trust: "trusted" },
  weeks: 8,
  leastWeeks: 4,
  hours: [
    { ...hour, hour: 7, state: "off" },
    {
      ...hour,
      hour: 8,
      state: "whole",
      in: 30,
      out: 2,
      unknown: 1,
      usual: { median: 25.5, weeks: 6 },
      refused: 3,
      waiting: spent,
      opening: none,
      openMs: 90_000,
    },
    { ...hour, hour: 10, state: "ahead", usual: { median: 7, weeks: 4 } },
  ],
  groups: [
    { by: "lane", key: "car", count: 3, whole: 2, usual: { median: 1, weeks: 4 } },
    { by: "lane", key: "gone", count: 0, whole: 0 },
    { by: "direction", key: "in", count: 3, whole: 2 },
    { by: "kind", key: "courier", count: 3, whole: 2 },
    { by: "way", key: "plate", count: 3, whole: 2 },
    { by: "way", key: "luck", count: 1, whole: 1 },
  ],
  lanes: [
    {
      lane: "car",
      name: "=车道",
      kind: "vehicle",
      in: 30,
      out: 2,
      unknown: 1,
      refused: 3,
      waiting: spent,
      opening: spent,
      openMs: 6_000,
    },
  ],
  refusals: [{ reason: "credential-not-found", count: 3 }],
  passages: [{ date: "2026-11-25", hour: 8, lane: "car", direction: "in", kind: "resident", way: "plate", count: 30 }],
  parity: [
    { lane: "car", way: "face", count: 30, share: 2 / 3, waiting: spent },
    { lane: "car", way: "card", count: 15, share: 1 / 3, waiting: none },
  ],
  parityVerdicts: [],
  accuracy: accuracyOf(2_000, [{ device: "face-1", name: "人脸机", rate: 1e-5 }]),
  devices: [
    { id: "face-1", name: "人脸机", link: "up", silentSeconds: 4 },
    { id: "x", name: "相机", link: "down", why: "没有心跳" },
  ],
};
const table = (of: (typeof TABLES)[number], tongue: "zh" | "en" = "en") => tableOf(of, told, tongue, DENIAL_WORDS);

describe("a table", () => {
  it.each(TABLES)("%s: every row as wide as its header, in both languages", (of) => {
    for (const tongue of ["zh", "en"] as const) {
      const [header, ...rows] = table(of, tongue);
      expect(header).toEqual(COLUMNS[of].map((column) => column[tongue]));
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toHaveLength(header?.length ?? 0);
    }
  });
  it("of hours: what isn't known is an empty cell, and what is usual stays", () => {
    expect(table("hours").slice(1)).toEqual([
      ["2026-11-25", "07:00", "Not known", "", "", "", "", "", ""],
      ["2026-11-25", "08:00", "Whole", "30", "2", "1", "33", "25.5", "6"],
      ["2026-11-25", "10:00", "Ahead", "", "", "", "", "7", "4"],
    ]);
    expect(table("times").slice(1)).toEqual([
      ["2026-11-25", "07:00", "Not known", "", "", "", ""],
      ["2026-11-25", "08:00", "Whole", "3", "2.5", "", "1.5"],
      ["2026-11-25", "10:00", "Ahead", "", "", "", ""],
    ]);
  });
  it("of groups, refusals, chances and devices", () => {
    expect(table("groups", "zh").map((row) => row.slice(0, 2))).toEqual([
      ["分类", "项目"],
      ["通道", "=车道"],
      ["通道", "gone"],
      ["方向", "进"],
      ["人员类别", "快递外卖"],
      ["开门方式", "车牌"],
      ["开门方式", "luck"],
    ]);
    expect(table("refusals", "zh")[1]).toEqual(["不是本小区登记的人或车", "credential-not-found", "3"]);
    expect(table("accuracy", "zh").slice(1, 3)).toEqual([
      ["厂家给出", "人脸机", "0.00001", "2000", "0.0198", "51"],
      ["假设", "", "0.000001", "2000", "0.002", "500"],
    ]);
    expect(tableOf("accuracy", { ...told, accuracy: accuracyOf(0, []) }, "en", DENIAL_WORDS)[1]?.at(-1)).toBe("");
    expect(table("devices").slice(1)).toEqual([
      ["人脸机", "Working", "4", ""],
      ["相机", "Off", "", "没有心跳"],
    ]);
  });
  it("of the ways in: share of the lane, and no mean where nothing was measured", () => {
    expect(table("parity", "zh").slice(1)).toEqual([
      ["=车道", "人脸", "30", "66.7%", "4", "2.5"],
      ["=车道", "刷卡", "15", "33.3%", "0", ""],
    ]);
  });
  it("small words", () => {
    expect([hourText(7), hourText(23)]).toEqual(["07:00", "23:00"]);
    expect([meanSeconds(spent), meanSeconds(none)]).toEqual(["2.5", ""]);
    expect(groupName({ by: "kind", key: "staff", count: 0, whole: 0 }, "en", String)).toBe("Staff");
  });
});
