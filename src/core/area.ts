/** Areas: anti-passback, and room for vehicles. */
import type { AntiPassback, AreaPlan, Found, Millis, Standing, Wall } from "./terms.ts";

const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;

export type Violation = "no" | "soft" | "hard";

/**
 * Whether entering `to` now breaks its anti-passback. Undefined `to` = outside, which nobody is kept from. Somebody whose
 * area is unknown (never seen, or after an amnesty) passes and is known from then on. `now` monotonic ms; a `timed` entry
 * of which no time is known (before a restart) doesn't count.
 */
export function violates(to: AreaPlan | undefined, standing: Standing, now: Millis): Violation {
  if (to === undefined || standing.area !== to.id) return "no";
  const kind: AntiPassback = to.antiPassback;
  switch (kind) {
    case "off":
      return "no";
    case "soft":
    case "hard":
      return kind;
    case "timed":
      return standing.since !== undefined && now - standing.since < to.timedMs ? "hard" : "no";
  }
}

/** Whether `to` holds no further vehicle. One that counts as inside already takes no second place. */
export function isFull(to: AreaPlan | undefined, standing: Standing): boolean {
  return to?.capacity !== undefined && standing.areaInside >= to.capacity;
}

/** Whether the household's other vehicles inside `to` take up all its parking spaces. */
export function isQuotaUsed(to: AreaPlan | undefined, spaces: number | undefined, standing: Standing): boolean {
  return to !== undefined && spaces !== undefined && standing.householdInside >= spaces;
}

/**
 * What is counted as one vehicle: its plate, because one person may have several; and whoever came by another credential,
 * which tells no plate.
 */
export function vehicleOf({ credential, holder }: Found): string {
  return credential.type === "plate" ? `plate ${credential.value}` : holder.id;
}

/** When the area's daily reset came last, ms since 1970 UTC; undefined where it has none, or nobody knows the time. */
export function lastResetMs(area: AreaPlan, wall: Wall): number | undefined {
  if (area.resetMinute === undefined || wall.trust === "untrusted") return undefined;
  const minutesSince = (wall.minute - area.resetMinute + DAY_MINUTES) % DAY_MINUTES;
  return (Math.floor(wall.epochMs / MINUTE_MS) - minutesSince) * MINUTE_MS;
}

/**
 * Whether the area's daily reset is due: its last moment has come and nobody was cleared since. One that was missed (no
 * power, no clock) is made up for. `clearedWallMs` = when the area was last cleared, or has been counted since.
 */
export function isResetDue(area: AreaPlan, clearedWallMs: number, wall: Wall): boolean {
  const lastMs = lastResetMs(area, wall);
  return lastMs !== undefined && clearedWallMs < lastMs;
}
