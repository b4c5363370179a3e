/** docs/reliability.md out of the rows and what the last runs showed. */
import { FAULTS } from "./faults.ts";
import { keyOf, type Results, type Run } from "./results.ts";
import { type PromiseNumber, ROWS, type Row, type Shown } from "./rows.ts";

const PROMISES: Readonly<Record<PromiseNumber, string>> = {
  1: "The gate never moves by itself",
  2: "It never commands a close onto anything",
  3: "It decides whatever else is down",
  4: "Nothing acknowledged is lost",
  5: "Every decision explains itself",
  6: "Faces stay at the gate",
};

const WIDTH = 128;
const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
const count = (n: number) => n.toLocaleString("en");
const listed = (words: readonly string[]) => words.join(", ");

/** One paragraph or list item in lines that can be read as they stand. Code isn't broken. */
function wrapped(text: string, first = "", next = first.replaceAll(/./g, " ")): readonly string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    if (line.length + word.length > WIDTH && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = next;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

export function pageOf(told: Results): string {
  const machines = [
    ...new Set(Object.values(told.runs).flatMap((one) => runsIn(one).map(({ machine }) => machine))),
  ].toSorted();
  return [
    "# What can go wrong, and how it is shown",
    "",
    ...wrapped(
      "Written by `npm run reliability` and `npm run planted` out of [the rows](../test/reliability/rows.ts) and the runs' own reports. Each incident has happened somewhere; each test stands in the file named. `npm run reliability -- --only NAME` runs one of them in the suite's size, `--full` in the long one, `--doc` writes this page without running anything. What is too long for one sitting has parts: `--full` goes on after the last one that passed, `--part K` runs one.",
    ),
    "",
    ...machines.flatMap((machine) =>
      wrapped(`${machines.length < 2 ? "Run" : `${nameOf(machine, machines)}: run`} on ${machine}.`),
    ),
    "",
    "## Incidents",
    "",
    "| incident | promises | in the suite | long runs |",
    "| --- | --- | --- | --- |",
    ...ROWS.map((row) => overview(row, told)),
    "",
    ...ROWS.flatMap((row) => section(row, told, machines)),
    "## Promises",
    "",
    ...promiseLines(told),
    "",
    "## Planted faults",
    "",
    ...wrapped(
      "A test that can't fail shows nothing. Each fault is built into a copy of the tree (`npm run planted`), and the tests that should notice are run there.",
    ),
    "",
    ...FAULTS.flatMap((fault) => {
      const found = told.planted.find((one) => one.name === fault.name);
      const end =
        found === undefined
          ? "not run yet"
          : `${found.caughtBy === undefined ? "**escaped**" : `caught by “${escaped(found.caughtBy)}”`}, ${found.seconds.toFixed(0)} s, ${found.date}`;
      return wrapped(`${fault.what} (${code(fault.file)}): ${end}.`, "- ");
    }),
    "",
    "## What we don't promise",
    "",
    ...wrapped(
      "Conformity to a standard we have not been tested against; anything about the barrier's own motor safety; a disk that lies about its flush.",
    ),
    "",
  ].join("\n");
}

type Ran = Results["runs"][string];
const runsIn = ({ short, full, parts }: Ran): readonly Run[] => [
  ...[short, full].filter((run) => run !== undefined),
  ...Object.values(parts ?? {}),
];
const escaped = (text: string) => text.replaceAll("<", "\\<").replaceAll("|", "\\|");
const ranOf = (told: Results, { file, title }: Shown): Ran => told.runs[keyOf(file, title)] ?? {};
/** Said only where there are several. */
const nameOf = (machine: string, machines: readonly string[]) =>
  machines.length < 2 ? "" : `M${machines.indexOf(machine) + 1}`;

function overview(row: Row, told: Results): string {
  const long = row.shownBy.filter(({ size }) => size?.full !== undefined);
  const cells = [
    `[${row.incident}](#${row.name})`,
    listed(row.promises.map(String)),
    sumOf(row.shownBy.map((shown) => ranOf(told, shown).short)),
    long.length === 0 ? "" : sumOf(long.map((shown) => longOf(ranOf(told, shown), shown))),
  ];
  return `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

function sumOf(runs: readonly (Run | undefined)[]): string {
  const done = runs.filter((run) => run !== undefined);
  const add = (what: "passed" | "failed") => done.reduce((sum, run) => sum + run[what], 0);
  const words = [
    ...(add("failed") > 0 ? [`**${count(add("failed"))} failed**`] : []),
    ...(done.length > 0 ? [`${count(add("passed"))} passed`] : []),
    ...(done.length < runs.length ? [`${runs.length - done.length} not run yet`] : []),
  ];
  return listed(words);
}

function section(row: Row, told: Results, machines: readonly string[]): readonly string[] {
  return [
    // The name as an anchor that doesn't change with the words.
    `<a id="${row.name}"></a>`,
    "",
    `### ${row.incident}`,
    "",
    ...wrapped(
      `${row.where.length === 0 ? "" : `Happened: ${listed(row.where)}. `}Here: ${row.promise} (${code(`--only ${row.name}`)}, promise ${listed(row.promises.map(String))})`,
    ),
    "",
    ...row.shownBy.flatMap((shown) => [
      ...wrapped(
        `**${escaped(readable(shown))}**${shown.seed === undefined || shown.title.includes(`seed ${shown.seed}`) ? "" : `, seed ${shown.seed}`}`,
        "- ",
      ),
      ...shownLines(shown, ranOf(told, shown), machines).flatMap((text) => wrapped(text, "  - ")),
    ]),
    "",
  ];
}

