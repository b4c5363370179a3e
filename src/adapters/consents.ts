/**
 * Who agreed that a face goes into the terminals, and who withdrew it: a small file of its own, appended to by the clerk's
 * tools beside a running gate. The newest row of a face counts. Never asked on the way from report to relay.
 */
import { existsSync } from "node:fs";
import type { ConsentState, Consents } from "../shell/ports.ts";
import { databaseFault, type Migration, openDatabase } from "./database.ts";

/** Of the data folder. */
export const CONSENTS_FILE = "consents.sqlite";

/** Released migrations are never edited. */
export const CONSENTS_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE consent(
  seq INTEGER PRIMARY KEY, face TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('recorded', 'withdrawn')),
  notice TEXT, agreed_by TEXT, how TEXT, guardian TEXT, birth_year INTEGER, taken_by TEXT NOT NULL, wall INTEGER NOT NULL
);
CREATE INDEX consent_face ON consent(face, seq);
`,
  },
  {
    // Whose face it was, for when the list no longer says so.
    version: 2,
    sql: "ALTER TABLE consent ADD COLUMN holder TEXT; CREATE INDEX consent_holder ON consent(holder, seq);",
  },
  {
    // The records of impact assessments (register-assessments.ts): kept for three years at least, so nothing takes one away.
    version: 3,
    sql: `
