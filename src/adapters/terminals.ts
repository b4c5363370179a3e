/**
 * The receipts: what each terminal holds of whom, in a small file of its own, beside the way from report to relay. A row
 * is written without a disk sync; `settled` waits for one off the loop, so that nothing is sent before its row is kept.
 */
import type { Deed, Receipt } from "../core/roster.ts";
import type { Receipts, StoredHoldings } from "../shell/ports.ts";
import { type Connection, databaseFault, type Migration, openDatabase } from "./database.ts";
import { openSyncer } from "./journal-sync.ts";

/** Released migrations are never edited. */
export const TERMINALS_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE terminal(device TEXT PRIMARY KEY, others INTEGER NOT NULL, listed INTEGER) WITHOUT ROWID;
CREATE TABLE receipt(
  device TEXT NOT NULL, face TEXT NOT NULL, holder TEXT, held TEXT NOT NULL, version TEXT, picture TEXT, state TEXT NOT NULL,
  did TEXT, tried TEXT, tried_picture TEXT, code TEXT, mend INTEGER NOT NULL, tries INTEGER NOT NULL, wall INTEGER NOT NULL,
  owed_since INTEGER, PRIMARY KEY(device, face)
) WITHOUT ROWID;
CREATE TABLE opened(wall INTEGER NOT NULL);
`,
  },
];

interface Stored {
  readonly device: string;
  readonly face: string;
  readonly holder: string | null;
  readonly held: string;
  readonly version: string | null;
  readonly picture: string | null;
  readonly state: string;
  readonly did: string | null;
  readonly tried: string | null;
  readonly tried_picture: string | null;
  readonly code: string | null;
  readonly mend: number;
  readonly tries: number;
  readonly wall: number;
  readonly owed_since: number | null;
}

const ROWS_PER_COPY = 2_000;

/** @throws GateError DATABASE_… */
export function openTerminals(file: string, wallMs: number, onTrouble: (why: string) => void): Receipts {
  const db = openDatabase(file, { synchronous: "NORMAL", migrations: TERMINALS_MIGRATIONS });
  db.pragma("wal_autocheckpoint = 0");
  // The log exists from the first write on.
  db.exec("DELETE FROM opened");
  db.prepare("INSERT INTO opened VALUES (?)").run(wallMs);
  const sql = statements(db);
  let written = 1;
  const syncer = openSyncer({
    file,
    startSeq: written,
    rowsPerCopy: ROWS_PER_COPY,
    onTrouble: (why) => {
      if (why !== undefined) onTrouble(why);
    },
  });
  syncer.written(written);

  function write(change: () => void): void {
    try {
      db.transaction(change)();
      syncer.written(++written);
    } catch (cause) {
      throw databaseFault(cause, file);
    }
  }

  return {
    load: () => loaded(db, file),
    save: (device, receipts) =>
      write(() => {
        for (const one of receipts) sql.save.run(rowOf(device, one));
      }),
    listed: (device, others, at) => write(() => void sql.listed.run(device, others, at)),
    forget: (device, faces) =>
      write(() => {
        for (const face of faces) sql.forget.run(device, face);
      }),
    settled: () => new Promise((done) => syncer.whenDurable(written, done)),
    async close() {
      await syncer.close();
      db.close();
    },
  };
}

/** Reads it beside a running gate. @throws GateError DATABASE_… */
export function readTerminals(file: string): ReadonlyMap<string, StoredHoldings> {
  const db = openDatabase(file, { synchronous: "NORMAL", migrations: TERMINALS_MIGRATIONS });
  try {
    return loaded(db, file);
  } finally {
    db.close();
  }
}

function loaded(db: Connection, file: string): ReadonlyMap<string, StoredHoldings> {
  try {
    const found = new Map<string, { receipts: Map<string, Receipt>; others: number; listedMs?: number }>();
    for (const row of db
      .prepare<[], { device: string; others: number; listed: number | null }>("SELECT * FROM terminal")
      .all())
      found.set(row.device, {
        receipts: new Map(),
        others: row.others,
        ...(row.listed === null ? {} : { listedMs: row.listed }),
      });
    for (const row of db.prepare<[], Stored>("SELECT * FROM receipt ORDER BY device, face").iterate()) {
      const one = found.get(row.device) ?? { receipts: new Map<string, Receipt>(), others: 0 };
      found.set(row.device, one);
      one.receipts.set(row.face, receiptOf(row));
    }
    return found;
  } catch (cause) {
    throw databaseFault(cause, file);
  }
}

function statements(db: Connection) {
  return {
    save: db.prepare<[Stored]>(
      `INSERT OR REPLACE INTO receipt VALUES (@device, @face, @holder, @held, @version, @picture, @state, @did, @tried,
        @tried_picture, @code, @mend, @tries, @wall, @owed_since)`,
    ),
    listed: db.prepare<[string, number, number]>("INSERT OR REPLACE INTO terminal VALUES (?, ?, ?)"),
    forget: db.prepare<[string, string]>("DELETE FROM receipt WHERE device = ? AND face = ?"),
  };
}

const rowOf = (device: string, one: Receipt): Stored => ({
  device,
  face: one.face,
  holder: one.holder ?? null,
  held: one.held,
  version: one.version ?? null,
  picture: one.picture ?? null,
  state: one.is,
  did: one.did ?? null,
  tried: one.tried?.version ?? null,
  tried_picture: one.tried?.picture ?? null,
  code: one.code ?? null,
  mend: one.mend === true ? 1 : 0,
  tries: one.tries,
  wall: one.wallMs,
  owed_since: one.owedSinceMs ?? null,
});

const HELD = ["yes", "no"] as const;
const STATES = ["sent", "confirmed", "refused", "removed", "found"] as const;
const DEEDS: readonly Deed[] = ["add", "change", "remove"];

/** What isn't one of our words any more counts as what leads to another look. */
function receiptOf(row: Stored): Receipt {
  const did = DEEDS.find((one) => one === row.did);
  return {
    face: row.face,
    ...(row.holder === null ? {} : { holder: row.holder }),
    held: HELD.find((one) => one === row.held) ?? "maybe",
    ...(row.version === null ? {} : { version: row.version }),
    ...(row.picture === null ? {} : { picture: row.picture }),
    is: STATES.find((one) => one === row.state) ?? "missing",
    ...(did === undefined ? {} : { did }),
    ...(row.tried === null
      ? {}
      : {
          tried: { version: row.tried, ...(row.tried_picture === null ? {} : { picture: row.tried_picture }) },
        }),
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.mend === 1 ? { mend: true as const } : {}),
    tries: row.tries,
    wallMs: row.wall,
    ...(row.owed_since === null ? {} : { owedSinceMs: row.owed_since }),
    dueAt: 0,
  };
}
