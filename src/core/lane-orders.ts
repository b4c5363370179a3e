/** What persons, the fire input, the stop button and the button inside ask of a lane. */
import { halt, send } from "./lane-commands.ts";
import { level, mayClose } from "./lane-inputs.ts";
import { announce, changeMode } from "./lane-mode.ts";
import { closeAfter, excusePassing, lapseAll, oneShot } from "./lane-rights.ts";
import { type CloseWant, inEmergency, type Mode, type Turn } from "./lane-terms.ts";
import type { Author, Beneath, Order, Refusal } from "./terms.ts";

export function refuse(turn: Turn, id: string, why: Refusal) {
  turn.effects.push({ do: "refuse", lane: turn.plan.id, id, why });
}

/** The first rule that says no. An open arm may be "opened" whatever the interlock says: it is not closed already. */
function noOpening(turn: Turn): Refusal | undefined {
  const { plan, lane } = turn;
  if (plan.kind === "monitored") return "no-such-output";
  if (level(lane, "stop") === "on") return "stop-pressed";
  if (inEmergency(lane)) return undefined;
  if (lane.mode.is === "locked-down") return "locked-down";
  if (!turn.mayOpen && lane.barrier.is !== "open" && lane.barrier.is !== "opening") return "interlocked";
  return undefined;
}

export function obey(turn: Turn, order: Order, by: Author, id: string) {
  turn.lane = { ...turn.lane, since: "asked" };
  switch (order.is) {
    case "open":
      return orderOpen(turn, id);
    case "close":
      return orderClose(turn, by, id);
    case "stop":
      return orderStop(turn, id);
    case "lock-open":
      return lockOpen(turn, order.forMs, by, id);
    case "lock-down":
      return lockDown(turn, by, id);
    case "release":
      return release(turn, by, id);
    case "emergency":
      return declare(turn, by, id);
    case "emergency-end":
      return endEmergency(turn, by, id);
  }
}

function orderOpen(turn: Turn, id: string) {
  const why = noOpening(turn);
  if (why !== undefined) return refuse(turn, id, why);
  oneShot(turn, id, "unknown", "had");
  turn.lane = { ...turn.lane, opens: { cause: id, over: inEmergency(turn.lane) } };
}

/** The button inside: one passage out. It waits behind an interlock like a grant. */
export function letOut(turn: Turn) {
  const why = noOpening({ ...turn, mayOpen: true });
  if (why !== undefined) return refuse(turn, "request-to-exit", why);
  turn.lane = { ...turn.lane, since: "asked" };
  oneShot(turn, "request-to-exit", "out", "due");
}

/** Refused at once when anything is in the way, never queued. It ends credits and a locked-open mode: the person wants it closed. */
function orderClose(turn: Turn, by: Author, id: string) {
  const { plan } = turn;
  if (!plan.canClose) return refuse(turn, id, "no-such-output");
  if (level(turn.lane, "stop") === "on") return refuse(turn, id, "stop-pressed");
  if (inEmergency(turn.lane)) return refuse(turn, id, "emergency");
  if (!mayClose(plan, turn.lane)) return refuse(turn, id, "not-clear");
  lapseAll(turn);
  changeMode(turn, "close", by, id);
  turn.lane = { ...turn.lane, opens: undefined };
  if (turn.lane.barrier.is === "closed" || turn.lane.barrier.is === "closing") return;
  turn.lane = { ...turn.lane, closes: { is: "order", cause: id } };
}

/** Always obeyed, at once and without the gap. Afterwards nothing moves before a new order or grant. */
function orderStop(turn: Turn, id: string) {
  const { plan } = turn;
  if (plan.kind === "monitored") return refuse(turn, id, "no-such-output");
  forgetWants(turn);
  if (!plan.canStop) return refuse(turn, id, "no-such-output");
  send(turn, "stop", id);
  halt(turn);
}

function forgetWants(turn: Turn) {
  lapseAll(turn);
  turn.lane = { ...turn.lane, opens: undefined, closes: undefined, since: "resting" };
}

/** The stop button stops the barrier itself; a closed one, or one nobody has moved since the start, needs no command. */
export function pressStop(turn: Turn) {
  const { plan, lane } = turn;
  forgetWants(turn);
  const still = lane.barrier.is === "closed" || lane.barrier.came === undefined;
  if (plan.canStop && !still) send(turn, "stop", "stop button");
  halt(turn);
}

