/** The barrier's own motion: what the contacts and the clock make of its state. */
import { accuseForced, calm, raise } from "./lane-alarms.ts";
import { hasContacts, isSelfClosing, isStrike, type Place, place } from "./lane-inputs.ts";
import { countPassage, openingMs } from "./lane-rights.ts";
import { type Transition, type Trigger, transition } from "./lane-table.ts";
import type { Barrier, Turn } from "./lane-terms.ts";
import { NOBODY } from "./lane-track.ts";
import type { Command } from "./terms.ts";

/** Moves along the table. A trigger that means nothing in this state changes nothing. */
export function go(turn: Turn, by: Trigger, cause?: string) {
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
  if (isSelfClosing(turn.plan)) {
    turn.lane = { ...turn.lane, track: { is: "on", since: turn.at, accused: false } };
  }
}

function arriveOpen(turn: Turn) {
  if (turn.lane.barrier.is === "opening") openDoor(turn);
  go(turn, "at-open");
  calm(turn, "did-not-open");
}

function arriveClosed(turn: Turn) {
  const through = isSelfClosing(turn.plan) && turn.lane.track.is !== "nobody";
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
