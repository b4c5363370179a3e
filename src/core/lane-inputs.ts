/** Levels of the lane's inputs: where the arm is by its contacts, and whether anything is under it. */
import type { Input, Lane } from "./lane-terms.ts";
import type { ContactLevel, InputRole, LanePlan, Millis, SafetyLevel } from "./terms.ts";

/**
 * Where the barrier is by its contacts alone. `between` = neither end; `away` = not closed, no contact at the open end;
 * `not-open` = not open, no contact at the closed end; `unknown` = silent or contradictory; `untold` = no contacts.
 */
export type Place = "closed" | "open" | "between" | "away" | "not-open" | "unknown" | "untold";

/** Every wired input starts unknown: nothing has been reported yet. */
export function untold(plan: LanePlan, at: Millis): Lane["inputs"] {
  const silent: Input = { level: "unknown", since: at, stuck: false };
  return Object.fromEntries(plan.inputs.map((role) => [role, silent]));
}

export function level(lane: Lane, role: InputRole): ContactLevel {
  return lane.inputs[role]?.level ?? "unknown";
}

/** One guard's level; an input that isn't wired or never reported is `unknown`, and that permits nothing. */
export function safetyOf(lane: Lane, role: InputRole): SafetyLevel {
  switch (level(lane, role)) {
    case "off":
      return "clear";
    case "on":
      return "occupied";
    case "unknown":
      return "unknown";
  }
}

/** The guards taken together: one `occupied` is occupied, else one `unknown` is unknown; no guards at all are unknown. */
export function safety(plan: LanePlan, lane: Lane): SafetyLevel {
  const levels = plan.guards.map((role) => safetyOf(lane, role));
  if (levels.includes("occupied")) return "occupied";
  return levels.length > 0 && levels.every((each) => each === "clear") ? "clear" : "unknown";
}

/** Since when the guards are all clear. Means nothing while they aren't. */
export function clearSince(plan: LanePlan, lane: Lane): Millis {
  return Math.max(...plan.guards.map((role) => lane.inputs[role]?.since ?? Number.POSITIVE_INFINITY));
}

/** Promise 2: the only permission to lower. A wired stop button that is pressed or silent refuses it too. */
export function mayClose(plan: LanePlan, lane: Lane): boolean {
  if (!plan.canClose) return false;
  if (plan.inputs.includes("stop") && level(lane, "stop") !== "off") return false;
  return safety(plan, lane) === "clear";
}

export function hasContacts(plan: LanePlan): boolean {
  return plan.inputs.some((role) => role === "limit-closed" || role === "limit-open" || role === "door-contact");
}

type End = ContactLevel | "unwired";

function end(plan: LanePlan, lane: Lane, limit: InputRole, doorSays: ContactLevel): End {
  if (plan.inputs.includes(limit)) return level(lane, limit);
  if (!plan.inputs.includes("door-contact")) return "unwired";
  const door = level(lane, "door-contact");
  if (door === "unknown") return "unknown";
  return door === doorSays ? "on" : "off";
}

export function place(plan: LanePlan, lane: Lane): Place {
  const closed = end(plan, lane, "limit-closed", "off");
  const open = end(plan, lane, "limit-open", "on");
  if (closed === "on") return open === "on" ? "unknown" : "closed";
  if (open === "on") return "open";
  if (closed === "unwired") return open === "unwired" ? "untold" : open === "off" ? "not-open" : "unknown";
  if (closed === "unknown") return "unknown";
  return open === "off" ? "between" : "away";
}

/** A door or turnstile that shuts behind each person by itself; a gate with a close output has to be told. */
export function isSelfClosing(plan: LanePlan): boolean {
  return plan.kind === "pedestrian" && !plan.canClose;
}

/** A door that is only unlocked: a person opens it, or nobody does, and neither is a fault of the strike. */
export function isStrike(plan: LanePlan): boolean {
  return plan.kind === "pedestrian" && plan.inputs.includes("door-contact") && !plan.inputs.includes("limit-open");
}
