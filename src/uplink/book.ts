/**
 * The counted days, hour by hour, for whoever looks at them. Files are read one at a time and off the loop, and what was
 * read is kept as hours; nothing here asks the journal.
 */

import {
  type Hours,
  hoursOf,
  type LocalDay,
  NO_HOURS,
  type OffsetMin,
  together,
  utcDatesOf,
} from "../core/traffic-hours.ts";
import { onBetween, type Seen } from "../core/traffic-on.ts";
import type { TrafficBook } from "../shell/ports.ts";
import type { Day, Tally } from "./tally.ts";

export interface BookDeps {
  readonly tally: Pick<Tally, "recent" | "last">;
  readonly look: (date: string) => Promise<Day | undefined>;
  readonly offsetMin: OffsetMin;
  /** This moment of this start: since the newest row the gate has been on. */
  readonly now: () => Seen;
  /** Another turn of the loop: a decision goes before the next day. */
  readonly pause: () => Promise<void>;
}
export interface Book extends TrafficBook {
  /** This day's file has been written anew. */
  forget(date: string): void;
}

/** Three months: the longest that is asked for, and the eight weeks before it. */
const DAYS_KEPT = 100;

export function openBook({ tally, look, offsetMin, now, pause }: BookDeps): Book {
  const kept = new Map<string, Hours>();
  let forgotten = 0;
  let before: Promise<unknown> = Promise.resolve();

  const hoursIn = ({ quarters, on }: Pick<Day, "quarters" | "on">): Hours =>
    hoursOf(
      quarters,
      Object.entries(on).map(([quarterMs, onMs]) => ({ quarterMs: Number(quarterMs), onMs })),
      offsetMin,
    );

  async function dated(date: string): Promise<Hours> {
    const recent = tally.recent(date);
    if (recent !== undefined) return hoursIn(recent);
    const known = kept.get(date);
    if (known !== undefined) return known;
    await pause();
    const began = forgotten;
    const found = await look(date);
    const hours = found === undefined ? NO_HOURS : hoursIn(found);
    // Written anew while it was read: true for this answer, not for the next.
    if (began !== forgotten) return hours;
    const [oldest] = kept.keys();
    if (kept.size >= DAYS_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(date, hours);
    return hours;
  }

  async function read(days: readonly LocalDay[]): Promise<Hours> {
    const dates = [...new Set(days.flatMap((day) => utcDatesOf(day, offsetMin)))].sort();
    const all: Hours[] = [];
    for (const date of dates) all.push(await dated(date));
    // Since the newest row nothing was written, and the gate has been on all the same.
    return together([...all, hoursOf([], onBetween(tally.last(), now()), offsetMin)]);
  }

  return {
    hours(days) {
      const mine = before.then(() => read(days));
      // One after the other, whatever became of the one before.
      before = mine.catch(() => undefined);
      return mine;
    },
    forget(date) {
      forgotten++;
      kept.delete(date);
    },
  };
}
