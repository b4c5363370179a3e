/** gate.yaml as text with places: which line and column a path stands at. */
import { type Document, isMap, isNode, isScalar, isSeq, type ParsedNode, parseDocument } from "yaml";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";

/** Larger than any real site needs; a guard against the wrong file. */
export const LARGEST_CONFIG_BYTES = 1_048_576;

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Source {
  readonly document: Document.Parsed<ParsedNode>;
  /** Syntax problems already carry their place. */
  readonly problems: readonly (Finding & Place)[];
  /** The place of a path, or of its nearest ancestor that exists. */
  place(path: Path, at?: "key"): Place;
}

const HINTS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  TAB_AS_INDENT: words("YAML 不能用制表符缩进，请改用空格", "YAML can't be indented with tabs: use spaces"),
  BAD_INDENT: words(
    "检查缩进：同一级的键左端要对齐；上面也不能少 } 或 ]",
    "Check the indentation: keys of one level begin in one column; nor may a } or ] be missing above",
  ),
  MULTIPLE_DOCS: words(
    "一个文件只能有一份配置，删除多余的 ---",
    "One file holds one configuration: remove the extra ---",
  ),
};
/** What the package's codes mean to somebody who writes YAML twice a year. */
const MEANINGS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "用了制表符",
  BAD_INDENT: "缩进不对",
  MISSING_CHAR: "少了冒号、引号或括号",
  BLOCK_AS_IMPLICIT_KEY: "缩进或冒号不对",
  MULTILINE_IMPLICIT_KEY: "少了冒号，或冒号后没有空格",
  MULTIPLE_DOCS: "有多余的 ---",
  UNEXPECTED_TOKEN: "有多余的符号",
};
const USUAL_HINT = words(
  "检查这一行及上一行的冒号、引号和缩进（冒号后要有空格，中文冒号：无效）",
  "Check colon, quotes and indentation of this line and the one before (a blank after the colon; ： is no colon)",
);

/** Reads YAML 1.2 text. Never throws on bad text; problems are values. */
export function readSource(text: string): Source {
  const document = parseDocument(text, { prettyErrors: false, version: "1.2", stringKeys: true });
  // Counted here: the package's own counter misses line feeds inside tokens that are errors.
  const placeOf = (offset: number): Place => {
    const before = text.slice(0, offset);
    const lineStart = before.lastIndexOf("\n") + 1;
    return { line: before.split("\n").length, column: before.length - lineStart + 1 };
  };
  // One wrong blank makes five errors: what follows a syntax error is a guess, only keys written twice stand by themselves.
  const first = document.errors.find((fault) => fault.code !== "DUPLICATE_KEY");
  const told = document.errors.filter((fault) => fault === first || fault.code === "DUPLICATE_KEY");
  const problems = told.map((fault) => {
    const duplicate = fault.code === "DUPLICATE_KEY";
    const place = placeOf(fault.pos[0]);
    const finding = duplicate
      ? error(
          "YAML_DUPLICATE_KEY",
          [],
          words("同一个键写了两次", "The same key is written twice"),
          words("删除其中一个", "Remove one of the two"),
        )
      : error(
          "YAML_SYNTAX",
          [],
          words(
            `不是有效的 YAML：${MEANINGS[fault.code] ?? fault.code}`,
            `Not valid YAML: ${withoutText(fault.message)}`,
          ),
          HINTS[fault.code] ?? USUAL_HINT,
        );
    return { ...finding, ...place };
  });
  return { document, problems, place: (path, at) => placeOf(offsetOf(document, path, at)) };
}

/** The package repeats what it read, which may be a password. */
function withoutText(message: string): string {
  return message.replace(/:? *["'`].*$/s, "");
}

function offsetOf(document: Document.Parsed<ParsedNode>, path: Path, at: "key" | undefined): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : "") === String(step));
      if (pair === undefined) return offset;
      const key = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      const value = isNode(pair.value) ? pair.value.range : undefined;
      const empty = value === undefined || value === null || value[0] === value[1];
      offset = (last && at === "key") || empty ? (key ?? offset) : value[0];
      node = pair.value;
      continue;
    }
    if (!isSeq(node)) return offset;
    const item: unknown = node.items[Number(step)];
    if (!isNode(item)) return offset;
    offset = item.range?.[0] ?? offset;
    node = item;
  }
  return offset;
}
