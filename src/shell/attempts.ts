/**
 * Recognisers that tell each attempt at the same track: one uncertain frame is no recognition. The first attempts are
 * passed over, and used up by nothing: the one that makes them enough decides, with its own time.
 */
import type { Millis, Presented } from "../core/terms.ts";

export interface Attempts {
  /** Whether this one makes enough; always, without an event id or where it tells of the past: the decision refuses it then. */
  areEnough(report: Presented, at: Millis): boolean;
}

interface Seen {
  readonly count: number;
  readonly at: Millis;
  readonly deviceTimeMs: number | undefined;
}

/** Tracks at once before a camera are few; more are a flood, and the oldest is forgotten. */
const MOST = 200;

/** @param times How many agreeing attempts are enough, 1 or more; @param withinMs between two of them. */
export function openAttempts(times: number, withinMs: Millis): Attempts {
  const seen = new Map<string, Seen>();
  return {
    areEnough({ eventId, claim, live, deviceTimeMs }, at) {
      if (times <= 1 || eventId === undefined || !live) return true;
      const key = JSON.stringify([eventId, claim.type, claim.value]);
      const before = seen.get(key);
      const isNear = before !== undefined && at - before.at <= withinMs;
      // The same one twice is one.
      const isAgain = isNear && deviceTimeMs !== undefined && before.deviceTimeMs === deviceTimeMs;
      const count = isNear ? before.count + (isAgain ? 0 : 1) : 1;
      seen.delete(key);
      seen.set(key, { count, at, deviceTimeMs });
      const [oldest] = seen.keys();
      if (seen.size > MOST && oldest !== undefined) seen.delete(oldest);
      return count >= times;
    },
  };
}
