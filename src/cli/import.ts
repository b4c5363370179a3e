/** `gatepost import`: the resident list from a file; a preview first, always. */
import { configPath } from "../config/environment.ts";
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { ImportChange, ImportResult, Works } from "./works.ts";

export function importVerb(works: Pick<Works, "importFile">): Verb {
  return verb(
    {
      name: "import",
      summary: words(
        "导入住户名单（.xlsx .xls .csv）：先看差异，--apply 才写入",
        "Import the resident list (.xlsx .xls .csv): a preview; --apply writes it",
      ),
      usage: "import FILE [--apply] [--allow-removals] [--json]",
      positionals: [1, 1],
      options: [
        CONFIG_OPTION,
        { name: "apply", words: words("写入（一次全部，或全不写）", "Write it, all or nothing") },
        { name: "dry-run", words: words("只看差异（默认）", "Preview only (the default)") },
        { name: "allow-removals", words: words("允许停用超过一成的住户", "Allow suspending more than a tenth") },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "gatepost import residents.csv",
          words: words(
            "看会改变什么。第一行是列名：编号、姓名必须有，权限组决定能走哪些门；样子见 config/example-residents.csv",
            "See what would change. The first row names the columns: 编号 (id) and 姓名 (name) are needed, 权限组 (access levels) says which gates; see config/example-residents.csv",
          ),
        },
        { line: "gatepost import residents.csv --apply", words: words("写入", "Write it") },
      ],
      exitCodes: [
        { code: 0, words: words("预览完成，或已写入", "Previewed, or written") },
        { code: 1, words: words("文件有错误，什么也没写", "The file has errors, nothing was written") },
        USAGE_CODE,
        { code: 3, words: words("停用太多，需要 --allow-removals", "Too many removals: --allow-removals is needed") },
      ],
    },
    async (given, io, lang) => {
      const [file] = given.positionals;
      if (file === undefined || (given.on("apply") && given.on("dry-run"))) {
        io.err(`${say(words("--apply 和 --dry-run 只能选一个", "Either --apply or --dry-run"), lang)}\n`);
        return USAGE;
      }
      const result = await works.importFile({
        configPath: configPath(given.text("config"), io.env),
        file,
        apply: given.on("apply"),
        allowRemovals: given.on("allow-removals"),
      });
      io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : importText(result, lang));
      return exitCode(result);
    },
  );
}

function exitCode({ outcome, errors }: ImportResult): number {
  switch (outcome) {
    case "applied":
      return 0;
    case "dry-run":
      return errors.length === 0 ? 0 : 1;
    case "has-errors":
      return 1;
    case "refused":
      return 3;
  }
}

/** `+` new, `~` changed, `-` to be suspended, `!` a row that can't be read. */
export function importText(result: ImportResult, lang: Lang): string {
  const { added, changed, removed, same, errors, nowhere } = result;
  const lines = [
    ...added.map((change) => changeText("+", change)),
    ...changed.map((change) => changeText("~", change)),
    ...removed.map((change) => changeText("-", change)),
    ...errors.map(
      ({ row, column, value, message, hint }) =>
        `! ${say(words(`第 ${row} 行`, `row ${row}`), lang)} ${plain(column)} “${plain(value)}”: ${plain(say(message, lang))} → ${plain(say(hint, lang))}`,
    ),
  ];
  const counts = words(
    `新增 ${added.length}，更改 ${changed.length}，停用 ${removed.length}，不变 ${same}，错误 ${errors.length}`,
    `${added.length} new, ${changed.length} changed, ${removed.length} to suspend, ${same} the same, ${errors.length} errors`,
  );
  const shut = words(
    `注意：${nowhere} 人没有权限组，哪个门都不放行；在“权限组”一列填上，例如 residents`,
    `Mind: ${nowhere} people have no access level, so no gate lets them in; fill the column 权限组, e.g. residents`,
  );
  return [
    ...lines,
    ...(nowhere === 0 ? [] : [say(shut, lang)]),
    say(counts, lang),
    say(OUTCOMES[result.outcome], lang),
    "",
  ].join("\n");
}

const OUTCOMES: Readonly<Record<ImportResult["outcome"], Words>> = {
  "dry-run": words("仅预览，没有写入；确认后加 --apply", "Preview only, nothing written; add --apply to write it"),
  applied: words("已写入", "Written"),
  "has-errors": words("有错误，什么也没写", "There are errors, nothing was written"),
  refused: words(
    "停用的太多，没有写入；确认无误后加 --allow-removals",
    "Too many would be suspended, nothing was written; add --allow-removals if that is meant",
  ),
};

function changeText(sign: string, { who, row, cells }: ImportChange): string {
  const shown = cells.map(({ column, from, to }) => {
    if (from === undefined) return `${column}: ${to ?? ""}`;
    return to === undefined ? `${column}: ${from}` : `${column}: ${from} → ${to}`;
  });
  return `${sign} ${plain(who)}${row === undefined ? "" : ` (${row})`}${shown.length === 0 ? "" : `  ${plain(shown.join("; "))}`}`;
}
