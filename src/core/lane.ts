/**
 * One lane as a pure state machine: `step` says what is to be done and does nothing. It is told the time, reads levels
 * and never edges of a position, and sends one command for one reason.
 */
import { accuseInput } from "./lane-alarms.ts";
import { hearOutcome } from "./lane-barrier.ts";
import { hasContacts, level, safety as safetyOfAll, untold } from "./lane-inputs.ts";
import { hearFire, letOut, obey, pressStop } from "./lane-orders.ts";
import { countPassage, lapse, rightOf } from "./lane-rights.ts";
import { settle } from "./lane-settle.ts";
import { inEmergency, type Lane, type Mode, type Turn } from "./lane-terms.ts";
import { follow, NOBODY } from "./lane-track.ts";
import type {
  AlarmKind,
  Author,
  BarrierState,
  ContactLevel,
  Credit,
  Effect,
  InputRole,
  LaneEvent,
  LaneMode,
  LanePlan,
  Millis,
  SafetyLevel,
} from "./terms.ts";

export type { Lane, Mode } from "./lane-terms.ts";

/**
 * A lane right after a start: nothing known, nothing wanted, nobody accused. `mode` is what was remembered from before
 * (its `until` on this start's clock); it moves nothing, but it ends when it is to end.
 */
export function start(plan: LanePlan, at: Millis, mode: Mode = { is: "controlled" }): Lane {
  const lane: Lane = {
    barrier: { is: "unknown", came: undefined },
    rights: [],
    opens: undefined,
    closes: undefined,
    mode,
    emergency: {},
    inputs: untold(plan, at),
    since: "asked",
    track: NOBODY,
    raised: [],
    quietUntil: at,
    due: undefined,
  };
  // A remembered mode that is over by now ends in the first step, where its effects are heard.
  if (mode.is === "locked-open" && at >= mode.until) return { ...lane, due: at };
  const turn: Turn = { plan, at, mayOpen: false, lane, effects: [] };
  settle(turn);
  return turn.lane;
}

/**
 * The lane after `event` and what is to be done, in this order. `mayOpen` is the interlock's word (`core/interlock`).
 * Events must come in the order of their `at`. A `due` that comes early changes nothing, so it also serves to tell a
 * waiting lane that its interlock may have changed.
 */
export function step(plan: LanePlan, lane: Lane, event: LaneEvent, mayOpen = true): readonly [Lane, readonly Effect[]] {
  const turn: Turn = { plan, at: event.at, mayOpen, lane, effects: [] };
  take(turn, event);
  settle(turn);
  return [turn.lane, turn.effects];
}

function take(turn: Turn, event: LaneEvent) {
  switch (event.is) {
    case "granted":
      return grant(turn, event.credit, event.instead);
    case "sensed":
      return sense(turn, event.input, event.level);
    case "ordered":
      return obey(turn, event.order, event.by, event.id);
    case "commanded":
      return hearOutcome(turn, event.command, event.outcome);
    case "due":
      return;
  }
}

/** A grant where nothing may open ends at once, unused; it isn't kept for later. */
function grant(turn: Turn, credit: Credit, instead: string | undefined) {
  const right = rightOf(turn.plan, credit, turn.at);
  const { lane, plan } = turn;
  const others = lane.rights.filter((each) => each.id !== instead);
  turn.lane = { ...lane, rights: [...others, right], since: "asked" };
  const lockedDown = lane.mode.is === "locked-down" && !inEmergency(lane);
  if (plan.kind === "monitored" || lockedDown || level(lane, "stop") === "on") lapse(turn, right);
}

function sense(turn: Turn, role: InputRole, now: ContactLevel) {
  const { lane, at } = turn;
  const before = lane.inputs[role];
  // A role that isn't wired doesn't exist; a level told again tells nothing.
  if (before === undefined || before.level === now) return;
  const input = { level: now, since: at, stuck: false };
  turn.lane = { ...lane, inputs: { ...lane.inputs, [role]: input } };
  watch(turn, role, now);
  if (role === "request-to-exit" && before.level === "off" && now === "on") letOut(turn);
  if (role === "stop" && now === "on") pressStop(turn);
  if (role === "fire" && now !== "unknown") hearFire(turn, now === "on");
  if ((role === "fire" || role === "stop") && now === "unknown") accuseInput(turn, role, input);
}

/** Vehicles count where the barrier isn't closed: whoever waits before a closed arm and goes away has not passed. */
function watch(turn: Turn, role: InputRole, now: ContactLevel) {
  const { track, passed } = follow(turn.plan, turn.lane.track, role, now, turn.at);
  if (passed === undefined || turn.lane.barrier.is === "closed") {
    turn.lane = { ...turn.lane, track };
    return;
  }
  countPassage(turn, passed);
  turn.lane = { ...turn.lane, track };
}

// ── What the loop and the page ask ──────────────────────────────────────────────────────────────────────────────────
/** When the lane wants a `due` event; never in the past after a `due` was given. */
export function deadline(lane: Lane): Millis | undefined {
  return lane.due;
}

export function barrier(lane: Lane): BarrierState {
  return lane.barrier.is;
}

/** `by-time` = no contact is wired and the position is inferred; say so wherever it is shown. */
export function positionIs(plan: LanePlan): "by-contact" | "by-time" {
  return hasContacts(plan) ? "by-contact" : "by-time";
}

/** An emergency shows as locked-open; see {@link emergency}. */
export function mode(lane: Lane): LaneMode {
  return inEmergency(lane) ? "locked-open" : lane.mode.is;
}

/** The mode beneath an emergency, with its end. To be kept across a restart and given to {@link start}. */
export function modeBefore(lane: Lane): Mode {
  return lane.mode;
}

/** Who holds the lane in emergency: the fire input before a person. */
export function emergency(lane: Lane): Author | undefined {
  return lane.emergency.fire ?? lane.emergency.order;
}

/** All guards together. */
export function safety(plan: LanePlan, lane: Lane): SafetyLevel {
  return safetyOfAll(plan, lane);
}

export function inputLevel(lane: Lane, role: InputRole): ContactLevel {
  return level(lane, role);
}

/** Credits not yet used, oldest first. */
export function credits(lane: Lane): readonly Credit[] {
  return lane.rights.flatMap((right) => (right.credit === undefined ? [] : [right.credit]));
}

export function alarms(lane: Lane): readonly AlarmKind[] {
  return lane.raised;
}

/** An open command waits for the interlock, or a close for the guards. */
export function waitsFor(lane: Lane): "open" | "close" | undefined {
  if (lane.closes !== undefined) return "close";
  const closed = lane.barrier.is !== "open" && lane.barrier.is !== "opening";
  return lane.opens !== undefined || (closed && lane.rights.some((right) => right.opening === "due"))
    ? "open"
    : undefined;
}
