/**
 * How long a lane stood open, and how long it took to get there: one row when its contacts say that it is closed again.
 * Where no contact tells the position there is nothing to tell.
 */
import * as lane from "../core/lane.ts";
import type { BarrierState, LaneId, LanePlan, Millis } from "../core/terms.ts";
import type { Entry } from "./ports.ts";

export interface Openings {
  /** Where the lane's barrier is now. */
  seen(id: LaneId, barrier: BarrierState, at: Millis): void;
}

export function openOpenings(
  plans: readonly LanePlan[],
  note: (entry: Pick<Entry, "kind" | "lane" | "open">) => unknown,
): Openings {
  const told = new Set(plans.filter((plan) => lane.positionIs(plan) === "by-contact").map(({ id }) => id));
  const open = new Map<LaneId, { readonly since: Millis; readonly upAt?: Millis }>();
  const wasClosed = new Set<LaneId>();

  return {
    seen(id, barrier, at) {
      if (!told.has(id)) return;
      const one = open.get(id);
      if (barrier === "closed") {
        wasClosed.add(id);
        if (one === undefined) return;
        open.delete(id);
        const openMs = Math.round(at - one.since);
        const rising = one.upAt === undefined ? {} : { risingMs: Math.round(one.upAt - one.since) };
        note({ kind: "outcome", lane: id, open: { command: "close", outcome: "closed", openMs, ...rising } });
        return;
      }
      // What was found open at the start has been so for nobody knows how long.
      if (!wasClosed.has(id)) return;
      if (one === undefined) open.set(id, { since: at, ...(barrier === "open" ? { upAt: at } : {}) });
      else if (barrier === "open" && one.upAt === undefined) open.set(id, { ...one, upAt: at });
    },
  };
}
