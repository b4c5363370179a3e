import { describe, expect, it } from "vitest";
import { dateBefore, permits } from "../../src/core/schedule.ts";
import type { TimeProfile, TimeWindow, Wall } from "../../src/core/terms.ts";

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

function wall(date: string, weekday: number, clock: string): Wall {
  const [hours, minutes] = clock.split(":").map(Number);
  return { epochMs: 0, trust: "trusted", date, weekday, minute: (hours ?? 0) * 60 + (minutes ?? 0) };
}

function window(over: Partial<TimeWindow>): TimeWindow {
  return { weekdays: EVERY_DAY, holidays: "as-weekday", from: 480, until: 1080, ...over };
}

function profile(windows: readonly TimeWindow[], over: Partial<TimeProfile> = {}): TimeProfile {
  return { id: "p", windows, ...over };
}

describe("a window within one day", () => {
  const office = profile([window({ weekdays: [1, 2, 3, 4, 5] })]);
  it.each([
    ["Monday 07:59", "2026-11-23", 1, "07:59", false],
    ["Monday 08:00, from is inclusive", "2026-11-23", 1, "08:00", true],
    ["Monday 17:59", "2026-11-23", 1, "17:59", true],
    ["Monday 18:00, until is exclusive", "2026-11-23", 1, "18:00", false],
    ["Saturday noon", "2026-11-28", 6, "12:00", false],
  ])("%s", (_, date, weekday, clock, permitted) => {
    expect(permits(office, wall(date, weekday, clock), [])).toBe(permitted);
  });

  it("never permits without windows", () => {
    expect(permits(profile([]), wall("2026-11-23", 1, "12:00"), [])).toBe(false);
  });
});

describe("a window past midnight belongs to the day it begins on", () => {
  const night = profile([window({ weekdays: [5], from: 1320, until: 360 })]);
  it.each([
    ["Friday 21:59", "2026-11-27", 5, "21:59", false],
    ["Friday 22:00", "2026-11-27", 5, "22:00", true],
    ["Saturday 00:00", "2026-11-28", 6, "00:00", true],
    ["Saturday 05:59", "2026-11-28", 6, "05:59", true],
    ["Saturday 06:00", "2026-11-28", 6, "06:00", false],
    ["Saturday 22:00", "2026-11-28", 6, "22:00", false],
    ["Friday 05:00, which would be Thursday's", "2026-11-27", 5, "05:00", false],
  ])("%s", (_, date, weekday, clock, permitted) => {
    expect(permits(night, wall(date, weekday, clock), [])).toBe(permitted);
  });

  it("reaches from Sunday into Monday", () => {
    const sunday = profile([window({ weekdays: [7], from: 1380, until: 60 })]);
    expect(permits(sunday, wall("2026-11-30", 1, "00:30"), [])).toBe(true);
    expect(permits(sunday, wall("2026-11-29", 7, "00:30"), [])).toBe(false);
  });

  it.each([
    ["until 1440 ends with the day", 480, 1440, 1, "23:59", true],
    ["until 1440 leaves the next day alone", 480, 1440, 2, "00:00", false],
    ["0 to 1440 is the whole day", 0, 1440, 1, "00:00", true],
    ["0 to 0 is the whole day", 0, 0, 1, "23:59", true],
    ["0 to 0 leaves the next day alone", 0, 0, 2, "00:00", false],
    ["08:00 to 08:00 is 24 hours: still the next morning", 480, 480, 2, "07:59", true],
    ["08:00 to 08:00 is 24 hours: then over", 480, 480, 2, "08:00", false],
  ])("%s", (_, from, until, weekday, clock, permitted) => {
    const monday = profile([window({ weekdays: [1], from, until })]);
    const date = weekday === 1 ? "2026-11-23" : "2026-11-24";
    expect(permits(monday, wall(date, weekday, clock), [])).toBe(permitted);
  });
});

describe("holidays", () => {
  const holidays = ["2026-10-01"]; // a Thursday
  const noon = wall("2026-10-01", 4, "12:00");
  const dayAfter = wall("2026-10-02", 5, "12:00");
  it.each([
    ["also: on the holiday, whatever the weekday", "also", [1], noon, true],
    ["also: on its weekday as ever", "also", [5], dayAfter, true],
    ["also: neither", "also", [1], dayAfter, false],
    ["only: on the holiday", "only", EVERY_DAY, noon, true],
    ["only: not on another day", "only", EVERY_DAY, dayAfter, false],
    ["only: weekdays narrow it", "only", [1], noon, false],
    ["never: not on the holiday", "never", EVERY_DAY, noon, false],
    ["never: on another day", "never", EVERY_DAY, dayAfter, true],
    ["never: not on another weekday", "never", [1], dayAfter, false],
    ["as-weekday: the holiday is a Thursday", "as-weekday", [4], noon, true],
    ["as-weekday: the holiday is no Monday", "as-weekday", [1], noon, false],
  ] as const)("%s", (_, kind, weekdays, moment, permitted) => {
    const one = profile([window({ holidays: kind, weekdays })]);
    expect(permits(one, moment, holidays)).toBe(permitted);
    expect(permits(one, moment, new Set(holidays))).toBe(permitted);
  });

  it("counts the day the window begins on, after midnight too", () => {
    const night = profile([window({ holidays: "only", from: 1320, until: 360 })]);
    expect(permits(night, wall("2026-10-02", 5, "01:00"), holidays)).toBe(true);
    expect(permits(night, wall("2026-10-01", 4, "01:00"), holidays)).toBe(false);
    expect(permits(night, wall("2026-10-02", 5, "23:00"), holidays)).toBe(false);
  });
});

describe("first and last date", () => {
  const stay = profile([window({ from: 1200, until: 480 })], { firstDate: "2026-02-27", lastDate: "2026-02-28" });
  it.each([
    ["the evening before the first date", "2026-02-26", 4, "21:00", false],
    ["the early morning of the first date, begun before it", "2026-02-27", 5, "07:00", false],
    ["the evening of the first date", "2026-02-27", 5, "21:00", true],
    ["the evening of the last date", "2026-02-28", 6, "23:59", true],
    ["the night that began on the last date", "2026-03-01", 7, "07:59", true],
    ["the morning after is over", "2026-03-01", 7, "08:00", false],
    ["the next evening", "2026-03-01", 7, "21:00", false],
  ])("%s", (_, date, weekday, clock, permitted) => {
    expect(permits(stay, wall(date, weekday, clock), [])).toBe(permitted);
  });
});

describe("the date before", () => {
  it.each([
    ["2026-11-24", "2026-11-23"],
    ["2026-11-01", "2026-10-31"],
    ["2026-05-01", "2026-04-30"],
    ["2026-07-01", "2026-06-30"],
    ["2026-10-01", "2026-09-30"],
    ["2026-12-01", "2026-11-30"],
    ["2026-03-01", "2026-02-28"],
    ["2028-03-01", "2028-02-29"],
    ["2000-03-01", "2000-02-29"],
    ["2100-03-01", "2100-02-28"],
    ["2027-01-01", "2026-12-31"],
    ["0100-01-01", "0099-12-31"],
  ])("%s follows %s", (date, before) => {
    expect(dateBefore(date)).toBe(before);
  });

  it("agrees with the calendar for 150 years", () => {
    const dayMs = 86_400_000;
    for (let ms = Date.UTC(1970, 0, 2); ms < Date.UTC(2120, 0, 1); ms += dayMs) {
      const date = new Date(ms).toISOString().slice(0, 10);
      if (dateBefore(date) !== new Date(ms - dayMs).toISOString().slice(0, 10)) expect.fail(date);
    }
  });
});
