/** The site as plain data: its lanes, the reads being fused, the first of two credentials, the credits out. */
import type { DecidingPlan } from "./decide.ts";
import type { FuseState } from "./fuse.ts";
import type { Lane } from "./lane-terms.ts";
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
      /** The right to pass that it gave; absent where none was given, or it ended at once (a pressed stop button). */
      readonly credit?: Credit;
      /** The holder had not passed on the credit before, which this one takes the place of: the same passage. */
      readonly same?: boolean;
    }
  /** One more read of a vehicle that has been, or will be, decided once. */
  | { readonly do: "merged"; readonly asked: Asked }
  /** A cardholder, or (`vehicle`) what they came by, is now in another area (absent = outside). */
  | { readonly do: "place"; readonly found: Found; readonly area?: string; readonly vehicle?: string };

export interface First {
  readonly type: CredentialType;
  readonly at: Millis;
  readonly until: Millis;
}

export interface Holding {
  readonly found: Found;
  readonly accessPoint: AccessPointPlan;
  readonly credit: Credit;
}

/** The vehicles before one camera, and what the best read of each of their spellings asked. */
export interface Fusing {
  readonly state: FuseState;
  readonly asked: readonly Asked[];
}

export interface Site {
  readonly lanes: ReadonlyMap<LaneId, Lane>;
  readonly fusions: ReadonlyMap<AccessPointId, Fusing>;
  /** Access point + holder → the first of two credentials. */
  readonly firsts: ReadonlyMap<string, First>;
  /** Whose the credits out at each lane are. By lane, so that a busy site copies only one lane's on each event. */
  readonly holdings: ReadonlyMap<LaneId, readonly Holding[]>;
}

export interface SiteRules {
  readonly plan: SitePlan;
  readonly deciding: DecidingPlan;
  readonly lanePlans: ReadonlyMap<LaneId, LanePlan>;
}

/** The site after an event, and what is to be done, in this order. */
export type Stepped = readonly [Site, readonly SiteEffect[]];
