/**
 * One ordered stream on its way up: what was sent and not yet answered, and the cursor, which only a durable answer
 * moves. Messages live in the journal alone; here are numbers.
 */
import type { OpenRows } from "../shell/ports.ts";
import { type Link, NO_LINK, type StreamName, streamOf } from "./records.ts";

/** Where a stream stands for sure: every row up to `upTo` is done with; `link` = the last message among them. */
export interface Cursor {
  readonly upTo: number;
  readonly link: Link;
}
export const BEGINNING: Cursor = { upTo: 0, link: NO_LINK };

interface Sent {
  readonly number: number;
  readonly link: Link;
  answered: boolean;
}

export interface Stream {
  readonly name: StreamName;
  cursor(): Cursor;
  /** Rows after this one are to be read next. */
  scanned(): number;
  /** The message before the next one. */
  link(): Link;
  /** Sent and not yet done with. */
  open(): number;
  /** A row was looked at; `number` = it was sent under this number. */
  pass(seq: number): void;
  sent(link: Link, number: number): void;
  /** The broker has taken it. True when the cursor moved. */
  answer(number: number): boolean;
  /** The platform has stored everything up to here. True when the cursor moved. */
  stored(seq: number): boolean;
  /** The platform has everything up to this message by another way. True when the cursor moved. */
  carried(upTo: Link): boolean;
  /** Everything that isn't done with is to be sent again. */
  rewind(): void;
  /** Everything after this is to be sent again, whatever was answered; nothing may be on its way. */
  restart(from: Cursor): void;
}

/** @param by whose word moves the cursor: the broker's PUBACK, or the platform's own receipt */
export function openStream(name: StreamName, from: Cursor, by: "puback" | "receipt"): Stream {
  let cursor = from;
  let scanned = from.upTo;
  let link = from.link;
  let queue: Sent[] = [];

  /** Rows without a message are done with once everything sent before them is. */
  function settle(done: Sent | undefined): boolean {
    if (done !== undefined) cursor = { upTo: done.link.seq, link: done.link };
    if (queue.length > 0 || cursor.upTo === scanned) return done !== undefined;
    cursor = { upTo: scanned, link: cursor.link };
    return true;
  }

  return {
    name,
    cursor: () => cursor,
    scanned: () => scanned,
    link: () => link,
    open: () => queue.length,
    pass(seq) {
      scanned = Math.max(scanned, seq);
      settle(undefined);
    },
    sent(next, number) {
      queue.push({ number, link: next, answered: false });
      link = next;
      scanned = Math.max(scanned, next.seq);
    },
    answer(number) {
      const one = queue.find((sent) => sent.number === number && !sent.answered);
      if (one === undefined) return false;
      one.answered = true;
      if (by === "receipt") return false;
      let done: Sent | undefined;
      while (queue[0]?.answered === true) done = queue.shift();
      return done === undefined ? false : settle(done);
    },
    stored(seq) {
      if (by === "puback") return false;
      let done: Sent | undefined;
      for (let head = queue[0]; head !== undefined && head.link.seq <= seq; head = queue[0]) {
        done = head;
        queue.shift();
      }
      return done === undefined ? false : settle(done);
    },
    carried(upTo) {
      if (upTo.seq <= cursor.upTo) return false;
      cursor = { upTo: upTo.seq, link: upTo };
      queue = queue.filter((sent) => sent.link.seq > upTo.seq);
      if (scanned <= upTo.seq) {
        scanned = upTo.seq;
        link = upTo;
      }
      settle(undefined);
      return true;
    },
    rewind() {
      scanned = cursor.upTo;
      link = cursor.link;
      queue = [];
    },
    restart(from) {
      cursor = from;
      scanned = from.upTo;
      link = from.link;
      queue = [];
    },
  };
}

const ROWS_BACK = 400;

/** The newest message of a stream before this record. */
export function linkBefore(name: StreamName, seq: number, rows: Pick<OpenRows, "alarms" | "events">): Link {
  for (let upTo = seq - 1; upTo > 0; upTo -= ROWS_BACK) {
    const from = Math.max(0, upTo - ROWS_BACK);
    const read = name === "alarm" ? rows.alarms : rows.events;
    const row = read(from, upTo, ROWS_BACK).findLast((one) => streamOf(one) === name);
    if (row !== undefined) return { seq: row.seq, hash: row.hash };
  }
  return NO_LINK;
}
