/**
 * A lane's modes and what leads from one to another: the only place where that is said. `lane-mode` changes by it, and
 * docs/generated/mode.md is drawn from it. An emergency lies over the mode and changes nothing of it.
 */
import { type Drawn, drawn } from "./diagram.ts";
import type { LaneMode } from "./terms.ts";

export const MODE_TRIGGERS = {
  "lock-open":
    "a person holds it open, until a time that must be named (a lane locked down refuses, unless it is only watched)",
  "lock-down": "a person locks it down",
  release: "a person gives it back",
  close: "a person closes it",
  "time-over": "the time it was to be held open is over",
} as const;
export type ModeTrigger = keyof typeof MODE_TRIGGERS;

export type ModeChange = Drawn<LaneMode, ModeTrigger>;

const row = (from: LaneMode, by: ModeTrigger, to: LaneMode): ModeChange => ({ from, by, to });

export const MODE_CHANGES: readonly ModeChange[] = [
  row("controlled", "lock-open", "locked-open"),
  row("controlled", "lock-down", "locked-down"),

  row("locked-open", "lock-open", "locked-open"),
  row("locked-open", "lock-down", "locked-down"),
  row("locked-open", "release", "controlled"),
  row("locked-open", "close", "controlled"),
  row("locked-open", "time-over", "controlled"),

  row("locked-down", "lock-open", "locked-open"),
  row("locked-down", "lock-down", "locked-down"),
  row("locked-down", "release", "controlled"),
];

/** Undefined where this trigger means nothing in this mode. */
export function modeAfter(from: LaneMode, by: ModeTrigger): LaneMode | undefined {
  return MODE_CHANGES.find((each) => each.from === from && each.by === by)?.to;
}

export const modeDiagram = (): string =>
  drawn("A lane's modes", "src/core/mode-table.ts", ["controlled"], MODE_CHANGES, MODE_TRIGGERS);
