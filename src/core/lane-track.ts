/** What the loops, or the door, have seen of the vehicle or person that is passing. */
import { isSelfClosing } from "./lane-inputs.ts";
import type { ContactLevel, Direction, InputRole, LanePlan, Millis } from "./terms.ts";

/** `first` is the loop it came on by. `accused` = its tailgate has been raised already. */
export type Track =
  | { readonly is: "nobody" }
  /** On the only loop, or in the open door. */
  | { readonly is: "on"; readonly since: Millis; readonly accused: boolean }
  /** `both` = it has stood on both loops, so leaving `first` now means it went back. */
  | {
      readonly is: "on-first";
      readonly first: Loop;
      readonly both: boolean;
      readonly since: Millis;
      readonly accused: boolean;
    }
  | { readonly is: "on-both"; readonly first: Loop; readonly since: Millis; readonly accused: boolean }
  | { readonly is: "on-second"; readonly first: Loop; readonly since: Millis; readonly accused: boolean }
  /** It is about to leave and the next one stands on `first` already. */
  | { readonly is: "followed"; readonly first: Loop; readonly since: Millis; readonly accused: boolean }
  /** Between two loops further apart than it is long; after `until` it is taken to have turned back. */
  | {
      readonly is: "between";
      readonly first: Loop;
      readonly until: Millis;
      readonly since: Millis;
      readonly accused: boolean;
    };

export type Loop = "loop-outer" | "loop-inner";
export type Seen = { readonly track: Track; readonly passed?: Direction | "unknown" };

export const NOBODY: Track = { is: "nobody" };

/** The one input that sees a vehicle pass when there aren't two loops to tell its direction. */
const SINGLE: readonly InputRole[] = ["safety-loop", "loop-inner", "loop-outer", "photocell"];

/** The inputs that see passages on this lane: two loops, one input, or none. */
export function watchers(plan: LanePlan): readonly InputRole[] {
  if (plan.kind === "monitored" || isSelfClosing(plan)) return [];
  if (plan.inputs.includes("loop-outer") && plan.inputs.includes("loop-inner")) return ["loop-outer", "loop-inner"];
  return SINGLE.filter((role) => plan.inputs.includes(role)).slice(0, 1);
}

/**
 * Follows one level of one watcher. Levels that tell nothing new (a poll, `unknown`) change nothing, so a lost or
 * doubled message can't turn a direction round.
 */
export function follow(plan: LanePlan, track: Track, role: InputRole, level: ContactLevel, at: Millis): Seen {
  if (level === "unknown" || !watchers(plan).includes(role)) return { track };
  const on = level === "on";
  if (watchers(plan).length === 1) return followOne(track, on, at);
  return followTwo(track, role === "loop-outer" ? "loop-outer" : "loop-inner", on, at, plan.times.travelMs);
}

function followOne(track: Track, on: boolean, at: Millis): Seen {
  if (on) return { track: track.is === "nobody" ? { is: "on", since: at, accused: false } : track };
  return track.is === "nobody" ? { track } : { track: NOBODY, passed: "unknown" };
}

/** Outer to inner is in, inner to outer is out. */
function followTwo(track: Track, loop: Loop, on: boolean, at: Millis, memoryMs: number): Seen {
  const fresh = { first: loop, since: at, accused: false };
  switch (track.is) {
    case "nobody":
    case "on":
      return { track: on ? { is: "on-first", both: false, ...fresh } : NOBODY };
    case "on-first":
      if (loop !== track.first) return { track: on ? { ...track, is: "on-both" } : track };
      if (on) return { track };
      return { track: track.both ? NOBODY : { ...track, is: "between", until: at + memoryMs } };
    case "on-both":
      if (on) return { track };
      return { track: loop === track.first ? { ...track, is: "on-second" } : { ...track, is: "on-first", both: true } };
    case "on-second":
      if (loop === track.first) return { track: on ? { ...track, is: "followed" } : track };
      return on ? { track } : { track: NOBODY, passed: directionFrom(track.first) };
    case "followed":
      if (on) return { track };
      if (loop === track.first) return { track: { ...track, is: "on-second" } };
      return {
        track: { is: "on-first", both: false, first: track.first, since: at, accused: false },
        passed: directionFrom(track.first),
      };
    case "between":
      if (!on) return { track };
      if (loop === track.first) return { track: { ...track, is: "on-first", both: false } };
      return { track: at < track.until ? { ...track, is: "on-second" } : { is: "on-first", both: false, ...fresh } };
  }
}

function directionFrom(first: Loop): Direction {
  return first === "loop-outer" ? "in" : "out";
}
