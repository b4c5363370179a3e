/** Time profiles: whether a moment of site-local time lies in one. Calendar by arithmetic; no clock, no zone. */
import type { TimeProfile, TimeWindow, Wall } from "./terms.ts";

/** Site-local dates, `YYYY-MM-DD`. */
export type Holidays = ReadonlySet<string> | readonly string[];

/** A day on which a window may begin. */
interface Day {
  readonly date: string;
  readonly weekday: number;
}

/**
 * Whether `profile` permits the moment `wall`. A window belongs to the day it begins on: its weekday, its holiday and
 * the profile's first and last date are those of that day, also after midnight. `from` is inclusive, `until` exclusive.
 */
export function permits(profile: TimeProfile, wall: Wall, holidays: Holidays): boolean {
  const today: Day = wall;
  const yesterday: Day = { date: dateBefore(wall.date), weekday: wall.weekday === 1 ? 7 : wall.weekday - 1 };
  return profile.windows.some((window) => {
    if (window.until > window.from) {
      return wall.minute >= window.from && wall.minute < window.until && begins(profile, window, today, holidays);
    }
    if (wall.minute >= window.from && begins(profile, window, today, holidays)) return true;
    return wall.minute < window.until && begins(profile, window, yesterday, holidays);
  });
}

/** The date before `date`, both `YYYY-MM-DD` in the Gregorian calendar, years 0001..9999. */
export function dateBefore(date: string): string {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8, 10));
  if (day > 1) return written(year, month, day - 1);
  if (month > 1) return written(year, month - 1, daysIn(year, month - 1));
  return written(year - 1, 12, 31);
}

function begins(profile: TimeProfile, window: TimeWindow, day: Day, holidays: Holidays): boolean {
  // Dates of this form sort as text.
  if (profile.firstDate !== undefined && day.date < profile.firstDate) return false;
  if (profile.lastDate !== undefined && day.date > profile.lastDate) return false;
  const onWeekday = window.weekdays.includes(day.weekday);
  switch (window.holidays) {
    case "also":
      return onWeekday || isHoliday(day.date, holidays);
    case "only":
      // The weekdays still narrow it: the strict reading, so that a window never opens on a day nobody wrote down.
      return onWeekday && isHoliday(day.date, holidays);
    case "never":
      return onWeekday && !isHoliday(day.date, holidays);
    case "as-weekday":
      return onWeekday;
  }
}

function isHoliday(date: string, holidays: Holidays): boolean {
  return "has" in holidays ? holidays.has(date) : holidays.includes(date);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function written(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}