function shownLines(shown: Shown, ran: Ran, machines: readonly string[]): readonly string[] {
  const { size } = shown;
  const test = `npm test -- ${shown.file.replace(/\.test\.ts$/, "")}`;
  const short = size === undefined ? "" : `, ${count(size.short)} ${size.of}`;
  const lines = [`${code(test)}${short}: ${said(ran.short, machines)}`];
  if (size?.full === undefined) return lines;
  const { variable, count: many, parts } = size.full;
  const part = parts === undefined ? "" : `${parts.variable}=K/${parts.of} `;
  const all = `${many === 0 ? "each of the" : count(many)} ${size.of}`;
  const progress = parts === undefined ? "" : `${Object.keys(partsOf(ran, parts.of)).length} of ${parts.of} parts: `;
  const long = `${code(`${variable}=${many} ${part}${test}`)}, ${all}: ${progress}${said(longOf(ran, shown), machines)}`;
  return [...lines, long];
}

/** Those of the division that is in force; older ones count no more. */
const partsOf = ({ parts }: Ran, of: number): Readonly<Record<string, Run>> =>
  Object.fromEntries(Object.entries(parts ?? {}).filter(([part]) => part.endsWith(`/${of}`)));

/** The long run; of one in parts their sum so far, as of the last of them. */
function longOf(ran: Ran, { size }: Shown): Run | undefined {
  const of = size?.full?.parts?.of;
  if (of === undefined) return ran.full;
  return Object.values(partsOf(ran, of)).reduce<Run | undefined>((sum, run) => {
    if (sum === undefined) return run;
    return {
      date: run.date > sum.date ? run.date : sum.date,
      machine: run.date > sum.date ? run.machine : sum.machine,
      passed: sum.passed + run.passed,
      failed: sum.failed + run.failed,
      skipped: sum.skipped + run.skipped,
      seconds: sum.seconds + run.seconds,
      did: (sum.did ?? 0) + (run.did ?? 0),
    };
  }, undefined);
}

function said(run: Run | undefined, machines: readonly string[]): string {
  if (run === undefined) return "not run yet";
  const { passed, failed, did, seconds, date, machine } = run;
  const result =
    failed > 0
      ? `**${count(failed)} failed**, ${count(passed)} passed`
      : passed === 0
        ? "skipped on this machine"
        : `${count(passed)} passed`;
  const done = did === undefined ? "" : `${count(did)} done, `;
  return `${done}${result} in ${seconds.toFixed(1)} s, ${date}${machines.length < 2 ? "" : `, ${nameOf(machine, machines)}`}`;
}

function promiseLines(told: Results): readonly string[] {
  return Object.entries(PROMISES).flatMap(([number, words]) => {
    const rows = ROWS.filter((row) => row.promises.some((one) => String(one) === number));
    const files = Object.entries(told.named).filter(([, by]) => (by[number] ?? 0) > 0);
    const passed = files.reduce((sum, [, by]) => sum + (by[number] ?? 0), 0);
    const incidents = rows.length === 0 ? "" : ` Incidents: ${listed(rows.map((row) => row.name))}.`;
    const where = files.length === 0 ? "" : `: ${listed(files.map(([file, by]) => `${code(file)} ${by[number]}`))}`;
    return wrapped(
      `**${words}.**${incidents} Tests above that bear its number in their names: ${count(passed)} passed${where}.`,
      `${number}. `,
    );
  });
}

/** A title without its holes: the seed has a column of its own, the first other hole is how many of them the suite does. */
function readable({ title, size }: Shown): string {
  let many = size?.short.toLocaleString("en-US");
  return title
    .replace(/ ?\(seed \$\{SEED\}\)/, "")
    .replaceAll(/\$\{\w+\}/g, () => {
      const filled = many ?? "…";
      many = undefined;
      return filled;
    })
    .replaceAll(/%[sid]/g, "each");
}
