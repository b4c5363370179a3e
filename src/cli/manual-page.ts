/** The man page, section 1, from the verbs' own descriptions. */
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { COMMON, type Lang, type OptionSpec, say, type VerbSpec } from "./verb.ts";

export function manualPage(all: readonly VerbSpec[], version: string, lang: Lang): string {
  const told = (text: Words) => roff(say(text, lang));
  const heading = (text: Words) => `.SH ${told(text)}`;
  return `${[
    `.TH GATEPOST 1 "" "gatepost ${roff(version)}"`,
    heading(words("名称", "NAME")),
    told(words("gatepost \\- 小区出入口控制", "gatepost \\- the gate controller of a compound")),
    heading(words("用法", "SYNOPSIS")),
    ...all.flatMap(({ usage }) => [".PP", `.B gatepost ${roff(usage)}`]),
    heading(words("命令", "VERBS")),
    ...all.flatMap((verb) => verbPart(verb, lang)),
    heading(words("通用选项", "COMMON OPTIONS")),
    ...COMMON.flatMap((option) => optionPart(option, lang)),
    heading(words("文件", "FILES")),
    ...FILES.flatMap(({ path, is }) => [".TP", `.I ${roff(path)}`, told(is)]),
  ].join("\n")}\n`;
}

const FILES: readonly { readonly path: string; readonly is: Words }[] = [
  { path: "/etc/gatepost/gate.yaml", is: words("配置", "The configuration") },
  { path: "/etc/gatepost/secrets/", is: words("密码和密钥", "Passwords and keys") },
  { path: "/var/lib/gatepost/", is: words("名单、记录、站点密钥", "The list, the journal and the site's key") },
];

function verbPart({ usage, summary, options, examples, exitCodes }: VerbSpec, lang: Lang): readonly string[] {
  const told = (text: Words) => roff(say(text, lang));
  return [
    `.SS gatepost ${roff(usage)}`,
    told(summary),
    ...options.flatMap((option) => optionPart(option, lang)),
    ".PP",
    told(words("例子：", "Examples:")),
    ...examples.flatMap(({ line, words: text }) => [".TP", `.B ${roff(line)}`, told(text)]),
    ".PP",
    told(words("返回值：", "Exit codes:")),
    ...exitCodes.flatMap(({ code, words: text }) => [".TP", `.B ${code}`, told(text)]),
  ];
}

function optionPart({ name, short, value, words: text }: OptionSpec, lang: Lang): readonly string[] {
  const flag = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  return [".TP", `.B ${roff(flag)}`, roff(say(text, lang))];
}

/** A hyphen is one that can be copied, a backslash is one, and no line begins with a request by accident. */
function roff(text: string): string {
  const escaped = text.replaceAll(/\\(?!-)/g, "\\e").replaceAll(/(?<!\\)-/g, "\\-");
  return escaped.replaceAll(/^([.'])/gm, "\\&$1");
}
