/** `gatepost doctor`: looks at the machine, the wiring and the data; touches nothing. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, type Verb, verb } from "./verb.ts";
import type { DoctorReport, Works } from "./works.ts";

export function doctorVerb(works: Pick<Works, "doctor">): Verb {
  return verb(
    {
      name: "doctor",
      summary: words(
        "检查这台机器：电源、时钟、磁盘、接线、数据",
        "Look at this machine: power, clock, disk, wiring, data",
      ),
      usage: "doctor [--json]",
      positionals: [0, 0],
      options: [CONFIG_OPTION, JSON_OPTION],
      examples: [
        {
          line: "sudo gatepost doctor",
          words: words("安装后、出问题时先运行它", "After installing, and whenever something is wrong"),
        },
        { line: "sudo gatepost doctor --json", words: words("给监控脚本", "For a script") },
      ],
      exitCodes: [
        { code: 0, words: words("一切正常", "All is well") },
        { code: 1, words: words("有警告", "There are warnings") },
        { code: 2, words: words("有错误；或用法不对", "There are errors; or wrong usage") },
      ],
    },
    async (given, io, lang) => {
      const report = await works.doctor({ configPath: configPath(given.text("config"), io.env) });
      io.out(given.on("json") ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report, lang));
      return exitCode(report);
    },
  );
}

function exitCode({ parts }: DoctorReport): number {
  const all = parts.flatMap(({ findings }) => findings);
  if (all.some(({ severity }) => severity === "error")) return 2;
  return all.length === 0 ? 0 : 1;
}

export function doctorText({ version, parts }: DoctorReport, lang: Lang): string {
  const lines = parts.flatMap(({ title, says, findings }) => {
    const mark = findings.length === 0 ? "✓" : findings.some(({ severity }) => severity === "error") ? "✗" : "!";
    return [
      `${mark} ${say(title, lang)}${says === undefined ? "" : `: ${plain(says)}`}`,
      ...findings.flatMap(({ code, detail, message, hint }) => [
        `    ${code} ${say(message, lang)}${detail === "" ? "" : `: ${plain(detail)}`}`,
        `      → ${say(hint, lang)}`,
      ]),
    ];
  });
  const all = parts.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === "error").length;
  const tally = words(
    `${errors} 个错误，${all.length - errors} 个警告`,
    `${errors} errors, ${all.length - errors} warnings`,
  );
  return [`gatepost ${version}`, ...lines, say(tally, lang), ""].join("\n");
}
