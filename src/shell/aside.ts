/**
 * Work that can wait: sending upstream, counting. One piece at a time, and after each everything else has the loop for as
 * long as the piece took: however much there is to catch up with, a decision meets a loop that is half idle.
 */
import type { Millis } from "../core/terms.ts";
import type { Clock } from "./ports.ts";

/** Runs it after whatever has come in meanwhile, and after those that were given before it. */
export type Aside = (piece: () => void) => void;

/** The least rest, ms: a timer's grain. What comes in is then taken in lots, which costs less than each by itself. */
const LEAST_MS: Millis = 1;

/** @param soon runs it in the loop's next turn */
export function openAside(clock: Pick<Clock, "at" | "wakeAt">, soon: (then: () => void) => void): Aside {
  const waiting: (() => void)[] = [];
  let planned = false;
  let restedAt = Number.NEGATIVE_INFINITY;

  function plan(): void {
    if (planned || waiting.length === 0) return;
    planned = true;
    if (clock.at() >= restedAt) soon(next);
    else clock.wakeAt(restedAt, next);
  }
  function next(): void {
    const began = clock.at();
    try {
      // It may give the next one: that is planned only once it is known how long this one took.
      waiting.shift()?.();
    } finally {
      const over = clock.at();
      restedAt = over + Math.max(LEAST_MS, over - began);
      planned = false;
      plan();
    }
  }
  return (piece) => {
    waiting.push(piece);
    plan();
  };
}
