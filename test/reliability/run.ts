/**
 * `npm run reliability [-- --full] [-- --only NAME] [-- --part K] [-- --doc]`: runs the tests of the rows, keeps what they
 * showed, and writes docs/reliability.md. A campaign in parts goes on after the last part that passed; `--part` runs one of
 * them, whether it has passed or not. Ends with 1 when one of them failed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { top } from "../whole/place.ts";
import { pageOf } from "./page.ts";
import { promisesIn, type Ran, readReport } from "./reading.ts";
import { keyOf, type Run, readResults, writeResults } from "./results.ts";
import { ROWS, type Shown } from "./rows.ts";
import { titlePattern } from "./titles.ts";

const { values } = parseArgs({
  options: {
    full: { type: "boolean" },
    doc: { type: "boolean" },
    only: { type: "string", multiple: true },
    part: { type: "string" },
  },
});
const mode = values.full === true ? "full" : "short";

function wanted(): readonly Shown[] {
  if (values.doc === true) return [];
  const unknown = values.only?.find((name) => ROWS.every((row) => row.name !== name));
  if (unknown !== undefined)
    throw new Error(`no row is called ${unknown}; they are ${ROWS.map((row) => row.name).join(" ")}`);
  const rows = ROWS.filter((row) => values.only?.includes(row.name) ?? true);
  const shown = rows.flatMap((row) => row.shownBy);
  return mode === "full" ? shown.filter((one) => one.size?.full !== undefined) : shown;
}

function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1_073_741_824);
  return `${cpus().length} × ${first?.model ?? process.arch}, ${memory} GB, Linux ${process.arch}, Node ${process.versions.node}`;
}

/** One file by itself, so that a long campaign has the machine. */
function ran(file: string, shown: readonly Shown[], part: string | undefined): readonly Ran[] {
  const place = mkdtempSync(join(tmpdir(), "gatepost-reliability-"));
  const report = join(place, "report.json");
  const sizes = shown.flatMap(({ size }) => (size?.full === undefined ? [] : [size.full]));
  const env: Record<string, string> = {};
  for (const { variable, count, parts } of mode === "full" ? sizes : []) {
    env[variable] = String(count);
    if (parts !== undefined && part !== undefined) env[parts.variable] = part;
  }
  try {
    const words = ["run", file, "--reporter=json", `--outputFile.json=${report}`];
    spawnSync(process.execPath, [join(top, "node_modules", "vitest", "vitest.mjs"), ...words], {
      cwd: top,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...env },
    });
    return readReport(report);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function runOf(tests: readonly Ran[]): Run {
  const many = (status: Ran["status"]) => tests.filter((test) => test.status === status).length;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    passed: many("passed"),
    failed: many("failed"),
    skipped: many("skipped"),
    seconds: Math.round(tests.reduce((sum, test) => sum + test.seconds, 0) * 10) / 10,
    ...(tests.some((test) => test.did !== undefined)
      ? { did: tests.reduce((sum, test) => sum + (test.did ?? 0), 0) }
      : {}),
  };
}

/** The parts of this file's long campaign that are to be run now; one without a name where it has none. */
function partsDue(shown: readonly Shown[]): readonly (string | undefined)[] {
  const one = shown.find(({ size }) => size?.full?.parts !== undefined);
  const of = one?.size?.full?.parts?.of;
  if (mode === "short" || one === undefined || of === undefined) return [undefined];
  const done = readResults(top).runs[keyOf(one.file, one.title)]?.parts ?? {};
  const all = Array.from({ length: of }, (_, k) => `${k + 1}/${of}`);
  if (values.part !== undefined) return all.filter((part) => part === `${values.part}/${of}`);
  return all.filter((part) => done[part] === undefined || done[part].failed > 0);
}

/** How many passed whose titles name a promise, by promise. */
function namedIn(tests: readonly Ran[]): Record<string, number> {
  const by: Record<string, number> = {};
  for (const test of tests)
    if (test.status === "passed")
      for (const promise of promisesIn(test.titles.join(" "))) by[promise] = (by[promise] ?? 0) + 1;
  return by;
}

let failed = 0;
const asked = wanted();
function runFile(file: string, shown: readonly Shown[], part: string | undefined): void {
  console.log(`${file}${part === undefined ? "" : ` ${part}`} …`);
  const tests = ran(file, shown, part);
  const told = readResults(top); // read anew: `npm run planted` may have written meanwhile
  if (part === undefined) told.named[file] = namedIn(tests);
  for (const { title } of shown) {
    const pattern = titlePattern(title);
    const mine = tests.filter((test) => test.titles.some((one) => pattern.test(one)));
    const run = runOf(mine);
    failed += run.failed + (mine.length === 0 ? 1 : 0);
    const did = run.did === undefined ? "" : `, ${run.did} done`;
    console.log(
      `  ${run.failed > 0 || mine.length === 0 ? "✗" : "✓"} ${title}: ${run.passed} passed, ${run.failed} failed${did}, ${run.seconds} s`,
    );
    for (const { titles, why } of mine)
      if (why !== undefined) console.log(`    ${titles.join(" › ")}: ${why.join("\n")}`);
    const before = told.runs[keyOf(file, title)];
    told.runs[keyOf(file, title)] =
      part === undefined ? { ...before, [mode]: run } : { ...before, parts: { ...before?.parts, [part]: run } };
  }
  writeResults(top, told);
}
for (const file of new Set(asked.map((one) => one.file))) {
  const shown = asked.filter((one) => one.file === file);
  for (const part of partsDue(shown)) runFile(file, shown, part);
}

// What no row names any more is forgotten.
const told = readResults(top);
const names = new Set(ROWS.flatMap((row) => row.shownBy.map((shown) => keyOf(shown.file, shown.title))));
for (const key of Object.keys(told.runs)) if (!names.has(key)) delete told.runs[key];
writeResults(top, told);
writeFileSync(join(top, "docs", "reliability.md"), pageOf(told));
console.log(failed === 0 ? "All that was run has passed." : `${failed} failed.`);
process.exit(failed === 0 ? 0 : 1);
