/**
 * The rows of earlier starts, newest first, in small slices on a connection of its own: what happened last week may be
 * asked for while somebody stands at the gate.
 */
import Database from "better-sqlite3";
import type { GateError } from "../core/fault.ts";
import type { EntryKind } from "../shell/ports.ts";
import { databaseFault } from "./database.ts";

export interface PastRow {
  readonly boot: string;
  readonly wallMs: number;
  readonly trust: string;
  readonly kind: EntryKind;
  readonly subject?: string;
  /** The reader, where it is a decision. */
  readonly open: { readonly reader?: string };
}

export interface PastDeps {
  readonly file: string;
  /** This start; its rows are told as they are written. */
  readonly boot: string;
  readonly sinceWallMs: number;
  readonly hear: (row: PastRow) => void;
  readonly onFault: (fault: GateError) => void;
  readonly rowsPerSlice?: number;
  readonly pauseMs?: number;
}

interface Stored {
  readonly seq: number;
  readonly boot: string;
  readonly wall: number;
  readonly trust: string;
  readonly kind: EntryKind;
  readonly subject: string | null;
  readonly reader: string | null;
}

/** Returns how to call it off. */
export function recallRows(deps: PastDeps): () => void {
  const { rowsPerSlice = 100, pauseMs = 50 } = deps;
  let db: Database.Database | undefined;
  let timer: NodeJS.Timeout | undefined;
  let before = Number.MAX_SAFE_INTEGER;

  function slice(): boolean {
    db ??= new Database(deps.file, { readonly: true, fileMustExist: true });
    const rows = db
      .prepare<[number, number], Stored>(
        `SELECT seq, boot, wall, trust, kind, subject,
         CASE WHEN kind = 'decision' AND json_valid(open) THEN json_extract(open, '$.reader') END reader
         FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
      )
      .all(before, rowsPerSlice);
    for (const row of rows) if (row.boot !== deps.boot) deps.hear(told(row));
    before = rows.at(-1)?.seq ?? 0;
    const older = rows.some((row) => row.trust !== "untrusted" && row.wall < deps.sinceWallMs);
    return rows.length === rowsPerSlice && !older;
  }

  function goOn(): void {
    try {
      if (!slice()) return end();
    } catch (cause) {
      end();
      deps.onFault(databaseFault(cause, deps.file));
      return;
    }
    timer = setTimeout(goOn, pauseMs);
    timer.unref();
  }

  function end(): void {
    clearTimeout(timer);
    db?.close();
    db = undefined;
  }

  timer = setTimeout(goOn, pauseMs);
  timer.unref();
  return end;
}

function told({ boot, wall, trust, kind, subject, reader }: Stored): PastRow {
  return {
    boot,
    wallMs: wall,
    trust,
    kind,
    ...(subject === null ? {} : { subject }),
    open: typeof reader === "string" ? { reader } : {},
  };
}
