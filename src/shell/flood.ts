/**
 * One connection to a broker carries all devices: a topic on which more comes than any device says is cut to a rate that
 * leaves the others their time. At our own broker each device has a connection, and its own sending waits for us.
 */
import type { Millis } from "../core/terms.ts";

/** What a terminal kept while offline may come in one go. */
export const MOST_AT_ONCE = 1_000;
/** More than any terminal says for long, and little enough for a small machine that has others to hear. */
export const MOST_A_SECOND = 300;
/** Topics are what devices say: so many are told apart. */
const TOPICS_MAX = 512;

interface Bucket {
  left: number;
  at: Millis;
}

export interface FloodGate {
  /** Whether this message is one too many. */
  isTooMany(topic: string, at: Millis): boolean;
}

export function openFloodGate(): FloodGate {
  const buckets = new Map<string, Bucket>();
  return {
    isTooMany(topic, at) {
      let bucket = buckets.get(topic);
      if (bucket === undefined) {
        if (buckets.size >= TOPICS_MAX) buckets.clear();
        bucket = { left: MOST_AT_ONCE, at };
        buckets.set(topic, bucket);
      }
      bucket.left = Math.min(MOST_AT_ONCE, bucket.left + ((at - bucket.at) * MOST_A_SECOND) / 1_000);
      bucket.at = at;
      if (bucket.left < 1) return true;
      bucket.left--;
      return false;
    },
  };
}
