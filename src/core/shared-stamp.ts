/**
 * When something happened, as the gates of one site agree on it: a hybrid logical clock, kept for each holder and not for
 * the whole gate. Whoever knows of a passage stamps the next one of the same holder later, whatever the clocks say; so a
 * clock that runs ahead wins only over what it couldn't have known, and nothing but its own records is dragged along.
 * Source: Kulkarni et al., Logical Physical Clocks (2014).
 */
import type { Millis, Now } from "./terms.ts";

export interface Stamp {
  /** Milliseconds since 1970 UTC as its gate took them to be, 0..{@link FARTHEST_MS} and what rises above it one by one. */
  readonly ms: number;
  /** Counts what no clock tells apart, 0..{@link MOST_COUNT}. */
  readonly count: number;
}

/** 2100-01-01: a clock that shows more shows nothing. */
export const FARTHEST_MS = 4_102_444_800_000;
export const MOST_COUNT = 1_000_000;

/** Below 0: the left one is earlier. */
export function compareStamps(left: Stamp, right: Stamp): number {
  return left.ms - right.ms || left.count - right.count;
}

/** A stamp that is later than each of those, and at `ms` where that is later already. */
export function stampAfter(ms: number, known: readonly Stamp[]): Stamp {
  const now: Stamp = { ms: Math.min(FARTHEST_MS, Math.max(0, Math.round(ms))), count: 0 };
  const latest = known.reduce((left, right) => (compareStamps(left, right) < 0 ? right : left), { ms: -1, count: 0 });
  if (compareStamps(now, latest) > 0) return now;
  return latest.count < MOST_COUNT ? { ms: latest.ms, count: latest.count + 1 } : { ms: latest.ms + 1, count: 0 };
}

/** A time that was believed, and when; monotonic time carries it on. */
export interface Anchor {
  readonly ms: number;
  readonly at: Millis;
}

/** Wall time where it can be believed; else what was last known of it, carried on. 0 = nothing is known. */
export function presentMs({ at, wall }: Now, anchor: Anchor | undefined): number {
  if (wall.trust !== "untrusted") return wall.epochMs;
  return anchor === undefined ? 0 : anchor.ms + at - anchor.at;
}

/** The later of both, as seen from `ms` at `at`: somebody else's believed time, or a record of before this start. */
export function anchored(known: Anchor | undefined, ms: number, at: Millis): Anchor {
  const fresh = { ms: Math.min(ms, FARTHEST_MS), at };
  return known !== undefined && known.ms + at - known.at >= fresh.ms ? known : fresh;
}
