/** One row of the clerk's list → a person with credentials, or what is wrong with its cells and how to mend it. */
import type { CredentialType, HolderKind } from "../core/terms.ts";
import { duressOf, isMasked, listed, pinsOf } from "./import-secrets.ts";
import { type Cells, type Column, type Complaint, SECRETS, shownCell, type Words } from "./import-sheet.ts";
import type { Carried, Person } from "./whitelist-people.ts";

const words = (zh: string, en: string): Words => ({ zh, en });

const KINDS: ReadonlyMap<string, HolderKind> = new Map([
  ...["业主", "租户", "住户", "家属", "resident"].map((word): [string, HolderKind] => [word, "resident"]),
  ...["物业", "保洁", "维修", "保安", "社区", "工作人员", "staff"].map((word): [string, HolderKind] => [word, "staff"]),
  ...["访客", "visitor"].map((word): [string, HolderKind] => [word, "visitor"]),
  ...["快递", "外卖", "送水", "courier"].map((word): [string, HolderKind] => [word, "courier"]),
]);
const STATES: ReadonlyMap<string, boolean> = new Map([
  ["", false],
  ["启用", false],
  ["正常", false],
  ["active", false],
  ["停用", true],
  ["禁用", true],
  ["blocked", true],
]);
const YES: ReadonlyMap<string, boolean> = new Map([
  ["", false],
  ["否", false],
  ["no", false],
  ["是", true],
  ["yes", true],
]);
/** Columns of credentials, several in a cell apart by ; or 、. */
const CARRIED: readonly (readonly [Column, CredentialType])[] = [
  ["人脸编号", "face"],
  ["卡号", "card"],
  ["车牌", "plate"],
  ["通行码", "code"],
];
const MOST_CARRIED = 20;
const DAY_MS = 86_400_000;
const CHINA_MS = 8 * 3_600_000;

export interface RowRules {
  readonly normalisePlate: (plate: string) => string;
  readonly isPlate: (plate: string) => boolean;
  /** The access levels of the configuration; absent = not checked. */
  readonly levels?: ReadonlySet<string>;
}

export function personOf(row: number, cells: Cells, rules: RowRules, complain: (one: Complaint) => void): Person {
  const cell = (column: Column) => cells.get(column) ?? "";
  const wrong = (column: Column, value: string, code: string, message: Words, hint: Words) =>
    complain({ row, column, value: shownCell(column, value.slice(0, 40)), code, message, hint });
  for (const [column, value] of cells) dangers(column, value, wrong);

  function among<T>(column: Column, known: ReadonlyMap<string, T>, none: T): T {
    const value = cell(column).toLowerCase();
    const found = known.get(value);
    if (found !== undefined) return found;
    const list = [...known.keys()].filter((one) => one !== "").join(" ");
    wrong(
      column,
      value,
      "NOT_ALLOWED",
      words("不认识这个词", "This word is unknown"),
      words(`可用：${list}`, `One of: ${list}`),
    );
    return none;
  }
  function needed(column: Column): string {
    const value = cell(column);
    if (value === "")
      wrong(column, value, "CELL_EMPTY", words("不能为空", "May not be empty"), words("请填写", "Fill it in"));
    return value;
  }

  const id = needed("编号");
  if (id !== "" && !/^[\p{L}\p{N}_.-]{1,64}$/u.test(id))
    wrong(
      "编号",
      id,
      "BAD_FORM",
      words("编号里有不能用的字符", "The id has characters that can't be used"),
      words("只用字母、数字、- _ .", "Letters, digits, - _ . only"),
    );
  const name = needed("姓名");
  if ([...name].length > 64)
    wrong("姓名", name, "TOO_LONG", words("太长", "Too long"), words("不超过 64 个字", "At most 64 characters"));
  const kind = cells.has("类别") && cell("类别") !== "" ? among("类别", KINDS, "resident") : "resident";
  const blocked = among("状态", STATES, false);
  const why = cell("停用原因");
  const levels = listed(cell("权限组"));
  for (const level of levels)
    if (rules.levels !== undefined && !rules.levels.has(level))
      wrong(
        "权限组",
        level,
        "UNKNOWN_LEVEL",
        words("配置里没有这个权限组", "The configuration has no such access level"),
        words(`可用：${[...rules.levels].join(" ")}`, `One of: ${[...rules.levels].join(" ")}`),
      );
  const from = dateOf(cell("生效日期"), (code, message, hint) =>
    wrong("生效日期", cell("生效日期"), code, message, hint),
  );
  const until = dateOf(cell("有效期至"), (code, message, hint) =>
    wrong("有效期至", cell("有效期至"), code, message, hint),
  );
  if (from !== undefined && until !== undefined && until.at < from.at)
    wrong(
      "有效期至",
      cell("有效期至"),
      "ENDS_BEFORE_BEGIN",
      words("比生效日期早", "Before it begins"),
      words("检查两个日期", "Look at both dates"),
    );
  const spaces = cell("车位");
  if (spaces !== "" && !/^(?:[0-9]|1[0-9]|20)$/.test(spaces))
    wrong(
      "车位",
      spaces,
      "OUT_OF_RANGE",
      words("应为 0 到 20", "Should be 0 to 20"),
      words("写数字", "A whole number"),
    );
  const uses = cell("次数");
  if (uses !== "" && !/^[1-9]\d{0,3}$/.test(uses))
    wrong(
      "次数",
      uses,
      "OUT_OF_RANGE",
      words("应为 1 到 9999", "Should be 1 to 9999"),
      words("写数字；不限次数就空着", "A whole number; empty for any number of times"),
    );
  const parking = dateOf(cell("停车费至"), (code, message, hint) =>
    wrong("停车费至", cell("停车费至"), code, message, hint),
  );
  const phone = cell("手机后四位");
  if (phone !== "" && !/^\d{4}$/.test(phone))
    wrong(
      "手机后四位",
      "（不显示）",
      "BAD_FORM",
      words("不像手机号", "Doesn't look like a telephone number"),
      words("写手机号或后四位；只保存后四位", "The number, or its last four digits; only these are kept"),
    );
  const household = cell("房号");
  const slow = among("行动不便", YES, false);
  return {
    id,
    name,
    kind,
    blocked,
    slow,
    levels,
    ...(household === "" ? {} : { household }),
    ...(household === "" || spaces === "" ? {} : { spaces: Number(spaces) }),
    ...(blocked && why !== "" ? { blockedWhy: why } : {}),
    ...(from === undefined ? {} : { validFrom: from.at }),
    // 有效期至 is the last day that counts, and ends with it; with a time it ends at that time.
    ...(until === undefined ? {} : { validUntil: until.timed ? until.at : until.at + DAY_MS }),
    ...(uses === "" ? {} : { maxUses: Number(uses) }),
    ...(phone === "" ? {} : { phoneEnd: phone }),
    ...(parking === undefined ? {} : { parkingUntil: parking.timed ? parking.at : parking.at + DAY_MS }),
    credentials: credentialsOf(cells, rules, wrong),
  };
}

