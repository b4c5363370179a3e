/** What traffic is counted in, and from. */
import type { ClockTrust, Denial, Direction, LaneId, LaneKind, Millis } from "./terms.ts";

/** How it was opened. `none` = nothing was granted: somebody followed, or forced it. */
export const WAYS = [
  "face",
  "card",
  "pin",
  "code",
  "plate",
  "guard",
  "remote",
  "button",
  "fire",
  "none",
  "unknown",
] as const;
export type Way = (typeof WAYS)[number];
export const KINDS = ["resident", "visitor", "staff", "courier", "vehicle", "unknown"] as const;
export type Kind = (typeof KINDS)[number];

/** A row of the journal, as far as traffic is made of it. */
export type Fact = {
  readonly seq: number;
  readonly boot: string;
  readonly at: Millis;
  readonly wallMs: number;
  readonly trust: ClockTrust;
} & (
  | { readonly is: "granted"; readonly id: string; readonly way: Way; readonly kind: Kind }
  | { readonly is: "refused"; readonly lane: LaneId; readonly reason: Denial }
  | {
      readonly is: "passed";
      readonly lane: LaneId;
      readonly direction: Direction | "unknown";
      /** The grant that it used; absent = nobody had been let through. */
      readonly credit?: string;
    }
  /** A lane has closed again: it had been open for so long, and had taken so long to get there. */
  | { readonly is: "opened"; readonly lane: LaneId; readonly openMs: number; readonly risingMs?: number }
  /** The wall times of a start were wrong by so much. */
  | { readonly is: "redated"; readonly of: string; readonly byMs: number }
);

export interface Spent {
  readonly count: number;
  readonly totalMs: number;
}
/** Sums only: what was counted can be taken back. */
export interface Counts {
  /** By `direction kind way`. */
  readonly passages: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly waiting: Spent;
  /** By `direction kind way`; of quarters that an older version counted there is nothing. Stays at the gate. */
  readonly waitingBy: Readonly<Record<string, Spent>>;
  readonly opening: Spent;
  readonly openMs: number;
}

/** What one row adds to one quarter of an hour of one lane. */
export interface Share {
  readonly seq: number;
  readonly boot: string;
  readonly trust: ClockTrust;
  readonly lane: LaneId;
  /** Begin of the quarter, ms since 1970 UTC. */
  readonly quarterMs: number;
  /** The moment it happened at, by the clock of then. */
  readonly wallMs: number;
  readonly counts: Counts;
  readonly inside: Inside;
}

/** In minus out at this gate, since the journal began; never below nothing. */
export interface Inside {
  readonly people: number;
  readonly vehicles: number;
}

export interface Granted {
  readonly id: string;
  readonly way: Way;
  readonly kind: Kind;
  readonly boot: string;
  readonly at: Millis;
}

/** Plain data, so that counting goes on after a restart where it was. */
export interface TrafficState {
  /** Newest last. */
  readonly grants: readonly Granted[];
  readonly inside: Inside;
  /** Counted by a clock that nobody believed: moved once the truth is told. */
  readonly undated: readonly Share[];
}

export type LaneKinds = ReadonlyMap<LaneId, LaneKind>;
