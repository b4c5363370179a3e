/**
 * The records of impact assessments, beside the consents: each one whole, never changed and never deleted, for PIPL
 * art. 56 wants them kept for three years at least. In the register's thread.
 */

import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { GateError } from "../core/fault.ts";
import { type ImpactFacts, type ImpactWords, isFinished } from "../core/impact.ts";
import type { Assessment, ImpactRefusal, Signature, WholeAssessment } from "../shell/impact.ts";
import type { Change } from "../shell/register.ts";
import { CONSENTS_MIGRATIONS } from "./consents.ts";
import { databaseFault, openDatabase } from "./database.ts";
import { factsForm, wordsForm } from "./register-impact-form.ts";

interface Row {
  readonly number: number;
  readonly wall: number;
  readonly made_by: string;
  readonly facts: string;
  readonly words: string;
  readonly signed_by: string | null;
  readonly signed_on: string | null;
  readonly noted_by: string | null;
  readonly noted: number | null;
}

export interface Assessments {
  /** Newest first. @throws GateError DATABASE_…; so do all. */
  records(): readonly Assessment[];
  record(number: number): WholeAssessment | ImpactRefusal;
  /** The newest at all, and the newest that was signed. */
  newest(): { readonly made?: WholeAssessment; readonly signed?: WholeAssessment };
  assess(facts: ImpactFacts, words: ImpactWords, change: Change): Assessment;
  sign(number: number, signature: Signature, change: Change): Assessment | ImpactRefusal;
  close(): void;
}

const SELECT = `SELECT a.number, a.wall, a.made_by, a.facts, a.words, s.signed_by, s.signed_on, s.noted_by, s.wall noted
  FROM assessment a LEFT JOIN assessment_signature s ON s.assessment = a.number`;

/** @param file of the consents @throws GateError DATABASE_… */
export function openAssessments(file: string): Assessments {
  const db = openDatabase(file, { synchronous: "FULL", migrations: CONSENTS_MIGRATIONS });
  const one = db.prepare<[number], Row>(`${SELECT} WHERE a.number = ?`);
  const all = db.prepare<[], Row>(`${SELECT} ORDER BY a.number DESC`);
  const last = db.prepare<[], Row>(`${SELECT} ORDER BY a.number DESC LIMIT 1`);
  const signed = db.prepare<[], Row>(`${SELECT} WHERE s.wall IS NOT NULL ORDER BY a.number DESC LIMIT 1`);
  const insert = db.prepare("INSERT INTO assessment(wall, made_by, facts, words) VALUES (?, ?, ?, ?)");
  const signature = db.prepare(
    "INSERT INTO assessment_signature(assessment, signed_by, signed_on, noted_by, wall) VALUES (?, ?, ?, ?, ?)",
  );
  const worldly = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw databaseFault(cause, file);
    }
  };
  const whole = (row: Row): WholeAssessment => {
    const content = contentOf(row);
    if (content !== undefined) return { ...shortOf(row), ...content };
    throw new GateError("DATABASE_DAMAGED", `${file}: assessment ${row.number} can't be read`);
  };
  return {
    records: () => worldly(() => all.all().map(shortOf)),
    record: (number) =>
      worldly(() => {
        const row = one.get(number);
        return row === undefined ? { why: "assessment-unknown" } : whole(row);
      }),
    newest: () =>
      worldly(() => {
        const [made, paper] = [last.get(), signed.get()];
        // What can't be read any more keeps nobody from making the next.
        return {
          ...(made === undefined || contentOf(made) === undefined ? {} : { made: whole(made) }),
          ...(paper === undefined || contentOf(paper) === undefined ? {} : { signed: whole(paper) }),
        };
      }),
    assess: (facts, words, { by, atWallMs }) =>
      worldly(() => {
        const { lastInsertRowid } = insert.run(atWallMs, by, JSON.stringify(facts), JSON.stringify(words));
        return { number: Number(lastInsertRowid), atWallMs, by };
      }),
    sign: (number, { signedBy, signedOn }, { by, atWallMs }) =>
      worldly(() => {
        const row = one.get(number);
        if (row === undefined) return { why: "assessment-unknown" };
        if (row.noted !== null) return { why: "assessment-signed" };
        if (!isFinished(whole(row).words)) return { why: "assessment-unfinished" };
        signature.run(number, signedBy, signedOn, by, atWallMs);
        return { ...shortOf(row), signed: { signedBy, signedOn, atWallMs, by } };
      }),
    close: () => void db.close(),
  };
}

/**
 * Whether a record was signed, seen from outside: a file that isn't there, or is from before there were records, has none.
 * @throws GateError DATABASE_…
 */
export function anySigned(file: string): boolean {
  let db: Database.Database | undefined;
  try {
    if (!existsSync(file)) return false;
    db = new Database(file, { readonly: true });
    const kept = "SELECT 1 FROM sqlite_schema WHERE name = 'assessment_signature'";
    return db.prepare(kept).get() !== undefined && db.prepare("SELECT 1 FROM assessment_signature").get() !== undefined;
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db?.close();
  }
}

function shortOf({ number, wall, made_by: by, signed_by, signed_on, noted_by, noted }: Row): Assessment {
  const record = { number, atWallMs: wall, by };
  if (signed_by === null || signed_on === null || noted_by === null || noted === null) return record;
  return { ...record, signed: { signedBy: signed_by, signedOn: signed_on, atWallMs: noted, by: noted_by } };
}

/** What is on the disk is believed only in the form in which it was written; undefined = it isn't in it. */
function contentOf({ facts, words }: Row): Pick<WholeAssessment, "facts" | "words"> | undefined {
  const [told, said] = [factsForm.safeParse(jsonOf(facts)), wordsForm.safeParse(jsonOf(words))];
  return told.success && said.success ? { facts: told.data, words: said.data } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no form has it
  }
}