type Wrong = (column: Column, value: string, code: string, message: Words, hint: Words) => void;

function credentialsOf(cells: Cells, rules: RowRules, wrong: Wrong): readonly Carried[] {
  const found: Carried[] = [];
  const take = (column: Column, one: Carried) => {
    if (found.some((other) => other.type === one.type && other.value === one.value))
      wrong(
        column,
        one.original,
        "TWICE",
        words("同一行里写了两次", "Twice in one row"),
        words("删掉一个", "Remove one"),
      );
    else found.push(one);
  };
  for (const [column, type] of CARRIED) {
    for (const original of listed(cells.get(column) ?? "")) {
      const value = type === "plate" ? rules.normalisePlate(original) : original;
      if (type === "plate" && !rules.isPlate(value))
        wrong(
          column,
          original,
          "NOT_A_PLATE",
          words("不像车牌", "Doesn't look like a plate"),
          words("例如 川K5B38M；字母 I、O 不用于车牌", "Such as 川K5B38M; no letters I and O"),
        );
      if ([...value].length > 64)
        wrong(
          column,
          original,
          "TOO_LONG",
          words("太长", "Too long"),
          words("不超过 64 个字", "At most 64 characters"),
        );
      take(column, { type, value, original });
    }
  }
  for (const one of pinsOf(cells, wrong)) take("密码", one);
  for (const one of duressOf(cells, wrong)) take("胁迫码", one);
  if (found.length > MOST_CARRIED)
    wrong(
      "卡号",
      String(found.length),
      "TOO_MANY",
      words("一个人的凭证太多", "Too many credentials"),
      words(`不超过 ${MOST_CARRIED} 个`, `At most ${MOST_CARRIED}`),
    );
  return found.slice(0, MOST_CARRIED);
}

