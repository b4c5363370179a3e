/** Retention, once a day: the keys of strangers' days, and the ids of events that are too old to come again. */
import type { Loop } from "./loop.ts";
import type { Clock } from "./ports.ts";

export interface RetentionDeps {
  readonly clock: Clock;
  readonly loop: Pick<Loop, "note">;
  readonly strangerDays: number;
  readonly usedEventDays: number;
  /** The site's date of a wall time. */
  readonly dateOf: (wallMs: number) => string;
  /** How many days' keys there were. */
  readonly eraseDays: (before: string) => number;
  /** Answers later, with how many there were. */
  readonly forgetUsed: (beforeWallMs: number, done: (forgotten: number) => void) => void;
}

const DAY_MS = 86_400_000;

/** `look` is to be called every minute. */
export function openRetentionWatch(deps: RetentionDeps): { look(): void } {
  let doneOn: string | undefined;
  return {
    look() {
      const { wall } = deps.clock.now();
      // By a clock that is wrong everything may seem old.
      if (wall.trust === "untrusted" || wall.date === doneOn) return;
      doneOn = wall.date;
      const before = deps.dateOf(wall.epochMs - deps.strangerDays * DAY_MS);
      const days = deps.eraseDays(before);
      deps.forgetUsed(wall.epochMs - deps.usedEventDays * DAY_MS, (events) => {
        if (days > 0 || events > 0) deps.loop.note({ kind: "retention", open: { before, days, events } });
      });
    },
  };
}
