/**
 * A reader that has gone dark: its link is up, and it recognises nobody any more (a lens with mud on it, a lamp that
 * died, a list that was lost). Told by the same hour of last week: nobody at four in the morning is nothing, nobody at
 * eight on a Monday is.
 */
import type { DeviceId } from "./terms.ts";

/** Whole hours since 1970 UTC. */
export type Hour = number;

/** What is known of the past, by readers and hours. */
export interface Past {
  /** Recognitions of people and vehicles on the list. */
  readonly recognised: ReadonlyMap<DeviceId, ReadonlyMap<Hour, number>>;
  /** Whether the gate was there for the whole of that hour: what it didn't see it accuses nobody of. */
  readonly watched: (hour: Hour) => boolean;
}

export interface Dark {
  readonly reader: DeviceId;
  /** The first hour in which somebody should have been recognised. */
  readonly since: Hour;
}

export const HOURS_OF_A_WEEK = 168;

/**
 * Readers that have recognised nobody since an hour in which, a week before, they recognised `atLeast` or more. It lasts
 * until they recognise somebody again. `now`: this hour, not over yet.
 */
export function darkReaders(past: Past, atLeast: number, now: Hour): readonly Dark[] {
  return [...past.recognised].flatMap(([reader, counts]) => {
    let since: Hour | undefined;
    for (let hour = now; hour > now - HOURS_OF_A_WEEK && !counts.has(hour); hour--) {
      const usual = counts.get(hour - HOURS_OF_A_WEEK) ?? 0;
      if (hour < now && usual >= atLeast && past.watched(hour)) since = hour;
    }
    return since === undefined ? [] : [{ reader, since }];
  });
}
