#!/usr/bin/env node
// `npm test`: installs the Debian packages the tests need when it may (else says which), builds if needed, runs vitest,
// and ends with `N passed, N failed` counted from vitest's own report. Arguments go to vitest, but for `--again`: then
// up to three files with failures are run a second time, alone, and what became of them is told.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Program (or file) → Debian package that brings it. */
const NEEDED = [
  ["mosquitto", "mosquitto"],
  ["mosquitto_pub", "mosquitto-clients"],
  ["socat", "socat"],
  ["chromium", "chromium"],
  ["/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "fonts-noto-cjk"],
  ["gcc", "gcc"],
  ["/usr/include/stdio.h", "libc6-dev"],
  ["openssl", "openssl"],
];

const has = (what) =>
  spawnSync("sh", [
    "-c",
    what.startsWith("/") ? `test -e "${what}"` : `PATH="$PATH:/usr/sbin:/sbin" command -v "${what}"`,
  ]).status === 0;
const missing = () => NEEDED.filter(([what]) => !has(what)).map(([, debian]) => debian);

function install(packages) {
  const root = process.getuid?.() === 0;
  const sudo = !root && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  if (!(root || sudo) || !has("apt-get")) return;
  const apt = (...args) =>
    spawnSync(root ? "apt-get" : "sudo", root ? args : ["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  console.log(`Installing for the tests: ${packages.join(" ")}`);
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
}

const wanted = missing();
if (wanted.length > 0) install(wanted);
const still = missing();
if (still.length > 0) {
  console.error(`The tests need Debian packages: sudo apt-get install -y ${still.join(" ")}`);
  console.log("0 passed, 1 failed");
  process.exit(1);
}

execFileSync(process.execPath, [join(top, ".ci", "build.mjs"), "--if-needed"], { cwd: top, stdio: "inherit" });

/**
 * Runs vitest once. `line` counts from its own report; a file that fails to load has no tests of its own to count, and
 * a run that ends badly with none failed (coverage below its floor) counts as one.
 */
function vitest(chosen) {
  const place = mkdtempSync(join(tmpdir(), "gatepost-report-"));
  const report = join(place, "report.json");
  const { status } = spawnSync(
    process.execPath,
    [
      join(top, "node_modules", "vitest", "vitest.mjs"),
      "run",
      ...(chosen.length === 0 ? ["--coverage"] : chosen),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    { cwd: top, stdio: "inherit", env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } },
  );
  try {
    const { testResults, numPassedTests: passed, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    const unfit = testResults.filter((file) => file.status === "failed");
    const broken = unfit.filter((file) => file.assertionResults.length === 0).length;
    const failed = numFailedTests + broken || (status === 0 ? 0 : 1);
    return { passed, failed, files: unfit.map((file) => relative(top, file.name)) };
  } catch (cause) {
    console.error(`vitest left no report: ${cause instanceof Error ? cause.message : cause}`);
    return { passed: 0, failed: 1, files: [] };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Measured by the first run, whatever failed in it. */
function covered() {
  const { total } = JSON.parse(readFileSync(join(top, "coverage", "coverage-summary.json"), "utf8"));
  return ["branches", "functions", "lines", "statements"].every((what) => total[what].pct === 100);
}

const AGAIN = "--again";
const chosen = process.argv.slice(2).filter((word) => word !== AGAIN);
let told = vitest(chosen);
// A test may fail because others took the machine from it, or because it is wrong now and then. Alone it shows which:
// what fails there too has failed, and what doesn't is named here, to be mended.
const few = told.files.length > 0 && told.files.length <= 3;
if (process.argv.includes(AGAIN) && few && (chosen.length > 0 || covered())) {
  console.log(`\nFailed beside the others, and now alone: ${told.files.join(" ")}\n`);
  const alone = vitest(told.files);
  if (alone.failed === 0) {
    console.log(`\n${told.failed} failed beside the others and passed alone, in ${told.files.join(" ")}: to be mended`);
    told = { passed: told.passed + told.failed, failed: 0, files: [] };
  }
}
console.log(`${told.passed} passed, ${told.failed} failed`);
process.exit(told.failed > 0 || told.passed === 0 ? 1 : 0);
