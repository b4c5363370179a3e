/**
 * The whole site as one value: its lanes, the reads being fused, the first of two credentials, the credits out.
 * `step` answers what happens to it; it does nothing itself.
 */
import { type DecidingPlan, decide, isDecisive, isUnderDuress, isVehicle } from "./decide.ts";
import * as fuse from "./fuse.ts";
import { mayOpen, others } from "./interlock.ts";
import * as lane from "./lane.ts";
import type {
  AccessPointId,
  AccessPointPlan,
  Author,
  Command,
  ContactLevel,
  CredentialType,
  Credit,
  Decision,
  Effect,
  Found,
  InputRole,
  LaneEvent,
  LaneId,
  LanePlan,
  Millis,
  Now,
  Order,
  Presented,
  SitePlan,
  Staleness,
  Standing,
} from "./terms.ts";

/** A presented credential, stamped and looked up by the loop. */
export interface Asked {
  /** Names the decision, and the credit it may give. */
  readonly id: string;
  readonly now: Now;
  readonly reader: string;
  readonly accessPoint: AccessPointPlan | undefined;
  readonly report: Presented;
  readonly staleness?: Staleness;
  readonly found: Found | undefined;
  /** The nearest almost-match, for the guard. */
  readonly near?: Found;
  readonly standing: Standing;
}

export type SiteEvent =
  | { readonly is: "asked"; readonly asked: Asked }
  | {
      readonly is: "sensed";
      readonly at: Millis;
      readonly lane: LaneId;
      readonly input: InputRole;
      readonly level: ContactLevel;
    }
  | {
      readonly is: "ordered";
      readonly at: Millis;
      readonly lane: LaneId;
      readonly order: Order;
      readonly by: Author;
      readonly id: string;
    }
  | {
      readonly is: "commanded";
      readonly at: Millis;
      readonly lane: LaneId;
      readonly command: Command;
      readonly outcome: "done" | "failed" | "uncertain";
    }
  | { readonly is: "due"; readonly now: Now };

export type SiteEffect =
  | Effect
  | {
      readonly do: "decided";
      readonly asked: Asked;
      readonly decision: Decision;
      readonly credit?: Credit;
      /** The holder still holds a credit for this lane: the same passage, not another one. */
      readonly same?: boolean;
    }
  /** One more read of a vehicle that has been, or will be, decided once. */
  | { readonly do: "merged"; readonly asked: Asked }
  /** A cardholder is now in another area (absent = outside). */
  | { readonly do: "place"; readonly found: Found; readonly area?: string };

interface First {
  readonly type: CredentialType;
  readonly at: Millis;
  readonly until: Millis;
}

interface Holding {
  readonly found: Found;
  readonly accessPoint: AccessPointPlan;
  readonly credit: Credit;
}

/** The vehicles before one camera, and the questions their reads asked. */
interface Fusing {
  readonly state: fuse.FuseState;
  readonly asked: readonly Asked[];
}

export interface Site {
  readonly lanes: ReadonlyMap<LaneId, lane.Lane>;
  readonly fusions: ReadonlyMap<AccessPointId, Fusing>;
  /** Access point + holder → the first of two credentials. */
  readonly firsts: ReadonlyMap<string, First>;
  /** Credit id → whose it is. */
  readonly holdings: ReadonlyMap<string, Holding>;
}

export interface SiteRules {
  readonly plan: SitePlan;
  readonly deciding: DecidingPlan;
  readonly lanePlans: ReadonlyMap<LaneId, LanePlan>;
}

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

