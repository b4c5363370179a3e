/**
 * How far the wall clock is believed, by what the system says of it: the only place where that is said. `adapters/clock`
 * goes by it, and docs/generated/clock.md is drawn from it. A time before this program was made is never believed.
 */
import { type Drawn, drawn } from "./diagram.ts";
import type { ClockTrust } from "./terms.ts";

/** `unset` = nobody has told the time since the start; `moved` = somebody's hand has, after a source had. */
export type Belief = "unset" | "steered" | "kept" | "moved";

export const CLOCK_TRIGGERS = {
  steers: "a time source steers the clock",
  "set-since-boot": "none steers it now, but one has since this machine started",
  "lets-go": "no time source steers it",
  stepped: "it jumped while no time source steered it",
} as const;
export type ClockTrigger = keyof typeof CLOCK_TRIGGERS;

export type BeliefChange = Drawn<Belief, ClockTrigger>;

const row = (from: Belief, by: ClockTrigger, to: Belief): BeliefChange => ({ from, by, to });

export const BELIEF_CHANGES: readonly BeliefChange[] = [
  row("unset", "steers", "steered"),
  row("unset", "set-since-boot", "kept"),

  row("steered", "lets-go", "kept"),
  row("steered", "set-since-boot", "kept"),

  row("kept", "steers", "steered"),
  row("kept", "stepped", "moved"),

  row("moved", "steers", "steered"),
];

/** The same belief where this trigger means nothing. */
export function beliefAfter(from: Belief, by: ClockTrigger): Belief {
  return BELIEF_CHANGES.find((each) => each.from === from && each.by === by)?.to ?? from;
}

export const TRUST: Readonly<Record<Belief, ClockTrust>> = {
  unset: "untrusted",
  steered: "trusted",
  kept: "holdover",
  moved: "untrusted",
};

export const clockDiagram = (): string =>
  drawn("How far the clock is believed", "src/core/clock-trust.ts", ["unset"], BELIEF_CHANGES, CLOCK_TRIGGERS);
