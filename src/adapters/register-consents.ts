/**
 * Who agreed to a face being kept here, when, shown which notice (人脸识别技术应用安全管理办法, articles 5 to 7), and what the
 * terminals say after it was withdrawn. Lies in the whitelist's file, and goes with a person who is erased.
 */
import Database from "better-sqlite3";
import type { Consent, ConsentAsked, FaceReceipt } from "../shell/register.ts";
import { type Connection, databaseFault } from "./database.ts";

interface Stored {
  readonly id: number;
  readonly faces: string;
  readonly notice: string;
  readonly given: number;
  readonly how: string;
  readonly taken_by: string;
  readonly guardian: string | null;
  readonly birth_year: number | null;
  readonly withdrawn: number | null;
  readonly withdrawn_by: string | null;
}

/** From the year in which somebody becomes this old on, they agree for themselves. */
const OF_AGE = 14;

/** Whether a guardian must agree: all that year long, the day of birth isn't asked. */
export const needsGuardian = (birthYear: number | undefined, thisYear: number): boolean =>
  birthYear !== undefined && thisYear - birthYear <= OF_AGE;

export function addConsent(db: Connection, asked: ConsentAsked, by: string, atWallMs: number): void {
  db.prepare(
    `INSERT INTO consent(holder, faces, notice, given, how, taken_by, guardian, birth_year) VALUES (?, '', ?, ?, ?, ?, ?, ?)`,
  ).run(asked.holder, asked.notice, atWallMs, asked.how, by, asked.guardian ?? null, asked.birthYear ?? null);
}

/** What stands is withdrawn, with the faces that it was about. */
export function withdrawConsents(
  db: Connection,
  holder: string,
  faces: readonly string[],
  by: string,
  atWallMs: number,
): void {
  const about = faces.join("\n");
  const ended = db
    .prepare("UPDATE consent SET withdrawn = ?, withdrawn_by = ?, faces = ? WHERE holder = ? AND withdrawn IS NULL")
    .run(atWallMs, by, about, holder).changes;
  // A face without a written consent is withdrawn all the same, and that is kept.
  if (ended === 0)
    db.prepare(
      `INSERT INTO consent(holder, faces, notice, given, how, taken_by, withdrawn, withdrawn_by) VALUES (?, ?, '', ?, '', ?, ?, ?)`,
    ).run(holder, about, atWallMs, by, atWallMs, by);
}

/** Newest first. */
export function consentsOf(db: Connection, holder: string, terminals: string): readonly Consent[] {
  const rows = db.prepare<[string], Stored>("SELECT * FROM consent WHERE holder = ? ORDER BY id DESC").all(holder);
  return rows.map((row) => ({
    id: row.id,
    notice: row.notice,
    givenWallMs: row.given,
    how: row.how,
    takenBy: row.taken_by,
    ...(row.guardian === null ? {} : { guardian: row.guardian }),
    ...(row.birth_year === null ? {} : { birthYear: row.birth_year }),
    ...(row.withdrawn === null ? {} : { withdrawnWallMs: row.withdrawn }),
    ...(row.withdrawn_by === null ? {} : { withdrawnBy: row.withdrawn_by }),
    receipts: row.withdrawn === null ? [] : receiptsOf(terminals, facesIn(row.faces)),
  }));
}

const facesIn = (text: string): readonly string[] => text.split("\n").filter((face) => face !== "");

/** Whose consent stands. */
export function holdersWithConsent(db: Connection): ReadonlySet<string> {
  const rows = db.prepare<[], { holder: string }>("SELECT DISTINCT holder FROM consent WHERE withdrawn IS NULL").all();
  return new Set(rows.map(({ holder }) => holder));
}

/** Faces that were withdrawn and whose owner has not agreed anew since. */
export function withdrawnFaces(db: Connection): ReadonlySet<string> {
  const rows = db
    .prepare<[], { faces: string }>(
      `SELECT faces FROM consent c WHERE withdrawn IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM consent l WHERE l.holder = c.holder AND l.withdrawn IS NULL)`,
    )
    .all();
  return new Set(rows.flatMap(({ faces }) => facesIn(faces)));
}

/** The terminals' own file, read beside the gate that writes it. */
function receiptsOf(file: string, faces: readonly string[]): readonly FaceReceipt[] {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    const ask = db.prepare<[string], { device: string; held: string; wall: number }>(
      "SELECT device, held, wall FROM receipt WHERE face = ? ORDER BY device",
    );
    return faces.flatMap((face) =>
      ask.all(face).map(({ device, held, wall }) => ({
        terminal: device,
        face,
        held: held === "yes" || held === "no" ? held : ("unknown" as const),
        wallMs: wall,
      })),
    );
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "SQLITE_CANTOPEN") return []; // no terminals here
    throw databaseFault(cause, file);
  } finally {
    db?.close();
  }
}
