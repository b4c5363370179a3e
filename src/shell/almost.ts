/**
 * Plates that were refused and nearly stand on the list: each is offered to the guard for two minutes and lets in one
 * car. It never opens by itself; a person's order names it.
 */
import type { LaneId, Millis } from "../core/terms.ts";
import type { Row } from "./ports.ts";

export interface Almost {
  /** The refusal's own id in its row. */
  readonly decision: string;
  /** As it was read. */
  readonly seen: string;
  /** As it stands on the list. */
  readonly plate: string;
}

export interface Offers {
  hear(row: Row): void;
  /** The offer of row `seq` on this lane, while it stands; taken once. */
  take(seq: number, lane: LaneId, at: Millis): Almost | undefined;
}

const STANDS_MS = 120_000;
/** More at once are a flood, and the oldest is forgotten; a guard sees the last one. */
const MOST = 200;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function openOffers(): Offers {
  // Oldest first.
  const standing = new Map<number, Row>();
  return {
    hear(row) {
      for (const [seq, before] of standing) {
        if (row.at - before.at <= STANDS_MS) break;
        standing.delete(seq);
      }
      if (row.kind !== "decision" || row.open.ask !== true || text(row.sealed?.almost) === "") return;
      standing.set(row.seq, row);
      const [oldest] = standing.keys();
      if (standing.size > MOST && oldest !== undefined) standing.delete(oldest);
    },
    take(seq, lane, at) {
      const row = standing.get(seq);
      if (row === undefined || row.lane !== lane || at - row.at > STANDS_MS) return undefined;
      standing.delete(seq);
      return { decision: text(row.open.id), seen: text(row.sealed?.value), plate: text(row.sealed?.almost) };
    },
  };
}
