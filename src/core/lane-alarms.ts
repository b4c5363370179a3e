/** Alarms of a lane: raised once for as long as they last, and calmed. A tailgate is raised for each vehicle. */
import { type Input, inEmergency, keptOpen, type Lane, type Turn } from "./lane-terms.ts";
import { watchers } from "./lane-track.ts";
import type { AlarmKind, InputRole, LanePlan, Millis } from "./terms.ts";

export function raise(turn: Turn, alarm: AlarmKind, detail?: string) {
  if (turn.lane.raised.includes(alarm)) return;
  turn.lane = { ...turn.lane, raised: [...turn.lane.raised, alarm] };
  tell(turn, alarm, detail);
}

function tell(turn: Turn, alarm: AlarmKind, detail?: string) {
  const lane = turn.plan.id;
  turn.effects.push(detail === undefined ? { do: "raise", lane, alarm } : { do: "raise", lane, alarm, detail });
}

export function calm(turn: Turn, ...alarms: readonly AlarmKind[]) {
  for (const alarm of alarms) {
    if (!turn.lane.raised.includes(alarm)) continue;
    turn.lane = { ...turn.lane, raised: turn.lane.raised.filter((each) => each !== alarm) };
    turn.effects.push({ do: "calm", lane: turn.plan.id, alarm });
  }
}

/** A vehicle more than there are credits: once per vehicle, so it is told although an earlier one still stands. */
export function accuse(turn: Turn) {
  const { barrier, track, raised } = turn.lane;
  if (track.is !== "nobody") {
    if (track.accused) return;
    turn.lane = { ...turn.lane, track: { ...track, accused: true } };
  }
  // Whoever forced the barrier is accused of that already.
  if (keptOpen(turn.lane) || raised.includes("forced-open")) return;
  if (barrier.is === "unknown" || barrier.is === "stopped" || barrier.is === "closed") return;
  if (barrier.is === "open" && barrier.held.is === "since-start") return;
  if (!raised.includes("tailgate")) turn.lane = { ...turn.lane, raised: [...turn.lane.raised, "tailgate"] };
  tell(turn, "tailgate");
}

/** Whether being open needs no excuse just now. A door propped open has none, whoever's right opened it. */
function isExcused(turn: Turn): boolean {
  if (keptOpen(turn.lane)) return true;
  return turn.plan.kind === "vehicle" && turn.lane.rights.length > 0;
}

/** Counts how long the barrier is open without a reason, with the warning before the alarm. */
export function watchHeld(turn: Turn) {
  const { lane, at, plan } = turn;
  if (isExcused(turn)) calm(turn, "held-open-soon", "held-open");
  if (lane.barrier.is !== "open") return;
  if (isExcused(turn)) {
    turn.lane = { ...turn.lane, barrier: { ...lane.barrier, held: { is: "excused" } } };
    return;
  }
  if (lane.barrier.held.is === "excused") {
    turn.lane = { ...turn.lane, barrier: { ...lane.barrier, held: { is: "from", at } } };
  }
  const heldAt = heldFrom(turn.lane) + plan.times.heldMs;
  if (at >= heldAt) {
    calm(turn, "held-open-soon");
    raise(turn, "held-open");
  } else if (at >= heldAt - plan.times.preAlarmMs && !turn.lane.raised.includes("held-open")) {
    raise(turn, "held-open-soon");
  }
}

/** Since when it is open without a reason; never, when that isn't counted. */
function heldFrom(lane: Lane): Millis {
  const { barrier } = lane;
  return barrier.is === "open" && barrier.held.is === "from" ? barrier.held.at : Number.POSITIVE_INFINITY;
}

/** When the next of the two held-open alarms comes; Infinity when none is to come. */
export function heldDue(turn: Turn): Millis {
  const { lane, plan } = turn;
  if (lane.raised.includes("held-open")) return Number.POSITIVE_INFINITY;
  const heldAt = heldFrom(lane) + plan.times.heldMs;
  return lane.raised.includes("held-open-soon") ? heldAt : heldAt - plan.times.preAlarmMs;
}

/** Opened without an order: accused only under control, with nobody's right to pass, and never after a start. */
export function accuseForced(turn: Turn) {
  const { lane, plan } = turn;
  if (inEmergency(lane) || lane.mode.is === "locked-open" || lane.rights.length > 0) return;
  if (plan.kind === "monitored" && lane.mode.is !== "locked-down") return;
  raise(turn, "forced-open");
}

/** Inputs that are silent or occupied for longer than any vehicle stands. */
export function watchInputs(turn: Turn) {
  for (const role of turn.plan.inputs) {
    const input = turn.lane.inputs[role];
    if (input !== undefined && turn.at >= stuckDue(turn, role)) accuseInput(turn, role, input);
  }
  if (!turn.plan.inputs.some((role) => turn.lane.inputs[role]?.stuck)) calm(turn, "sensor-stuck");
}

/** Told for each input, so a second faulty one isn't hidden by the first. */
export function accuseInput(turn: Turn, role: InputRole, input: Input) {
  turn.lane = { ...turn.lane, inputs: { ...turn.lane.inputs, [role]: { ...input, stuck: true } } };
  if (!turn.lane.raised.includes("sensor-stuck")) {
    turn.lane = { ...turn.lane, raised: [...turn.lane.raised, "sensor-stuck"] };
  }
  tell(turn, "sensor-stuck", `${role} ${input.level === "on" ? "occupied" : "unknown"}`);
}

/** When this input will count as faulty if it stays as it is; Infinity when it is healthy, or told already. */
export function stuckDue(turn: Turn, role: InputRole): Millis {
  const input = turn.lane.inputs[role];
  if (input === undefined || input.stuck) return Number.POSITIVE_INFINITY;
  if (input.level === "unknown") return input.since + turn.plan.times.stuckMs;
  return input.level === "on" && mustClear(turn.plan, role)
    ? input.since + turn.plan.times.stuckMs
    : Number.POSITIVE_INFINITY;
}

/** Inputs that are on only while somebody stands there. */
function mustClear(plan: LanePlan, role: InputRole): boolean {
  return plan.guards.includes(role) || watchers(plan).includes(role) || role === "request-to-exit";
}
