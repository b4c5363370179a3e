/** Areas, access levels and time profiles in gate.yaml. */
import { z } from "zod";
import { id, isoDate, note, shortText, timeOfDay } from "./schema-words.ts";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
const NAMES: readonly string[] = DAYS;

const day = z.enum(DAYS);
/** `mon-fri`, `sat`, `daily`. */
const dayRange = z
  .string()
  .regex(/^(?:daily|(?:mon|tue|wed|thu|fri|sat|sun)(?:-(?:mon|tue|wed|thu|fri|sat|sun))?)$/, "mon-fri");

export const areaSchema = z.strictObject({
  id,
  antiPassback: note(
    z.enum(["off", "soft", "hard", "timed"]),
    "soft lets in and notes; hard refuses; timed refuses for timedMinutes.",
    "防反传：soft 放行并记录，hard 拒绝，timed 限时拒绝",
  ).default("soft"),
  timedMinutes: note(z.int().min(1).max(1440), "For timed: minutes after an entry.", "限时分钟数").optional(),
  capacity: note(z.int().min(1).max(100_000), "Vehicles it holds.", "车位容量").optional(),
  name: note(shortText, "As the guard reads it.", "门卫看到的名称").optional(),
  resetAt: note(
    timeOfDay,
    "Each day at this time nobody counts as inside any more, HH:MM; absent = by hand alone.",
    "每天到这个时间把里面的人和车清零",
  ).optional(),
});

export const accessLevelSchema = z.strictObject({
  id,
  accessPoints: note(
    z.union([z.literal("all"), z.array(id).min(1).max(64)]),
    "Access points it opens, or all.",
    "可通行的出入点，或 all",
  ),
  timeProfile: note(id, "When; absent = always.", "时间表，不写为全天").optional(),
  name: note(shortText, "As the clerk reads it.", "物业看到的名称").optional(),
});

const windowSchema = z.strictObject({
  days: note(z.union([dayRange, z.array(day).min(1).max(7)]), "mon-fri, daily, or [mon, wed].", "星期").default(
    "daily",
  ),
  from: note(timeOfDay, "Begin, HH:MM.", "开始时间"),
  until: note(timeOfDay, "End, HH:MM; before `from` means past midnight.", "结束时间，早于开始表示跨夜"),
  holidays: note(
    z.enum(["also", "only", "never", "as-weekday"]),
    "Whether holidays count: also, only, never, or like any weekday.",
    "节假日如何处理",
  ).default("as-weekday"),
});

export const timeProfileSchema = z.strictObject({
  id,
  windows: note(z.array(windowSchema).max(64), "Empty = never.", "时间段，空为从不"),
  firstDate: note(isoDate, "First date, inclusive.", "开始日期").optional(),
  lastDate: note(isoDate, "Last date, inclusive.", "结束日期").optional(),
});

/** ISO weekdays (1 = Monday) of a `days` entry; a range may wrap (`sat-mon`). */
export function weekdaysOf(days: string | readonly Day[]): readonly number[] {
  if (typeof days !== "string") return [...new Set(days.map((name) => DAYS.indexOf(name) + 1))].sort((a, b) => a - b);
  if (days === "daily") return [1, 2, 3, 4, 5, 6, 7];
  const [first = "", last = first] = days.split("-");
  const begin = NAMES.indexOf(first);
  const count = ((NAMES.indexOf(last) - begin + 7) % 7) + 1;
  return Array.from({ length: count }, (_, step) => ((begin + step) % 7) + 1).sort((a, b) => a - b);
}

/** Minute of the day 0..1440 of an `HH:MM`. */
export function minuteOf(time: string): number {
  const [hours = "0", minutes = "0"] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}
