/**
 * A sum over everything that a credential's row says, kept in the row: SQLite has none, so a flipped bit would make
 * another card number, or lift a suspension, and nobody would notice. It finds damage; it is no seal against a hand.
 */
import { crc32 } from "node:zlib";
import type { Connection } from "./database.ts";

/** In this order, whatever is selected. */
const SUMMED = `c.type, c.value, c.enabled, c.valid_from, c.valid_until, c.max_uses, c.duress, h.id, h.name, h.kind,
  h.household, h.blocked, h.blocked_why, h.slow, h.levels, s.spaces`;

export type Cell = string | number | null;

export function sumOf(cells: readonly Cell[]): number {
  return crc32(JSON.stringify(cells));
}

/** Makes the sum known to SQLite; before the migrations, which use it. */
export function joinSum(db: Connection): void {
  db.function("row_sum", { varargs: true, deterministic: true }, (...cells: Cell[]) => sumOf(cells));
}

/** Every credential's sum anew. */
export const SUM_ALL = `UPDATE credential SET sum = (SELECT row_sum(${SUMMED.replaceAll("c.", "credential.")})
  FROM holder h LEFT JOIN household s ON s.id = h.household WHERE h.id = credential.holder)`;
