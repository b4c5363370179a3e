/** The chain: each row's hash covers the one before it, its own seq and all it says. */
import { hash } from "node:crypto";
import type { Connection } from "./database.ts";

export interface StoredRow {
  readonly seq: number;
  readonly boot: string;
  readonly at: number;
  readonly wall: number;
  readonly trust: string;
  readonly kind: string;
  readonly lane: string | null;
  readonly open: string;
  readonly subject: string | null;
  readonly sealed: Uint8Array | null;
  readonly hash: Uint8Array;
}

export const GENESIS: Uint8Array = new Uint8Array(32);

/** Canonical: a JSON array in a fixed order, the sealed bytes as base64. */
export function hashOf(before: Uint8Array, row: Omit<StoredRow, "hash">): Buffer {
  const sealed = row.sealed === null ? null : Buffer.from(row.sealed).toString("base64");
  const told = JSON.stringify([
    row.seq,
    row.boot,
    row.at,
    row.wall,
    row.trust,
    row.kind,
    row.lane,
    row.open,
    row.subject,
    sealed,
  ]);
  const text = Buffer.from(told, "utf8");
  return hash("sha256", Buffer.concat([before, text], before.length + text.length), "buffer");
}

export interface Verified {
  readonly rows: number;
  readonly lastSeq: number;
  readonly lastHash: string;
  /** The first bad row, and what is wrong with it. */
  readonly bad?: { readonly seq: number; readonly why: "edited" | "gap" | "cut-tail"; readonly message: string };
}

/** Reads the whole chain. `expected`: a checkpoint kept elsewhere (sent upstream), to find a cut tail. */
export function verifyChain(db: Connection, expected?: { readonly seq: number; readonly hash: string }): Verified {
  let before = GENESIS;
  let last = 0;
  let rows = 0;
  const hashes = new Map<number, string>();
  const wanted = new Map<number, string>();
  for (const mark of db.prepare<[], { seq: number; hash: Uint8Array }>("SELECT seq, hash FROM checkpoint").iterate())
    wanted.set(mark.seq, Buffer.from(mark.hash).toString("hex"));
  if (expected !== undefined) wanted.set(expected.seq, expected.hash);
  const bad = (seq: number, why: "edited" | "gap" | "cut-tail", message: string): Verified => ({
    rows,
    lastSeq: last,
    lastHash: Buffer.from(before).toString("hex"),
    bad: { seq, why, message },
  });
  for (const row of db.prepare<[], StoredRow>("SELECT * FROM journal ORDER BY seq").iterate()) {
    if (row.seq !== last + 1) return bad(last + 1, "gap", `row ${last + 1} is missing; the next one is ${row.seq}`);
    const hash = hashOf(before, row);
    if (!hash.equals(row.hash)) return bad(row.seq, "edited", `row ${row.seq} (${row.kind}) doesn't match its hash`);
    if (wanted.has(row.seq)) hashes.set(row.seq, hash.toString("hex"));
    before = row.hash;
    last = row.seq;
    rows++;
  }
  for (const [seq, hash] of wanted) {
    if (seq > last) return bad(last + 1, "cut-tail", `rows after ${last} were cut off; ${seq} was there once`);
    if (hashes.get(seq) !== hash) return bad(seq, "edited", `row ${seq} differs from its checkpoint`);
  }
  return { rows, lastSeq: last, lastHash: Buffer.from(before).toString("hex") };
}