function lockOpen(turn: Turn, forMs: number, by: Author, id: string) {
  if (inEmergency(turn.lane)) return refuse(turn, id, "emergency");
  if (!(forMs >= 1 && forMs <= turn.plan.maxLockedOpenMs)) return refuse(turn, id, "too-long");
  const why = turn.plan.kind === "monitored" ? undefined : noOpening(turn);
  if (why !== undefined) return refuse(turn, id, why);
  changeMode(turn, "lock-open", by, id, turn.at + forMs);
  if (turn.plan.kind !== "monitored") turn.lane = { ...turn.lane, opens: { cause: id, over: false } };
}

/** Nobody's right outlives it; the arm comes down when all is clear. A turning-back arm turns back all the same. */
function lockDown(turn: Turn, by: Author, id: string) {
  if (inEmergency(turn.lane)) return refuse(turn, id, "emergency");
  lapseAll(turn);
  const { opens } = turn.lane;
  turn.lane = { ...turn.lane, opens: opens?.over ? opens : undefined };
  changeMode(turn, "lock-down", by, id);
  closeNow(turn, { is: "lock-down", cause: id });
}

function closeNow(turn: Turn, want: CloseWant) {
  if (turn.lane.barrier.is !== "stopped") return closeAfter(turn, want);
  turn.lane = { ...turn.lane, closes: want };
}

function release(turn: Turn, by: Author, id: string) {
  if (inEmergency(turn.lane)) return refuse(turn, id, "emergency");
  const before = turn.lane.mode.is;
  changeMode(turn, "release", by, id);
  if (before === "locked-open") closeAfter(turn, { is: "clear", cause: id });
}

/** One tap: open and stay open, whatever mode and interlock say. Only a pressed stop button holds it. */
function declare(turn: Turn, by: Author, id: string) {
  begin(turn, by, id);
  turn.lane = { ...turn.lane, emergency: { ...turn.lane.emergency, order: by } };
  if (turn.plan.kind !== "monitored" && level(turn.lane, "stop") === "on") refuse(turn, id, "stop-pressed");
}

function begin(turn: Turn, by: Author, id: string) {
  if (!inEmergency(turn.lane)) {
    const beneath = beneathOf(turn.lane.mode);
    turn.effects.push({ do: "mode", lane: turn.plan.id, mode: "locked-open", by, beneath });
  }
  turn.lane = { ...turn.lane, closes: undefined };
  if (turn.plan.kind === "monitored" || level(turn.lane, "stop") === "on") return;
  turn.lane = { ...turn.lane, opens: { cause: id, over: true } };
}

function beneathOf(mode: Mode): Beneath {
  switch (mode.is) {
    case "controlled":
      return { mode: mode.is };
    case "locked-open":
      return { mode: mode.is, by: mode.by, untilMs: mode.until };
    case "locked-down":
      return { mode: mode.is, by: mode.by };
  }
}

function endEmergency(turn: Turn, by: Author, id: string) {
  if (turn.lane.emergency.order === undefined && turn.lane.emergency.fire === undefined) return;
  if (turn.lane.emergency.fire !== undefined) return refuse(turn, id, "emergency");
  turn.lane = { ...turn.lane, emergency: {} };
  restore(turn, by, id);
}

/** The mode from before comes back, with what is left of a locked-open one. */
function restore(turn: Turn, by: Author, cause: string) {
  excusePassing(turn);
  const { mode } = turn.lane;
  turn.lane = { ...turn.lane, opens: undefined };
  announce(turn, mode.is, by, mode.is === "locked-open" ? mode.until : undefined);
  closeAfter(turn, { is: "clear", cause });
}

const FIRE: Author = { who: "fire-input", from: "fire-input" };

/**
 * `on` is an emergency whenever it is seen; only `off` ends it: a cut cable neither opens nor closes anything, and the
 * same fire told again by a board that was silent for a while moves nothing a second time.
 */
export function hearFire(turn: Turn, on: boolean) {
  if (on) {
    if (turn.lane.emergency.fire !== undefined) return;
    turn.lane = { ...turn.lane, since: "asked" };
    begin(turn, FIRE, "fire-input");
    turn.lane = { ...turn.lane, emergency: { ...turn.lane.emergency, fire: FIRE } };
    return;
  }
  if (turn.lane.emergency.fire === undefined) return;
  const { order } = turn.lane.emergency;
  turn.lane = { ...turn.lane, emergency: order === undefined ? {} : { order } };
  if (!inEmergency(turn.lane)) restore(turn, FIRE, "end of fire-input");
}
