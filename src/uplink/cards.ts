/**
 * Cards for alarms that nobody has seen to (黄牌、红牌): follows the journal's alarm rows, and writes a row for each card,
 * so that it is durable, numbered and sent like any alarm.
 */
import { type LifeEvent, live, overdue, type Standing } from "../core/alarm-life.ts";
import type { Now } from "../core/terms.ts";
import type { Entry, OpenRow, OpenRows } from "../shell/ports.ts";
import { alarmOf, among } from "./records.ts";

export interface CardsDeps {
  readonly boot: string;
  readonly rows: Pick<OpenRows, "alarms">;
  readonly durableSeq: () => number;
  readonly now: () => Now;
  readonly note: (entry: Pick<Entry, "kind" | "lane" | "open">) => unknown;
}

export interface Cards {
  /** Reads on; gives cards; ends what stood before this start and wasn't seen since. */
  turn(): void;
  standing(): Standing;
}

/** Alarms older than this many rows are history. */
const ROWS_BACK = 100_000;
const ROWS_A_TURN = 2_000;
/** After so long, what is still wrong has been noticed again. */
const SEEN_AGAIN_MS = 600_000;

export function openCards(deps: CardsDeps): Cards {
  const startedAt = deps.now().at;
  const startSeq = deps.durableSeq();
  let standing: Standing = new Map();
  let upTo = Math.max(0, startSeq - ROWS_BACK);
  let ownRows = false;

  function follow(row: OpenRow, now: Now): void {
    if (!ownRows && row.boot === deps.boot) beginOwn(now);
    const event = eventOf(row, timeOf(row, now));
    if (event !== undefined) standing = live(standing, event);
  }

  function beginOwn(now: Now): void {
    ownRows = true;
    standing = live(standing, { is: "started", at: now.at });
  }

  /** Ticks of another start mean nothing: by wall time where both can be believed, else it begins anew. */
  function timeOf(row: OpenRow, { at, wall }: Now): number {
    if (row.boot === deps.boot) return row.at;
    const believed = row.trust !== "untrusted" && wall.trust !== "untrusted" && row.wallMs <= wall.epochMs;
    return believed ? at - (wall.epochMs - row.wallMs) : startedAt;
  }

  function endOld(now: Now): void {
    if (now.at - startedAt < SEEN_AGAIN_MS) return;
    for (const { alarm, lane, old } of standing.values()) {
      if (!old) continue;
      standing = live(standing, { is: "resolved", at: now.at, alarm, ...(lane === undefined ? {} : { lane }) });
      deps.note({ kind: "calm", open: { alarm }, ...(lane === undefined ? {} : { lane }) });
    }
  }

  function give(now: Now): void {
    for (const { stands, card, deadlineMs } of overdue(standing, now.at)) {
      const { alarm, lane, raisedSeq } = stands;
      const at = lane === undefined ? {} : { lane };
      standing = live(standing, { is: "carded", at: now.at, alarm, card, ...at });
      deps.note({ kind: "alarm", open: { alarm, card, deadlineMs, raisedSeq }, ...at });
    }
  }

  return {
    turn() {
      const now = deps.now();
      const to = Math.min(deps.durableSeq(), upTo + ROWS_A_TURN);
      for (const row of deps.rows.alarms(upTo, to, ROWS_A_TURN)) follow(row, now);
      upTo = Math.max(upTo, to);
      if (upTo < startSeq) return;
      if (!ownRows) beginOwn(now);
      endOld(now);
      give(now);
    },
    standing: () => standing,
  };
}

function eventOf(row: OpenRow, at: number): LifeEvent | undefined {
  const found = alarmOf(row);
  if (found === undefined) return undefined;
  const about = { at, alarm: found.kind, ...(found.lane === undefined ? {} : { lane: found.lane }) };
  const card = among(["yellow", "red"], row.open.card);
  if (card !== undefined) return { ...about, is: "carded", card };
  if (found.acknowledged) return { ...about, is: "acknowledged" };
  return row.kind === "calm" ? { ...about, is: "resolved" } : { ...about, is: "raised", seq: row.seq };
}
