/** A quick look at the accounts from outside, beside a running gate. */
import Database from "better-sqlite3";
import { databaseFault } from "./database.ts";

/** How many there are, and the code for the first while there is none. @throws GateError DATABASE_… */
export function lookAtAccounts(file: string): { readonly accounts: number; readonly setupCode?: string } {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    const accounts = db.prepare<[], { n: number }>("SELECT count(*) n FROM account").get()?.n ?? 0;
    const code = db.prepare<[], { code: string }>("SELECT code FROM setup").get()?.code;
    return accounts > 0 || code === undefined ? { accounts } : { accounts, setupCode: code };
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db?.close();
  }
}
