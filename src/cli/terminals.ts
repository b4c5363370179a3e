/** `gatepost terminals`: what each terminal holds, what is owed to it, and which faces it shouldn't hold. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { TerminalTold, Works } from "./works.ts";

export function terminalsVerb(works: Pick<Works, "terminals">): Verb {
  return verb(
    {
      name: "terminals",
      summary: words("每台终端里有多少人脸、还欠什么", "Faces in each terminal, and what is owed to it"),
      usage: "terminals [--json]",
      positionals: [0, 0],
      options: [CONFIG_OPTION, JSON_OPTION],
      examples: [{ line: "gatepost terminals", words: words("看每台终端", "Each terminal") }],
      exitCodes: [
        { code: 0, words: words("没有欠着的删除", "No removal is owed") },
        { code: 1, words: words("有该删而未删的人脸", "A terminal holds a face that it should not") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const told = await works.terminals({ configPath: configPath(given.text("config"), io.env) });
      io.out(given.on("json") ? `${JSON.stringify(told, null, 2)}\n` : terminalsText(told, lang));
      return told.some((one) => one.shouldNotHold.length > 0 || one.others > 0) ? 1 : 0;
    },
  );
}

export function terminalsText(terminals: readonly TerminalTold[], lang: Lang): string {
  if (terminals.length === 0)
    return `${say(words("没有一台终端写了 enrol: true", "No device has `enrol: true`"), lang)}\n`;
  return terminals
    .flatMap((one) => lines(one, lang))
    .join("\n")
    .concat("\n");
}

function lines(one: TerminalTold, lang: Lang): readonly string[] {
  const { add, change, remove } = one.owes;
  const head = words(
    `${one.device}  有 ${one.holds}，不确定 ${one.uncertain}，欠：增 ${add} 改 ${change} 删 ${remove}`,
    `${one.device}  holds ${one.holds}, uncertain ${one.uncertain}, owed: ${add} to add, ${change} to change, ${remove} to remove`,
  );
  const last =
    one.last === undefined
      ? []
      : [
          words(
            `  最近回执：${plain(one.last.face)} ${one.last.is} ${timeOf(one.last.wallMs)}`,
            `  last receipt: ${plain(one.last.face)} ${one.last.is} ${timeOf(one.last.wallMs)}`,
          ),
        ];
  const { lacking, refused, shouldNotHold, unagreed, others } = one;
  return [
    say(head, lang),
    ...last.map((text) => say(text, lang)),
    ...some(lacking.length, words(`  缺照片：${named(lacking)}`, `  wait for a picture: ${named(lacking)}`), lang),
    ...some(
      unagreed.length,
      words(`  没有登记同意，不下发：${named(unagreed)}`, `  no consent recorded, kept out: ${named(unagreed)}`),
      lang,
    ),
    ...refused.map(({ face, code, why }) => `  ! ${plain(face)}: ${plain(code)} ${say(why, lang)}`),
    ...some(
      shouldNotHold.length,
      words(`  不该有的人脸：${named(shouldNotHold)}`, `  should not hold: ${named(shouldNotHold)}`),
      lang,
    ),
    ...some(
      others,
      words(
        `  在终端上自行登记的 ${others} 人，只能在终端上删`,
        `  ${others} enrolled at the terminal itself: remove them there`,
      ),
      lang,
    ),
  ];
}

const some = (count: number, text: ReturnType<typeof words>, lang: Lang): readonly string[] =>
  count === 0 ? [] : [say(text, lang)];

const SHOWN = 10;
const named = (faces: readonly string[]): string =>
  `${faces.slice(0, SHOWN).map(plain).join(", ")}${faces.length > SHOWN ? ` … (${faces.length})` : ""}`;

const timeOf = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 19).replace("T", " ").concat("Z");
