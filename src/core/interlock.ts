/** Lanes of which at most one may be not closed (two gates with a space between them). */
import { hasContacts } from "./lane-inputs.ts";
import type { Lane } from "./lane-terms.ts";
import type { LaneId, LanePlan } from "./terms.ts";

/** The other lanes of its group. After a step of `laneId` each of them is given a `due`, so that a waiting one may go. */
export function others(plans: readonly LanePlan[], laneId: LaneId): readonly LanePlan[] {
  const group = plans.find((plan) => plan.id === laneId)?.interlock;
  return group === undefined ? [] : plans.filter((plan) => plan.interlock === group && plan.id !== laneId);
}

/** Whether every other lane of the group is closed. The lane itself doesn't matter; emergency doesn't ask. */
export function mayOpen(plans: readonly LanePlan[], lanes: ReadonlyMap<LaneId, Lane>, laneId: LaneId): boolean {
  return others(plans, laneId).every((plan) => isClosed(plan, lanes.get(plan.id)));
}

/**
 * Unknown counts as not closed where a contact will tell. A lane without contacts, untouched since the start, counts as
 * closed: it would otherwise block its group after every power failure until somebody closed it by hand.
 */
function isClosed(plan: LanePlan, lane: Lane | undefined): boolean {
  if (lane === undefined) return false;
  if (lane.barrier.is === "closed") return true;
  return lane.barrier.is === "unknown" && lane.barrier.came === undefined && !hasContacts(plan);
}
