/**
 * `npm run reliability [-- --full] [-- --only NAME] [-- --doc]`: runs the tests of the rows, keeps what they showed, and
 * writes docs/reliability.md. Ends with 1 when one of them failed.
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
  options: { full: { type: "boolean" }, doc: { type: "boolean" }, only: { type: "string", multiple: true } },
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
function ran(file: string, shown: readonly Shown[]): readonly Ran[] {
  const place = mkdtempSync(join(tmpdir(), "gatepost-reliability-"));
  const report = join(place, "report.json");
  const sizes = shown.flatMap(({ size }) => (size?.full === undefined ? [] : [size.full]));
  const env = mode === "full" ? Object.fromEntries(sizes.map((size) => [size.variable, String(size.count)])) : {};
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
  };
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
for (const file of new Set(asked.map((one) => one.file))) {
  const shown = asked.filter((one) => one.file === file);
  console.log(`${file} …`);
  const tests = ran(file, shown);
  const told = readResults(top); // read anew: `npm run planted` may have written meanwhile
  told.named[file] = namedIn(tests);
  for (const { title } of shown) {
    const pattern = titlePattern(title);
    const mine = tests.filter((test) => test.titles.some((one) => pattern.test(one)));
    const run = runOf(mine);
    failed += run.failed + (mine.length === 0 ? 1 : 0);
    console.log(
      `  ${run.failed > 0 || mine.length === 0 ? "✗" : "✓"} ${title}: ${run.passed} passed, ${run.failed} failed, ${run.seconds} s`,
    );
    told.runs[keyOf(file, title)] = { ...told.runs[keyOf(file, title)], [mode]: run };
  }
  writeResults(top, told);
}

// What no row names any more is forgotten.
const told = readResults(top);
const names = new Set(ROWS.flatMap((row) => row.shownBy.map((shown) => keyOf(shown.file, shown.title))));
for (const key of Object.keys(told.runs)) if (!names.has(key)) delete told.runs[key];
writeResults(top, told);
writeFileSync(join(top, "docs", "reliability.md"), pageOf(told));
console.log(failed === 0 ? "All that was run has passed." : `${failed} failed.`);
process.exit(failed === 0 ? 0 : 1);