/** Damage that spreadsheets do, and what must not be kept here at all. */
function dangers(column: Column, value: string, wrong: Wrong): void {
  if (SECRETS.has(column) && isMasked(value)) return;
  if (/^[=+@]|^-[^0-9]/.test(value))
    wrong(
      column,
      value,
      "FORMULA",
      words("像公式，不能导入", "Looks like a formula"),
      words("去掉开头的 = + - @", "Remove the leading = + - @"),
    );
  if (/^\d(?:\.\d+)?E\+?\d+$/i.test(value))
    wrong(
      column,
      value,
      "NUMBER_DAMAGED",
      words("Excel 把数字改成了科学计数，后几位已经丢了", "Excel has cut the number's last digits"),
      words("把这一列设成“文本”，重新填写", "Format the column as text and type it again"),
    );
  if (/(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])/.test(value))
    wrong(
      column,
      "（不显示）",
      "CITIZEN_ID",
      words("像身份证号。门岗不保存身份证号", "Looks like a citizen ID number; we keep none"),
      words("删掉它，用自编的编号", "Remove it; use a number of your own"),
    );
  if (column !== "卡号" && column !== "胁迫码" && column !== "手机后四位" && /^1[3-9]\d{9}$/.test(value))
    wrong(
      column,
      "（不显示）",
      "PHONE",
      words("像手机号。名单里只放手机号的后四位", "Looks like a phone number; the list holds the last four digits"),
      words("放到“手机后四位”一列", "Put it into the column 手机后四位"),
    );
}

/** A spreadsheet's number of a day (1900 system): 46100 = 2026-03-19. */
function fromSerial(text: string): readonly string[] | null {
  if (!/^[34567]\d{4}(?:\.\d+)?$/.test(text)) return null;
  const day = new Date(Date.UTC(1899, 11, 30) + Math.floor(Number(text)) * DAY_MS).toISOString();
  return [text, day.slice(0, 4), day.slice(5, 7), day.slice(8, 10)];
}

interface Moment {
  /** Wall ms; without a time, midnight in China at the beginning of that day. */
  readonly at: number;
  readonly timed: boolean;
}

/** A day, or a day with a time: `2026-12-31 18:30`. A spreadsheet's `0:00` is no time. */
function dateOf(text: string, wrong: (code: string, message: Words, hint: Words) => void): Moment | undefined {
  if (text === "") return undefined;
  const parts =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::00)?)?$/.exec(text) ??
    /^(\d{4})年(\d{1,2})月(\d{1,2})日(?: *(\d{1,2}):(\d{2}))?$/.exec(text) ??
    /^(20\d{2})(\d{2})(\d{2})$/.exec(text) ??
    fromSerial(text);
  const hint = words("写成 2026-12-31 或 2026-12-31 18:30", "Write 2026-12-31 or 2026-12-31 18:30");
  if (parts === null) {
    wrong("NOT_A_DATE", words("不是日期", "Not a date"), hint);
    return undefined;
  }
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const at = Date.UTC(year, month - 1, day);
  const told = new Date(at);
  if (told.getUTCMonth() !== month - 1 || told.getUTCDate() !== day || year < 2000 || year > 2199) {
    wrong("NO_SUCH_DAY", words("没有这一天", "There is no such day"), hint);
    return undefined;
  }
  const [hour, minute] = [Number(parts[4] ?? 0), Number(parts[5] ?? 0)];
  if (hour > 23 || minute > 59) {
    wrong("NO_SUCH_TIME", words("没有这个时间", "There is no such time"), hint);
    return undefined;
  }
  const minutes = hour * 60 + minute;
  return { at: at - CHINA_MS + minutes * 60_000, timed: minutes > 0 };
}

/** The cells as the clerk would write them, PINs included: to be shown through `shownCell` alone. */
export function cellsOf(person: Person): ReadonlyMap<Column, string> {
  const of = (type: CredentialType) =>
    person.credentials
      .filter((one) => one.type === type && one.duress !== true)
      .map((one) => one.value)
      .sort()
      .join(";");
  const date = (ms: number | undefined, wholeDays = 0) => {
    if (ms === undefined) return "";
    const local = ms + CHINA_MS;
    if (local % DAY_MS !== 0) return new Date(local).toISOString().slice(0, 16).replace("T", " ");
    return new Date(local - wholeDays * DAY_MS).toISOString().slice(0, 10);
  };
  const duress = person.credentials
    .filter((one) => one.duress === true)
    .map((one) => `${one.type === "pin" ? "密码" : "卡"}:${one.value}`)
    .sort()
    .join(";");
  return new Map<Column, string>([
    ["姓名", person.name],
    ["类别", person.kind],
    ["房号", person.household ?? ""],
    ["人脸编号", of("face")],
    ["卡号", of("card")],
    ["车牌", of("plate")],
    ["通行码", of("code")],
    ["生效日期", date(person.validFrom)],
    ["有效期至", date(person.validUntil, 1)],
    ["权限组", [...person.levels].sort().join(";")],
    ["状态", person.blocked ? "停用" : "启用"],
    ["停用原因", person.blockedWhy ?? ""],
    ["车位", person.spaces === undefined ? "" : String(person.spaces)],
    ["行动不便", person.slow ? "是" : "否"],
    ["次数", person.maxUses === undefined ? "" : String(person.maxUses)],
    ["密码", of("pin")],
    ["胁迫码", duress],
    ["手机后四位", person.phoneEnd ?? ""],
    ["停车费至", date(person.parkingUntil, 1)],
  ]);
}
