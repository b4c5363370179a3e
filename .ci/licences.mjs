#!/usr/bin/env node
// docs/generated/licences.md from the lock file: every package that runs at a gate with its licence, and every package
// whose install script runs, with the reason. `--print` only prints it; a test holds the file against it.
import { readFileSync, writeFileSync } from "node:fs";

const top = new URL("../", import.meta.url);
const packages = Object.entries(JSON.parse(readFileSync(new URL("package-lock.json", top), "utf8")).packages);

/** A script runs with the builder's rights: none without a reason that somebody wrote down. */
const REASONS = {
  "@serialport/bindings-cpp": "picks its prebuilt binary out of its own package, or compiles it; loads nothing",
  "better-sqlite3": "compiles SQLite from the package's own source (`.prebuild-installrc`: no download)",
  epoll: "compiles 300 lines of C++: edges of GPIO lines",
  koffi: "looks for its prebuilt binary, which comes as a package of the registry",
};

/** Never run: package.json says false. */
const DENIED = {
  "@scarf/scarf": "reports installations to its maker; comes with @asyncapi/parser, switched off (`scarfSettings`)",
};

const nameOf = (path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

function runtime() {
  const rows = packages
    .filter(([path, one]) => path !== "" && one.dev !== true && one.devOptional !== true)
    // Of a package with a binary per machine, those of our machines.
    .filter(([path]) => !/@koromix\/koffi-|@node-rs\/argon2-/.test(path) || /linux-(x64|arm64)(-gnu)?$/.test(path))
    .map(([path, one]) => `| ${nameOf(path)} | ${one.version} | ${one.license ?? "not stated"} |`);
  return [...new Set(rows)].sort();
}

function scripts() {
  return packages
    .filter(([path, one]) => one.hasInstallScript === true && DENIED[nameOf(path)] === undefined)
    .map(
      ([path, one]) => `| ${nameOf(path)} | ${one.dev === true ? "development" : "gate"} | ${reason(nameOf(path))} |`,
    )
    .sort();
}

function reason(name) {
  const found = REASONS[name];
  if (found === undefined)
    throw new Error(`${name} has an install script: approve it in package.json and give the reason here`);
  return found;
}

export function licences() {
  return [
    "# Packages at a gate",
    "",
    "Made by `node .ci/licences.mjs` from package-lock.json.",
    "",
    "| package | version | licence |",
    "| --- | --- | --- |",
    ...runtime(),
    "",
    "## Install scripts",
    "",
    "Only these may run anything while packages are installed (`allowScripts` in package.json).",
    "",
    "| package | for | why |",
    "| --- | --- | --- |",
    ...scripts(),
    "",
    "## Denied install scripts",
    "",
    "| package | why |",
    "| --- | --- |",
    ...Object.entries(DENIED).map(([name, why]) => `| ${name} | ${why} |`),
    "",
  ].join("\n");
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (process.argv.includes("--print")) process.stdout.write(licences());
  else writeFileSync(new URL("docs/generated/licences.md", top), licences());
}
