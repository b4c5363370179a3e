/** `gatepost check`: everything that is wrong with a configuration, with line, column and a hint. */
import { configPath } from "../config/environment.ts";
import { loadConfig } from "../config/load.ts";
import type { ConfigError } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import type { GateConfig } from "../config/schema.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { Works } from "./works.ts";

export function checkVerb(works: Pick<Works, "loadOptions">): Verb {
  return verb(
    {
      name: "check",
      summary: words("检查配置文件，一次列出所有错误", "Check the configuration; all errors at once"),
      usage: "check [FILE] [--strict] [--without-secrets] [--json]",
      positionals: [0, 1],
      options: [
        CONFIG_OPTION,
        { name: "strict", words: words("警告也算错误", "Warnings count as errors") },
        {
          name: "without-secrets",
          words: words("不读密码文件（不在门岗主机上检查时）", "Don't open secret files (when checking elsewhere)"),
        },
        JSON_OPTION,
      ],
      examples: [
        { line: "gatepost check", words: words("检查本机正在用的配置", "Check this machine's configuration") },
        {
          line: "gatepost check gate.yaml --without-secrets",
          words: words("在笔记本上检查", "Check a draft on a laptop"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("可以使用", "Fit for use") },
        { code: 1, words: words("有错误（--strict 时也包括警告）", "Errors (with --strict warnings too)") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const [positional] = given.positionals;
      const option = given.text("config");
      if (positional !== undefined && option !== undefined) {
        io.err(`${say(words("文件写了两次：只用 FILE 或 --config", "Two files: use FILE or --config"), lang)}\n`);
        return USAGE;
      }
      const path = configPath(positional ?? option, io.env);
      const loaded = loadConfig(path, io.env, {
        ...works.loadOptions,
        readSecrets: !given.on("without-secrets"),
        today: new Date().toISOString().slice(0, 10),
      });
      const errors = "errors" in loaded ? loaded.errors : [];
      const { warnings } = loaded;
      const good = errors.length === 0 && !(given.on("strict") && warnings.length > 0);
      if (given.on("json")) {
        const page = "errors" in loaded ? {} : { page: pageOf(loaded.config) };
        io.out(`${JSON.stringify({ file: path, good, errors, warnings, ...page }, null, 2)}\n`);
        return good ? 0 : 1;
      }
      for (const problem of [...errors, ...warnings]) io.out(problemText(problem, lang));
      if ("errors" in loaded) io.out(`${say(tally(errors.length, warnings.length), lang)}\n`);
      else {
        const { lanes, devices } = loaded.config;
        const sound = words(
          `配置正确：${lanes.length} 个通道，${devices.length} 个设备，${warnings.length} 个警告`,
          `Sound: ${lanes.length} lanes, ${devices.length} devices, ${warnings.length} warnings`,
        );
        io.out(`${plain(path)}: ${say(sound, lang)}\n`);
      }
      return good ? 0 : 1;
    },
  );
}

/** Where the page will be: for programs that tell people of it. */
function pageOf({ page }: GateConfig) {
  const { host, port, hosts, tls } = page;
  return { host, port, hosts, encrypted: tls !== undefined };
}

/** `file:line:column` first, as editors and terminals understand it. */
export function problemText(problem: ConfigError, lang: Lang): string {
  const kind = problem.severity === "error" ? words("错误", "error") : words("警告", "warning");
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === "" ? "" : ` ${problem.path}`;
  return [
    `${plain(place)} ${say(kind, lang)} ${problem.code}${plain(path)}`,
    `    ${plain(say(problem.message, lang))}`,
    `    → ${plain(say(problem.hint, lang))}`,
    "",
  ].join("\n");
}

function tally(errors: number, warnings: number): ReturnType<typeof words> {
  return words(`${errors} 个错误，${warnings} 个警告`, `${errors} errors, ${warnings} warnings`);
}
