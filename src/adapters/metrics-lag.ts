/** How late the event loop comes to what is due, over the last one to two minutes, whoever asks and however often. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

export interface LoopLag {
  /** Seconds beyond the time that was due: `percent` of the looks, above 0 to 100, were no later. 0 before the first look. */
  at(percent: number): number;
  /** The older minute is forgotten. Called each minute by itself. */
  turn(): void;
  close(): void;
}

/** Two of them run, a minute apart: one alone would be empty just after it was begun anew. */
export type Watch = Pick<IntervalHistogram, "enable" | "disable" | "percentile" | "reset">;

/** So often it is looked; Node counts it into each delay. */
const LOOK_MS = 10;
const TURN_MS = 60_000;

export function openLoopLag(watch: () => Watch = () => monitorEventLoopDelay({ resolution: LOOK_MS })): LoopLag {
  let older = watch();
  let newer = watch();
  older.enable();
  newer.enable();

  function turn(): void {
    older.reset();
    [older, newer] = [newer, older];
  }
  const turning = setInterval(turn, TURN_MS).unref();
  return {
    at: (percent) => Math.max(0, older.percentile(percent) / 1e6 - LOOK_MS) / 1e3,
    turn,
    close() {
      clearInterval(turning);
      older.disable();
      newer.disable();
    },
  };
}
