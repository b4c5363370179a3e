/**
 * When the gate was running, as far as its own rows bear witness: from one row to the next of the same start it was.
 * Between the last row of a start and the first of the next nobody knows, so an hour without rows is not an hour without
 * traffic. The error is always on the side of "not known".
 */

import type { ClockTrust, Millis } from "./terms.ts";
import { QUARTER_MS, quarterOf } from "./traffic.ts";

/** A row, or this moment of a running gate, as far as time goes. */
export interface Seen {
  readonly boot: string;
  /** Monotonic within the boot. */
  readonly at: Millis;
  readonly wallMs: number;
  readonly trust: ClockTrust;
}
export interface OnShare {
  /** Begin of the quarter of an hour, ms since 1970 UTC. */
  readonly quarterMs: number;
  /** How much of it went by with the gate running, ms, more than 0. */
  readonly onMs: number;
}

/** A start that claims to have stood still for longer has a broken clock; nothing is claimed for it. */
const LONGEST_MS = 31 * 86_400_000;

/** What is known to have been on between two moments. Nothing, when either had a clock that nobody believed. */
export function onBetween(last: Seen | undefined, next: Seen): readonly OnShare[] {
  if (last === undefined || last.boot !== next.boot) return [];
  if (last.trust === "untrusted" || next.trust === "untrusted") return [];
  const length = next.at - last.at;
  if (!(length > 0) || length > LONGEST_MS) return [];
  const from = next.wallMs - length;
  const shares: OnShare[] = [];
  for (let quarterMs = quarterOf(from); quarterMs < next.wallMs; quarterMs += QUARTER_MS) {
    const onMs = Math.min(next.wallMs, quarterMs + QUARTER_MS) - Math.max(from, quarterMs);
    shares.push({ quarterMs, onMs });
  }
  return shares;
}
