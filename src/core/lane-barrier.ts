/** The barrier's own motion: what the contacts and the clock make of its state, and the commands that are sent to it. */
import { accuse, accuseForced, calm, raise } from "./lane-alarms.ts";
import { hasContacts, isStrike, type Place, place, safety, safetyOf } from "./lane-inputs.ts";
import { accessMs, countPassage, openingMs } from "./lane-rights.ts";
import { type Transition, type Trigger, transition } from "./lane-table.ts";
import { type Barrier, isOneOf, type Turn } from "./lane-terms.ts";
import { NOBODY } from "./lane-track.ts";
import type { Command } from "./terms.ts";

/** Moves along the table. A trigger that means nothing in this state changes nothing. */
function go(turn: Turn, by: Trigger, cause?: string) {
  const came = transition(turn.lane.barrier.is, by);
  if (came !== undefined) turn.lane = { ...turn.lane, barrier: entered(turn, came, cause) };
}

function entered(turn: Turn, came: Transition, cause?: string): Barrier {
  const until = turn.at + turn.plan.times.travelMs;
  switch (came.to) {
    case "opening":
      return { is: "opening", came, until: turn.at + openingMs(turn), trust: "believed" };
    case "open":
      return { is: "open", came, held: wasSo(turn.lane.barrier) ? { is: "since-start" } : { is: "excused" } };
    case "closing":
      return { is: "closing", came, until, trust: "believed", ...(cause === undefined ? {} : { cause }) };
    case "stopped":
      return { is: "stopped", came, rests: turn.at + turn.plan.times.gapMs };
    case "unknown":
    case "closed":
      return { is: came.to, came };
  }
}

/** What is found open right after a start was so before: nobody is accused of it. */
function wasSo(barrier: Barrier): boolean {
  return barrier.is === "unknown" && barrier.came === undefined;
}

/** Sends one command. Only `sendOpens`, `sendCloses` and a stop come here. */
export function send(turn: Turn, command: Command, cause: string) {
  turn.effects.push({ do: "move", lane: turn.plan.id, command, cause });
  turn.lane = { ...turn.lane, quietUntil: turn.at + turn.plan.times.gapMs };
}

/** The arm stays where it is. A closed one is at its end and stays closed. */
export function halt(turn: Turn) {
  go(turn, "stopped");
}

/** Reads the contacts: levels, so a lost or doubled message can't put the state out of step. */
export function readContacts(turn: Turn) {
  const at = place(turn.plan, turn.lane);
  switch (turn.lane.barrier.is) {
    case "unknown":
      if (at === "closed") arriveClosed(turn);
      if (at === "open") arriveOpen(turn);
      if (at === "between" || at === "away") go(turn, "left-closed");
      return;
    case "closed":
      return leaveClosed(turn, at);
    case "opening":
      if (at === "open") arriveOpen(turn);
      return;
    case "open":
      if (at === "closed") arriveClosed(turn);
      if (at === "unknown") goSilent(turn);
      if (at === "open") calm(turn, "did-not-open");
      return;
    case "closing":
      if (at === "closed") arriveClosed(turn);
      return;
    case "stopped":
      if (at === "closed" && turn.at >= turn.lane.barrier.rests) arriveClosed(turn);
      return;
  }
}

function leaveClosed(turn: Turn, at: Place) {
  if (at === "unknown") return goSilent(turn);
  if (!isOneOfPlaces(at, ["open", "between", "away"])) return;
  go(turn, "left-closed");
  accuseForced(turn);
  openDoor(turn);
}

function isOneOfPlaces(at: Place, places: readonly Place[]): boolean {
  return places.includes(at);
}

/** A door that opens lets somebody through: counted when it shuts again, an iron gate's at once. */
function openDoor(turn: Turn) {
  if (turn.plan.kind === "monitored") turn.effects.push({ do: "passed", lane: turn.plan.id, direction: "unknown" });
  if (turn.plan.kind === "pedestrian") {
    turn.lane = { ...turn.lane, track: { is: "on", since: turn.at, accused: false } };
  }
}

