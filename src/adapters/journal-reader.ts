/** Reads a journal from outside: for `gatepost journal`, beside a running gate or on a copy. Opened for reading only. */
import Database from "better-sqlite3";
import { GateError } from "../core/fault.ts";
import type { Row } from "../shell/ports.ts";
import { databaseFault } from "./database.ts";
import { type StoredRow, type Verified, verifyChain } from "./journal-chain.ts";
import { readMark } from "./journal-mark.ts";
import { type SealKeys, unsealRow } from "./journal-seal.ts";
import { CLOCK_ROWS, dated, offsetIn, toldRow } from "./journal-told.ts";

export function openReading(file: string): Database.Database {
  try {
    return new Database(file, { readonly: true, fileMustExist: true });
  } catch (cause) {
    throw databaseFault(cause, file);
  }
}

/** The whole chain; names the first bad row. @throws GateError when the file can't be read at all */
export function verifyFile(file: string, expected?: { readonly seq: number; readonly hash: string }): Verified {
  const db = openReading(file);
  try {
    return verifyChain(db, expected, readMark(file));
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}

export interface SealedRows {
  /** What row `seq` says of a person, where the key still exists. @throws GateError DATABASE_… */
  of(seq: number): Row["sealed"];
  close(): void;
}

/** Opens what is sealed, row by row; without the whitelist's keys only what strangers left. */
export function openSealedRows(
  file: string,
  keys: Pick<SealKeys, "keyOfSubject"> & { readonly dateOf: (wallMs: number) => string },
): SealedRows {
  const db = openReading(file);
  const row = db.prepare<[number], StoredRow>("SELECT * FROM journal WHERE seq = ?");
  const dayKey = db.prepare<[string], { key: Uint8Array }>("SELECT key FROM day_key WHERE day = ?");
  return {
    of(seq) {
      try {
        const found = row.get(seq);
        if (found === undefined) return undefined;
        return unsealRow(found, {
          keyOfSubject: keys.keyOfSubject,
          keyOfDay: (wallMs) => dayKey.get(keys.dateOf(wallMs))?.key,
        });
      } catch (cause) {
        throw databaseFault(cause, file);
      }
    },
    close: () => void db.close(),
  };
}

/** Rows after `since`, oldest first; with `last` only that many of the newest. Sealed fields stay sealed here. */
export function* readRows(file: string, since: number, last?: number): IterableIterator<Row> {
  const db = openReading(file);
  const offsets = new Map<string, number | undefined>();
  const offsetOf = (boot: string): number | undefined => {
    if (!offsets.has(boot)) {
      const told = db.prepare<[string], { open: string }>(CLOCK_ROWS).all(boot);
      offsets.set(
        boot,
        told.map(({ open }) => offsetIn(open)).find((offsetMs) => offsetMs !== undefined),
      );
    }
    return offsets.get(boot);
  };
  try {
    const newest = db.prepare<[], { seq: number | null }>("SELECT max(seq) seq FROM journal").get()?.seq ?? 0;
    const from = last === undefined ? since : Math.max(since, newest - last);
    for (const row of db
      .prepare<[number], StoredRow>("SELECT * FROM journal WHERE seq > ? ORDER BY seq")
      .iterate(from)) {
      yield dated(toldRow(row), offsetOf);
    }
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}
