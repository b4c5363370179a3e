/** `gatepost`: finds the verb, or says which there are. */

import { nearest } from "../config/nearest.ts";
import { words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import { accountsVerb } from "./accounts.ts";
import { backupVerb, restoreVerb } from "./backup.ts";
import { bundleVerb } from "./bundle.ts";
import { faultWords } from "./catalogue.ts";
import { checkVerb } from "./check.ts";
import { configVerb } from "./config.ts";
import { decodeVerb } from "./decode.ts";
import { demoVerb } from "./demo.ts";
import { devicesVerb } from "./devices.ts";
import { doctorVerb } from "./doctor.ts";
import { enrolVerb } from "./enrol.ts";
import { eraseVerb } from "./erase.ts";
import { exportVerb } from "./export.ts";
import { importVerb } from "./import.ts";
import { journalVerb } from "./journal.ts";
import { manualVerb } from "./manual.ts";
import { FAULT_REMEDIES } from "./remedies.ts";
import { simulateVerb } from "./simulate.ts";
import { startVerb } from "./start.ts";
import { terminalsVerb } from "./terminals.ts";
import { type Io, type Lang, langAsked, langOf, plain, say, USAGE, type Verb, verbHelp } from "./verb.ts";
import type { Works } from "./works.ts";

/** Every verb, in the order of the help. */
export function verbs(works: Works): readonly Verb[] {
  const all: readonly Verb[] = [
    startVerb(works),
    demoVerb(works),
    checkVerb(works),
    configVerb(works),
    doctorVerb(works),
    accountsVerb(works),
    importVerb(works),
    exportVerb(works),
    eraseVerb(works),
    devicesVerb(works),
    backupVerb(works),
    restoreVerb(works),
    enrolVerb(works),
    terminalsVerb(works),
    bundleVerb(works),
    decodeVerb(works),
    journalVerb(works),
    simulateVerb(works),
    manualVerb(works.version, () => all),
  ];
  return all;
}

/**
 * Runs one command line (without node and script) and gives its exit code.
 * The world's faults end as one line with their code; our own bugs are thrown on.
 */
export async function gatepost(args: readonly string[], io: Io, works: Works): Promise<number> {
  const [name, ...rest] = args;
  const all = verbs(works);
  const lang = langOf(langAsked(args), io.env);
  if (name === undefined) {
    io.err(overview(all, lang));
    return USAGE;
  }
  if (name === "--help" || name === "-h" || name === "help") return help(all, rest[0], io, lang);
  if (name === "--version" || name === "-V") {
    io.out(`gatepost ${works.version}\n`);
    return 0;
  }
  const chosen = all.find((verb) => verb.name === name);
  if (chosen === undefined) return unknownVerb(all, name, io, lang);
  try {
    return await chosen.run(rest, io);
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    // The code stands there already; a message of several lines stays one.
    const lines = cause.message.slice(`${cause.code}: `.length).trim().split("\n");
    const told = lines.map((line) => `  ${plain(line.trim())}\n`).join("");
    io.err(
      `${cause.code}: ${say(faultWords(cause.code), lang)}\n${told}  → ${say(FAULT_REMEDIES[cause.code], lang)}\n`,
    );
    return 1;
  }
}

function help(all: readonly Verb[], name: string | undefined, io: Io, lang: Lang): number {
  if (name === undefined || name.startsWith("-")) {
    io.out(overview(all, lang));
    return 0;
  }
  const chosen = all.find((verb) => verb.name === name);
  if (chosen === undefined) return unknownVerb(all, name, io, lang);
  io.out(verbHelp(chosen, lang));
  return 0;
}

function unknownVerb(all: readonly Verb[], name: string, io: Io, lang: Lang): number {
  const names = all.map((verb) => verb.name);
  const near = nearest(name.replace(/^-+/, ""), [...names, "help", "version"]);
  const meant = near === "help" || near === "version" ? `--${near}` : near;
  const shown = plain(name);
  const list = names.join(", ");
  const complaint =
    meant === undefined
      ? words(`没有命令“${shown}”。可用：${list}`, `There is no verb \`${shown}\`. Known: ${list}`)
      : words(`没有命令“${shown}”，是不是 ${meant}？`, `There is no verb \`${shown}\`; did you mean ${meant}?`);
  io.err(`${say(complaint, lang)}\n`);
  return USAGE;
}

function overview(all: readonly Verb[], lang: Lang): string {
  const width = Math.max(...all.map((verb) => verb.name.length)) + 3;
  return [
    say(words("gatepost 门岗：小区出入口控制", "gatepost: the gate controller of a compound"), lang),
    "",
    `${say(words("用法", "Usage"), lang)}: gatepost VERB [OPTIONS]`,
    "",
    ...all.map((verb) => `  ${verb.name.padEnd(width)}${say(verb.summary, lang)}`),
    "",
    say(
      words(
        "gatepost VERB --help 看一个命令的说明；gatepost --version 看版本",
        "gatepost VERB --help explains one verb; gatepost --version tells the version",
      ),
      lang,
    ),
    "",
  ].join("\n");
}
