/** What a verb of the command line is, and how its arguments are read. Help and parsing come from the same object. */
import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";

/** Where a verb speaks to, and what it may know of its surroundings. */
export interface Io {
  /** Results; each call ends with a line feed of its own making. */
  out(text: string): void;
  /** Complaints and progress. */
  err(text: string): void;
  /** All of standard input, as UTF-8. */
  stdin(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What stands after it, e.g. `FILE`; absent = a switch. */
  readonly value?: string;
  readonly multiple?: true;
  /** Allowed values. */
  readonly among?: readonly string[];
  /** A whole number from the first to the second. */
  readonly number?: readonly [least: number, most: number];
  readonly words: Words;
}

export interface VerbSpec {
  readonly name: string;
  readonly summary: Words;
  /** After `gatepost `. */
  readonly usage: string;
  /** How many words may stand beside the options. */
  readonly positionals: readonly [least: number, most: number];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly { readonly line: string; readonly words: Words }[];
  readonly exitCodes: readonly { readonly code: number; readonly words: Words }[];
}

export interface Verb extends VerbSpec {
  /** Parses `args` (without the verb's own name), does the work, gives the exit code. */
  run(args: readonly string[], io: Io): Promise<number>;
}

/** Arguments after the check: everything asked for here is of the right kind. */
export interface Given {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  number(name: string): number | undefined;
  on(name: string): boolean;
}

export type Lang = "zh" | "en" | "both";

/** Wrong use of the command line; nothing was done. */
export const USAGE = 2;

export const COMMON: readonly OptionSpec[] = [
  {
    name: "lang",
    value: "zh|en|both",
    among: ["zh", "en", "both"],
    words: words("用哪种语言", "Which language to speak"),
  },
  { name: "help", short: "h", words: words("显示这份说明", "Show this help") },
];
export const CONFIG_OPTION: OptionSpec = {
  name: "config",
  short: "c",
  value: "FILE",
  words: words(
    "配置文件，默认 $GATEPOST_CONFIG 或 /etc/gatepost/gate.yaml",
    "Configuration; default $GATEPOST_CONFIG or /etc/gatepost/gate.yaml",
  ),
};
export const JSON_OPTION: OptionSpec = {
  name: "json",
  words: words("输出 JSON，供脚本使用", "Print JSON for scripts"),
};

export const USAGE_CODE = { code: USAGE, words: words("用法不对，什么也没做", "Wrong usage, nothing was done") };

/** The language of an invocation: `--lang`, else Chinese where the system is, else both. */
export function langOf(asked: string | undefined, env: Io["env"]): Lang {
  if (asked === "zh" || asked === "en" || asked === "both") return asked;
  return /^zh/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || "") ? "zh" : "both";
}

/** What `--lang` says on a command line, understood or not: complaints about that line are told in it too. */
export function langAsked(args: readonly string[]): string | undefined {
  const at = args.indexOf("--lang");
  return at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith("--lang="))?.slice("--lang=".length);
}

/** Words in the language(s) wanted. */
export function say({ zh, en }: Words, lang: Lang): string {
  if (lang === "zh") return zh;
  return lang === "en" || zh === en ? en : `${zh} / ${en}`;
}

/** Text from outside without control characters: a plate or a name must not move the terminal's cursor. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "�");
}

/** A verb from its description and its work. */
export function verb(spec: VerbSpec, act: (given: Given, io: Io, lang: Lang) => Promise<number>): Verb {
  return {
    ...spec,
    run: async (args, io) => {
      const read = readArguments(spec, args);
      if ("wrong" in read) {
        const lang = langOf(langAsked(args), io.env);
        io.err(`${say(read.wrong, lang)}\n${say(words("用法", "Usage"), lang)}: gatepost ${spec.usage}\n`);
        return USAGE;
      }
      const lang = langOf(read.text("lang"), io.env);
      if (!read.on("help")) return act(read, io, lang);
      io.out(verbHelp(spec, lang));
      return 0;
    },
  };
}

