/** zod's issues in our words. */
import type { z } from "zod";
import { nearest } from "./nearest.ts";
import type { Finding, Path, Words } from "./problem.ts";
import { error, words } from "./problem.ts";

type Issue = z.core.$ZodIssue;

const TYPES: Readonly<Record<string, Words>> = {
  string: words("文字", "text"),
  number: words("数字", "a number"),
  int: words("整数", "a whole number"),
  boolean: words("true 或 false", "true or false"),
  array: words("列表（每项以 - 开头）", "a list (each item begins with -)"),
  object: words("一组“键: 值”", "a group of `key: value`"),
  record: words("一组“键: 值”", "a group of `key: value`"),
};

/** What a text of each pattern looks like; the pattern's own name is the error text in the schema. */
const FORMS: Readonly<Record<string, Words>> = {
  "kebab-case": words("用小写字母、数字和短横线，例如 car-in", "Use small letters, digits and hyphens, e.g. car-in"),
  "HH:MM": words('写成 "06:00" 这样的时间，00:00–24:00', 'Write a time like "06:00", 00:00 to 24:00'),
  "mon-fri": words("写 daily、sat 或 mon-fri，或列表 [mon, wed]", "Write daily, sat or mon-fri, or a list [mon, wed]"),
  "mqtt(s)://host[:port]": words("例如 mqtts://broker.local:8883", "For example mqtts://broker.local:8883"),
  host: words("写 IP 地址或主机名，例如 127.0.0.1", "Write an address or host name, e.g. 127.0.0.1"),
  "host name without port": words("只写名称或地址，不带端口和 http://", "A name or address without port and http://"),
  path: words("写一个文件或目录路径", "Write the path of a file or folder"),
  name: words("只用字母和数字，以字母开头", "Letters and digits only, beginning with a letter"),
  date: words("写成 2026-10-01，且日期要存在", "Write 2026-10-01, a date that exists"),
};

/** Findings of one zod issue; `known` gives the keys allowed at a path, `present` whether something stands there. */
export function findingsOf(
  issue: Issue,
  known: (path: Path) => readonly string[],
  valueAt: (path: Path) => unknown,
): readonly Finding[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], key, known(path)));
    case "invalid_type":
      return [valueAt(path) === undefined ? missing(path) : wrongType(path, issue.expected, valueAt(path))];
    case "too_small":
    case "too_big":
      return [outOfRange(path, issue)];
    case "invalid_value":
      return [valueAt(path) === undefined ? missing(path) : notAllowed(path, issue.values.map(String), valueAt(path))];
    case "invalid_format":
      return [fullWidth(path, valueAt(path)) ?? badForm(path, issue.format === "regex" ? issue.message : issue.format)];
    case "invalid_union":
      return ofUnion(path, issue.errors, known, valueAt);
    case "invalid_key":
      return [badForm(path, "name", "key")];
    case "not_multiple_of":
      return [wrongType(path, "int", valueAt(path))];
    case "invalid_element":
    case "custom":
      return [badForm(path, "")];
  }
}

/** Of a union's branches, the one whose complaints lie deepest is the one that was meant. */
function ofUnion(
  path: Path,
  branches: readonly (readonly Issue[])[],
  known: (path: Path) => readonly string[],
  valueAt: (path: Path) => unknown,
): readonly Finding[] {
  if (valueAt(path) === undefined) return [missing(path)];
  const literals = branches.flat().flatMap((issue) => (issue.code === "invalid_value" ? issue.values.map(String) : []));
  const value = valueAt(path);
  const meant =
    branches.find((branch) => branch.some((issue) => issue.path.length > 0)) ??
    branches.find((branch) => branch.some((issue) => issue.code !== "invalid_type" && issue.code !== "invalid_value"));
  if (meant !== undefined) {
    return meant.flatMap((issue) => findingsOf({ ...issue, path: [...path, ...issue.path] }, known, valueAt));
  }
  if (literals.length > 0) return [notAllowed(path, literals, value)];
  const expected = branches.flat().flatMap((issue) => (issue.code === "invalid_type" ? [issue.expected] : []));
  const types = expected.map((name) => TYPES[name] ?? words(name, name));
  const list = words(types.map((type) => type.zh).join("或"), types.map((type) => type.en).join(" or "));
  return [
    error(
      "WRONG_TYPE",
      path,
      words(`这里应为${list.zh}`, `This must be ${list.en}`),
      words(`现在是 ${shown(value, path)}`, `It is ${shown(value, path)}`),
    ),
  ];
}

