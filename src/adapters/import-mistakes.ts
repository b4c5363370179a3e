/** 错误行.xlsx: the rows that can't be read, as they stood, and beside each what is wrong and how to mend it. */
import { utils, write } from "@e965/xlsx";
import { COLUMNS, type Complaint, type Sheet, shownCell } from "./import-sheet.ts";

export function mistakesBook(sheet: Sheet, mistakes: readonly Complaint[]): Uint8Array {
  const columns = COLUMNS.filter((column) => sheet.columns.has(column));
  const cells = new Map(sheet.rows.map(({ row, cells: found }) => [row, found]));
  const rows = mistakes.map(({ row, column, value, message, hint }) => [
    row,
    column,
    plain(value),
    `${message.zh} ${message.en}`,
    `${hint.zh} ${hint.en}`,
    ...columns.map((one) => plain(shownCell(one, cells.get(row)?.get(one) ?? ""))),
  ]);
  const grid = utils.aoa_to_sheet([
    ["行 row", "列 column", "内容 value", "问题 problem", "怎么改 mend", ...columns],
    ...rows,
  ]);
  const book = utils.book_new(grid, "错误行");
  const made: unknown = write(book, { type: "buffer", bookType: "xlsx" });
  if (!(made instanceof Uint8Array)) throw new Error("the book wasn't written as bytes");
  return made;
}

/** Nothing that a spreadsheet would reckon with, and no number that nobody may have. */
const plain = (text: string): string =>
  (/(?<!\d)\d{17}[\dXx](?!\d)/.test(text) ? "（不显示）" : text).replace(/^(?=[=+\-@])/, "'");
