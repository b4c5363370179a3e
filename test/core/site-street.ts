/** A compound with everything in it: two vehicle lanes, a door, two gates with a space between, an iron gate. */
import { planFor } from "../../src/core/decide.ts";
import type { Asked, Site, SiteEffect, SiteEvent, SiteRules } from "../../src/core/site.ts";
import { start, step } from "../../src/core/site.ts";
import type {
  AccessPointPlan,
  ContactLevel,
  Found,
  InputRole,
  LanePlan,
  Now,
  Order,
  SitePlan,
} from "../../src/core/terms.ts";

/** Tuesday 2026-11-24, 12:00 in the compound, at monotonic 0. */
const NOON = Date.UTC(2026, 10, 24, 4);

const TIMES = {
  travelMs: 6000,
  accessMs: 20_000,
  longAccessMs: 45_000,
  clearMs: 1000,
  heldMs: 60_000,
  preAlarmMs: 15_000,
  stuckMs: 120_000,
  gapMs: 500,
};

function lane(id: string, part: Partial<LanePlan>): LanePlan {
  return {
    id,
    kind: "vehicle",
    name: id,
    inputs: ["limit-closed", "limit-open", "safety-loop", "photocell"],
    guards: ["safety-loop", "photocell"],
    canClose: true,
    canStop: true,
    times: TIMES,
    maxLockedOpenMs: 600_000,
    ...part,
  };
}

const LIMITS = ["limit-closed", "limit-open"] as const;
const GATE: Partial<LanePlan> = {
  kind: "pedestrian",
  inputs: [...LIMITS, "photocell"],
  guards: ["photocell"],
  interlock: "space between",
};
const DOOR: Partial<LanePlan> = { kind: "pedestrian", guards: [], canClose: false, canStop: false };

export const LANES: readonly LanePlan[] = [
  lane("drive-in", { inputs: [...LIMITS, "safety-loop", "photocell", "fire", "stop"] }),
  lane("drive-out", {}),
  lane("walk", { ...DOOR, inputs: ["door-contact", "request-to-exit"] }),
  lane("gate-a", GATE),
  lane("gate-b", GATE),
  lane("garage", { inputs: [...LIMITS, "safety-loop", "photocell", "fire"] }),
  lane("iron", { ...DOOR, kind: "monitored", inputs: ["door-contact"] }),
];

function point(id: string, part: Partial<AccessPointPlan>): AccessPointPlan {
  return {
    id,
    lane: id,
    direction: "in",
    readers: [`reader of ${id}`],
    minConfidence: 0.8,
    liveness: "unless-silent",
    freshMs: 3000,
    plateQuietMs: 0,
    plateMaxMs: 0,
    ...part,
  };
}

export const POINTS = {
  "drive-in": point("drive-in", { to: "yard", plateQuietMs: 300, plateMaxMs: 1500 }),
  "drive-out": point("drive-out", { direction: "out", from: "yard" }),
  walk: point("walk", { to: "yard" }),
  "gate-a": point("gate-a", {}),
  "gate-b": point("gate-b", {}),
  garage: point("garage", { secondWithinMs: 10_000 }),
  iron: point("iron", {}),
} as const satisfies Record<string, AccessPointPlan>;
export type PointName = keyof typeof POINTS;

export const PLAN: SitePlan = {
  id: "compound",
  name: "compound",
  lanes: LANES,
  accessPoints: Object.values(POINTS),
  areas: [{ id: "yard", antiPassback: "soft", timedMs: 0 }],
  accessLevels: [{ id: "all", accessPoints: Object.keys(POINTS) }],
  timeProfiles: [],
  holidays: [],
  graceDays: 0,
};

export const RULES: SiteRules = {
  plan: PLAN,
  deciding: planFor(PLAN),
  lanePlans: new Map(LANES.map((plan) => [plan.id, plan])),
};

export const now = (at: number): Now => ({
  at,
  wall: { epochMs: NOON + at, trust: "trusted", date: "2026-11-24", weekday: 2, minute: 720 },
});

type Holder = Partial<Found["holder"]>;
type Credential = Partial<Found["credential"]>;

export function found(id: string, credential: Credential = {}, holder: Holder = {}): Found {
  return {
    credential: { type: "card", value: `card of ${id}`, enabled: true, ...credential },
    holder: { id, name: id, kind: "resident", blocked: false, accessLevels: ["all"], ...holder },
  };
}

