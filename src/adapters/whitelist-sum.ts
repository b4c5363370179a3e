/**
 * A sum over everything that a credential's row says, kept in the row: SQLite has none, so a flipped bit would make
 * another card number, or lift a suspension, and nobody would notice. It finds damage; it is no seal against a hand.
 */
import { crc32 } from "node:zlib";
import type { Connection } from "./database.ts";

/** In this order, whatever is selected. The first is what released migrations were written with, and stays. */
const SUMMED_BEFORE = `c.type, c.value, c.enabled, c.valid_from, c.valid_until, c.max_uses, c.duress, h.id, h.name, h.kind,
  h.household, h.blocked, h.blocked_why, h.slow, h.levels, s.spaces`;
const SUMMED = `${SUMMED_BEFORE}, h.origin, h.times`;

export type Cell = string | number | null;

export function sumOf(cells: readonly Cell[]): number {
  return crc32(JSON.stringify(cells));
}

/** Makes the sum known to SQLite; before the migrations, which use it. */
export function joinSum(db: Connection): void {
  db.function("row_sum", { varargs: true, deterministic: true }, (...cells: Cell[]) => sumOf(cells));
}

const sums = (summed: string) => `UPDATE credential SET sum = (SELECT row_sum(${summed.replaceAll("c.", "credential.")})
  FROM holder h LEFT JOIN household s ON s.id = h.household WHERE h.id = credential.holder)`;

/** Every credential's sum anew, up to schema 3. */
export const SUM_ALL_BEFORE = sums(SUMMED_BEFORE);
/** Every credential's sum anew; a condition on `credential` may follow. */
export const SUM_ALL = sums(SUMMED);
