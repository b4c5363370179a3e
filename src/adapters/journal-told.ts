/** A stored row as the shell and the command line read it. */
import { ENTRY_KINDS, type Row } from "../shell/ports.ts";
import type { StoredRow } from "./journal-chain.ts";

/** What a row of the clock tells: this start's monotonic zero in wall time, ms. */
export function offsetIn(open: string): number | undefined {
  const { offsetMs } = fields(open);
  return typeof offsetMs === "number" ? offsetMs : undefined;
}

/** Where to look for {@link offsetIn}, newest first. */
export const CLOCK_ROWS = "SELECT open FROM journal WHERE kind = 'clock' AND boot = ? ORDER BY seq DESC";

/**
 * A row of an hour without a clock, dated by its start's clock row; nothing is invented where there is none. `offsetOf`
 * is asked for such rows alone.
 */
export function dated(row: Row, offsetOf: (boot: string) => number | undefined): Row {
  if (row.trust !== "untrusted") return row;
  const offsetMs = offsetOf(row.boot);
  return offsetMs === undefined ? row : { ...row, datedMs: Math.round(row.at + offsetMs) };
}

/** `unsealed`: what the row's sealed part says, where its key still exists. Never throws: a changed cell reads as empty. */
export function toldRow(row: StoredRow, unsealed?: Row["sealed"], open: Row["open"] = fields(row.open)): Row {
  return {
    seq: row.seq,
    boot: row.boot,
    at: row.at,
    wallMs: row.wall,
    trust: row.trust,
    kind: ENTRY_KINDS.find((kind) => kind === row.kind) ?? "fault",
    ...(row.lane === null ? {} : { lane: row.lane }),
    open,
    ...(row.subject === null ? {} : { subject: row.subject }),
    ...(unsealed === undefined ? {} : { sealed: unsealed }),
    // Every row is counted, few are shown.
    get hash() {
      return Buffer.from(row.hash).toString("hex");
    },
  };
}

function fields(text: string): Row["open"] {
  try {
    const open: unknown = JSON.parse(text);
    return typeof open === "object" && open !== null ? { ...open } : {};
  } catch {
    return {}; // not ours any more: `gatepost journal verify` names the row
  }
}
