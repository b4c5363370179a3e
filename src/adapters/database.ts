/** Opens a SQLite file in the one way we use it, and brings its schema up to date. */
import { existsSync, mkdirSync } from "node:fs";
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
 * @throws GateError DATABASE_DAMAGED, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL, DATABASE_REFUSED
 */
export function openDatabase(
  file: string,
  settings: {
    readonly synchronous: "NORMAL" | "FULL";
    readonly migrations: readonly Migration[];
    /** Functions that the migrations need. */
    readonly join?: (db: Connection) => void;
  },
): Connection {
  let db: Connection | undefined;
  try {
    db = new Database(file);
    db.pragma("busy_timeout = 2000");
    db.pragma("journal_mode = WAL");
    db.pragma(`synchronous = ${settings.synchronous}`);
    db.pragma("trusted_schema = OFF");
    settings.join?.(db);
    migrate(db, settings.migrations, file);
    return db;
  } catch (cause) {
    db?.close();
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

/**
 * One process at a time may hold `name`: an exclusive lock on a small file, which the kernel takes back from a dead
 * process. Returns how to let go. @throws GateError DATABASE_BUSY
 */
export function holdAlone(name: string): () => void {
  let db: Connection | undefined;
  try {
    db = new Database(name, { timeout: 0 });
    // Nothing is ever written: it works on a full disk.
    db.pragma("journal_mode = MEMORY");
    db.exec("BEGIN EXCLUSIVE");
    const held = db;
    return () => void held.close();
  } catch (cause) {
    db?.close();
    if (cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY"))
      throw new GateError(
        "DATABASE_BUSY",
        `${name} is held by another gatepost that is running 另一个门岗程序正在使用这些数据`,
        { cause },
      );
    throw databaseFault(cause, name);
  }
}

/** The folder of the gate's data, made when it isn't there. @throws GateError DATABASE_FULL, DATABASE_REFUSED */
export function makeDataFolder(folder: string): void {
  // On a full disk nothing is asked of it that isn't needed.
  if (existsSync(folder)) return;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  } catch (cause) {
    throw databaseFault(cause, folder);
  }
}

const DAMAGE = /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_SHORT_READ|SCHEMA|ERROR|CONSTRAINT|MISMATCH|TOOBIG)/;

/** SQLite's own codes, and the file system's, in our words. What is neither is a bug of ours and is thrown as it came. */
export function databaseFault(cause: unknown, file: string): GateError {
  if (cause instanceof GateError) return cause;
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") throw cause;
  const { code } = cause;
  const told = `${file}: ${cause.message}`;
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_IOERR_SHMSIZE")
    return new GateError("DATABASE_FULL", told, { cause });
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new GateError("DATABASE_BUSY", told, { cause });
  if (DAMAGE.test(code)) return new GateError("DATABASE_DAMAGED", told, { cause, context: { code } });
  return new GateError("DATABASE_REFUSED", told, { cause, context: { code } });
}
