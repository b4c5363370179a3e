/** The clerk's file, bytes → named cells: encoding, delimiter, header. Nothing is guessed silently. */
import { type Line, linesOf, textOf } from "./import-text.ts";

export interface Words {
  readonly zh: string;
  readonly en: string;
}
const words = (zh: string, en: string): Words => ({ zh, en });

export interface Complaint {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
  readonly column: string;
  readonly value: string;
  readonly code: string;
  readonly message: Words;
  readonly hint: Words;
}

export const COLUMNS = [
  "编号",
  "姓名",
  "类别",
  "房号",
  "人脸编号",
  "卡号",
  "车牌",
  "通行码",
  "生效日期",
  "有效期至",
  "权限组",
  "状态",
  "停用原因",
  "车位",
  "行动不便",
  "次数",
  "密码",
  "胁迫码",
  "手机后四位",
  "停车费至",
] as const;
export type Column = (typeof COLUMNS)[number];

/** What stands for a PIN or a duress code wherever it would be shown. */
export const MASK = "••••";
export const SECRETS: ReadonlySet<string> = new Set<Column>(["密码", "胁迫码"]);
/** A cell as it may be shown. */
export const shownCell = (column: string, value: string): string =>
  SECRETS.has(column) ? value.replaceAll(/[^;]+/g, MASK) : value;

/** What clerks call the columns; compared without blanks and in lower case. */
const SYNONYMS = new Map<string, Column>(
  (
    [
      ["编号", "编号", "人员编号", "住户编号", "id", "no", "personid"],
      ["姓名", "姓名", "业主", "住户", "业主姓名", "住户姓名", "name"],
      ["类别", "类别", "类型", "身份", "人员类别", "kind", "type"],
      ["房号", "房号", "门牌", "门牌号", "房间号", "住址", "楼栋-单元-室", "household", "room"],
      ["人脸编号", "人脸编号", "人脸", "人脸id", "face", "faceid"],
      ["卡号", "卡号", "门禁卡", "门禁卡号", "ic卡", "card", "cardno"],
      ["车牌", "车牌", "车牌号", "车牌号码", "plate", "plates"],
      ["通行码", "通行码", "二维码", "访客码", "code"],
      ["生效日期", "生效日期", "开始日期", "起始日期", "validfrom", "from"],
      ["有效期至", "有效期至", "到期", "到期日期", "到期日", "截止日期", "有效期", "有效期限", "validuntil", "until"],
      ["权限组", "权限组", "权限", "accesslevel", "accesslevels", "level", "levels"],
      ["状态", "状态", "status"],
      ["停用原因", "停用原因", "原因", "blockedwhy"],
      ["车位", "车位", "车位数", "spaces"],
      ["行动不便", "行动不便", "需要慢行", "slow"],
      ["次数", "次数", "使用次数", "可用次数", "通行次数", "maxuses", "uses"],
      ["密码", "密码", "开门密码", "通行密码", "pin", "pincode"],
      ["胁迫码", "胁迫码", "胁迫密码", "胁迫卡", "报警码", "duress", "duresscode"],
      [
        "手机后四位",
        "手机后四位",
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "联系电话",
        "电话号码",
        "phone",
        "mobile",
        "tel",
      ],
      ["停车费至", "停车费至", "停车费", "停车到期", "停车费到期", "停车缴费至", "parkinguntil", "parkingpaiduntil"],
    ] satisfies readonly (readonly [Column, ...string[]])[]
  ).flatMap(([column, ...names]) => names.map((name): [string, Column] => [name, column])),
);

export type Cells = ReadonlyMap<Column, string>;
export interface Sheet {
  readonly columns: ReadonlySet<Column>;
  readonly rows: readonly { readonly row: number; readonly cells: Cells }[];
  readonly errors: readonly Complaint[];
}

export const MOST_ROWS = 200_000;
export const MOST_BYTES = 20 * 1024 * 1024;
const MOST_CELL = 200;

/** Reads the file. Never throws: what is wrong with it is in `errors`. */
export function readSheet(bytes: Uint8Array): Sheet {
  if (bytes.length > MOST_BYTES)
    return unreadable(
      "FILE_TOO_LARGE",
      words("文件太大", "The file is too large"),
      words("不超过 20 MB", "At most 20 MB"),
    );
  const text = textOf(bytes);
  if (text === undefined)
    return unreadable(
      "NOT_TEXT",
      words("这不是表格文件", "This isn't a spreadsheet"),
      words("请用 .xlsx、.xls 或 .csv 文件", "Use an .xlsx, .xls or .csv file"),
    );
  if (text.trim() === "")
    return unreadable(
      "FILE_EMPTY",
      words("文件是空的", "The file is empty"),
      words("第一行写列名", "The first row names the columns"),
    );
  // The names of the columns, and one row more than may be: so it is seen.
  const parsed = linesOf(text, MOST_ROWS + 2);
  if ("broken" in parsed)
    return unreadable(
      "NOT_CSV",
      words(`第 ${parsed.line} 行附近的引号不成对`, `Quotes don't match near line ${parsed.line}`),
      words("删掉多余的引号", "Remove the stray quote"),
    );
  return sheetOfLines(parsed.lines);
}

