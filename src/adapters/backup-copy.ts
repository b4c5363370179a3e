/** A database copied beside whoever writes it: SQLite's own online backup, one moment of it whole. */
import Database from "better-sqlite3";
import { databaseFault } from "./database.ts";

/** @throws GateError DATABASE_… */
export async function copyDatabase(from: string, to: string): Promise<void> {
  let db: Database.Database | undefined;
  try {
    db = new Database(from, { readonly: true, fileMustExist: true, timeout: 5_000 });
    // A moment held fast: a gate that writes meanwhile would make the copy begin anew, again and again.
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    await db.backup(to);
    db.exec("COMMIT");
  } catch (cause) {
    throw databaseFault(cause, from);
  } finally {
    db?.close();
  }
}
