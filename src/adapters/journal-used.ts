/**
 * The device event ids that were used (promise 1: each opens once, across restarts). A row carries its event's id; the
 * table that is asked by id is filled from memory after the relay, in the same group sync as the row, and at the start
 * from the newest rows: writing it on the way to the relay would cost more than the row itself.
 */
import type { StoredRow } from "./journal-chain.ts";
import type { Store, Used } from "./journal-store.ts";
import { eventKey } from "./journal-waiting.ts";

/** Never more rows than this are ahead of the table. */
const MOST_AHEAD = 400;
/** Rows looked at after a start; more than can be ahead. */
const ROWS_LOOKED_AT = 1_000;
/** Of this start, kept in memory should the file be full or unreadable; nothing older is fresh enough to move anything. */
const EVENTS_KEPT = 50_000;

export type UsedEvents = ReturnType<typeof openUsed>;

/** @throws SQLite's errors, when the newest rows can't be read */
export function openUsed(store: Store, ask: <T>(question: () => T, none: T) => T) {
  // What a process that died left undone; the table follows in order, so that its newest event tells of all.
  const newest = store.latest(ROWS_LOOKED_AT).flatMap((row) => usedBy(row) ?? []);
  const [last] = newest;
  const undone = last === undefined || store.used(last.device, last.event) ? [] : newest.reverse();
  let recent = new Set<string>();
  let before = new Set(undone.map((one) => eventKey(one.device, one.event)));
  let ahead: Used[] = undone;

  return {
    /** Remembered from now on; `seq` = its row, or the next one that is written where it finds no place itself. */
    add(device: string, event: string, seq: number): void {
      if (recent.size >= EVENTS_KEPT) {
        before = recent;
        recent = new Set();
      }
      recent.add(eventKey(device, event));
      ahead.push({ device, event, seq });
      if (ahead.length >= 2 * EVENTS_KEPT) ahead = ahead.slice(-EVENTS_KEPT);
    },
    has(device: string, event: string): boolean {
      const key = eventKey(device, event);
      if (recent.has(key) || before.has(key)) return true;
      return ask(() => store.used(device, event), false);
    },
    /** Whether the table must follow now, before one more row is written. */
    isFarAhead: (seq: number) => ahead.length > 0 && seq - (ahead[0]?.seq ?? seq) >= MOST_AHEAD,
    /** The table follows, for rows up to `seq`. @throws SQLite's errors; then it is tried again with the next rows */
    follow(seq: number, into: Pick<Store, "useAll"> = store): void {
      const due = ahead.filter((one) => one.seq <= seq);
      if (due.length === 0) return;
      into.useAll(due);
      ahead = ahead.length === due.length ? [] : ahead.filter((one) => one.seq > seq);
    },
  };
}

function usedBy(row: StoredRow): Used | undefined {
  if (!row.open.includes('"eventId"')) return undefined;
  try {
    const open: unknown = JSON.parse(row.open);
    if (typeof open !== "object" || open === null || !("eventId" in open && "reader" in open)) return undefined;
    const { eventId, reader } = open;
    return typeof eventId === "string" && typeof reader === "string"
      ? { device: reader, event: eventId, seq: row.seq }
      : undefined;
  } catch {
    return undefined; // a changed cell: the chain says so itself
  }
}