function unknownKey(path: Path, key: string, known: readonly string[]): Finding {
  const near = nearest(key, known);
  const list = known.join(", ");
  const hint =
    near === undefined
      ? words(`可用的键：${list}`, `Known keys: ${list}`)
      : words(`是不是想写 ${near}？`, `Did you mean ${near}?`);
  return error("UNKNOWN_KEY", path, words(`没有“${key}”这个设置`, `There is no setting \`${key}\``), hint, "key");
}

function missing(path: Path): Finding {
  const key = String(path.at(-1) ?? "");
  return error(
    "KEY_MISSING",
    path,
    words(`缺少“${key}”`, `\`${key}\` is missing`),
    words(`在这里加上 ${key}:`, `Add ${key}: here`),
  );
}

function wrongType(path: Path, expected: string, value: unknown): Finding {
  const type = TYPES[expected] ?? words(expected, expected);
  const quoted =
    expected === "string" && typeof value === "number"
      ? words("给它加引号", "Put it in quotes")
      : words(`现在是 ${shown(value, path)}`, `It is ${shown(value, path)}`);
  return error("WRONG_TYPE", path, words(`这里应为${type.zh}`, `This must be ${type.en}`), quoted);
}

function outOfRange(path: Path, issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Finding {
  const limit = String(issue.code === "too_small" ? issue.minimum : issue.maximum);
  const [zh, en] =
    issue.origin === "string"
      ? ["字数", "Length"]
      : issue.origin === "array"
        ? ["项数", "Number of items"]
        : ["数值", "Value"];
  const [bound, boundEn] = issue.code === "too_small" ? ["至少", "at least"] : ["最多", "at most"];
  return error(
    "OUT_OF_RANGE",
    path,
    words(`${zh}超出范围`, `${en} out of range`),
    words(`${bound} ${limit}`, `${boundEn} ${limit}`),
  );
}

function notAllowed(path: Path, allowed: readonly string[], value: unknown): Finding {
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  const list = allowed.join(", ");
  return error(
    "NOT_ALLOWED",
    path,
    words(`不能用 ${shown(value, path)}`, `${shown(value, path)} is not possible here`),
    near === undefined
      ? words(`可用：${list}`, `Possible: ${list}`)
      : words(`是不是想写 ${near}？可用：${list}`, `Did you mean ${near}? Possible: ${list}`),
  );
}

function badForm(path: Path, form: string, at?: "key"): Finding {
  const hint = FORMS[form] ?? words("请对照示例 config/example.yaml", "Compare with config/example.yaml");
  return error("BAD_FORM", path, words("写法不对", "Not of the expected form"), hint, at);
}

/** Punctuation of a Chinese keyboard is part of the word for YAML: told as such, not as a wrong word. */
function fullWidth(path: Path, value: unknown): Finding | undefined {
  const found = typeof value === "string" ? /[：，；“”‘’｛｝【】（）]/.exec(value)?.[0] : undefined;
  if (found === undefined) return undefined;
  return error(
    "BAD_FORM",
    path,
    words(`写法不对：有中文标点 ${found}`, `Not of the expected form: ${found} is punctuation of a Chinese keyboard`),
    words('改用英文标点 : , " { }', 'Use : , " { } of a Latin keyboard'),
  );
}

/** A value as it may be repeated in a message: short, and never a whole structure. */
function shown(value: unknown, path: Path): string {
  if (path.at(-1) === "password") return "***";
  if (value === null) return "empty（空）";
  if (Array.isArray(value)) return "a list（列表）";
  if (typeof value === "object") return "a group（一组键值）";
  const text = String(value);
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}
