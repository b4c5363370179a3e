/** Areas: anti-passback, room for vehicles, and where a passage puts somebody. */
import type {
  AccessPointPlan,
  AntiPassback,
  AreaId,
  AreaPlan,
  Found,
  HolderId,
  HouseholdId,
  Millis,
  Standing,
} from "./terms.ts";

export type Violation = "no" | "soft" | "hard";

/** Where a holder is after a passage. */
export interface Placed {
  readonly holder: HolderId;
  readonly household?: HouseholdId;
  readonly vehicle: boolean;
  /** Absent = outside. */
  readonly area?: AreaId;
}

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
  if (to?.capacity === undefined) return false;
  const others = standing.area === to.id ? standing.areaInside - 1 : standing.areaInside;
  return others >= to.capacity;
}

/** Whether the household's other vehicles inside `to` take up all its parking spaces. */
export function isQuotaUsed(to: AreaPlan | undefined, spaces: number | undefined, standing: Standing): boolean {
  return to !== undefined && spaces !== undefined && standing.householdInside >= spaces;
}

/** Where a passage through `accessPoint` puts the holder. */
export function placed(accessPoint: AccessPointPlan, holder: Found["holder"], vehicle: boolean): Placed {
  return {
    holder: holder.id,
    vehicle,
    ...(holder.household === undefined ? {} : { household: holder.household }),
    ...(accessPoint.to === undefined ? {} : { area: accessPoint.to }),
  };
}
