/** `gatepost manual`: the man page or the shell's completion on standard output; the package puts them in their places. */
import { words } from "../config/problem.ts";
import { catalogue } from "./catalogue.ts";
import { bashCompletion } from "./completion.ts";
import { manualPage } from "./manual-page.ts";
import { say, USAGE, USAGE_CODE, type Verb, type VerbSpec, verb } from "./verb.ts";

/** @param all every verb, this one too */
export function manualVerb(version: string, all: () => readonly VerbSpec[]): Verb {
  return verb(
    {
      name: "manual",
      summary: words(
        "输出手册页、命令补全或代码表",
        "Print the man page, the shell's completion or the table of codes",
      ),
      usage: "manual man|bash|codes",
      positionals: [1, 1],
      options: [],
      examples: [
        { line: "gatepost manual man | man -l -", words: words("看手册", "Read the manual") },
        { line: "gatepost manual codes", words: words("所有故障和报警代码，怎么处理", "All codes and what to do") },
        { line: "source <(gatepost manual bash)", words: words("本次会话启用补全", "Completion for this session") },
      ],
      exitCodes: [{ code: 0, words: words("完成", "Done") }, USAGE_CODE],
    },
    async (given, io, lang) => {
      switch (given.positionals[0]) {
        case "man":
          io.out(manualPage(all(), version, lang === "both" ? "en" : lang));
          return 0;
        case "bash":
          io.out(bashCompletion(all()));
          return 0;
        case "codes":
          io.out(catalogue());
          return 0;
        default:
          io.err(`${say(words("可用：man bash codes", "Possible: man bash codes"), lang)}\n`);
          return USAGE;
      }
    },
  );
}
