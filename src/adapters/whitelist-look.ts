/** A quick look at the list from outside, beside a running gate. */
import Database from "better-sqlite3";
import { databaseFault } from "./database.ts";
import { FACE_PEOPLE } from "./whitelist-count.ts";

export interface ListLook {
  readonly credentials: number;
  /** People with a face among them, barred ones too: whom terminals may hold. */
  readonly faces: number;
  readonly bad?: string;
}

/** How many credentials it has, and SQLite's own complaint if it has one. @throws GateError DATABASE_… */
export function lookAtWhitelist(file: string): ListLook {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    const found = String(db.pragma("quick_check(1)", { simple: true }));
    const credentials = db.prepare<[], { n: number }>("SELECT count(*) n FROM credential").get()?.n ?? 0;
    const faces = db.prepare<[], { n: number }>(FACE_PEOPLE).get()?.n ?? 0;
    return found === "ok" ? { credentials, faces } : { credentials, faces, bad: found };
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db?.close();
  }
}

/** Everything on the list that names somebody: to be taken out of what leaves this machine. @throws GateError DATABASE_… */
export function personalWords(file: string): readonly string[] {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    const cells = db.prepare<[], { word: string }>(
      "SELECT name word FROM holder UNION SELECT id FROM holder UNION SELECT value FROM credential UNION SELECT original FROM credential",
    );
    return cells.all().map(({ word }) => word);
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db?.close();
  }
}
