#!/usr/bin/env node
// `npm test`: installs the Debian packages the tests need when it may (else says which), builds if needed, runs vitest,
// and ends with `N passed, N failed` counted from vitest's own report. Arguments go to vitest.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

const place = mkdtempSync(join(tmpdir(), "gatepost-report-"));
const report = join(place, "report.json");
const chosen = process.argv.slice(2);
const vitest = spawnSync(
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
let line = "0 passed, 1 failed";
let failed = true;
try {
  const told = JSON.parse(readFileSync(report, "utf8"));
  // A file that fails to load has no tests of its own to count.
  const broken = told.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  const bad = told.numFailedTests + broken + (vitest.status !== 0 && told.numFailedTests + broken === 0 ? 1 : 0);
  line = `${told.numPassedTests} passed, ${bad} failed`;
  failed = bad > 0 || vitest.status !== 0 || told.numPassedTests === 0;
} catch (cause) {
  console.error(`vitest left no report: ${cause instanceof Error ? cause.message : cause}`);
}
rmSync(place, { recursive: true, force: true });
console.log(line);
process.exit(failed ? 1 : 0);