function arriveOpen(turn: Turn) {
  if (turn.lane.barrier.is === "opening") openDoor(turn);
  go(turn, "at-open");
  calm(turn, "did-not-open");
}

function arriveClosed(turn: Turn) {
  const through = turn.plan.kind === "pedestrian" && turn.lane.track.is !== "nobody";
  go(turn, "at-closed");
  if (through) {
    turn.lane = { ...turn.lane, track: NOBODY };
    countPassage(turn, "unknown");
  }
  beClosed(turn);
}

function beClosed(turn: Turn) {
  turn.lane = { ...turn.lane, closes: undefined };
  calm(turn, "tailgate", "forced-open", "held-open", "held-open-soon", "did-not-close");
}

/** Without its contacts nothing is known, and nothing is sent on the strength of that. */
function goSilent(turn: Turn) {
  go(turn, "silent");
  haveHad(turn);
}

function haveHad(turn: Turn) {
  turn.lane = { ...turn.lane, rights: turn.lane.rights.map((each) => ({ ...each, opening: "had" })) };
}

/** The travel time is over: what the contacts say now is how it ended. Nothing is sent a second time. */
export function endTravel(turn: Turn) {
  const { barrier } = turn.lane;
  if ((barrier.is !== "opening" && barrier.is !== "closing") || turn.at < barrier.until) return;
  const at = place(turn.plan, turn.lane);
  if (at === "unknown") return goSilent(turn);
  if (at === "untold" && barrier.trust === "doubtful") {
    go(turn, "unproven");
    return haveHad(turn);
  }
  if (barrier.is === "opening") return endOpening(turn, at);
  if (at === "untold" || at === "not-open") {
    go(turn, "travel-over");
    return beClosed(turn);
  }
  go(turn, "not-arrived");
  raise(turn, "did-not-close");
}

function endOpening(turn: Turn, at: Place) {
  if (at === "closed") {
    go(turn, "still-closed");
    turn.lane = { ...turn.lane, closes: undefined };
    if (!isStrike(turn.plan)) raise(turn, "did-not-open");
    return;
  }
  if (at !== "untold") openDoor(turn);
  if (at === "untold" || at === "away") {
    go(turn, "travel-over");
    return calm(turn, "did-not-open");
  }
  go(turn, "not-arrived");
  raise(turn, "did-not-open");
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

/** What the command's outcome means: with contacts they tell, without any the inferred position is worth nothing. Never sent again. */
export function hearOutcome(turn: Turn, command: Command, outcome: "done" | "failed" | "uncertain") {
  if (outcome === "done") return calm(turn, "command-failed");
  const contacts = hasContacts(turn.plan);
  if (outcome === "failed" || !contacts) raise(turn, "command-failed", `${command} ${outcome}`);
  const { barrier } = turn.lane;
  const concerned =
    (barrier.is === "opening" && command === "open") || (barrier.is === "closing" && command === "close");
  if (!concerned) return;
  turn.lane = { ...turn.lane, barrier: { ...barrier, trust: "doubtful" } };
  if (outcome === "failed" && barrier.is === "opening" && place(turn.plan, turn.lane) === "closed") {
    go(turn, "still-closed");
    turn.lane = { ...turn.lane, closes: undefined };
  }
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
  const { lane, plan } = turn;
  if (lane.barrier.is === "opening") return undefined;
  if (lane.opens !== undefined) return isOpen(place(plan, lane), lane.barrier) ? undefined : lane.opens;
  if (lane.barrier.is === "open") return undefined;
  const right = lane.rights.find((each) => each.opening === "due");
  return right === undefined ? undefined : { cause: right.id, over: false };
}

function isOpen(at: Place, barrier: Barrier): boolean {
  return barrier.is === "open" && isOneOfPlaces(at, ["open", "away"]);
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
