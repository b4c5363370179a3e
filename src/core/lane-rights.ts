/** Who may pass: credits of grants, and the one-shot rights of persons and the button inside. */
import { accuse } from "./lane-alarms.ts";
import { isSelfClosing, isStrike } from "./lane-inputs.ts";
import { type CloseWant, keptOpen, type Right, type Turn } from "./lane-terms.ts";
import { NOBODY } from "./lane-track.ts";
import type { Credit, Direction, LanePlan, Millis } from "./terms.ts";

export function accessMs(plan: LanePlan, slow: boolean): number {
  return slow ? plan.times.longAccessMs : plan.times.accessMs;
}

export function rightOf(plan: LanePlan, credit: Credit, at: Millis): Right {
  const { id, direction, slow } = credit;
  return { id, credit, direction, slow, until: at + accessMs(plan, slow), opening: "due" };
}

/** A right without a credit. A second one from the same source takes the place of the first: an impatient finger is no second vehicle. */
export function oneShot(turn: Turn, id: string, direction: Direction | "unknown", opening: Right["opening"]) {
  const rights = turn.lane.rights.filter((each) => each.credit !== undefined || each.direction !== direction);
  const until = turn.at + accessMs(turn.plan, false);
  turn.lane = { ...turn.lane, rights: [...rights, { id, direction, slow: false, until, opening }] };
}

export function lapse(turn: Turn, right: Right) {
  const { opens } = turn.lane;
  turn.lane = {
    ...turn.lane,
    rights: turn.lane.rights.filter((each) => each !== right),
    opens: opens?.cause === right.id && !opens.over ? undefined : opens,
  };
  if (right.credit !== undefined) turn.effects.push({ do: "lapsed", lane: turn.plan.id, credit: right.credit });
}

export function lapseAll(turn: Turn) {
  for (const right of turn.lane.rights) lapse(turn, right);
}

/** When a right lapses. Whoever is passing on the first one isn't cut off: a door must shut first, but a loop that stays on for ever isn't passing. */
export function lapseDue(turn: Turn, right: Right): Millis {
  const { lane, plan } = turn;
  if (lane.track.is === "nobody" || right !== lane.rights[0]) return right.until;
  if (isSelfClosing(plan)) return Number.POSITIVE_INFINITY;
  return Math.max(right.until, lane.track.since + plan.times.stuckMs);
}

/** Rights whose time is over; the last one's end is a reason to close. */
export function lapseOld(turn: Turn) {
  const old = turn.lane.rights.filter((right) => turn.at >= lapseDue(turn, right));
  for (const right of old) lapse(turn, right);
  const last = old.at(-1);
  if (last !== undefined) closeAfter(turn, { is: "clear", cause: `lapse of ${last.id}` });
}

/** Wants a close once nobody has a right any more and nothing keeps it open. Closed or stopped, it stays as it is. */
export function closeAfter(turn: Turn, want: CloseWant) {
  const { lane } = turn;
  if (lane.rights.length > 0 || keptOpen(lane) || lane.since === "resting") return;
  if (lane.barrier.is === "closed" || lane.barrier.is === "closing" || lane.barrier.is === "stopped") return;
  turn.lane = { ...lane, closes: want };
}

/** A vehicle has left the last loop, or the door has shut behind somebody. */
export function countPassage(turn: Turn, direction: Direction | "unknown") {
  const { lane, plan, at } = turn;
  const right = lane.rights.find((each) => fits(each, direction));
  const seen = direction === "unknown" && right !== undefined ? right.direction : direction;
  const passed = { do: "passed", lane: plan.id, direction: seen } as const;
  turn.effects.push(right?.credit === undefined ? passed : { ...passed, credit: right.credit });
  if (right === undefined) {
    if (plan.kind === "vehicle") accuse(turn);
    return;
  }
  const rights = lane.rights
    .filter((each) => each !== right)
    .map((each) => ({ ...each, until: Math.max(each.until, at + accessMs(plan, each.slow)) }));
  turn.lane = { ...lane, rights };
  closeAfter(turn, { is: "clear", cause: `passage of ${right.id}` });
}

function fits(right: Right, direction: Direction | "unknown"): boolean {
  return direction === "unknown" || right.direction === "unknown" || right.direction === direction;
}

/** Whoever came while it was kept open needed no credit, also when the mode has ended before they are through. */
export function excusePassing(turn: Turn) {
  const { track } = turn.lane;
  if (track.is !== "nobody") turn.lane = { ...turn.lane, track: { ...track, accused: true } };
}

/** Nobody stands on a loop for longer than `stuckMs`: what was followed there is forgotten, and so is a turned-back one. */
export function forgetTrack(turn: Turn) {
  if (turn.at >= trackDue(turn)) turn.lane = { ...turn.lane, track: NOBODY };
}

export function trackDue(turn: Turn): Millis {
  const { track } = turn.lane;
  if (track.is === "nobody") return Number.POSITIVE_INFINITY;
  if (track.is === "between") return track.until;
  return isSelfClosing(turn.plan) ? Number.POSITIVE_INFINITY : track.since + turn.plan.times.stuckMs;
}

/** How long an opening may take before it counts as failed; a strike waits for a hand as long as the right lasts. */
export function openingMs(turn: Turn): number {
  if (!isStrike(turn.plan)) return turn.plan.times.travelMs;
  return Math.max(turn.plan.times.accessMs, ...turn.lane.rights.map((each) => each.until - turn.at));
}