export function step(rules: SiteRules, site: Site, event: SiteEvent): readonly [Site, readonly SiteEffect[]] {
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

type Stepped = readonly [Site, readonly SiteEffect[]];

/** Steps one lane and follows what its effects mean to the site: places people, gives up credits that ended. */
function stepLane(rules: SiteRules, site: Site, id: LaneId, event: LaneEvent): Stepped {
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
  let holdings = site.holdings;
  for (const effect of effects) {
    out.push(effect);
    if ((effect.do !== "passed" && effect.do !== "lapsed") || effect.credit === undefined) continue;
    const held = holdings.get(effect.credit.id);
    if (held === undefined) continue;
    const rest = new Map(holdings);
    rest.delete(effect.credit.id);
    holdings = rest;
    if (effect.do === "passed") out.push(placing(held));
  }
  return [{ ...site, holdings }, out];
}

function placing(held: Holding): SiteEffect {
  const { to } = held.accessPoint;
  return { do: "place", found: held.found, ...(to === undefined ? {} : { area: to }) };
}

/**
 * Fire at one entrance opens the corridor through all of them, and its end restores each as it was. Each lane takes the
 * fire panel's level as if it were wired to it; one that has no such input is told by the same event.
 */
function fire(rules: SiteRules, site: Site, at: LaneId, level: ContactLevel, when: Millis): Stepped {
  let [now, effects] = stepLane(rules, site, at, { is: "sensed", at: when, input: "fire", level });
  if (level === "unknown") return [now, effects];
  const by: Author = { who: "fire", from: "fire-input" };
  const order: Order = { is: level === "on" ? "emergency" : "emergency-end" };
  for (const other of rules.plan.lanes) {
    const there = now.lanes.get(other.id);
    if (other.inputs.includes("fire") || other.kind === "monitored" || there === undefined) continue;
    // What a person has ordered as an emergency is not ended by a fire panel that goes quiet.
    const author = lane.emergency(there);
    if (level === "on" ? author !== undefined : author?.from !== "fire-input") continue;
    const [next, more] = stepLane(rules, now, other.id, { is: "ordered", at: when, order, by, id: `fire at ${at}` });
    now = next;
    effects = [...effects, ...more];
  }
  return [now, effects];
}

function ask(rules: SiteRules, site: Site, asked: Asked): Stepped {
  const point = asked.accessPoint;
  const fused = point !== undefined && point.plateMaxMs > 0 && asked.report.claim.type === "plate";
  // History is written as it comes; only what is happening now is one of several reads of a vehicle.
  if (!fused || asked.staleness !== undefined) return resolve(rules, site, asked);
  const before = site.fusions.get(point.id) ?? { state: fuse.NO_READS, asked: [] };
  const kept = { ...before, asked: [...before.asked, asked].slice(-MOST_READS) };
  const [after, effects] = fuseStep(rules, site, point, kept, asked.now, {
    is: "read",
    at: asked.now.at,
    report: asked.report,
    decisive: isDecisive(point, asked.report, asked.found),
  });
  // Each read has its row: what a camera is told is kept, is kept.
  const decidedNow = effects.some((effect) => effect.do === "decided" && effect.asked.id === asked.id);
  return [after, decidedNow ? effects : [{ do: "merged", asked }, ...effects]];
}

/** Reads of vehicles not yet decided that are kept at most for one camera. */
const MOST_READS = 64;

function fuseStep(
  rules: SiteRules,
  site: Site,
  point: AccessPointPlan,
  before: Fusing,
  now: Now,
  event: fuse.FuseEvent,
): Stepped {
  const plan = { quietMs: point.plateQuietMs, maxMs: point.plateMaxMs };
  const [state, verdicts] = fuse.step(plan, before.state, event);
  const asked = state.gathering.length === 0 ? [] : before.asked;
  let next: Site = { ...site, fusions: new Map(site.fusions).set(point.id, { state, asked }) };
  const effects: SiteEffect[] = [];
  for (const verdict of verdicts) {
    const read = before.asked.findLast((one) => one.report.claim.value === verdict.report.claim.value);
    if (read === undefined) continue;
    const [after, more] = resolve(rules, next, { ...read, now });
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

function resolve(rules: SiteRules, site: Site, asked: Asked): Stepped {
  const { accessPoint: point, found, now } = asked;
  const here = point === undefined ? undefined : site.lanes.get(point.lane);
  const key = `${point?.id ?? ""} ${found?.holder.id ?? ""}`;
  const first = site.firsts.get(key);
  const decision = decide(rules.deciding, {
    now,
    accessPoint: point,
    mode: here === undefined ? "controlled" : lane.mode(here),
    report: asked.report,
    ...(asked.staleness === undefined ? {} : { staleness: asked.staleness }),
    found,
    almost: asked.near !== undefined,
    standing: asked.standing,
    ...(first === undefined ? {} : { first }),
  });
  const alarms = alarmsOf(asked, decision);
  if (decision.is === "waiting") {
    const firsts = new Map([...site.firsts].filter(([, known]) => known.until >= now.at));
    firsts.set(key, { type: asked.report.claim.type, at: now.at, until: decision.until });
    return [{ ...site, firsts }, [{ do: "decided", asked, decision }, ...alarms]];
  }
  if (decision.is === "denied" || point === undefined || found === undefined) {
    return [site, [{ do: "decided", asked, decision }, ...alarms]];
  }
  const [next, effects] = admit(rules, site, asked, point, found);
  const same = next.holdings.size === site.holdings.size && !next.holdings.has(asked.id);
  return [next, [{ do: "decided", asked, decision, ...(same ? { same } : {}) }, ...alarms, ...effects]];
}

/** One passage, one opening: a holder who still holds a credit for this lane is given more time, not a second one. */
function admit(rules: SiteRules, site: Site, asked: Asked, point: AccessPointPlan, found: Found): Stepped {
  const held = [...site.holdings.values()].find(
    (one) => one.found.holder.id === found.holder.id && one.accessPoint.id === point.id,
  );
  const credit: Credit = held?.credit ?? {
    id: asked.id,
    direction: point.direction,
    slow: found.holder.slow === true,
    holder: found.holder.id,
    vehicle: isVehicle(rules.deciding, point, found),
  };
  const firsts = new Map(site.firsts);
  firsts.delete(`${point.id} ${found.holder.id}`);
  const holdings = new Map(site.holdings).set(credit.id, { found, accessPoint: point, credit });
  return stepLane(rules, { ...site, firsts, holdings }, point.lane, { is: "granted", at: asked.now.at, credit });
}

function alarmsOf(asked: Asked, decision: Decision): readonly SiteEffect[] {
  const at = asked.accessPoint?.lane;
  if (at === undefined) return [];
  if (decision.is === "denied" && decision.reason === "blocklisted") {
    return [{ do: "raise", lane: at, alarm: "blocklisted", detail: asked.reader }];
  }
  // Silently, and whatever was decided.
  if (isUnderDuress(asked.report, asked.found)) {
    return [{ do: "raise", lane: at, alarm: "duress", detail: asked.reader }];
  }
  return [];
}

function due(rules: SiteRules, site: Site, now: Now): Stepped {
  let next = site;
  const effects: SiteEffect[] = [];
  for (const [id, one] of site.lanes) {
    const at = lane.deadline(one);
    if (at === undefined || at > now.at) continue;
    const [after, more] = stepLane(rules, next, id, { is: "due", at: now.at });
    next = after;
    effects.push(...more);
  }
  for (const point of rules.plan.accessPoints) {
    const fusing = next.fusions.get(point.id);
    const at = fusing === undefined ? undefined : fuse.deadline(fusing.state);
    if (fusing === undefined || at === undefined || at > now.at) continue;
    const [after, more] = fuseStep(rules, next, point, fusing, now, { is: "due", at: now.at });
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

/** A question that goes through the real rules and may only end in `credential-not-found`: proof that we can decide. */
export function canary(rules: SiteRules, now: Now, value: string, found: Found | undefined): Decision {
  return decide(rules.deciding, {
    now,
    accessPoint: rules.plan.accessPoints[0],
    mode: "controlled",
    report: { is: "presented", claim: { type: "card", value }, live: true },
    found,
    standing: { householdInside: 0, areaInside: 0, uses: 0 },
  });
}
