/**
 * Reads records out of the raw pages of a damaged journal, without SQLite: the file's header, its schema or an inner page
 * may be gone and the rows on the leaves are still whole. The write-ahead log is read to its end, past a broken frame.
 * An append-only row is the same in every copy of its page, so old copies do no harm.
 * Source: https://www.sqlite.org/fileformat2.html, sections 1.6, 2.1 and 4.1.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";

const PAGE = 4096;
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const PAGES_AT_ONCE = 256;
/** Larger records go on in overflow pages; those stay in the damaged file only. */
const MOST_IN_TABLE_LEAF = PAGE - 35;
const MOST_IN_INDEX_PAGE = Math.floor(((PAGE - 12) * 64) / 255) - 23;

export type Value = null | number | string | Buffer;
export interface Carved {
  /** Absent in tables without one. */
  readonly rowid?: number;
  readonly values: readonly Value[];
}

/** Every record that can be read in the pages of a database file and of a log. */
export function* carve(database: string, logs: readonly string[]): IterableIterator<Carved> {
  for (const page of pages(database, 0, 0)) yield* recordsOf(page);
  for (const log of logs) for (const page of pages(log, WAL_HEADER, FRAME_HEADER)) yield* recordsOf(page);
}

function* pages(file: string, skip: number, before: number): IterableIterator<Buffer> {
  if (!existsSync(file)) return;
  const fd = openSync(file, "r");
  try {
    const step = PAGE + before;
    const chunk = Buffer.alloc(step * PAGES_AT_ONCE);
    for (let at = skip; ; at += chunk.length) {
      const got = readSync(fd, chunk, 0, chunk.length, at);
      for (let page = 0; page + step <= got; page += step) yield chunk.subarray(page + before, page + step);
      if (got < chunk.length) return;
    }
  } finally {
    closeSync(fd);
  }
}

/** Kinds of page that hold records: where the list of cells begins, what stands before a record, how much may stand here. */
const KINDS = new Map([
  [0x0d, { cells: 8, child: 0, rowid: true, most: MOST_IN_TABLE_LEAF }],
  [0x0a, { cells: 8, child: 0, rowid: false, most: MOST_IN_INDEX_PAGE }],
  [0x02, { cells: 12, child: 4, rowid: false, most: MOST_IN_INDEX_PAGE }],
]);

function* recordsOf(page: Buffer): IterableIterator<Carved> {
  const kind = KINDS.get(page[0] ?? 0);
  if (kind === undefined) return;
  const count = Math.min(page.readUInt16BE(3), Math.floor((PAGE - kind.cells) / 2));
  for (let cell = 0; cell < count; cell++) {
    const at = page.readUInt16BE(kind.cells + cell * 2) + kind.child;
    const size = varint(page, at);
    if (size === undefined || size.value > kind.most) continue;
    const rowid = kind.rowid ? varint(page, size.next) : { value: 0, next: size.next };
    if (rowid === undefined || rowid.next + size.value > PAGE) continue;
    // A copy: the page's memory is used again.
    const values = recordAt(Buffer.from(page.subarray(rowid.next, rowid.next + size.value)));
    if (values !== undefined) yield kind.rowid ? { rowid: rowid.value, values } : { values };
  }
}

function recordAt(record: Buffer): readonly Value[] | undefined {
  const head = varint(record, 0);
  if (head === undefined || head.value > record.length) return undefined;
  const values: Value[] = [];
  let body = head.value;
  for (let at = head.next; at < head.value; ) {
    const serial = varint(record, at);
    if (serial === undefined) return undefined;
    at = serial.next;
    const length = lengthOf(serial.value);
    if (body + length > record.length) return undefined;
    values.push(readValue(serial.value, record.subarray(body, body + length)));
    body += length;
  }
  return body === record.length ? values : undefined;
}

const INTEGERS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function lengthOf(serial: number): number {
  return serial < INTEGERS.length ? (INTEGERS[serial] ?? 0) : Math.floor((serial - 12) / 2);
}

function readValue(serial: number, bytes: Buffer): Value {
  if (serial === 0) return null;
  if (serial === 8 || serial === 9) return serial - 8;
  if (serial === 7) return bytes.readDoubleBE(0);
  if (serial === 6) return Number(bytes.readBigInt64BE(0));
  if (serial < 6) return bytes.readIntBE(0, bytes.length);
  return serial % 2 === 0 ? bytes : bytes.toString("utf8");
}

function varint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let n = 0; n < 8; n++) {
    const byte = bytes[from + n];
    if (byte === undefined) return undefined;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, next: from + n + 1 } : undefined;
  }
  return undefined; // nine bytes: a negative or enormous number, which nothing of ours is
}
