/**
 * The platform's commands as they were taken, in a small file of its own beside the way from report to relay: ids and
 * counters that are used up, and what was answered. Written without a disk sync; `settled` waits for one off the loop.
 */
import { existsSync, renameSync } from "node:fs";
import { GateError } from "../core/fault.ts";
import type { CommandStore, LockEnd } from "../shell/ports.ts";
import { type Connection, databaseFault, type Migration, openDatabase } from "./database.ts";
import { openSyncer } from "./journal-sync.ts";

/** Released migrations are never edited. */
export const COMMANDS_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE counter(key TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE command(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, key TEXT NOT NULL,
  counter INTEGER NOT NULL, kind TEXT NOT NULL, answer TEXT
);
CREATE TABLE lock_end(
  lane TEXT PRIMARY KEY, who TEXT NOT NULL, command TEXT NOT NULL, left_ms REAL NOT NULL, ends_wall REAL NOT NULL, trust TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE opened(wall INTEGER NOT NULL);
`,
  },
];

/** Older ones are dead by connection and counter anyway; they are kept so that a late question gets its answer. */
const MOST_KEPT = 5_000;
const ROWS_PER_COPY = 500;

export interface CommandsDeps {
  readonly file: string;
  readonly wallMs: number;
  readonly onTrouble: (why: string) => void;
  readonly onDamage: (why: string) => void;
}

/** A damaged file is set aside: a command lives in one connection alone, so none of those in it could come again. @throws GateError DATABASE_… */
export function openCommandStore(deps: CommandsDeps): CommandStore {
  try {
    return open(deps);
  } catch (cause) {
    if (!(cause instanceof GateError) || cause.code !== "DATABASE_DAMAGED") throw cause;
    deps.onDamage(cause.message);
    for (const end of ["", "-wal", "-shm"])
      if (existsSync(deps.file + end)) renameSync(deps.file + end, `${deps.file}.damaged${end}`);
    return open(deps);
  }
}

function open({ file, wallMs, onTrouble }: CommandsDeps): CommandStore {
  const db = openDatabase(file, { synchronous: "NORMAL", migrations: COMMANDS_MIGRATIONS });
  let written = 1;
  const { sql, syncer } = prepared(db, file, wallMs, onTrouble);
  syncer.written(written);

  function guarded<T>(act: () => T): T {
    try {
      return act();
    } catch (cause) {
      throw databaseFault(cause, file);
    }
  }
  function write(change: () => void): void {
    guarded(() => db.transaction(change)());
    syncer.written(++written);
  }

  return {
    lastCounter: (key) => guarded(() => sql.last.get(key)?.last ?? 0),
    known(id) {
      const row = guarded(() => sql.known.get(id));
      return row === undefined
        ? undefined
        : { digest: row.digest, ...(row.answer === null ? {} : { answer: row.answer }) };
    },
    begin({ id, digest, key, counter, kind }) {
      write(() => {
        sql.count.run(key, counter);
        sql.begin.run(id, digest, key, counter, kind);
        sql.prune.run(MOST_KEPT);
      });
    },
    answer: (id, answer) => write(() => void sql.answer.run(answer, id)),
    ends: () => guarded(() => sql.ends.all()),
    keepEnd: (end) => write(() => void sql.keepEnd.run(end)),
    dropEnd: (lane) => write(() => void sql.dropEnd.run(lane)),
    settled: () => new Promise((done) => syncer.whenDurable(written, done)),
    async close() {
      await syncer.close();
      db.close();
    },
  };
}

/** Small, and looked over whole: damage is met here, where it can be set aside, and not by a command. */
function prepared(db: Connection, file: string, wallMs: number, onTrouble: (why: string) => void) {
  try {
    const told = db.pragma("quick_check(1)", { simple: true });
    if (told !== "ok") throw new GateError("DATABASE_DAMAGED", `${file}: ${String(told)}`);
    db.pragma("wal_autocheckpoint = 0");
    // The log exists from the first write on.
    db.exec("DELETE FROM opened");
    db.prepare("INSERT INTO opened VALUES (?)").run(wallMs);
    const syncer = openSyncer({
      file,
      startSeq: 1,
      rowsPerCopy: ROWS_PER_COPY,
      onTrouble: (why) => {
        if (why !== undefined) onTrouble(why);
      },
    });
    return { sql: statements(db), syncer };
  } catch (cause) {
    db.close();
    throw databaseFault(cause, file);
  }
}

function statements(db: Connection) {
  return {
    last: db.prepare<[string], { last: number }>("SELECT last FROM counter WHERE key = ?"),
    known: db.prepare<[string], { digest: string; answer: string | null }>(
      "SELECT digest, answer FROM command WHERE id = ?",
    ),
    count: db.prepare<[string, number]>(
      "INSERT INTO counter VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET last = max(last, excluded.last)",
    ),
    begin: db.prepare<[string, string, string, number, string]>(
      "INSERT INTO command(id, digest, key, counter, kind) VALUES (?, ?, ?, ?, ?)",
    ),
    prune: db.prepare<[number]>("DELETE FROM command WHERE number <= (SELECT max(number) FROM command) - ?"),
    answer: db.prepare<[string, string]>("UPDATE command SET answer = ? WHERE id = ?"),
    ends: db.prepare<[], LockEnd>(
      "SELECT lane, who, command, left_ms leftMs, ends_wall endsWallMs, trust FROM lock_end",
    ),
    keepEnd: db.prepare<[LockEnd]>(
      "INSERT OR REPLACE INTO lock_end VALUES (@lane, @who, @command, @leftMs, @endsWallMs, @trust)",
    ),
    dropEnd: db.prepare<[string]>("DELETE FROM lock_end WHERE lane = ?"),
  };
}
