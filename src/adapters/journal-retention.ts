/**
 * Used event ids that are old enough go out of their table, in small slices, on a connection of its own in the same
 * thread: each slice is over before anything else is written. The rows stay; they are the record.
 */
import type { GateError } from "../core/fault.ts";
import { type Connection, databaseFault } from "./database.ts";
import { openWritable } from "./journal-open.ts";

export interface ForgetDeps {
  readonly file: string;
  /** Ids whose row is older go. */
  readonly beforeWallMs: number;
  readonly done: (forgotten: number) => void;
  readonly onFault: (fault: GateError) => void;
  readonly idsPerSlice?: number;
  readonly pauseMs?: number;
}

interface Id {
  readonly device: string;
  readonly event: string;
  readonly seq: number;
}

/** Returns how to call it off. */
export function forgetUsed(deps: ForgetDeps): () => void {
  const { idsPerSlice = 200, pauseMs = 50 } = deps;
  let db: Connection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = { device: "", event: "" };
  let boundary = 0;
  let forgotten = 0;

  function slice(): boolean {
    if (db === undefined) {
      db = openWritable(deps.file);
      boundary = firstSeqAfter(db, deps.beforeWallMs);
    }
    const ids = db
      .prepare<[string, string, number], Id>(
        "SELECT * FROM used WHERE (device, event) > (?, ?) ORDER BY device, event LIMIT ?",
      )
      .all(last.device, last.event, idsPerSlice);
    const old = ids.filter((id) => id.seq < boundary);
    const forget = db.prepare("DELETE FROM used WHERE device = ? AND event = ?");
    const all = db.transaction(() => {
      for (const { device, event } of old) forget.run(device, event);
    });
    if (old.length > 0) all.immediate();
    forgotten += old.length;
    last = ids.at(-1) ?? last;
    return ids.length === idsPerSlice;
  }

  function end(): void {
    clearTimeout(timer);
    db?.close();
    db = undefined;
  }

  function goOn(): void {
    try {
      if (!slice()) {
        end();
        deps.done(forgotten);
        return;
      }
    } catch (cause) {
      end();
      deps.onFault(databaseFault(cause, deps.file));
      return;
    }
    timer = setTimeout(goOn, pauseMs);
    timer.unref();
  }

  timer = setTimeout(goOn, pauseMs);
  timer.unref();
  return end;
}

/** The first row that isn't older, by rows whose time was known: their times rise with their numbers. */
function firstSeqAfter(db: Connection, wallMs: number): number {
  const at = db.prepare<[number], { seq: number; wall: number }>(
    "SELECT seq, wall FROM journal WHERE seq >= ? AND trust <> 'untrusted' ORDER BY seq LIMIT 1",
  );
  let low = 1;
  let high = (db.prepare<[], { seq: number | null }>("SELECT max(seq) seq FROM journal").get()?.seq ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = at.get(middle);
    if (row === undefined || row.wall >= wallMs) high = middle;
    else low = row.seq + 1;
  }
  return low;
}