CREATE TABLE assessment(
  number INTEGER PRIMARY KEY AUTOINCREMENT, wall INTEGER NOT NULL, made_by TEXT NOT NULL, facts TEXT NOT NULL, words TEXT NOT NULL
);
CREATE TABLE assessment_signature(
  assessment INTEGER PRIMARY KEY REFERENCES assessment(number), signed_by TEXT NOT NULL, signed_on TEXT NOT NULL,
  noted_by TEXT NOT NULL, wall INTEGER NOT NULL
);
CREATE TRIGGER assessment_no_update BEFORE UPDATE ON assessment BEGIN SELECT RAISE(ABORT, 'a record is never changed'); END;
CREATE TRIGGER assessment_no_delete BEFORE DELETE ON assessment BEGIN SELECT RAISE(ABORT, 'a record is never deleted'); END;
CREATE TRIGGER signature_no_update BEFORE UPDATE ON assessment_signature BEGIN SELECT RAISE(ABORT, 'signed once'); END;
CREATE TRIGGER signature_no_delete BEFORE DELETE ON assessment_signature BEGIN SELECT RAISE(ABORT, 'signed once'); END;
`,
  },
];

/** The age from which somebody agrees for himself (人脸识别技术应用安全管理办法, article 7). */
const OF_AGE = 14;

/** What was agreed to. */
export interface Agreement {
  readonly face: string;
  /** Version of the notice that was shown. */
  readonly notice: string;
  readonly agreedBy: string;
  readonly how: string;
  /** Who agreed in a child's place. */
  readonly guardian?: string;
  readonly birthYear?: number;
  readonly takenBy: string;
  /** The id on the clerk's list. */
  readonly holder?: string;
}

/** One row of the ledger. */
export interface ConsentRow extends Partial<Agreement> {
  readonly seq: number;
  readonly face: string;
  readonly state: "recorded" | "withdrawn";
  readonly takenBy: string;
  readonly wallMs: number;
}

export interface ConsentFile extends Consents {
  /** @throws GateError DATABASE_… */
  record(agreement: Agreement, wallMs: number): void;
  /** @throws GateError DATABASE_… */
  withdraw(face: string, takenBy: string, wallMs: number, holder?: string): void;
  /** Everything about a person and these faces, newest first. @throws GateError DATABASE_… */
  rows(holder: string, faces: readonly string[]): readonly ConsentRow[];
  /** Faces whose newest row is a withdrawal. @throws GateError DATABASE_… */
  withdrawn(): ReadonlySet<string>;
  /** How many rows there are, and the faces that a guardian's newest word stands for. @throws GateError DATABASE_… */
  counted(): { readonly rows: number; readonly guarded: readonly string[] };
  close(): void;
}

interface Stored {
  readonly state: ConsentState;
  readonly guardian: string | null;
  readonly birth_year: number | null;
}

interface StoredRow extends Stored {
  readonly seq: number;
  readonly face: string;
  readonly state: "recorded" | "withdrawn";
  readonly notice: string | null;
  readonly agreed_by: string | null;
  readonly how: string | null;
  readonly taken_by: string;
  readonly wall: number;
  readonly holder: string | null;
}

function rowOf(row: StoredRow): ConsentRow {
  return {
    seq: row.seq,
    face: row.face,
    state: row.state,
    takenBy: row.taken_by,
    wallMs: row.wall,
    ...(row.notice === null ? {} : { notice: row.notice }),
    ...(row.agreed_by === null ? {} : { agreedBy: row.agreed_by }),
    ...(row.how === null ? {} : { how: row.how }),
    ...(row.guardian === null ? {} : { guardian: row.guardian }),
    ...(row.birth_year === null ? {} : { birthYear: row.birth_year }),
    ...(row.holder === null ? {} : { holder: row.holder }),
  };
}

/** @param yearNow The calendar year, for a guardian's word that ends. @throws GateError DATABASE_… */
export function openConsents(file: string, yearNow: () => number): ConsentFile {
  const db = openDatabase(file, { synchronous: "FULL", migrations: CONSENTS_MIGRATIONS });
  const newest = db.prepare<[string], Stored>(
    "SELECT state, guardian, birth_year FROM consent WHERE face = ? ORDER BY seq DESC LIMIT 1",
  );
  const last = db.prepare<[], { readonly seq: number; readonly rows: number }>(
    "SELECT coalesce(max(seq), 0) AS seq, count(*) AS rows FROM consent",
  );
  const insert = db.prepare(
    "INSERT INTO consent(face, state, notice, agreed_by, how, guardian, birth_year, taken_by, wall, holder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const taken = db.prepare<[], { readonly face: string }>(
    `SELECT face FROM consent c WHERE state = 'withdrawn'
      AND seq = (SELECT max(l.seq) FROM consent l WHERE l.face = c.face)`,
  );
  const guarded = db.prepare<[], { readonly face: string }>(
    `SELECT face FROM consent c WHERE state = 'recorded' AND guardian IS NOT NULL
      AND seq = (SELECT max(seq) FROM consent l WHERE l.face = c.face)`,
  );
  const worldly = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw databaseFault(cause, file);
    }
  };
  return {
    get edition() {
      // A look that had begun may ask after the end: what it finds isn't used any more.
      if (!db.open) return "";
      return worldly(() => {
        const { seq = 0, rows = 0 } = last.get() ?? {};
        return `${seq} ${rows} ${yearNow()}`;
      });
    },
    consentOf: (face) => (db.open ? worldly(() => stateOf(newest.get(face), yearNow())) : "none"),
    record(agreement, wallMs) {
      const { face, notice, agreedBy, how, guardian = null, birthYear = null, takenBy, holder = null } = agreement;
      worldly(() => insert.run(face, "recorded", notice, agreedBy, how, guardian, birthYear, takenBy, wallMs, holder));
    },
    withdraw(face, takenBy, wallMs, holder) {
      worldly(() => insert.run(face, "withdrawn", null, null, null, null, null, takenBy, wallMs, holder ?? null));
    },
    rows: (holder, faces) =>
      worldly(() => {
        const among = faces.map(() => "?").join();
        return db
          .prepare<string[], StoredRow>(
            `SELECT * FROM consent WHERE holder = ? OR face IN (${among}) ORDER BY seq DESC`,
          )
          .all(holder, ...faces)
          .map(rowOf);
      }),
    withdrawn: () => worldly(() => new Set(taken.all().map(({ face }) => face))),
    counted: () => worldly(() => ({ rows: last.get()?.rows ?? 0, guarded: guarded.all().map(({ face }) => face) })),
    close: () => void db.close(),
  };
}

/**
 * All that names a person goes, with the name's bytes: their own rows, those of their faces, withdrawals too. Beside a
 * running gate. @throws GateError DATABASE_…
 */
export function forgetConsents(file: string, holder: string, faces: readonly string[]): void {
  if (!existsSync(file)) return;
  const db = openDatabase(file, { synchronous: "FULL", migrations: CONSENTS_MIGRATIONS });
  try {
    // Without it the name would still lie in the file's free room, and without the checkpoint in its log.
    db.pragma("secure_delete = ON");
    db.prepare(
      `DELETE FROM consent WHERE holder = ? OR face IN (SELECT value FROM json_each(?))
        OR holder IS NULL AND face IN (SELECT face FROM consent WHERE holder = ?)`,
    ).run(holder, JSON.stringify(faces), holder);
    db.pragma("wal_checkpoint(TRUNCATE)");
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}

/** A guardian's word holds until the child is of age, and is asked for again then. */
function stateOf(row: Stored | undefined, year: number): ConsentState {
  if (row === undefined) return "none";
  if (row.state === "recorded" && row.guardian !== null && row.birth_year !== null && year > row.birth_year + OF_AGE)
    return "none";
  return row.state;
}

/** Whether somebody born in this year may still be too young to agree alone. */
export const needsGuardian = (birthYear: number, year: number): boolean => year - birthYear <= OF_AGE;
