/** A person's consents as the clerk sees them: the ledger's rows, and after a withdrawal what each terminal says. */
import Database from "better-sqlite3";
import type { Consent, FaceReceipt } from "../shell/register.ts";
import type { ConsentFile } from "./consents.ts";
import { databaseFault } from "./database.ts";

/** Newest first. @param terminals the file of the terminals' receipts */
export function consentsOf(
  ledger: Pick<ConsentFile, "rows">,
  holder: string,
  faces: readonly string[],
  terminals: string,
): readonly Consent[] {
  return ledger.rows(holder, faces).map((row) => ({
    id: row.seq,
    face: row.face,
    state: row.state,
    atWallMs: row.wallMs,
    takenBy: row.takenBy,
    ...(row.notice === undefined ? {} : { notice: row.notice }),
    ...(row.agreedBy === undefined ? {} : { agreedBy: row.agreedBy }),
    ...(row.how === undefined ? {} : { how: row.how }),
    ...(row.guardian === undefined ? {} : { guardian: row.guardian }),
    ...(row.birthYear === undefined ? {} : { birthYear: row.birthYear }),
    receipts: row.state === "withdrawn" ? receiptsOf(terminals, row.face) : [],
  }));
}

/** The terminals' own file, read beside the gate that writes it. */
function receiptsOf(file: string, face: string): readonly FaceReceipt[] {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    return db
      .prepare<[string], { device: string; held: string; wall: number }>(
        "SELECT device, held, wall FROM receipt WHERE face = ? ORDER BY device",
      )
      .all(face)
      .map(({ device, held, wall }) => ({
        terminal: device,
        face,
        held: held === "yes" || held === "no" ? held : ("unknown" as const),
        wallMs: wall,
      }));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "SQLITE_CANTOPEN") return []; // no terminals here
    throw databaseFault(cause, file);
  } finally {
    db?.close();
  }
}
