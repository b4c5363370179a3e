/**
 * A damaged journal: everything that can still be read goes into a new file, in its place and with its old hashes; the
 * damaged one is set aside by name, whole, and never touched again. Safe to be interrupted at any point.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Connection, openDatabase } from "./database.ts";
import { type Carved, carve, type Value } from "./journal-carve.ts";
import { digestOf, GENESIS, hashOf, type LostRun, type StoredRow } from "./journal-chain.ts";
import { readMark } from "./journal-mark.ts";
import { JOURNAL_MIGRATIONS } from "./journal-schema.ts";
import { openStore } from "./journal-store.ts";

export interface Damage {
  readonly why: string;
  /** Where the damaged file is now. */
  readonly file: string;
  readonly kept: number;
  /** Each run of rows that couldn't be read. */
  readonly lost: readonly LostRun[];
  readonly goodSeq: number;
  /** Hex. */
  readonly goodHash: string;
  /** The highest number that may have been given to a row. */
  readonly topSeq: number;
}

const SIDES = ["", "-wal", "-shm"];
/** A number that a flipped bit makes is larger than what any site writes in a century. */
const MOST_SEQ = 1_000_000_000;
const FARTHEST_UNSEEN = 1_000_000;

/** Holds on to the log while SQLite looks at it: it drops a log that it doesn't understand. Returns how to let go. */
export function holdLog(file: string): () => void {
  const held = `${file}-wal.held`;
  rmSync(held, { force: true });
  if (existsSync(`${file}-wal`)) {
    try {
      linkSync(`${file}-wal`, held);
    } catch {
      // a file system without links: the log is read where it lies
    }
  }
  return () => rmSync(held, { force: true });
}

/** A start that was cut off between the two renames below. */
export function finishRebuild(file: string): void {
  if (!existsSync(file) && existsSync(`${file}.rebuilt`)) renameSync(`${file}.rebuilt`, file);
}

