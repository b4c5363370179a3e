/**
 * The clerk's file in any of the three forms that Excel writes: .xlsx (a zip of XML), .xls (the old binary), or text.
 * What is unpacked is capped before it is unpacked. Time and memory are capped by the thread that this runs in
 * (`import-thread.ts`): a file that outgrows them takes the thread down and nothing else.
 */
import { read, SSF, type WorkBook } from "@e965/xlsx";
import { type UnzipFileInfo, unzipSync, zipSync } from "fflate";
import { readSheet as readXlsx } from "read-excel-file/universal";
import { MOST_BYTES, MOST_ROWS, readSheet, type Sheet, sheetOfLines, unreadable, type Words } from "./import-sheet.ts";
import type { Line } from "./import-text.ts";

const words = (zh: string, en: string): Words => ({ zh, en });

/** All parts of a book together, unpacked; 5,000 residents take 3 MB. */
export const MOST_UNPACKED = 80 * 1024 * 1024;
const MOST_PARTS = 500;
const MOST_COLUMNS = 200;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** The container of .xls, and of a book with a password. */
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0];

const TOO_LARGE = unreadable(
  "FILE_TOO_LARGE",
  words("文件太大，或展开后太大", "The file is too large, or becomes so unpacked"),
  words("不超过 20 MB、20 万行；另存为 CSV 再试", "At most 20 MB and 200,000 rows; try saving it as CSV"),
);
const BROKEN = unreadable(
  "BOOK_BROKEN",
  words("表格文件打不开：可能损坏，或设了密码", "The spreadsheet can't be opened: damaged, or it has a password"),
  words("在 Excel 里打开，取消密码，另存一份再试", "Open it in Excel, remove the password, save it anew"),
);

/** Reads the first sheet. Never rejects for what is in the file: what is wrong with it is in `errors`. */
export async function readBook(bytes: Uint8Array): Promise<Sheet> {
  if (bytes.length > MOST_BYTES) return TOO_LARGE;
  if (begins(bytes, ZIP)) return fromXlsx(bytes);
  if (begins(bytes, COMPOUND)) return fromXls(bytes);
  return readSheet(bytes);
}

const begins = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((one, i) => bytes[i] === one);

async function fromXlsx(bytes: Uint8Array): Promise<Sheet> {
  const parts = unpacked(bytes);
  if (parts === "too-large") return TOO_LARGE;
  if (parts === "broken") return BROKEN;
  // Stored, not packed: so the reader copies the parts, and starts no thread of its own to unpack them.
  const stored = zipSync(parts, { level: 0 });
  let rows: readonly (readonly unknown[])[];
  try {
    rows = await readXlsx(new Blob([stored]), { trim: false, parseNumber: numberText });
  } catch (cause) {
    return outgrown(cause) ? TOO_LARGE : BROKEN;
  }
  return sheetOfRows(rows);
}

/** Its parts that are XML; what they say of their own size is believed and is a limit. */
function unpacked(bytes: Uint8Array): Record<string, Uint8Array> | "too-large" | "broken" {
  let total = 0;
  let parts = 0;
  const small = ({ name, originalSize, size }: UnzipFileInfo): boolean => {
    if (!/\.(?:xml|rels)$/.test(name)) return false;
    total += Math.max(originalSize, size);
    parts++;
    if (total > MOST_UNPACKED || parts > MOST_PARTS) throw new RangeError("too large");
    return true;
  };
  try {
    return unzipSync(bytes, { filter: small });
  } catch (cause) {
    return outgrown(cause) ? "too-large" : "broken";
  }
}

const outgrown = (cause: unknown): boolean => cause instanceof RangeError;

/** Excel keeps 15 digits: what is longer has lost its end, and is written so that it is refused for what it is. */
function numberText(text: string): string {
  const whole = /^\d{16,}$/.test(text) ? Number(text).toExponential() : text;
  return /^-?\d+\.0+$/.test(whole) ? whole.replace(/\.0+$/, "") : whole;
}

function sheetOfRows(rows: readonly (readonly unknown[])[]): Sheet {
  if (rows.length > MOST_ROWS + 1) return TOO_LARGE;
  const lines = rows.flatMap((cells, index): Line[] => {
    const written = cells.slice(0, MOST_COLUMNS).map(cellText);
    return written.every((cell) => cell === "") ? [] : [{ line: index + 1, cells: written }];
  });
  if (lines.length === 0)
    return unreadable(
      "FILE_EMPTY",
      words("第一张表是空的", "The first sheet is empty"),
      words("名单放在第一张表里，第一行写列名", "Put the list into the first sheet; the first row names the columns"),
    );
  return sheetOfLines(lines);
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return dateText(cell.getTime());
  if (typeof cell === "boolean") return cell ? "是" : "否";
  return String(cell);
}

/** A spreadsheet's day has no zone: it is written as it stood in the cell. */
function dateText(utcMs: number): string {
  if (!Number.isFinite(utcMs)) return "";
  const text = new Date(Math.round(utcMs / 60_000) * 60_000).toISOString().slice(0, 16).replace("T", " ");
  return text.endsWith(" 00:00") ? text.slice(0, 10) : text;
}

const SERIAL_ZERO = Date.UTC(1899, 11, 30);
const DAY_MS = 86_400_000;

function fromXls(bytes: Uint8Array): Sheet {
  let book: WorkBook;
  try {
    book = read(bytes, { type: "array", dense: true, sheetRows: MOST_ROWS + 2, cellNF: true, cellHTML: false });
  } catch (cause) {
    return outgrown(cause) ? TOO_LARGE : BROKEN;
  }
  const first = book.Sheets[book.SheetNames[0] ?? ""];
  const grid = first?.["!data"];
  if (!Array.isArray(grid)) return BROKEN;
  // By index: a row that isn't there is a hole.
  return sheetOfRows(Array.from(grid, (cells) => Array.from(cells ?? [], xlsText)));
}

function xlsText(cell: { readonly v?: unknown; readonly t?: string; readonly z?: unknown } | undefined): unknown {
  if (cell === undefined || cell.t === "e" || cell.t === "z") return "";
  if (typeof cell.v !== "number") return cell.v;
  const isDay = typeof cell.z === "string" && SSF.is_date(cell.z);
  return isDay ? new Date(SERIAL_ZERO + cell.v * DAY_MS) : numberText(String(cell.v));
}
