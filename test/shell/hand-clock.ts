/** A clock that a test moves by hand; what was to be woken is woken in its order, at its own time. */
import { wallOf } from "../../src/adapters/clock.ts";
import type { Wall } from "../../src/core/terms.ts";
import type { Clock } from "../../src/shell/ports.ts";

const WALL_MS = Date.UTC(2026, 10, 24, 4);

export interface HandClock extends Clock {
  /** Goes on to this monotonic time, ms. */
  to(at: number): void;
  /** The process stands still for this long: nobody is woken meanwhile. */
  stall(ms: number): void;
  /** The wall clock is set: from now on it shows this at the monotonic time now. */
  setWall(epochMs: number, trust: Wall["trust"]): void;
}

export function handClock(): HandClock {
  let at = 0;
  let base = WALL_MS;
  let trust: Wall["trust"] = "trusted";
  const sleeping = new Set<{ readonly at: number; readonly then: () => void }>();
  return {
    at: () => at,
    now: () => ({ at, wall: wallOf(base + at, trust, 480) }),
    wakeAt(when, then) {
      const one = { at: when, then };
      sleeping.add(one);
      return () => void sleeping.delete(one);
    },
    to(when) {
      for (;;) {
        const [next] = [...sleeping].filter((one) => one.at <= when).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        sleeping.delete(next);
        at = Math.max(at, next.at);
        next.then();
      }
      at = when;
    },
    stall(ms) {
      at += ms;
    },
    setWall(epochMs, how) {
      base = epochMs - at;
      trust = how;
    },
  };
}
