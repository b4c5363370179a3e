/**
 * The whole site as one value: its lanes, the reads being fused, the first of two credentials, the credits out.
 * `step` answers what happens to it; it does nothing itself.
 */
import { decide } from "./decide.ts";
import * as fuse from "./fuse.ts";
import * as lane from "./lane.ts";
import { fire } from "./site-emergency.ts";
import { stepLane } from "./site-lanes.ts";
import type { Site, SiteEffect, SiteEvent, SiteRules, Stepped } from "./site-terms.ts";
import { ask, dueVehicles } from "./site-vehicles.ts";
import type { AccessPointPlan, Decision, Found, LaneId, Millis, Now } from "./terms.ts";

export type { Asked, Site, SiteEffect, SiteEvent, SiteRules } from "./site-terms.ts";

/** After a start every lane is `unknown` and nobody is accused; `modes` are those remembered from before it. */
export function start(rules: SiteRules, at: Millis, modes: ReadonlyMap<LaneId, lane.Mode> = new Map()): Site {
  return {
    lanes: new Map(rules.plan.lanes.map((plan) => [plan.id, lane.start(plan, at, modes.get(plan.id))])),
    fusions: new Map(),
    firsts: new Map(),
    holdings: new Map(),
  };
}

/** The next moment at which something happens by itself; undefined = never. */
export function deadline(site: Site): Millis | undefined {
  let earliest: Millis | undefined;
  const consider = (at: Millis | undefined) => {
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  };
  for (const one of site.lanes.values()) consider(lane.deadline(one));
  for (const fusing of site.fusions.values()) consider(fuse.deadline(fusing.state));
  return earliest;
}

export function step(rules: SiteRules, site: Site, event: SiteEvent): Stepped {
  switch (event.is) {
    case "asked":
      return ask(rules, site, event.asked);
    case "sensed":
      return event.input === "fire"
        ? fire(rules, site, event.lane, event.level, event.at)
        : stepLane(rules, site, event.lane, event);
    case "ordered":
    case "commanded":
      return stepLane(rules, site, event.lane, event);
    case "due":
      return due(rules, site, event.now);
  }
}

function due(rules: SiteRules, site: Site, now: Now): Stepped {
  let next = site;
  const effects: SiteEffect[] = [];
  for (const [id, one] of site.lanes) {
    if ((lane.deadline(one) ?? Number.POSITIVE_INFINITY) > now.at) continue;
    const [after, more] = stepLane(rules, next, id, { is: "due", at: now.at });
    next = after;
    effects.push(...more);
  }
  for (const point of rules.plan.accessPoints) {
    const [after, more] = dueVehicles(rules, next, point, now);
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

/** Where a site has no reader at all (a watched iron gate), its rules can be asked all the same. */
const NO_READER: AccessPointPlan = {
  id: "canary",
  lane: "canary",
  direction: "in",
  readers: [],
  minConfidence: 1,
  liveness: "required",
  freshMs: 500,
  plateQuietMs: 0,
  plateMaxMs: 0,
};

/** A question that goes through the real rules and may only end in `credential-not-found`: proof that we can decide. */
export function canary(rules: SiteRules, now: Now, value: string, found: Found | undefined): Decision {
  return decide(rules.deciding, {
    now,
    accessPoint: rules.plan.accessPoints[0] ?? NO_READER,
    mode: "controlled",
    report: { is: "presented", claim: { type: "card", value }, live: true },
    found,
    standing: { householdInside: 0, areaInside: 0, uses: 0 },
  });
}
