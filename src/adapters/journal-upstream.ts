/**
 * The journal as the uplink sees it: a connection of its own, for reading only, that never asks for what is sealed. Read
 * by number in small pieces; it holds no lock between two of them, so that the log can be copied.
 */
import Database from "better-sqlite3";
import type { OpenRow, OpenRows } from "../shell/ports.ts";
import { databaseFault } from "./database.ts";
import type { StoredRow } from "./journal-chain.ts";
import { toldRow } from "./journal-told.ts";

const COLUMNS = "seq, boot, at, wall, trust, kind, lane, open, subject, hash";
type Stored = Omit<StoredRow, "sealed">;

/** The file is opened at the first question, and again after damage was mended under it. */
export function openUpstream(file: string): OpenRows {
  let db: Database.Database | undefined;
  let all: Database.Statement<[number, number, number], Stored> | undefined;
  let alarms: Database.Statement<[number, number, number], Stored> | undefined;
  let events: Database.Statement<[number, number, number], Stored> | undefined;

  function open(): void {
    if (db !== undefined) return;
    db = new Database(file, { readonly: true, fileMustExist: true });
    const from = `SELECT ${COLUMNS} FROM journal WHERE seq > ? AND seq <= ?`;
    all = db.prepare(`${from} ORDER BY seq LIMIT ?`);
    alarms = db.prepare(`${from} AND kind IN ('alarm', 'calm') ORDER BY seq LIMIT ?`);
    events = db.prepare(`${from} AND kind IN ('passage', 'decision', 'override', 'history') ORDER BY seq LIMIT ?`);
  }

  function ask(which: () => typeof all, ...asked: [number, number, number]): readonly OpenRow[] {
    try {
      open();
      return (which()?.all(...asked) ?? []).map((row) => openRow(row));
    } catch (cause) {
      close();
      throw databaseFault(cause, file);
    }
  }

  function close(): void {
    db?.close();
    db = undefined;
  }

  return {
    after: (...asked) => ask(() => all, ...asked),
    alarms: (...asked) => ask(() => alarms, ...asked),
    events: (...asked) => ask(() => events, ...asked),
    close,
  };
}

function openRow(row: Stored): OpenRow {
  return toldRow({ ...row, sealed: null });
}
