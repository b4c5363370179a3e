/** One lane's step as the site sees it: who was placed where, which credits ended, whom the interlock lets go. */
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
  const stepped = settle({ ...site, lanes }, effects);
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

function settle(site: Site, effects: readonly Effect[]): Stepped {
  const out: SiteEffect[] = [];
  let { holdings } = site;
  for (const effect of effects) {
    out.push(effect);
    if ((effect.do !== "passed" && effect.do !== "lapsed") || effect.credit === undefined) continue;
    const { id } = effect.credit;
    const ended = [...holdings.values()].flat().filter((one) => one.credit.id === id);
    const left = [...holdings].map(
      ([at, here]) => [at, at === effect.lane ? here.filter((one) => !ended.includes(one)) : here] as const,
    );
    holdings = new Map(left);
    if (effect.do === "passed") out.push(...ended.map(placing));
  }
  return [holdings === site.holdings ? site : { ...site, holdings }, out];
}

function placing({ found, accessPoint: { to } }: Holding): SiteEffect {
  return { do: "place", found, ...(to === undefined ? {} : { area: to }) };
}
