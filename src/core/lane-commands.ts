/** The commands to the barrier, each for one reason, and what must hold before one is sent. */
import { accuse } from "./lane-alarms.ts";
import { go } from "./lane-barrier.ts";
import { hasContacts, isSelfClosing, place, safety, safetyOf } from "./lane-inputs.ts";
import { accessMs } from "./lane-rights.ts";
import { isOneOf, type Lane, type Turn } from "./lane-terms.ts";
import type { Command } from "./terms.ts";

/** Sends one command. Only `sendOpens`, `sendClose` and a stop come here. */
export function send(turn: Turn, command: Command, cause: string) {
  turn.effects.push({ do: "move", lane: turn.plan.id, command, cause });
  turn.lane = { ...turn.lane, quietUntil: turn.at + turn.plan.times.gapMs };
}

/** The arm stays where it is. A closed one is at its end and stays closed. */
export function halt(turn: Turn) {
  go(turn, "stopped");
}

/** Something came under an arm that we are lowering: it goes up again, by way of a stop where the gap forbids an open yet. */
export function turnBack(turn: Turn) {
  const { lane, plan } = turn;
  if (lane.barrier.is !== "closing" || lane.barrier.cause === undefined || safety(plan, lane) === "clear") return;
  // Turning back already, it only waits for the gap.
  if (lane.opens?.over) return;
  const { cause } = lane.barrier;
  if (plan.kind === "vehicle" && enteredLoop(turn)) accuse(turn);
  turn.lane = {
    ...turn.lane,
    opens: { cause: `safety reopen of ${cause}`, over: true },
    closes: { is: "clear", cause },
  };
  if (turn.at >= lane.quietUntil || !plan.canStop) return;
  send(turn, "stop", `safety reopen of ${cause}`);
  halt(turn);
}

/** Loops see vehicles; a photocell or radar alone may be somebody on foot. */
function enteredLoop(turn: Turn): boolean {
  const loops = turn.plan.guards.filter((role) => role.includes("loop"));
  return loops.some((role) => safetyOf(turn.lane, role) === "occupied");
}

/** Promise 1: the only place an open is sent. It waits for the gap and for the interlock, and is dropped where it is open already. */
export function sendOpens(turn: Turn) {
  const { lane, plan, at } = turn;
  const want = wantedOpen(turn);
  if (want === undefined || at < lane.quietUntil || !(turn.mayOpen || want.over)) return;
  send(turn, "open", want.cause);
  turn.lane = {
    ...turn.lane,
    opens: undefined,
    rights: lane.rights.map((each) =>
      each.id === want.cause
        ? { ...each, opening: "had", until: Math.max(each.until, at + accessMs(plan, each.slow)) }
        : each,
    ),
  };
  go(turn, "open-sent");
}

/** The open that waits: a person's or the safety's first, then the first right that hasn't had its opening. */
export function wantedOpen(turn: Turn): { readonly cause: string; readonly over: boolean } | undefined {
  const { lane } = turn;
  if (tellsNothing(turn)) return lane.opens ?? dueRight(lane);
  if (lane.barrier.is === "opening") return undefined;
  if (lane.opens !== undefined) return isOpen(turn) ? undefined : lane.opens;
  if (lane.barrier.is === "open") return undefined;
  return dueRight(lane);
}

/**
 * A door that locks by itself and has no contact: `opening` and `open` are times that we believe, and say nothing of whether the
 * next one in the queue finds it locked. Each right has its own opening, after the gap.
 */
const tellsNothing = ({ plan }: Turn): boolean => isSelfClosing(plan) && !hasContacts(plan);

function dueRight(lane: Lane): { readonly cause: string; readonly over: boolean } | undefined {
  const right = lane.rights.find((each) => each.opening === "due");
  return right === undefined ? undefined : { cause: right.id, over: false };
}

/** Told by a contact: where none tells, a person's open is sent all the same. */
function isOpen(turn: Turn): boolean {
  const at = place(turn.plan, turn.lane);
  return turn.lane.barrier.is === "open" && (at === "open" || at === "away");
}

/** An arm without a close output or a contact is taken to be closed by its own operator. */
export function leaveToOperator(turn: Turn) {
  const { lane, plan } = turn;
  if (plan.canClose || hasContacts(plan) || lane.closes === undefined) return;
  if (!isOneOf(lane.barrier.is, ["open", "unknown"])) return;
  turn.lane = { ...lane, closes: undefined };
  go(turn, "own-operator");
}

/** Promise 2's other half stands in `closeDue`; this only sends. */
export function sendClose(turn: Turn, cause: string) {
  send(turn, "close", cause);
  turn.lane = { ...turn.lane, closes: undefined, opens: undefined };
  go(turn, "close-sent", cause);
}
