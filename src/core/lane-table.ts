/**
 * The barrier's states and what leads from one to another: the only place where that is said. `lane-barrier` moves by
 * it, the tests hold it against a storm, and docs/generated/lane.md is drawn from it.
 */
import { drawn } from "./diagram.ts";
import type { BarrierState } from "./terms.ts";

export const TRIGGERS = {
  "open-sent": "an open command was sent",
  "close-sent": "a close command was sent",
  stopped: "a stop, by a person, the button or ourselves before turning back",
  "at-closed": "the contacts say closed",
  "at-open": "the contacts say open",
  "left-closed": "the contacts say not closed, without a command of ours",
  silent: "the contacts say nothing we can use",
  "travel-over": "the travel time is over and nothing contradicts the arrival",
  "still-closed": "the travel time is over and the arm never left the closed contact",
  "not-arrived": "the travel time is over and the contact at the end was not reached",
  unproven: "the travel time is over, the command's outcome is doubtful and no contact tells",
  "own-operator": "the lane's own operator closes it, no contact tells",
} as const;
export type Trigger = keyof typeof TRIGGERS;

export interface Transition {
  readonly from: BarrierState;
  readonly by: Trigger;
  readonly to: BarrierState;
}

const row = (from: BarrierState, by: Trigger, to: BarrierState): Transition => ({ from, by, to });

export const TRANSITIONS: readonly Transition[] = [
  row("unknown", "at-closed", "closed"),
  row("unknown", "at-open", "open"),
  row("unknown", "left-closed", "open"),
  row("unknown", "open-sent", "opening"),
  row("unknown", "close-sent", "closing"),
  row("unknown", "own-operator", "closing"),
  row("unknown", "stopped", "stopped"),

  row("closed", "open-sent", "opening"),
  row("closed", "left-closed", "open"),
  row("closed", "silent", "unknown"),

  row("opening", "at-open", "open"),
  row("opening", "travel-over", "open"),
  row("opening", "not-arrived", "open"),
  row("opening", "still-closed", "closed"),
  row("opening", "silent", "unknown"),
  row("opening", "unproven", "unknown"),
  row("opening", "close-sent", "closing"),
  row("opening", "stopped", "stopped"),

  row("open", "open-sent", "opening"),
  row("open", "at-closed", "closed"),
  row("open", "close-sent", "closing"),
  row("open", "own-operator", "closing"),
  row("open", "silent", "unknown"),
  row("open", "stopped", "stopped"),

  row("closing", "at-closed", "closed"),
  row("closing", "travel-over", "closed"),
  row("closing", "not-arrived", "open"),
  row("closing", "silent", "unknown"),
  row("closing", "unproven", "unknown"),
  row("closing", "open-sent", "opening"),
  row("closing", "stopped", "stopped"),

  row("stopped", "open-sent", "opening"),
  row("stopped", "close-sent", "closing"),
  row("stopped", "at-closed", "closed"),
];

/** The row that leads away from `from` by `by`; nothing when this trigger means nothing there. */
export function transition(from: BarrierState, by: Trigger): Transition | undefined {
  return TRANSITIONS.find((each) => each.from === from && each.by === by);
}

export const diagram = (): string =>
  drawn("The lane's barrier", "src/core/lane-table.ts", ["unknown"], TRANSITIONS, TRIGGERS);
