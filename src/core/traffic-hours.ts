/** Counted quarters as the site's own hours. Local time is a plain number of hours, so that a week is 168 of them. */

import type { LaneId } from "./terms.ts";
import { NO_COUNTS, plus } from "./traffic.ts";
import type { Counts } from "./traffic-terms.ts";

/** Hours since 1970-01-01 00:00 by the site's clock on the wall; `/ 24` whole is its day. */
export type LocalHour = number;
export type LocalDay = number;
export const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface HourCount {
  readonly hour: LocalHour;
  readonly lane: LaneId;
  readonly counts: Counts;
}
export interface Hours {
  readonly counts: readonly HourCount[];
  /** How much of an hour the gate is known to have been running, ms. */
  readonly on: ReadonlyMap<LocalHour, number>;
}
export const NO_HOURS: Hours = { counts: [], on: new Map() };

/** Minutes ahead of UTC at a moment. */
export type OffsetMin = (epochMs: number) => number;

export const localHour = (epochMs: number, offsetMin: OffsetMin): LocalHour =>
  Math.floor((epochMs + offsetMin(epochMs) * 60_000) / HOUR_MS);
export const dayOf = (hour: LocalHour): LocalDay => Math.floor(hour / 24);
/** `2026-11-25`. */
export const dateText = (day: LocalDay): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Undefined for what is no date of the calendar. */
export function dayOfText(date: string): LocalDay | undefined {
  const epochMs = Date.parse(`${date}T00:00:00Z`);
  const day = epochMs / DAY_MS;
  return Number.isInteger(day) && dateText(day) === date ? day : undefined;
}

/** The UTC dates that a local day's quarters lie in: one or two. */
export function utcDatesOf(day: LocalDay, offsetMin: OffsetMin): readonly string[] {
  const from = day * DAY_MS - offsetMin(day * DAY_MS) * 60_000;
  return [...new Set([from, from + DAY_MS - 1].map((epochMs) => dateText(Math.floor(epochMs / DAY_MS))))];
}

/** What a file of counted quarters says by the hour. */
export function hoursOf(
  quarters: readonly { readonly lane: LaneId; readonly quarterMs: number; readonly counts: Counts }[],
  on: readonly { readonly quarterMs: number; readonly onMs: number }[],
  offsetMin: OffsetMin,
): Hours {
  const counts = quarters.map(({ lane, quarterMs, counts }) => ({
    lane,
    counts,
    hour: localHour(quarterMs, offsetMin),
  }));
  const ons = on.map(({ quarterMs, onMs }) => ({ counts: [], on: new Map([[localHour(quarterMs, offsetMin), onMs]]) }));
  return together([{ counts, on: new Map() }, ...ons]);
}

/** Sums: one hour of one lane once, whatever files it was spread over. */
export function together(all: readonly Hours[]): Hours {
  const counts = new Map<string, HourCount>();
  const on = new Map<LocalHour, number>();
  for (const one of all) {
    for (const count of one.counts) {
      const key = `${count.hour} ${count.lane}`;
      counts.set(key, { ...count, counts: plus(counts.get(key)?.counts ?? NO_COUNTS, count.counts) });
    }
    for (const [hour, onMs] of one.on) on.set(hour, (on.get(hour) ?? 0) + onMs);
  }
  return { counts: [...counts.values()], on };
}
