/** What follows from how far the clock can be believed: looked at every few seconds, off the way from report to relay. */
import type { ClockTrust, Millis } from "../core/terms.ts";
import type { Conditions } from "./conditions.ts";
import type { Loop } from "./loop.ts";
import type { Clock } from "./ports.ts";
import { heldRows, UNTOLD_MS } from "./remembered.ts";

export interface ClockWatch {
  /** To be called every 5 s or so, and once at the start. */
  look(): void;
}

export interface ClockWatchDeps {
  readonly clock: Clock;
  readonly loop: Pick<Loop, "note" | "state">;
  readonly conditions: Conditions;
}

/** Looks come late now and then. */
const HELD_EVERY_MS = UNTOLD_MS / 2;
/** A Pi has no clock battery: at each start it asks the network for the time first, and nobody need be told. */
const PATIENCE_MS = 60_000;

export function openClockWatch({ clock, loop, conditions }: ClockWatchDeps): ClockWatch {
  let before: ClockTrust = "trusted";
  let since: Millis = 0;
  let heldAt: Millis = 0;
  return {
    look() {
      const now = clock.now();
      const { trust } = now.wall;
      const doubted = trust === "untrusted";
      const turned = doubted !== (before === "untrusted");
      before = trust;
      if (turned) since = now.at;
      // Rows of this start that were written without a clock are dated by this one; none of them is changed.
      if (turned && !doubted)
        loop.note({ kind: "clock", open: { believed: true, offsetMs: Math.round(now.wall.epochMs - now.at) } });
      if (turned || (doubted && now.at - heldAt >= HELD_EVERY_MS)) {
        heldAt = now.at;
        for (const row of heldRows(loop.state(), now)) loop.note(row);
      }
      conditions.stands("clock-untrusted", doubted && now.at - since >= PATIENCE_MS ? "" : undefined);
    },
  };
}
