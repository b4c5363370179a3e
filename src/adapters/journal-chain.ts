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

/** All that a row says, by itself: stands for it where the hash before it is lost. Hex. */
export const digestOf = (row: Omit<StoredRow, "hash">): string => hashOf(GENESIS, row).toString("hex");

/** A run of lost rows, first and last number, and the {@link digestOf} of the row behind it where there was one. */
export type LostRun = readonly [from: number, to: number, digest?: string];

/** Numbers whose rows were lost to damage, as the row that was written afterwards tells. */
export interface Lost {
  readonly from: number;
  readonly to: number;
  /** The row that tells. */
  readonly toldBy: number;
}

export interface Verified {
  readonly rows: number;
  readonly lastSeq: number;
  readonly lastHash: string;
  /** Rows that damage took, declared by a row of the chain itself. */
  readonly lost: readonly Lost[];
  /** The first bad row, and what is wrong with it. */
  readonly bad?: { readonly seq: number; readonly why: "edited" | "gap" | "cut-tail"; readonly message: string };
}

type Expected = { readonly seq: number; readonly hash: string } | undefined;

/** Reads the chain from its first row on, a few rows at a time, beside whoever writes it. */
export interface Verifier {
  /** Looks at the next `count` rows at the most; false when there are none left, or one of them is bad. */
  next(count: number): boolean;
  verdict(): Verified;
}

const ROWS_AT_ONCE = 1_000;

/** Reads the whole chain. `expected`: checkpoints kept elsewhere (beside it, or sent upstream), to find a cut tail. */
export function verifyChain(db: Connection, ...expected: readonly Expected[]): Verified {
  const verifier = openVerifier(db, ...expected);
  while (verifier.next(ROWS_AT_ONCE));
  return verifier.verdict();
}

/** The end of the chain is what stood there when this was called. */
export function openVerifier(db: Connection, ...expected: readonly Expected[]): Verifier {
  const elsewhere = new Map(expected.flatMap((mark) => (mark === undefined ? [] : [[mark.seq, mark.hash] as const])));
  const marked = db.prepare<[], { seq: number | null }>("SELECT max(seq) seq FROM checkpoint").get()?.seq ?? 0;
  const farthest = Math.max(0, marked, ...elsewhere.keys());
  const page = db.prepare<[number, number], StoredRow>("SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?");
  const marks = db.prepare<[number, number], { seq: number; hash: Uint8Array }>(
    "SELECT seq, hash FROM checkpoint WHERE seq > ? AND seq <= ?",
  );
  const lost: Lost[] = [];
  let before = GENESIS;
  let last = 0;
  let rows = 0;
  let bad: Verified["bad"];

  function wrongIn(row: StoredRow, wanted: string | undefined): Verified["bad"] {
    const gap = row.seq !== last + 1;
    const told = gap
      ? declaredLost(db).filter((one) => one.from === last + 1 && one.to === row.seq - 1 && one.toldBy >= row.seq)
      : [];
    if (gap) {
      const [first] = told;
      if (first === undefined)
        return { seq: last + 1, why: "gap", message: `row ${last + 1} is missing; the next one is ${row.seq}` };
      lost.push({ from: first.from, to: first.to, toldBy: first.toldBy });
    }
    // The first row after lost ones builds on a hash that is gone, but for the first that was written after the damage;
    // what it says is told by whoever declared the loss.
    const vouched = gap && told.some((one) => one.digest === digestOf(row));
    if (!hashOf(before, row).equals(row.hash) && !vouched)
      return { seq: row.seq, why: "edited", message: `row ${row.seq} (${row.kind}) doesn't match its hash` };
    if (wanted !== undefined && wanted !== Buffer.from(row.hash).toString("hex"))
      return { seq: row.seq, why: "edited", message: `row ${row.seq} differs from its checkpoint` };
    return undefined;
  }

  function next(count: number): boolean {
    const found = page.all(last, count);
    const wanted = new Map(elsewhere);
    for (const mark of marks.iterate(last, found.at(-1)?.seq ?? last))
      if (!wanted.has(mark.seq)) wanted.set(mark.seq, Buffer.from(mark.hash).toString("hex"));
    for (const row of found) {
      bad = wrongIn(row, wanted.get(row.seq));
      if (bad !== undefined) return false;
      before = row.hash;
      last = row.seq;
      rows++;
    }
    return found.length === count;
  }

  return {
    next,
    verdict() {
      if (bad === undefined && farthest > last)
        bad = {
          seq: last + 1,
          why: "cut-tail",
          message: `rows after ${last} were cut off; ${farthest} was there once`,
        };
      return {
        rows,
        lastSeq: last,
        lastHash: Buffer.from(before).toString("hex"),
        lost,
        ...(bad === undefined ? {} : { bad }),
      };
    },
  };
}

interface Declared extends Lost {
  readonly digest: string | undefined;
}

function declaredLost(db: Connection): readonly Declared[] {
  const faults = db.prepare<[], { seq: number; open: string }>(
    "SELECT seq, open FROM journal WHERE kind = 'fault' AND open LIKE '%\"lost\":%'",
  );
  return faults
    .all()
    .flatMap((row) => lostIn(row.open).map(([from, to, digest]) => ({ from, to, digest, toldBy: row.seq })));
}

function lostIn(open: string): readonly LostRun[] {
  try {
    const told: unknown = JSON.parse(open);
    if (typeof told !== "object" || told === null || !("lost" in told) || !Array.isArray(told.lost)) return [];
    return told.lost.flatMap((run: unknown): readonly LostRun[] => {
      if (!Array.isArray(run) || !Number.isInteger(run[0]) || !Number.isInteger(run[1])) return [];
      return [typeof run[2] === "string" ? [run[0], run[1], run[2]] : [run[0], run[1]]];
    });
  } catch {
    return []; // a changed cell: the chain says so itself
  }
}