/** A file that can't be read at all, as a sheet. */
export function unreadable(code: string, message: Words, hint: Words): Sheet {
  return { columns: new Set(), rows: [], errors: [{ row: 1, column: "", value: "", code, message, hint }] };
}

/** Rows of cells, the names of the columns first → named cells. */
export function sheetOfLines(all: readonly Line[]): Sheet {
  const [header, ...lines] = all;
  if (header === undefined)
    return unreadable(
      "FILE_EMPTY",
      words("文件是空的", "The file is empty"),
      words("第一行写列名", "Name the columns first"),
    );
  if (lines.length > MOST_ROWS)
    return unreadable(
      "TOO_MANY_ROWS",
      words("行数太多", "Too many rows"),
      words(`不超过 ${MOST_ROWS} 行`, `At most ${MOST_ROWS}`),
    );
  const errors: Complaint[] = [];
  const columns = header.cells.map((name, index) => columnOf(name, index, header.cells, errors));
  for (const needed of ["编号", "姓名"] as const) {
    if (!columns.includes(needed))
      errors.push({
        row: 1,
        column: needed,
        value: "",
        code: "COLUMN_MISSING",
        message: words(`缺少“${needed}”列`, `The column ${needed} is missing`),
        hint:
          needed === "编号"
            ? words(
                "每人一个编号，以后靠它认出同一个人；样子见 config/example-residents.csv",
                "A number of your own for each person, kept for ever; see config/example-residents.csv",
              )
            : words(
                "第一行写列名，至少有编号和姓名",
                "The first row names the columns; 编号 (id) and 姓名 (name) are needed",
              ),
      });
  }
  if (lines.length === 0)
    errors.push({
      row: 1,
      column: "",
      value: "",
      code: "NO_ROWS",
      message: words("只有列名，没有住户", "Column names only, nobody in it"),
      hint: words("空名单不能导入", "An empty list can't be imported"),
    });
  const rows = lines.map(({ line, cells }) => {
    const named = new Map<Column, string>();
    cells.forEach((cell, index) => {
      const column = columns[index];
      // Our own export marks with an apostrophe what a spreadsheet would take for a formula.
      const value = cell
        .normalize("NFKC")
        .trim()
        .replace(/^'(?=[=+\-@])/, "");
      if (column !== undefined) named.set(column, column === "手机后四位" ? lastFour(value) : value);
      if (value.length > MOST_CELL || (column === undefined && value !== "" && index >= columns.length))
        errors.push({
          row: line,
          column: column ?? `${index + 1}`,
          value: shownCell(column ?? "", value.slice(0, 40)),
          code: "CELL_UNEXPECTED",
          message: words("这一格太长，或没有列名", "This cell is too long, or has no column"),
          hint: words("检查这一行是不是多了分隔符", "Look for a stray delimiter in this row"),
        });
    });
    return { row: line, cells: named };
  });
  return { columns: new Set(columns.filter((one) => one !== undefined)), rows, errors };
}

/** Of a telephone number nothing is kept but what somebody says at the counter to be found by. */
function lastFour(value: string): string {
  const digits = value.replace(/^\+?86(?=1\d{10}$)|[\s-]/g, "");
  return /^\d{4,12}$/.test(digits) ? digits.slice(-4) : value;
}

function columnOf(name: string, index: number, header: readonly string[], errors: Complaint[]): Column | undefined {
  const plain = name
    .normalize("NFKC")
    .replace(/[\s_*（）()]/g, "")
    .toLowerCase();
  const column = SYNONYMS.get(plain);
  const complain = (code: string, message: Words, hint: Words) =>
    errors.push({ row: 1, column: name.slice(0, 40), value: name.slice(0, 40), code, message, hint });
  if (column === undefined && plain === "" && header.slice(index).every((rest) => rest.trim() === "")) return undefined;
  if (column === undefined && /身份证|证件号/.test(plain)) {
    complain(
      "COLUMN_UNWANTED",
      words("名单里不放身份证号", "The list holds no citizen ID numbers"),
      words("删掉这一列", "Remove this column"),
    );
    return undefined;
  }
  if (column === undefined) {
    complain(
      "COLUMN_UNKNOWN",
      words("不认识这一列", "This column is unknown"),
      words(`删掉这一列，或改成：${COLUMNS.join(" ")}`, `Remove it, or call it one of: ${COLUMNS.join(" ")}`),
    );
    return undefined;
  }
  const first = header.findIndex(
    (other) =>
      SYNONYMS.get(
        other
          .normalize("NFKC")
          .replace(/[\s_*（）()]/g, "")
          .toLowerCase(),
      ) === column,
  );
  if (first < index) {
    complain(
      "COLUMN_TWICE",
      words(`“${column}”有两列`, `The column ${column} stands there twice`),
      words("只留一列", "Keep one"),
    );
    return undefined;
  }
  return column;
}
