/**
 * Erasing one person: credentials, name and the key that seals what the journal says of them, in the list that serves
 * and in the generation before it. The journal's rows stay as they are and say nothing of the person any more.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Connection, databaseFault, openDatabase } from "./database.ts";
import { WHITELIST_MIGRATIONS } from "./whitelist-schema.ts";
import { joinSum } from "./whitelist-sum.ts";

export interface Erasure {
  /** As the list that serves, or else the one before, knows them; absent = in neither. */
  readonly person?: { readonly name: string; readonly household?: string; readonly credentials: number };
  /** The files that hold the person (before the erasing). */
  readonly files: readonly string[];
  /** Files left by damage or by a copy that was cut off: nobody reads them, and they may hold the person. */
  readonly aside: readonly string[];
}

export interface HowErased {
  /** `false` = only looked at. */
  readonly apply: boolean;
  readonly by: string;
  readonly atWallMs: number;
}

/** Looks, and with `apply` erases. Works beside a running gate. @throws GateError */
export function erasePerson(file: string, holder: string, how: HowErased): Erasure {
  const found = [file, `${file}.previous`].flatMap((one) => {
    const known = existsSync(one) ? within(one, (db) => lookIn(db, holder)) : undefined;
    return known === undefined ? [] : [{ file: one, known }];
  });
  if (how.apply) for (const one of found) within(one.file, (db) => erase(db, holder, how));
  const [first] = found;
  return {
    ...(first === undefined ? {} : { person: first.known }),
    files: found.map((one) => one.file),
    aside: readdirSync(dirname(file))
      .filter((name) => name.startsWith(`${basename(file)}.damaged`) || name === `${basename(file)}.previous.tmp`)
      .map((name) => join(dirname(file), name)),
  };
}

type Carried = { readonly type: string; readonly value: string };

/** What a person carries by the lists that hold them: a vehicle's place and a face's consent go with them. @throws GateError */
export function carriedBy(file: string, holder: string): readonly Carried[] {
  const all = "SELECT type, value FROM credential WHERE holder = ?";
  return [file, `${file}.previous`].flatMap((one) =>
    existsSync(one) ? within(one, (db) => db.prepare<[string], Carried>(all).all(holder)) : [],
  );
}

function within<T>(file: string, act: (db: Connection) => T): T {
  const db = openDatabase(file, { synchronous: "FULL", migrations: WHITELIST_MIGRATIONS, join: joinSum });
  try {
    return act(db);
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}

function lookIn(db: Connection, holder: string): Erasure["person"] {
  const row = db
    .prepare<[string], { name: string; household: string | null; credentials: number }>(
      `SELECT name, household, (SELECT count(*) FROM credential c WHERE c.holder = h.id) credentials
       FROM holder h WHERE id = ?`,
    )
    .get(holder);
  if (row === undefined) return undefined;
  const { name, household, credentials } = row;
  return { name, credentials, ...(household === null ? {} : { household }) };
}

function erase(db: Connection, holder: string, how: { readonly by: string; readonly atWallMs: number }): void {
  // Without it the name and the key would still lie in the file's free room.
  db.pragma("secure_delete = ON");
  db.transaction(() => {
    db.prepare("DELETE FROM credential WHERE holder = ?").run(holder);
    db.prepare("DELETE FROM holder WHERE id = ?").run(holder);
    db.prepare("DELETE FROM change WHERE holder = ?").run(holder);
    db.exec("DELETE FROM household WHERE id NOT IN (SELECT household FROM holder WHERE household IS NOT NULL)");
    const sum = createHash("sha256");
    let count = 0;
    for (const one of db
      .prepare<[], { type: string; value: string; holder: string }>(
        "SELECT type, value, holder FROM credential ORDER BY type, value",
      )
      .iterate()) {
      sum.update(`${one.type}\0${one.value}\0${one.holder}\0`);
      count++;
    }
    db.prepare("INSERT INTO generation(made, made_by, credentials, checksum) VALUES (?, ?, ?, ?)").run(
      how.atWallMs,
      how.by,
      count,
      sum.digest("hex"),
    );
  }).immediate();
  // And in the log.
  db.pragma("wal_checkpoint(TRUNCATE)");
}
