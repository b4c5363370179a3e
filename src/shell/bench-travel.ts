/** How long each arm takes, from the command to the contact that says it has arrived. Measured whenever it moves. */
import type { SiteEffect } from "../core/site.ts";
import type { BarrierState, LaneId, LanePlan, Millis } from "../core/terms.ts";
import type { TravelView } from "./bench.ts";

export interface Travels {
  stepped(effects: readonly SiteEffect[], at: Millis): void;
  views(): readonly TravelView[];
}

interface Measured {
  since?: { readonly command: "open" | "close"; readonly at: Millis };
  openMs?: Millis;
  closeMs?: Millis;
}

/** A cold motor is slower than today's, and a proposal is a whole half second. */
const ROOM = 1.5;
const STEP_MS = 500;

export function openTravels(
  plans: readonly LanePlan[],
  barrierOf: (lane: LaneId) => BarrierState | undefined,
): Travels {
  const lanes = new Map<LaneId, Measured>(plans.map(({ id }) => [id, {}]));

  function look(plan: LanePlan, one: Measured, at: Millis): void {
    const { since } = one;
    if (since === undefined) return;
    const barrier = barrierOf(plan.id);
    const told = toldOf(plan);
    if (since.command === "open" && barrier === "open" && told.open) one.openMs = Math.round(at - since.at);
    if (since.command === "close" && barrier === "closed" && told.closed) one.closeMs = Math.round(at - since.at);
    const travelling = since.command === "open" ? "opening" : "closing";
    if (barrier !== travelling) delete one.since;
  }

  return {
    stepped(effects, at) {
      for (const plan of plans) {
        const one = lanes.get(plan.id);
        if (one === undefined) continue;
        for (const effect of effects) {
          if (effect.do !== "move" || effect.lane !== plan.id) continue;
          // Turned back or stopped on the way: that was no whole cycle.
          if (effect.command === "stop") delete one.since;
          else one.since = { command: effect.command, at };
        }
        look(plan, one, at);
      }
    },
    views: () =>
      plans
        .filter(({ kind }) => kind !== "monitored")
        .map((plan) => {
          const { openMs, closeMs } = lanes.get(plan.id) ?? {};
          const longest = Math.max(openMs ?? 0, closeMs ?? 0);
          const told = toldOf(plan);
          const whole =
            (openMs !== undefined || !told.open) && (closeMs !== undefined || !told.closed || !plan.canClose);
          return {
            lane: plan.id,
            laneName: plan.name,
            travelMs: plan.times.travelMs,
            told,
            ...(openMs === undefined ? {} : { openMs }),
            ...(closeMs === undefined ? {} : { closeMs }),
            ...(longest > 0 && whole ? { proposedMs: Math.ceil((longest * ROOM) / STEP_MS) * STEP_MS } : {}),
          };
        }),
  };
}

const toldOf = ({ inputs }: LanePlan): TravelView["told"] => ({
  open: inputs.includes("limit-open"),
  closed: inputs.includes("limit-closed"),
});
