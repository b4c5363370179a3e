/** What follows from how far the clock can be believed: looked at every few seconds, off the way from report to relay. */
import type { ClockTrust, Millis } from "../core/terms.ts";
import type { Loop } from "./loop.ts";
import type { Clock } from "./ports.ts";
import { heldRows, UNTOLD_MS } from "./remembered.ts";

export interface ClockWatch {
  /** To be called every 5 s or so, and once at the start. */
  look(): void;
}

/** Looks come late now and then. */
const HELD_EVERY_MS = UNTOLD_MS / 2;

export function openClockWatch(deps: {
  readonly clock: Clock;
  readonly loop: Pick<Loop, "note" | "state">;
}): ClockWatch {
  const { clock, loop } = deps;
  let before: ClockTrust = "trusted";
  let heldAt: Millis = 0;
  return {
    look() {
      const now = clock.now();
      const { trust } = now.wall;
      const turned = (trust === "untrusted") !== (before === "untrusted");
      before = trust;
      if (turned || (trust === "untrusted" && now.at - heldAt >= HELD_EVERY_MS)) {
        heldAt = now.at;
        for (const row of heldRows(loop.state(), now)) loop.note(row);
      }
    },
  };
}