function readArguments(spec: VerbSpec, args: readonly string[]): Given | { readonly wrong: Words } {
  const specs = [...spec.options, ...COMMON];
  const options = Object.fromEntries(
    specs.map(({ name, short, value, multiple }) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: multiple === true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  let parsed: { values: Readonly<Record<string, unknown>>; positionals: readonly string[] };
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (cause) {
    return { wrong: parseComplaint(cause, args, specs) };
  }
  const given = givenOf(parsed.values, parsed.positionals);
  if (given.on("help")) return given;
  const wrong = specs.map((option) => valueComplaint(option, given)).find((complaint) => complaint !== undefined);
  if (wrong !== undefined) return { wrong };
  const [least, most] = spec.positionals;
  if (given.positionals.length < least) return { wrong: words("缺少参数", "An argument is missing") };
  const extra = given.positionals[most];
  if (extra === undefined) return given;
  return { wrong: words(`多余的参数“${plain(extra)}”`, `Unexpected argument \`${plain(extra)}\``) };
}

function givenOf(values: Readonly<Record<string, unknown>>, positionals: readonly string[]): Given {
  const given = (name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
  const texts = (name: string): readonly string[] => {
    const value = given(name);
    if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
    return typeof value === "string" ? [value] : [];
  };
  const text = (name: string): string | undefined => texts(name).at(-1);
  return {
    positionals,
    text,
    texts,
    number: (name) => {
      const value = text(name);
      return value === undefined ? undefined : Number(value);
    },
    on: (name) => given(name) === true,
  };
}

function parseComplaint(cause: unknown, args: readonly string[], specs: readonly OptionSpec[]): Words {
  const known = specs.map((option) => `--${option.name}`);
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true, allowPositionals: true });
  const unknown = tokens.find(
    (token) => token.kind === "option" && !specs.some(({ name, short }) => name === token.name || short === token.name),
  );
  if (unknown?.kind === "option") {
    const near = nearest(
      unknown.name,
      specs.map((option) => option.name),
    );
    const raw = plain(unknown.rawName);
    if (near === undefined) {
      return words(`没有选项 ${raw}。可用：${known.join(" ")}`, `There is no option ${raw}. Known: ${known.join(" ")}`);
    }
    return words(`没有选项 ${raw}，是不是 --${near}？`, `There is no option ${raw}; did you mean --${near}?`);
  }
  const why = plain(cause instanceof Error ? cause.message : "");
  return words(`选项写法不对：${why}`, `An option is wrong: ${why}`);
}

function valueComplaint(option: OptionSpec, given: Given): Words | undefined {
  for (const value of given.texts(option.name)) {
    const shown = plain(value);
    if (option.among !== undefined && !option.among.includes(value)) {
      const list = option.among.join(", ");
      return words(
        `--${option.name} 不能是“${shown}”，可用：${list}`,
        `--${option.name} can't be \`${shown}\`; possible: ${list}`,
      );
    }
    if (option.number === undefined) continue;
    const [least, most] = option.number;
    if (/^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most) continue;
    return words(
      `--${option.name} 应为 ${least} 到 ${most} 的整数，不是“${shown}”`,
      `--${option.name} must be a whole number from ${least} to ${most}, not \`${shown}\``,
    );
  }
  return undefined;
}

/** The help of one verb. */
export function verbHelp(spec: VerbSpec, lang: Lang): string {
  const flag = ({ name, short, value }: OptionSpec): string =>
    `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  const options = [...spec.options, ...COMMON];
  const width = Math.max(...options.map((option) => flag(option).length)) + 2;
  return [
    `gatepost ${spec.usage}`,
    "",
    say(spec.summary, lang),
    "",
    `${say(words("选项", "Options"), lang)}:`,
    ...options.map((option) => `  ${flag(option).padEnd(width)}${say(option.words, lang)}`),
    "",
    `${say(words("例子", "Examples"), lang)}:`,
    ...spec.examples.flatMap(({ line, words: text }) => [`  ${line}`, `      ${say(text, lang)}`]),
    "",
    `${say(words("返回值", "Exit codes"), lang)}:`,
    ...spec.exitCodes.map(({ code, words: text }) => `  ${code}  ${say(text, lang)}`),
    "",
  ].join("\n");
}