/** The file must be closed. `atLeast`: the highest number known to have been given. @throws what SQLite and the disk throw */
export function rebuild(file: string, why: string, atLeast = 0): Damage {
  const fresh = `${file}.rebuilt`;
  for (const end of SIDES) rmSync(fresh + end, { force: true });
  const db = openDatabase(fresh, { synchronous: "NORMAL", migrations: JOURNAL_MIGRATIONS });
  let found: ReturnType<typeof salvage>;
  try {
    found = db.transaction(() => salvage(db, file))();
  } finally {
    // Closing copies the log into the file and syncs it.
    db.close();
  }
  const aside = nameAside(file);
  const held = `${file}-wal.held`;
  if (existsSync(held)) renameSync(held, `${aside}-wal`);
  else if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`);
  for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true });
  if (existsSync(file)) renameSync(file, aside);
  renameSync(fresh, file);
  syncFolder(file);
  const mark = readMark(file);
  const topSeq = Math.max(found.goodSeq, found.seen, mark?.seq ?? 0, atLeast);
  const lost = topSeq > found.goodSeq ? [...found.lost, [found.goodSeq + 1, topSeq] as const] : found.lost;
  return { why, file: aside, kept: found.kept, lost, goodSeq: found.goodSeq, goodHash: found.goodHash, topSeq };
}

function nameAside(file: string): string {
  for (let n = 1; ; n++)
    if (!SIDES.some((end) => existsSync(`${file}.damaged-${n}${end}`))) return `${file}.damaged-${n}`;
}

function syncFolder(file: string): void {
  const fd = openSync(dirname(file), "r");
  fsyncSync(fd);
  closeSync(fd);
}

function salvage(db: Connection, file: string) {
  db.exec(`CREATE TEMP TABLE carved(seq INTEGER, boot, at, wall, trust, kind, lane, open, subject, sealed, hash);
    CREATE INDEX temp.carved_seq ON carved(seq)`);
  const keep = beside(db);
  const stage = db.prepare("INSERT INTO carved VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  let seen = 0;
  for (const one of carve(file, [`${file}-wal`, `${file}-wal.held`])) {
    const row = rowOf(one);
    if (row === undefined) seen = Math.max(seen, keep(one));
    else {
      const { seq, boot, wall, trust, kind, lane, open, subject, sealed, hash } = row;
      stage.run(seq, boot, row.at, wall, trust, kind, lane, open, subject, sealed, hash);
    }
  }
  const kept = keepChained(db);
  return { ...kept, seen: Math.min(seen, kept.goodSeq + FARTHEST_UNSEEN) };
}

/**
 * A row is kept when it stands next to one that was kept, or when the row after it builds on its hash: what a flipped
 * bit made of a number stands alone.
 */
function keepChained(db: Connection) {
  const { insertRow } = openStore(db);
  const use = db.prepare("INSERT INTO used VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const at = db.prepare<[number], StoredRow>("SELECT DISTINCT * FROM carved WHERE seq = ?");
  const seqs = db.prepare<[], { seq: number }>("SELECT DISTINCT seq FROM carved ORDER BY seq").all();
  const lost: LostRun[] = [];
  let last = 0;
  let before: Uint8Array = GENESIS;
  let kept = 0;
  for (const { seq } of seqs) {
    const copies = at.all(seq);
    const chained = copies.find((row) => hashOf(before, row).equals(row.hash));
    const carriesOn = (row: StoredRow) => at.all(seq + 1).some((next) => hashOf(row.hash, next).equals(next.hash));
    const row = chained ?? copies.find(carriesOn) ?? (seq === last + 1 ? copies[0] : undefined);
    if (row === undefined) continue;
    if (seq > last + 1) lost.push([last + 1, seq - 1, digestOf(row)]);
    insertRow(row);
    const event = eventOf(row.open);
    if (event !== undefined) use.run(event.device, event.id, seq);
    before = row.hash;
    last = seq;
    kept++;
  }
  return { kept, lost, goodSeq: last, goodHash: Buffer.from(before).toString("hex") };
}

function eventOf(open: string): { readonly device: string; readonly id: string } | undefined {
  try {
    const told: unknown = JSON.parse(open);
    if (typeof told !== "object" || told === null || !("reader" in told) || !("eventId" in told)) return undefined;
    if (typeof told.reader !== "string" || typeof told.eventId !== "string") return undefined;
    return { device: told.reader, id: told.eventId };
  } catch {
    return undefined; // a damaged cell: the row is kept, its hash tells
  }
}

const isText = (value: Value | undefined) => typeof value === "string";
const isKey = (value: Value | undefined) => Buffer.isBuffer(value) && value.length === 32;

/** A row of the journal has eleven columns, the number not among the values. */
function rowOf({ rowid, values }: Carved): StoredRow | undefined {
  if (rowid === undefined || rowid < 1 || rowid > MOST_SEQ || values.length !== 11) return undefined;
  const [, boot, at, wall, trust, kind, lane, open, subject, sealed, hash] = values;
  if (typeof boot !== "string" || typeof at !== "number" || typeof wall !== "number") return undefined;
  if (!Number.isSafeInteger(wall) || !Number.isFinite(at)) return undefined;
  if (typeof trust !== "string" || typeof kind !== "string" || typeof open !== "string") return undefined;
  if (lane !== null && typeof lane !== "string") return undefined;
  if (subject !== null && typeof subject !== "string") return undefined;
  if (sealed !== null && !Buffer.isBuffer(sealed)) return undefined;
  if (!Buffer.isBuffer(hash) || hash.length !== 32) return undefined;
  return { seq: rowid, boot, at, wall, trust, kind, lane, open, subject, sealed, hash };
}

/** Puts what stands beside the rows into the new file; returns the highest row number it names. */
function beside(db: Connection): (one: Carved) => number {
  const use = db.prepare("INSERT INTO used VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const place = db.prepare(`INSERT INTO placed(subject, household, vehicle, area, wall) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT(subject) DO UPDATE SET household = excluded.household, vehicle = excluded.vehicle,
    area = excluded.area, wall = excluded.wall WHERE excluded.wall >= wall`);
  const count = db.prepare(
    "INSERT INTO uses VALUES (?, ?) ON CONFLICT(credential) DO UPDATE SET count = max(count, excluded.count)",
  );
  const day = db.prepare("INSERT INTO day_key VALUES (?, ?) ON CONFLICT DO NOTHING");
  return ({ rowid, values }) => {
    const [a, b, c, d, e] = values;
    if (rowid !== undefined) {
      // A mark's row may be lost: it must not make the kept chain look cut, so only its number is taken.
      return values.length === 2 && a === null && isKey(b) && rowid <= MOST_SEQ ? rowid : 0;
    }
    if (values.length === 3 && isText(a) && isText(b) && typeof c === "number" && c > 0 && c <= MOST_SEQ) {
      use.run(a, b, c);
      return c;
    }
    const whole = typeof c === "number" && typeof e === "number" && Number.isSafeInteger(e);
    if (values.length === 5 && isText(a) && whole && (b === null || isText(b)) && (d === null || isText(d)))
      place.run(a, b, c === 1 ? 1 : 0, d, e);
    if (values.length === 2 && isText(a) && typeof b === "number" && Number.isSafeInteger(b)) count.run(a, b);
    if (values.length === 2 && isText(a) && isKey(b)) day.run(a, b);
    return 0;
  };
}
