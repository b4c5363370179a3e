/** Traffic as it is told to whoever looks: the page, its tables and CSV, a platform's own reports. */
import type { ClockTrust, Denial, DeviceId, Direction, LaneId, LaneKind } from "./terms.ts";
import type { Kind, Spent, Way } from "./traffic-terms.ts";
import type { Usual } from "./traffic-usual.ts";

/** What to look at; what is absent is all of it. Lane narrows everything, direction and kind the passages alone. */
export interface Selection {
  readonly lane?: LaneId;
  readonly direction?: Direction | "unknown";
  readonly kind?: Kind;
}

/**
 * `whole`: the gate ran through it, so nothing is 0. `part`: it was off for a while, or nobody knows. `off`: nothing is
 * known of it. `running`: this hour. `ahead`: not yet.
 */
export type HourState = "whole" | "part" | "off" | "running" | "ahead";

export interface HourTold {
  /** The site's own. */
  readonly date: string;
  /** 0 to 23. */
  readonly hour: number;
  readonly state: HourState;
  readonly in: number;
  readonly out: number;
  readonly unknown: number;
  /** Of all three; absent with fewer than `leastWeeks` known weeks. */
  readonly usual?: Usual;
  readonly refused: number;
  readonly waiting: Spent;
  readonly opening: Spent;
  readonly openMs: number;
}

/** A share of the passages: this lane, this direction, this kind, opened this way. */
export interface GroupTold {
  readonly by: "lane" | "direction" | "kind" | "way";
  readonly key: string;
  /** So far. */
  readonly count: number;
  /** In the whole hours alone: what `usual` is to be held against. */
  readonly whole: number;
  readonly usual?: Usual;
}

export interface LaneTold {
  readonly lane: LaneId;
  readonly name: string;
  readonly kind: LaneKind;
  readonly in: number;
  readonly out: number;
  readonly unknown: number;
  readonly refused: number;
  readonly waiting: Spent;
  readonly opening: Spent;
  readonly openMs: number;
}

/** One lane, direction, kind and way in one hour. */
export interface PassageTold {
  readonly date: string;
  readonly hour: number;
  readonly lane: LaneId;
  readonly direction: Direction | "unknown";
  readonly kind: Kind;
  readonly way: Way;
  readonly count: number;
}

export interface DeviceTold {
  readonly id: DeviceId;
  readonly name: string;
  readonly lane?: LaneId;
  readonly link: "up" | "down" | "starting" | "closed";
  /** Plain words for the technician. */
  readonly why?: string;
  /** Since it was last heard; absent = not since this start. */
  readonly silentSeconds?: number;
}

/** How often a stranger's one attempt succeeds by chance, with the list as long as it is. */
export interface AccuracyTold {
  /** Faces on the list. */
  readonly faces: number;
  readonly rates: readonly {
    /** Absent: an assumption, nobody's figure. */
    readonly device?: DeviceId;
    readonly name?: string;
    /** Of one comparison. */
    readonly rate: number;
    readonly effective: number;
    /** One attempt in so many; absent = with nobody on the list none succeeds. */
    readonly oneIn?: number;
  }[];
}

/** One way of opening on one lane, beside the others of that lane: whether faces are the only way in practice. */
export interface ParityTold {
  readonly lane: LaneId;
  readonly way: Way;
  readonly count: number;
  /** Of all of this lane that were let in, 0 to 1. */
  readonly share: number;
  /** From being let in until through, of those where both ends are known. */
  readonly waiting: Spent;
}

/**
 * How faces and all other ways wait on one lane, means in ms. `few`: too little was measured to say; `others-longer`:
 * whoever doesn't show a face waits noticeably longer.
 */
export type ParityVerdict = { readonly lane: LaneId } & (
  | { readonly is: "few" }
  | { readonly is: "alike" | "others-longer" | "faces-longer"; readonly faceMs: number; readonly othersMs: number }
);

export interface TrafficTold {
  readonly from: string;
  readonly to: string;
  readonly hours: readonly HourTold[];
  readonly groups: readonly GroupTold[];
  readonly lanes: readonly LaneTold[];
  /** Most first. */
  readonly refusals: readonly { readonly reason: Denial; readonly count: number }[];
  readonly passages: readonly PassageTold[];
  readonly parity: readonly ParityTold[];
  readonly parityVerdicts: readonly ParityVerdict[];
}

/** All that one question is answered with. */
export interface TrafficAnswer extends TrafficTold {
  /** Site and gate, as people read them. */
  readonly place: string;
  /** The street is simulated, and so are the figures. */
  readonly simulation: boolean;
  readonly now: { readonly date: string; readonly hour: number; readonly trust: ClockTrust };
  /** `usual` is the median of the same weekday and hour of so many weeks before, `leastWeeks` of them known. */
  readonly weeks: number;
  readonly leastWeeks: number;
  readonly accuracy: AccuracyTold;
  readonly devices: readonly DeviceTold[];
}
export const TABLES = [
  "hours",
  "times",
  "groups",
  "lanes",
  "parity",
  "refusals",
  "passages",
  "accuracy",
  "devices",
] as const;
export type Table = (typeof TABLES)[number];
