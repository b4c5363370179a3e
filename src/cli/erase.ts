/** `gatepost erase`: erases a person and the key to what the journal says of them; nothing is done before it is asked for. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { EraseResult, Works } from "./works.ts";

export function eraseVerb(works: Pick<Works, "erase">): Verb {
  return verb(
    {
      name: "erase",
      summary: words("删除一个人（默认只看不删）", "Erase a person (only a preview by default)"),
      usage: "erase PERSON [--apply] [--json]",
      positionals: [1, 1],
      options: [
        CONFIG_OPTION,
        { name: "apply", words: words("真的删除，不能恢复", "Erase; it can't be undone") },
        { name: "dry-run", words: words("只看会删什么（默认）", "Preview only (the default)") },
        JSON_OPTION,
      ],
      examples: [
        { line: "gatepost erase R-0417", words: words("看会删什么", "See what would go") },
        { line: "gatepost erase R-0417 --apply", words: words("删除编号 R-0417 的人", "Erase the person R-0417") },
      ],
      exitCodes: [
        { code: 0, words: words("预览完成，或已删除", "Previewed, or erased") },
        { code: 1, words: words("名单里没有这个编号，或无法读取", "No such person, or the list can't be read") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const [person] = given.positionals;
      if (person === undefined || (given.on("apply") && given.on("dry-run"))) {
        io.err(`${say(words("--apply 和 --dry-run 只能选一个", "Either --apply or --dry-run"), lang)}\n`);
        return USAGE;
      }
      const path = configPath(given.text("config"), io.env);
      const result = await works.erase({ configPath: path, person, apply: given.on("apply") });
      io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : eraseText(result, lang));
      return result.outcome === "not-found" ? 1 : 0;
    },
  );
}

const ELSEWHERE = words(
  "还要做：从物业的表格里删掉这一行；在人脸机里删掉这张脸",
  "Still to do: take the row out of the clerk's file, and the face out of the terminals",
);

function eraseText({ outcome, id, person, files, aside }: EraseResult, lang: Lang): string {
  if (person === undefined) return `${plain(say(words(`名单里没有 ${id}`, `There is no ${id} on the list`), lang))}\n`;
  const { name, household, credentials } = person;
  const who = plain([id, name, household].filter((part) => part !== undefined).join(" "));
  const lines = [
    `- ${who}`,
    say(words(`卡、车牌、人脸等 ${credentials} 样`, `${credentials} credentials`), lang),
    ...files.map((file) => `  ${plain(file)}`),
    ...aside.map((file) =>
      say(
        words(`损坏后留下的文件里可能还有，请手工删除：${file}`, `May still hold them, delete it by hand: ${file}`),
        lang,
      ),
    ),
    outcome === "erased"
      ? say(words("已删除；记录里不再能读出这个人", "Erased; the journal can't name this person any more"), lang)
      : say(words("仅预览，没有删除；确认后加 --apply", "Preview only, nothing erased; add --apply to do it"), lang),
    say(ELSEWHERE, lang),
  ];
  return `${lines.join("\n")}\n`;
}
