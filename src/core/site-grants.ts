/** From a question to a right to pass: the decision, the second credential, the credit and whose it is. */
import { decide, isUnderDuress, isVehicle } from "./decide.ts";
import * as lane from "./lane.ts";
import { stepLane } from "./site-lanes.ts";
import type { Asked, First, Holding, Site, SiteEffect, SiteRules, Stepped } from "./site-terms.ts";
import type { AccessPointPlan, Credit, Decision, Found } from "./terms.ts";

/** Decides and does what follows; the decision comes first among the effects, before anything it moves. */
export function resolve(rules: SiteRules, site: Site, asked: Asked): Stepped {
  const { accessPoint: point, found, now } = asked;
  const key = firstKey(point, found);
  const decision = decideHere(rules, site, asked, site.firsts.get(key));
  const alarms = alarmsOf(asked, decision);
  if (decision.is === "waiting") {
    const firsts = new Map([...site.firsts].filter(([, known]) => known.until >= now.at));
    firsts.set(key, { type: asked.report.claim.type, at: now.at, until: decision.until });
    return [{ ...site, firsts }, [{ do: "decided", asked, decision }, ...alarms]];
  }
  if (point === undefined || found === undefined || decision.is === "denied") {
    return [site, [{ do: "decided", asked, decision }, ...alarms]];
  }
  return admit(rules, site, { asked, point, found, decision, alarms });
}

function firstKey(point: AccessPointPlan | undefined, found: Found | undefined): string {
  return `${point?.id ?? ""} ${found?.holder.id ?? ""}`;
}

function decideHere(rules: SiteRules, site: Site, asked: Asked, first: First | undefined): Decision {
  const { accessPoint, found, now, report, staleness, standing } = asked;
  const here = accessPoint === undefined ? undefined : site.lanes.get(accessPoint.lane);
  return decide(rules.deciding, {
    now,
    accessPoint,
    mode: here === undefined ? "controlled" : lane.mode(here),
    report,
    ...(staleness === undefined ? {} : { staleness }),
    found,
    almost: asked.near !== undefined,
    standing,
    ...(first === undefined ? {} : { first }),
  });
}

interface Grant {
  readonly asked: Asked;
  readonly point: AccessPointPlan;
  readonly found: Found;
  readonly decision: Decision;
  readonly alarms: readonly SiteEffect[];
}

/** One passage, one right: a holder who has not passed on the credit before gets this one in its place, not beside it. */
function admit(rules: SiteRules, site: Site, grant: Grant): Stepped {
  const { asked, point, found, decision, alarms } = grant;
  const here = site.holdings.get(point.lane) ?? [];
  const held = here.find((one) => isSamePassage(one, point, found));
  const credit: Credit = {
    id: asked.id,
    direction: point.direction,
    slow: found.holder.slow === true,
    holder: found.holder.id,
    vehicle: isVehicle(rules.deciding, point, found),
  };
  const first = firstKey(point, found);
  const firsts = site.firsts.has(first) ? new Map([...site.firsts].filter(([key]) => key !== first)) : site.firsts;
  const holding = { found, accessPoint: point, credit };
  const others = held === undefined ? here : here.filter((one) => one !== held);
  const holdings = new Map(site.holdings).set(point.lane, [...others, holding]);
  const [next, effects] = stepLane(rules, { ...site, firsts, holdings }, point.lane, {
    is: "granted",
    at: asked.now.at,
    credit,
    ...(held === undefined ? {} : { instead: held.credit.id }),
  });
  const given = next.holdings.get(point.lane)?.includes(holding) === true ? { credit } : {};
  const same = held === undefined ? {} : { same: true };
  return [next, [{ do: "decided", asked, decision, ...given, ...same }, ...alarms, ...effects]];
}

/** Two plates of one owner are two vehicles; a card after the plate, or a second tap, is the same one. */
function isSamePassage(held: Holding, point: AccessPointPlan, found: Found): boolean {
  if (held.accessPoint.id !== point.id || held.found.holder.id !== found.holder.id) return false;
  const [before, now] = [held.found.credential, found.credential];
  return before.type !== "plate" || now.type !== "plate" || before.value === now.value;
}

function alarmsOf(asked: Asked, decision: Decision): readonly SiteEffect[] {
  const at = asked.accessPoint?.lane;
  if (at === undefined) return [];
  if (decision.is === "denied" && decision.reason === "blocklisted") {
    return [{ do: "raise", lane: at, alarm: "blocklisted", detail: asked.reader }];
  }
  // Silently, and whatever was decided; told again by a device it was raised already.
  if (isUnderDuress(asked.report, asked.found) && asked.staleness !== "already-used") {
    return [{ do: "raise", lane: at, alarm: "duress", detail: asked.reader }];
  }
  return [];
}
