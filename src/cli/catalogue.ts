/** docs/generated/codes.md: every code that stands in the log, on the page or in `doctor`, and what to do. */
import type { Words } from "../config/problem.ts";
import { FAULTS } from "../core/fault.ts";
import { ALARMS } from "../core/terms.ts";
import { ALARM_WORDS } from "../core/words.ts";
import { FINDINGS } from "./doctor-table.ts";
import { ALARM_REMEDIES, FAULT_REMEDIES } from "./remedies.ts";

type Line = readonly [code: string, says: Words, mend: Words];

export function catalogue(): string {
  return [
    "# Codes and what to do 代码和处理办法",
    "",
    "Made by `gatepost manual codes` from the program's own tables.",
    "",
    ...table(
      "Faults 故障",
      "In the log (`code`), in `gatepost_faults_total` and in the journal's `fault` rows.",
      faults(),
    ),
    ...table("Alarms 报警", "On the page, in `gatepost_alarms_total` and in the journal's `alarm` rows.", alarms()),
    ...table("`gatepost doctor`", "Found by looking at the machine.", findings()),
  ].join("\n");
}

function table(title: string, where: string, lines: readonly Line[]): readonly string[] {
  const cell = ({ zh, en }: Words) => (zh === en ? en : `${zh}<br>${en}`).replaceAll("|", "\\|");
  return [
    `## ${title}`,
    "",
    where,
    "",
    "| code | means | do |",
    "| --- | --- | --- |",
    ...lines.map(([code, says, mend]) => `| \`${code}\` | ${cell(says)} | ${cell(mend)} |`),
    "",
  ];
}

/** The table of faults keeps both languages in one text: English first, to the full stop. */
export function faultWords(code: keyof typeof FAULTS): Words {
  const [en = "", zh = en] = FAULTS[code].split(/(?<=\.) /);
  return { zh, en };
}

const faults = (): readonly Line[] => keysOf(FAULTS).map((code) => [code, faultWords(code), FAULT_REMEDIES[code]]);
const alarms = (): readonly Line[] => ALARMS.map((kind) => [kind, ALARM_WORDS[kind], ALARM_REMEDIES[kind]]);
const findings = (): readonly Line[] =>
  keysOf(FINDINGS).map((code) => [code, FINDINGS[code].says, FINDINGS[code].mend]);

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] {
  const isKey = (key: string): key is Key => Object.hasOwn(table, key);
  return Object.keys(table).filter(isKey);
}
