/** What the journal says of one person, for the person to have: read from outside, beside a running gate. */
import { databaseFault } from "./database.ts";
import type { StoredRow } from "./journal-chain.ts";
import { openReading } from "./journal-reader.ts";
import { toldRow } from "./journal-told.ts";

export interface RowAbout {
  readonly seq: number;
  /** Wall ms. */
  readonly wallMs: number;
  readonly kind: string;
  readonly lane?: string;
  readonly open: Readonly<Record<string, unknown>>;
  readonly sealed?: Readonly<Record<string, unknown>>;
}

/**
 * Newest first.
 * @param subject the journal's pseudonym
 * @throws GateError DATABASE_…
 */
export function rowsAbout(
  file: string,
  subject: string,
  most: number,
  unsealed: (sealed: Uint8Array) => Readonly<Record<string, unknown>> | undefined,
): readonly RowAbout[] {
  const db = openReading(file);
  try {
    const rows = db
      .prepare<[string, number], StoredRow>("SELECT * FROM journal WHERE subject = ? ORDER BY seq DESC LIMIT ?")
      .all(subject, most);
    return rows.map((row) => {
      const { seq, wallMs, kind, lane, open } = toldRow(row);
      const sealed = row.sealed === null ? undefined : unsealed(row.sealed);
      return {
        seq,
        wallMs,
        kind,
        open,
        ...(lane === undefined ? {} : { lane }),
        ...(sealed === undefined ? {} : { sealed }),
      };
    });
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}
