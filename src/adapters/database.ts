/** Opens a SQLite file in the one way we use it, and brings its schema up to date. */
import Database from "better-sqlite3";
import { GateError } from "../core/fault.ts";

export type Connection = Database.Database;

export interface Migration {
  /** 1, 2, 3 …; never edited once released. */
  readonly version: number;
  readonly sql: string;
}

/**
 * `synchronous` is said on every connection: better-sqlite3 reopens a write-ahead log at NORMAL.
 * @throws GateError DATABASE_DAMAGED, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL
 */
export function openDatabase(
  file: string,
  settings: { readonly synchronous: "NORMAL" | "FULL"; readonly migrations: readonly Migration[] },
): Connection {
  try {
    const db = new Database(file);
    db.pragma("busy_timeout = 2000");
    db.pragma("journal_mode = WAL");
    db.pragma(`synchronous = ${settings.synchronous}`);
    db.pragma("trusted_schema = OFF");
    migrate(db, settings.migrations, file);
    return db;
  } catch (cause) {
    throw databaseFault(cause, file);
  }
}

function migrate(db: Connection, migrations: readonly Migration[], file: string): void {
  const has = Number(db.pragma("user_version", { simple: true }));
  const newest = Math.max(0, ...migrations.map((one) => one.version));
  if (has > newest) throw new GateError("DATABASE_NEWER", `${file} has schema ${has}, this program knows ${newest}`);
  for (const one of migrations) {
    if (one.version <= has) continue;
    db.transaction(() => {
      db.exec(one.sql);
      db.pragma(`user_version = ${one.version}`);
    })();
  }
}

/** SQLite's own codes, in our words. */
export function databaseFault(cause: unknown, file: string): GateError {
  if (cause instanceof GateError) return cause;
  const code = cause instanceof Database.SqliteError ? cause.code : "";
  const told = cause instanceof Error ? cause.message : String(cause);
  if (code === "SQLITE_FULL") return new GateError("DATABASE_FULL", `${file}: ${told}`, { cause });
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new GateError("DATABASE_BUSY", `${file}: ${told}`, { cause });
  return new GateError("DATABASE_DAMAGED", `${file}: ${told}`, { cause, context: { code } });
}
