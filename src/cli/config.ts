/** `gatepost config`: what is in force, what another one would change, putting it in force, and going back. */
import { configPath } from "../config/environment.ts";
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { problemText } from "./check.ts";
import { appliedText, diffText, statusText } from "./config-words.ts";
import { isConfirmed } from "./confirm.ts";
import {
  CONFIG_OPTION,
  type Given,
  type Io,
  JSON_OPTION,
  type Lang,
  say,
  USAGE,
  USAGE_CODE,
  type Verb,
  verb,
} from "./verb.ts";
import type { ConfigApplied, ConfigDiffed, Works } from "./works.ts";

/** As long as an upgrade waits for its gate. */
const USUAL_WAIT_S = 60;

type ConfigWorks = Pick<Works, "configStatus" | "configDiff" | "configApply">;

export function configVerb(works: ConfigWorks): Verb {
  return verb(
    {
      name: "config",
      summary: words(
        "配置：正在用哪一份、新的改了什么、启用、退回",
        "The configuration in force, what another would change, applying it, going back",
      ),
      usage: "config status|diff|apply|rollback [FILE] [--yes] [--wait SECONDS] [--unit NAME] [--json]",
      positionals: [0, 2],
      options: [
        CONFIG_OPTION,
        { name: "yes", short: "y", words: words("不再询问", "Don't ask") },
        {
          name: "wait",
          value: "SECONDS",
          number: [5, 600],
          words: words(
            "最多等多久就绪，否则换回原来的，默认 60",
            "How long the gate may take to be ready, else the one before comes back; default 60",
          ),
        },
        {
          name: "unit",
          value: "NAME",
          words: words(
            "重启哪个 systemd 服务，默认 gatepost（仅 /etc/gatepost/gate.yaml）",
            "systemd's unit to restart; default gatepost, for /etc/gatepost/gate.yaml alone",
          ),
        },
        JSON_OPTION,
      ],
      examples: [
        { line: "gatepost config", words: words("门岗正在用哪一份配置", "Which configuration the gate works by") },
        {
          line: "sudo gatepost config diff",
          words: words("平台或技术员交来的配置改了什么，先看接线", "What the one handed in would change, wires first"),
        },
        {
          line: "sudo gatepost config apply new.yaml",
          words: words("检查、列出改动、询问、启用；没就绪就换回", "Check, show, ask, apply; back if it isn't ready"),
        },
        { line: "sudo gatepost config rollback", words: words("退回上一份配置", "Back to the one before") },
      ],
      exitCodes: [
        {
          code: 0,
          words: words(
            "gate.yaml 正在用；diff：没有不同；apply：已启用（或已放好）",
            "gate.yaml is in force; diff: the same; apply: in force (or laid down)",
          ),
        },
        {
          code: 1,
          words: words(
            "gate.yaml 没在用；diff：有不同；apply：没有启用",
            "gate.yaml isn't in force; diff: different; apply: not in force",
          ),
        },
        { ...USAGE_CODE, words: words("用法不对；diff：文件有错误", "Wrong usage; diff: a file with errors") },
      ],
    },
    async (given, io, lang) => {
      const [deed = "status", file] = given.positionals;
      const options = { configPath: configPath(given.text("config"), io.env) };
      if ((deed === "status" || deed === "rollback") && file !== undefined) return misused(io, lang);
      switch (deed) {
        case "status":
          return status(works, options, given, io, lang);
        case "diff":
          return diff(works, { ...options, ...named(file) }, given, io, lang);
        case "apply":
          return apply(works, { ...options, ...named(file) }, given, io, lang);
        case "rollback":
          return apply(works, { ...options, back: true }, given, io, lang);
      }
      return misused(io, lang);
    },
  );
}

const named = (file: string | undefined) => (file === undefined ? {} : { file });

function misused(io: Io, lang: Lang, why: Words = words("看 gatepost config --help", "See gatepost config --help")) {
  io.err(`${say(why, lang)}\n`);
  return USAGE;
}

const asJson = (told: unknown): string => `${JSON.stringify(told, null, 2)}\n`;

async function status(
  works: ConfigWorks,
  options: { readonly configPath: string },
  given: Given,
  io: Io,
  lang: Lang,
): Promise<number> {
  const told = await works.configStatus(options);
  io.out(given.on("json") ? asJson(told) : statusText(told, lang));
  return told.is === "in-force" ? 0 : 1;
}

async function diff(
  works: ConfigWorks,
  options: { readonly configPath: string; readonly file?: string },
  given: Given,
  io: Io,
  lang: Lang,
): Promise<number> {
  const told = await works.configDiff(options);
  if (given.on("json")) io.out(asJson(told));
  else tellDiff(told, io, lang);
  if (told.errors.length > 0) return USAGE;
  return told.changes.length === 0 ? 0 : 1;
}

function tellDiff(told: ConfigDiffed, io: Io, lang: Lang): void {
  for (const problem of [...told.errors, ...told.warnings]) io.err(problemText(problem, lang));
  if (told.errors.length === 0) io.out(diffText(told, lang));
}

async function apply(
  works: ConfigWorks,
  options: { readonly configPath: string; readonly file?: string; readonly back?: true },
  given: Given,
  io: Io,
  lang: Lang,
): Promise<number> {
  const isJson = given.on("json");
  const isAgreed = given.on("yes");
  if (isJson && !isAgreed) return misused(io, lang, words("--json 要和 --yes 一起用", "--json needs --yes"));
  const unit = given.text("unit");
  const waitS = given.number("wait") ?? USUAL_WAIT_S;
  const asked = async (told: ConfigDiffed): Promise<boolean> => {
    if (!isJson) tellDiff(told, io, lang);
    return (
      isAgreed || isConfirmed(words("启用这份配置？门岗会重启一次", "Put it in force? The gate restarts once"), lang)
    );
  };
  const applied = await works.configApply({ ...options, waitS, ...(unit === undefined ? {} : { unit }) }, asked);
  if (isJson) io.out(asJson(applied));
  else {
    if (applied.outcome === "errors") tellDiff(applied, io, lang);
    io.out(appliedText(applied, { configPath: options.configPath, ...(unit === undefined ? {} : { unit }) }, lang));
  }
  return isGood(applied) ? 0 : 1;
}

const isGood = ({ outcome }: ConfigApplied): boolean => ["in-force", "laid", "same"].includes(outcome);
