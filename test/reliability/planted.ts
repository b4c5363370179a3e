/**
 * `npm run planted [-- --only NAME]`: builds each fault into a copy of the tree (never into the tree itself), runs there
 * the tests that must notice, and tells which test did. Ends with 1 when a fault escapes, or when a test fails without any.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { top } from "../whole/place.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { pageOf } from "./page.ts";
import { readReport } from "./reading.ts";
import { readResults, writeResults } from "./results.ts";

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const chosen = FAULTS.filter((fault) => values.only?.includes(fault.name) ?? true);
if (chosen.length === 0) throw new Error(`they are called ${FAULTS.map((fault) => fault.name).join(" ")}`);

const LEFT_OUT = new Set([".git", "node_modules", "bench-results", "coverage", "build"]);

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), "gatepost-planted-"));
  cpSync(top, copy, {
    recursive: true,
    preserveTimestamps: true,
    filter: (from) => !LEFT_OUT.has(relative(top, from)),
  });
  symlinkSync(join(top, "node_modules"), join(copy, "node_modules"));
  return copy;
}

interface Verdict {
  /** Title of the first test that failed. */
  readonly failed?: string;
  readonly seconds: number;
}

/** @throws when a file couldn't even be loaded: that is no test that noticed */
function run(tree: string, { name, tests, only }: Fault): Verdict {
  const report = join(tree, "planted-report.json");
  rmSync(report, { force: true });
  const filter = only === undefined ? [] : ["-t", only];
  const words = ["run", ...tests, ...filter, "--bail=1", "--reporter=json", `--outputFile.json=${report}`];
  const began = performance.now();
  const { stderr } = spawnSync(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), ...words], {
    cwd: tree,
    encoding: "utf8",
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    maxBuffer: 1 << 26,
  });
  const seconds = (performance.now() - began) / 1_000;
  const ran = readReport(report);
  const failed = ran.find((test) => test.status === "failed" && test.unloaded !== true);
  const broken = ran.find((test) => test.unloaded === true);
  if (failed === undefined && (broken !== undefined || ran.every((test) => test.status === "skipped")))
    throw new Error(`${name}: its tests can't be run: ${broken?.titles.join() ?? ""} ${stderr.slice(-2_000)}`);
  return { seconds, ...(failed === undefined ? {} : { failed: failed.titles.at(-1) ?? "" }) };
}

/** Only what the tests run must be built anew; for the others the build counts as new as the sources. */
function planted(tree: string, fault: Fault): Verdict {
  const file = join(tree, fault.file);
  const sound = readFileSync(file, "utf8");
  if (sound.split(fault.from).length !== 2) throw new Error(`${fault.name}: ${fault.file} isn't what it was`);
  const stamp = join(tree, "dist", "built");
  writeFileSync(
    file,
    sound.replace(fault.from, () => fault.to),
  );
  try {
    const at = new Date();
    if (fault.built !== true) utimesSync(stamp, at, at);
    return run(tree, fault);
  } finally {
    writeFileSync(file, sound);
    // The next one that runs the program must not find this one in it.
    const at = fault.built === true ? new Date(0) : new Date();
    utimesSync(stamp, at, at);
  }
}

const tree = copyTree();
let escaped = 0;
try {
  for (const fault of chosen) {
    const without = run(tree, fault);
    if (without.failed !== undefined) throw new Error(`${fault.name}: without the fault fails "${without.failed}"`);
    const { failed, seconds } = planted(tree, fault);
    if (failed === undefined) escaped++;
    console.log(
      `${failed === undefined ? "✗ escaped" : "✓ caught"}  ${fault.name}  ${seconds.toFixed(1)} s  ${failed ?? ""}`,
    );
    const told = readResults(top);
    const date = new Date().toISOString().slice(0, 10);
    const one = {
      name: fault.name,
      ...(failed === undefined ? {} : { caughtBy: failed }),
      seconds: Math.round(seconds),
      date,
    };
    writeResults(top, { ...told, planted: [...told.planted.filter((other) => other.name !== fault.name), one] });
  }
} finally {
  rmSync(tree, { recursive: true, force: true });
}
writeFileSync(join(top, "docs", "reliability.md"), pageOf(readResults(top)));
console.log(`${chosen.length - escaped} of ${chosen.length} caught`);
process.exit(escaped === 0 ? 0 : 1);
