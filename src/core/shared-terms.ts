/** What the gates of one site tell each other of who is where. Nobody stands in it by name: pseudonyms of the site. */
import type { Stamp } from "./shared-stamp.ts";
import type { AreaId } from "./terms.ts";

/** One gate's records of one start, numbered: `gate/start`. */
export type Origin = string;

export type Told =
  /** A person or a vehicle is in an area; absent = outside. */
  | {
      readonly is: "placed";
      readonly subject: string;
      readonly vehicle: boolean;
      readonly household?: string;
      readonly area?: AreaId;
    }
  /** Nobody and nothing counts as inside any more. */
  | { readonly is: "cleared"; readonly area: AreaId }
  /** Nothing is known of them any more. */
  | { readonly is: "erased"; readonly subject: string };

export interface Shared {
  readonly origin: Origin;
  /** Gapless within the origin, from 1. */
  readonly seq: number;
  readonly stamp: Stamp;
  readonly told: Told;
}

/** All that still counts of an origin's records after `from` and up to `upTo`: what isn't in it, a later one has replaced. */
export interface Span {
  readonly origin: Origin;
  readonly from: number;
  readonly upTo: number;
  readonly records: readonly Shared[];
}

/** How far each origin is known without a gap. */
export type Heads = ReadonlyMap<Origin, number>;

/** What a gate says to the others: how far it knows each, and perhaps something that they may not know. */
export interface Letter {
  readonly gate: string;
  /** The sender's start, and the number of its letters since. */
  readonly boot: string;
  readonly number: number;
  readonly origin: Origin;
  /** Its own time, ms since 1970 UTC; absent while it doesn't believe it. */
  readonly wallMs?: number;
  readonly heads: Heads;
  /** The ledger's sum; absent while something of the sender's own may not be told yet. */
  readonly sum?: number;
  /** The newest letter it has heard of each other gate: proves to that one that it hears it now. */
  readonly hears: ReadonlyMap<string, Heard>;
  readonly span?: Span;
}

/** Names a letter. */
export type Heard = Pick<Letter, "boot" | "number">;
