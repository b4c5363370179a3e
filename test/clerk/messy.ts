// A resident list as clerks send it: 5,000 rows, every trap of Excel in it, in the three forms that Excel writes.
import { utils, type WorkSheet, write } from "@e965/xlsx";
import { encodeGbk } from "../../src/decode/gbk.ts";

const HEADER = ["编号 ", "业主姓名", "门牌", "车牌号码", "联系电话", "到期日期", "权限组", "IC卡", "人脸编号"];
const SURNAMES = "林周单王欧阳司马赵钱孙李";
const GIVEN = ["秀兰", "建国", "小明", "雄信", "美丽", "伟"];
const DATES = ["2026-12-31", "2026/12/31", "2026.12.31", "2026年12月31日", 46_387, "46387", "20261231"];

/** Row `n` from 0; every 500th has a mistake of its own. */
export function messyRow(n: number): readonly (string | number)[] {
  const plate = [`川K·${1000 + n}A`, `川Ｋ${1000 + n}Ａ`, `川k${1000 + n}a`, ` 川K ${1000 + n}A`][n % 4] ?? "";
  return [
    `R-${n}`,
    `${SURNAMES.charAt(n % SURNAMES.length)}${GIVEN[n % GIVEN.length]}`,
    `${1 + (n % 12)}-${1 + (n % 3)}-${100 + (n % 900)}`,
    plate,
    n % 2 === 0 ? `138${String(10_000_000 + n)}` : 13_800_000_000 + n,
    n % 500 === 499 ? "明年" : (DATES[n % DATES.length] ?? ""),
    "residents",
    `000${n}`,
    "",
  ];
}
export const ROWS = 5_000;
export const MISTAKES = ROWS / 500;

type Row = readonly (string | number)[];
const MESSY: readonly Row[] = Array.from({ length: ROWS }, (_, n) => messyRow(n));
/** The same list after the clerk has mended it. */
export const MENDED: readonly Row[] = MESSY.map((row) => row.map((cell) => (cell === "明年" ? "2026-12-31" : cell)));

const grid = (rows: readonly Row[]): WorkSheet => utils.aoa_to_sheet([HEADER, ...rows.map((row) => [...row]), [], []]);

function book(type: "xlsx" | "biff8", rows: readonly Row[]): Uint8Array {
  const made: unknown = write(utils.book_new(grid(rows), "业主"), { type: "buffer", bookType: type });
  if (!(made instanceof Uint8Array)) throw new Error("no book");
  return made;
}

export const messyXlsx = (rows = MESSY): Uint8Array => book("xlsx", rows);
export const messyXls = (rows = MESSY): Uint8Array => book("biff8", rows);
export function messyCsv(rows = MESSY): Uint8Array {
  const made = encodeGbk([HEADER, ...rows].map((cells) => cells.join(",")).join("\r\n"));
  if (made === undefined) throw new Error("not in GBK");
  return made;
}
