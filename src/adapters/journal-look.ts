/** A quick look at a journal from outside, beside a running gate: can it be read, do the newest rows hold together. */
import { databaseFault } from "./database.ts";
import { hashOf, type StoredRow } from "./journal-chain.ts";
import { readMark } from "./journal-mark.ts";
import { openReading } from "./journal-reader.ts";

const LOOKED_AT = 500;

export interface Looked {
  readonly seq: number;
  /** What is wrong with it. */
  readonly bad?: string;
}

/** @throws GateError DATABASE_… when it can't be read at all */
export function lookAtJournal(file: string): Looked {
  const db = openReading(file);
  try {
    // Asked first: a running gate may write rows, and a mark of them, while we read.
    const mark = readMark(file);
    const newest = db.prepare<[number], StoredRow>("SELECT * FROM journal ORDER BY seq DESC LIMIT ?").all(LOOKED_AT);
    const seq = newest[0]?.seq ?? 0;
    if (mark !== undefined && mark.seq > seq)
      return { seq, bad: `it ends at row ${seq}, but row ${mark.seq} was on the disk` };
    for (const [n, row] of newest.entries()) {
      const before = newest[n + 1];
      if (before === undefined || before.seq !== row.seq - 1) continue;
      if (!hashOf(before.hash, row).equals(row.hash)) return { seq, bad: `row ${row.seq} doesn't match its hash` };
    }
    return { seq };
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}