export const STRANGER = "京A00000";

export interface Asking extends Partial<Omit<Asked, "report">> {
  readonly report?: Partial<Asked["report"]>;
}

/** Somebody at a reader: by default a fresh, known card. */
export function asked(
  id: string,
  at: number,
  where: PointName | "nowhere",
  who: Found | undefined,
  more: Asking = {},
): Asked {
  const { report, ...rest } = more;
  const claim = who === undefined ? { type: "plate" as const, value: STRANGER } : who.credential;
  return {
    id,
    now: now(at),
    reader: `reader of ${where}`,
    accessPoint: where === "nowhere" ? undefined : POINTS[where],
    report: { is: "presented", claim: { type: claim.type, value: claim.value }, live: true, ...report },
    found: who,
    standing: { householdInside: 0, areaInside: 0, uses: 0 },
    ...rest,
  };
}

const BY = { who: "wang", from: "guard-page" };

/** A site to which things happen, in their order; the effects are told as short words. */
export interface Street {
  site: Site;
  ask(...question: Parameters<typeof asked>): readonly SiteEffect[];
  sense(at: number, lane: string, input: InputRole, level: ContactLevel): readonly SiteEffect[];
  order(at: number, lane: string, order: Order, id?: string): readonly SiteEffect[];
  due(at: number): readonly SiteEffect[];
  happen(event: SiteEvent): readonly SiteEffect[];
}

/** Every arm down, every loop clear. */
export function openStreet(): Street {
  const street: Street = {
    site: start(RULES, 0),
    happen(event) {
      const [next, effects] = step(RULES, street.site, event);
      street.site = next;
      return effects;
    },
    ask: (...question) => street.happen({ is: "asked", asked: asked(...question) }),
    sense: (at, lane, input, level) => street.happen({ is: "sensed", at, lane, input, level }),
    order: (at, lane, order, id = "o1") => street.happen({ is: "ordered", at, lane, order, by: BY, id }),
    due: (at) => street.happen({ is: "due", now: now(at) }),
  };
  for (const plan of LANES) {
    for (const input of plan.inputs) street.sense(0, plan.id, input, input === "limit-closed" ? "on" : "off");
  }
  return street;
}

export const moves = (effects: readonly SiteEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.do === "move" ? [`${effect.lane} ${effect.command} for ${effect.cause}`] : []));

/** Each effect in a word or two, for stories. */
export const words = (effects: readonly SiteEffect[]): readonly string[] => effects.map(word);

function word(effect: SiteEffect): string {
  switch (effect.do) {
    case "move":
      return `${effect.lane} ${effect.command} for ${effect.cause}`;
    case "decided": {
      const { decision } = effect;
      const outcome = decision.is === "denied" ? decision.reason : decision.is;
      return `${effect.asked.id} ${outcome}${effect.same === true ? " same" : ""}`;
    }
    case "merged":
      return `${effect.asked.id} merged`;
    case "place":
      return `${effect.vehicle === undefined ? effect.found.holder.id : "the vehicle"} is ${effect.area ?? "outside"}`;
    case "raise":
    case "calm":
      return `${effect.do} ${effect.alarm}`;
    case "passed":
      return `${effect.lane} passed on ${effect.credit?.id ?? "nothing"}`;
    case "lapsed":
      return `${effect.lane} lapsed ${effect.credit.id}`;
    case "mode":
      return `${effect.lane} ${effect.mode}`;
    case "refuse":
      return `${effect.lane} refuses ${effect.why}`;
  }
}

/** What became of a lane's arm after a command, as its contacts tell it. */
export function arm(street: Street, at: number, lane: string, up: boolean): readonly SiteEffect[] {
  const [first, second]: readonly InputRole[] = up ? ["limit-closed", "limit-open"] : ["limit-open", "limit-closed"];
  if (first === undefined || second === undefined) return [];
  return [...street.sense(at, lane, first, "off"), ...street.sense(at, lane, second, "on")];
}

/** The ids of all credits whose holder the site remembers. */
export function creditsHeld(site: Site): readonly string[] {
  return [...site.holdings.values()].flat().map((one) => one.credit.id);
}
