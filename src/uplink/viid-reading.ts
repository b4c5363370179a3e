/** The journal's rows on their way to a GA/T 1400 platform: passages become objects, a few rows at a time. */
import type { Clock, OpenRow, OpenRows } from "../shell/ports.ts";
import { openGrants } from "./grants.ts";
import { objectOf, type ViidCodes } from "./viid-objects.ts";
import type { ViidQueue } from "./viid-queue.ts";

export interface ViidReadingDeps {
  readonly codes: ViidCodes;
  readonly rows: Pick<OpenRows, "events">;
  readonly clock: Pick<Clock, "at">;
  readonly durableSeq: () => number;
  readonly plateOf: (row: OpenRow) => string | undefined;
  /** When a row of an unbelieved clock was, once somebody knows; undefined = nobody yet. */
  readonly datedMs: (row: OpenRow) => number | undefined;
  readonly queue: Pick<ViidQueue, "scanned" | "room" | "add" | "pass">;
}

export interface ViidReading {
  /** True: something was read, and there may be more. @throws GateError when the journal can't be read */
  read(): boolean;
  /** When to ask again for the date of the row that waits for it; undefined = none waits. */
  askAt(): number | undefined;
}

const ROWS_A_READ = 64;
const ROWS_A_SCAN = 400;
/** A row of an unbelieved clock waits so long for its date; then it is told with what stands in it. */
const UNDATED_MS = 600_000;
const ASK_AGAIN_MS = 60_000;

export function openViidReading({
  codes,
  rows,
  clock,
  durableSeq,
  plateOf,
  datedMs,
  queue,
}: ViidReadingDeps): ViidReading {
  const grants = openGrants(plateOf);
  let undated: { readonly seq: number; readonly since: number; readonly askAt: number } | undefined;

  /** Undefined: nobody knows yet, and it hasn't waited long. */
  function whenOf(row: OpenRow): number | undefined {
    const at = clock.at();
    const known = row.trust === "untrusted" ? datedMs(row) : row.wallMs;
    const since = undated?.seq === row.seq ? undated.since : at;
    const waits = known === undefined && at < since + UNDATED_MS;
    undated = waits ? { seq: row.seq, since, askAt: Math.min(at + ASK_AGAIN_MS, since + UNDATED_MS) } : undefined;
    return waits ? undefined : (known ?? row.wallMs);
  }

  return {
    read() {
      const from = queue.scanned();
      const upTo = Math.min(durableSeq(), from + ROWS_A_SCAN);
      let room = queue.room();
      if (upTo <= from || room === 0 || (undated !== undefined && clock.at() < undated.askAt)) return false;
      grants.warm(from, rows);
      const found = rows.events(from, upTo, ROWS_A_READ);
      for (const row of found) {
        grants.note(row);
        const when = row.kind === "passage" ? whenOf(row) : row.wallMs;
        if (when === undefined) return queue.scanned() > from;
        const object = objectOf(row, grants.of(row), when, codes);
        if (object !== undefined) queue.add({ seq: row.seq, hash: row.hash }, object);
        queue.pass(row.seq);
        if (object !== undefined && --room === 0) return true;
      }
      // What isn't there is looked over: other kinds of rows, and numbers that damage took.
      if (found.length < ROWS_A_READ) queue.pass(upTo);
      return true;
    },
    askAt: () => undated?.askAt,
  };
}
