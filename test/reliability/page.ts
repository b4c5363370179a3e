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

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const line = (...cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

export function pageOf(told: Results): string {
  const machines = [
    ...new Set(Object.values(told.runs).flatMap(({ short, full }) => [short?.machine, full?.machine])),
  ].filter((machine) => machine !== undefined);
  const incidents = ROWS.flatMap((row) => rowLines(row, told, machines));
  return [
    "# What can go wrong, and how it is shown",
    "",
    "Written by `npm run reliability` and `npm run planted` out of [the rows](../test/reliability/rows.ts) and the runs' own",
    "reports. Each incident has happened somewhere; each test stands in the file named. `npm run reliability -- --only NAME`",
    "runs one of them in the suite's size, `--full` in the long one, `--doc` writes this page without running anything.",
    "",
    "## Incidents",
    "",
    line("incident", "promise", "test", "command", "seed", "size", "in the suite", "long run"),
    line(...Array.from({ length: 8 }, () => "---")),
    ...incidents,
    "",
    ...machines.map((machine, n) => `- M${n + 1}: ${machine}`),
    "",
    "## Promises",
    "",
    line("promise", "incidents", "tests that are named for it", "of which ran here"),
    line("---", "---", "---", "---"),
    ...promiseLines(told),
    "",
    "## Planted faults",
    "",
    "A test that can't fail shows nothing. Each fault is built into a copy of the tree (`npm run planted`), and the tests that",
    "should notice are run there.",
    "",
    line("fault", "what is changed", "caught by", "s", "date"),
    line("---", "---", "---", "---", "---"),
    ...FAULTS.map((fault) => {
      const found = told.planted.find((one) => one.name === fault.name);
      if (found === undefined) return line(fault.what, code(fault.file), "not run yet", "", "");
      return line(fault.what, code(fault.file), found.caughtBy ?? "**escaped**", found.seconds.toFixed(0), found.date);
    }),
    "",
    "## What we don't promise",
    "",
    "Conformity to a standard we have not been tested against; anything about the barrier's own motor safety; a disk that lies",
    "about its flush.",
    "",
  ].join("\n");
}

function rowLines(row: Row, told: Results, machines: readonly string[]): readonly string[] {
  const where = row.where.length === 0 ? "" : ` (${row.where.join(", ")})`;
  return row.shownBy.map((shown, n) => {
    const { short, full } = told.runs[keyOf(shown.file, shown.title)] ?? {};
    return line(
      n === 0 ? `**${row.name}** ${row.incident}${where}` : "",
      n === 0 ? row.promise : "",
      `${readable(shown).replaceAll("<", "\\<")} (${code(shown.file)})`,
      code(commandOf(shown)),
      shown.seed === undefined ? "" : String(shown.seed),
      sizeOf(shown),
      said(short, machines),
      shown.size?.full === undefined ? "" : said(full, machines),
    );
  });
}

/** Of the long run where there is one. */
function commandOf({ file, size }: Shown): string {
  const ask = size?.full === undefined ? "" : `${size.full.variable}=${size.full.count} `;
  return `${ask}npm test -- ${file.replace(/\.test\.ts$/, "")}`;
}

const count = (n: number) => n.toLocaleString("en");

function sizeOf({ size }: Shown): string {
  if (size === undefined) return "";
  return `${count(size.short)} ${size.of}${size.full === undefined ? "" : `; long ${size.full.count === 0 ? "each" : count(size.full.count)}`}`;
}

function said(run: Run | undefined, machines: readonly string[]): string {
  if (run === undefined) return "not run yet";
  const result =
    run.failed > 0
      ? `**${run.failed} failed**, ${run.passed} passed`
      : run.passed === 0
        ? "skipped on this machine"
        : `${count(run.passed)} passed`;
  return `${result}, ${run.seconds.toFixed(1)} s, ${run.date}, M${machines.indexOf(run.machine) + 1}`;
}

function promiseLines(told: Results): readonly string[] {
  return Object.entries(PROMISES).map(([number, words]) => {
    const rows = ROWS.filter((row) => row.promises.some((one) => String(one) === number));
    const files = Object.entries(told.named).filter(([, by]) => (by[number] ?? 0) > 0);
    const passed = files.reduce((sum, [, by]) => sum + (by[number] ?? 0), 0);
    return line(
      `${number}. ${words}`,
      rows.map((row) => row.name).join(", "),
      files.map(([file, by]) => `${code(file)} ${by[number]}`).join(", "),
      `${count(passed)} passed`,
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
