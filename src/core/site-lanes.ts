/** One lane's step as the site sees it: who was placed where, which credits ended, whom the interlock lets go. */
import { vehicleOf } from "./area.ts";
import { mayOpen, others } from "./interlock.ts";
import * as lane from "./lane.ts";
import type { Holding, Site, SiteEffect, SiteRules, Stepped } from "./site-terms.ts";
import type { Effect, LaneEvent, LaneId, Millis } from "./terms.ts";

/** Steps one lane and follows what its effects mean to the site. A lane that doesn't exist changes nothing. */
export function stepLane(rules: SiteRules, site: Site, id: LaneId, event: LaneEvent): Stepped {
  const plan = rules.lanePlans.get(id);
  const before = site.lanes.get(id);
  if (plan === undefined || before === undefined) return [site, []];
  const [next, effects] = lane.step(plan, before, event, mayOpen(rules.plan.lanes, site.lanes, id));
  const lanes = new Map(site.lanes).set(id, next);
  const stepped = settle({ ...site, lanes }, id, effects);
  if (lane.barrier(next) !== "closed" || lane.barrier(before) === "closed") return stepped;
  return wakeGroup(rules, stepped, id, event.at);
}

/** A lane of an interlock group has closed: whoever waits at another one may go now. */
function wakeGroup(rules: SiteRules, stepped: Stepped, closed: LaneId, at: Millis): Stepped {
  let [site, effects] = stepped;
  for (const other of others(rules.plan.lanes, closed)) {
    const [next, more] = stepLane(rules, site, other.id, { is: "due", at });
    site = next;
    effects = [...effects, ...more];
  }
  return [site, effects];
}

/** Credits that ended in this step are given back, all in one pass: at a busy gate many lapse together. */
function settle(site: Site, id: LaneId, effects: readonly Effect[]): Stepped {
  const here = site.holdings.get(id) ?? [];
  const ended = new Set(effects.flatMap((effect) => endedCredit(effect) ?? []));
  if (ended.size === 0) return [site, effects];
  const left: Holding[] = [];
  const gone = new Map<string | undefined, Holding>();
  for (const one of here) {
    if (ended.has(one.credit.id)) gone.set(one.credit.id, one);
    else left.push(one);
  }
  const out = effects.flatMap((effect): readonly SiteEffect[] => {
    const holding = effect.do === "passed" ? gone.get(endedCredit(effect)) : undefined;
    return holding === undefined ? [effect] : [effect, ...placings(holding)];
  });
  return [{ ...site, holdings: new Map(site.holdings).set(id, left) }, out];
}

function endedCredit(effect: Effect): string | undefined {
  return effect.do === "passed" || effect.do === "lapsed" ? effect.credit?.id : undefined;
}

/** The person for anti-passback, the vehicle for the room inside. */
function placings({ found, accessPoint: { to }, credit }: Holding): readonly SiteEffect[] {
  const place: SiteEffect = { do: "place", found, ...(to === undefined ? {} : { area: to }) };
  return credit.vehicle ? [place, { ...place, vehicle: vehicleOf(found) }] : [place];
}
