/** Opens the journal's file; a damaged one is set aside and what can be read goes on in its place. */
import { existsSync } from "node:fs";
import { GateError } from "../core/fault.ts";
import { type Connection, databaseFault, openDatabase } from "./database.ts";
import { hashOf } from "./journal-chain.ts";
import { readMark } from "./journal-mark.ts";
import { type Damage, finishRebuild, holdLog, rebuild } from "./journal-rebuild.ts";
import { JOURNAL_MIGRATIONS } from "./journal-schema.ts";
import { openStore } from "./journal-store.ts";

/** The newest rows are looked at before they are built upon; the whole chain is `gatepost journal verify`'s work. */
const LOOKED_AT = 500;

/** @throws GateError DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL, DATABASE_REFUSED */
export function openSound(file: string): { readonly db: Connection; readonly damage?: Damage } {
  finishRebuild(file);
  const letGo = holdLog(file);
  try {
    const db = openChecked(file);
    letGo();
    return { db };
  } catch (cause) {
    const fault = databaseFault(cause, file);
    if (fault.code !== "DATABASE_DAMAGED") {
      letGo();
      throw fault;
    }
    const damage = rebuildFile(file, fault.message);
    const db = openWritable(file);
    beginLog(db, file);
    return { db, damage };
  }
}

/** The log must exist before it can be synced. On a full disk it is there and empty: rows wait in memory until it takes them. */
function beginLog(db: Connection, file: string): void {
  try {
    db.exec("BEGIN IMMEDIATE");
    db.exec("INSERT INTO uses(credential, count) VALUES ('', 1) ON CONFLICT DO UPDATE SET count = count + 1");
    db.exec("COMMIT");
  } catch (cause) {
    if (db.inTransaction) db.exec("ROLLBACK");
    if (databaseFault(cause, file).code !== "DATABASE_FULL" || !existsSync(`${file}-wal`)) throw cause;
  }
}

/** @throws GateError DATABASE_FULL, DATABASE_REFUSED; the damaged file then still lies where it was */
export function rebuildFile(file: string, why: string, atLeast?: number): Damage {
  try {
    return rebuild(file, why, atLeast);
  } catch (cause) {
    throw databaseFault(cause, file);
  }
}

export function openWritable(file: string): Connection {
  const db = openDatabase(file, { synchronous: "NORMAL", migrations: JOURNAL_MIGRATIONS });
  // No checkpoint, hence no disk sync, on the thread that decides: a worker does it (journal-sync).
  db.pragma("wal_autocheckpoint = 0");
  return db;
}

function openChecked(file: string): Connection {
  const db = openWritable(file);
  try {
    lookAtTip(db, file);
    beginLog(db, file);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function lookAtTip(db: Connection, file: string): void {
  const store = openStore(db);
  const newest = store.latest(LOOKED_AT);
  newest.forEach((row, n) => {
    const before = newest[n + 1];
    // A gap stands where damage took rows once; the chain's verification knows whether it was told.
    if (before === undefined || before.seq !== row.seq - 1) return;
    if (!hashOf(before.hash, row).equals(row.hash)) throw damaged(file, `row ${row.seq} doesn't match its hash`);
  });
  const tip = newest[0]?.seq ?? 0;
  const mark = readMark(file);
  if (mark === undefined) return;
  if (mark.seq > tip) throw damaged(file, `it ends at row ${tip}, but row ${mark.seq} was on the disk`);
}

const damaged = (file: string, what: string) => new GateError("DATABASE_DAMAGED", `${file}: ${what}`);
