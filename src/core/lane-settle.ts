/** What follows from the lane as it stands and the time: the same after every event, in one order. */
import { heldDue, stuckDue, watchHeld, watchInputs } from "./lane-alarms.ts";
import { endTravel, readContacts } from "./lane-barrier.ts";
import { leaveToOperator, sendClose, sendOpens, turnBack, wantedOpen } from "./lane-commands.ts";
import { clearSince, mayClose } from "./lane-inputs.ts";
import { changeMode, setMode } from "./lane-mode.ts";
import { closeAfter, forgetTrack, lapseDue, lapseOld, trackDue } from "./lane-rights.ts";
import { type CloseWant, inEmergency, isOneOf, keptOpen, type Turn } from "./lane-terms.ts";
import type { BarrierState, Millis } from "./terms.ts";

const NEVER = Number.POSITIVE_INFINITY;

export function settle(turn: Turn) {
  readContacts(turn);
  forgetTrack(turn);
  lapseOld(turn);
  endLockedOpen(turn);
  endTravel(turn);
  turnBack(turn);
  dropIdleWants(turn);
  sendOpens(turn);
  closeWhenClear(turn);
  leaveToOperator(turn);
  watchHeld(turn);
  watchInputs(turn);
  turn.lane = { ...turn.lane, due: earliest(turn) };
}

/** It always ends by itself, also behind an emergency, which then restores `controlled`. */
function endLockedOpen(turn: Turn) {
  const { mode } = turn.lane;
  if (mode.is !== "locked-open" || turn.at < mode.until) return;
  if (inEmergency(turn.lane)) {
    setMode(turn, "time-over", mode.by, mode.id);
    return;
  }
  changeMode(turn, "time-over", mode.by, mode.id);
  closeAfter(turn, { is: "clear", cause: `end of ${mode.id}` });
}

/** A want that has come true, or that nothing could carry out any more, is forgotten rather than kept for a surprise. */
function dropIdleWants(turn: Turn) {
  if (turn.lane.opens !== undefined && wantedOpen(turn) === undefined) turn.lane = { ...turn.lane, opens: undefined };
  const { closes, rights } = turn.lane;
  if (closes === undefined) return;
  if (rights.length > 0 || keptOpen(turn.lane)) turn.lane = { ...turn.lane, closes: undefined };
}

/** In which states each kind of close may be sent: only a person's order moves a stopped arm. */
const CLOSES_FROM: Readonly<Record<CloseWant["is"], readonly BarrierState[]>> = {
  clear: ["open", "unknown"],
  "lock-down": ["open", "unknown", "stopped"],
  order: ["open", "unknown", "stopped", "opening"],
};

/** When the wanted close may be sent, as things are: Infinity while anything is in the way. */
function closeDue(turn: Turn): Millis {
  const { lane, plan } = turn;
  if (lane.closes === undefined || lane.opens !== undefined || !isOneOf(lane.barrier.is, CLOSES_FROM[lane.closes.is]))
    return NEVER;
  if (!mayClose(plan, lane)) return NEVER;
  if (lane.closes.is === "order") return lane.quietUntil;
  const passing = lane.track.is === "between" ? lane.track.until : 0;
  return Math.max(lane.quietUntil, clearSince(plan, lane) + plan.times.clearMs, passing);
}

function closeWhenClear(turn: Turn) {
  const { lane, plan } = turn;
  if (lane.closes === undefined) return;
  if (lane.closes.is === "order" && !mayClose(plan, lane)) {
    turn.effects.push({ do: "refuse", lane: plan.id, id: lane.closes.cause, why: "not-clear" });
    turn.lane = { ...lane, closes: undefined };
    return;
  }
  if (turn.at >= closeDue(turn)) sendClose(turn, lane.closes.cause);
}

/** The earliest of all the lane's deadlines; each is over once `settle` has run at its time. */
function earliest(turn: Turn): Millis | undefined {
  const { lane, plan } = turn;
  const { barrier } = lane;
  const open = wantedOpen(turn);
  const all = [
    barrier.is === "opening" || barrier.is === "closing" ? barrier.until : NEVER,
    barrier.is === "stopped" && turn.at < barrier.rests ? barrier.rests : NEVER,
    lane.mode.is === "locked-open" ? lane.mode.until : NEVER,
    open !== undefined && turn.at < lane.quietUntil ? lane.quietUntil : NEVER,
    closeDue(turn),
    heldDue(turn),
    trackDue(turn),
    ...lane.rights.map((right) => lapseDue(turn, right)),
    ...plan.inputs.map((role) => stuckDue(turn, role)),
  ];
  const first = Math.min(...all);
  return first === NEVER ? undefined : first;
}
