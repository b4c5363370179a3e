/** The file of accounts: people, their sessions as hashes, who has guessed wrongly how often, and what the console did. */
import { chownSync, closeSync, existsSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Connection, databaseFault, type Migration, openDatabase } from "./database.ts";

/** Released migrations are never edited. */
export const ACCOUNTS_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE account(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, who TEXT NOT NULL,
  role TEXT NOT NULL CHECK(role IN ('guard','clerk','technician','admin')), disabled INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL CHECK(kind IN ('password','pin')), hash TEXT NOT NULL,
  totp TEXT, totp_step INTEGER NOT NULL DEFAULT 0, entered INTEGER
) WITHOUT ROWID;
CREATE TABLE session(
  hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account(id),
  until INTEGER NOT NULL, saved INTEGER NOT NULL, left_ms INTEGER NOT NULL, idle_left_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE booth(hash TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account(id), made INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tries(key TEXT PRIMARY KEY, fails INTEGER NOT NULL, wait_ms INTEGER NOT NULL, wall INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE setup(code TEXT NOT NULL, made INTEGER NOT NULL);
`,
  },
  {
    // What was done at the console and waits for its row in the journal. A number is never used again.
    version: 2,
    sql: `
CREATE TABLE deed(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, done INTEGER NOT NULL, deed TEXT NOT NULL,
  account TEXT NOT NULL, whose TEXT NOT NULL, role TEXT NOT NULL, "by" TEXT NOT NULL, lost INTEGER NOT NULL DEFAULT 0
);
`,
  },
];

export const ACCOUNTS_FILE = "accounts.sqlite";

/**
 * Readable by its owner alone; made by root it belongs to whoever owns the folder, so that the service can use it.
 * @throws GateError DATABASE_…
 */
export function openAccountsFile(file: string): Connection {
  try {
    if (!existsSync(file)) {
      closeSync(openSync(file, "a", 0o600));
      const { uid, gid } = statSync(dirname(file));
      if (process.getuid?.() === 0 && uid !== 0) chownSync(file, uid, gid);
    }
  } catch (cause) {
    throw databaseFault(cause, file);
  }
  const db = openDatabase(file, { synchronous: "NORMAL", migrations: ACCOUNTS_MIGRATIONS });
  db.pragma("busy_timeout = 200");
  return db;
}
