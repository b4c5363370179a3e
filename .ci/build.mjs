#!/usr/bin/env node
// Builds dist/: the service as one bundle, the guard's page, and V8's code cache for a quick start.
// `--if-needed`: only when a source is newer than the last build, so that `npm start` costs nothing on a built tree.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(top, "dist", "built");
const sources = [
  "src",
  ".ci/build.mjs",
  ".ci/vite.service.config.mjs",
  ".ci/vite.keeper.config.mjs",
  ".ci/vite.register.config.mjs",
  ".ci/launch.cjs",
  "vite.config.ts",
  "package.json",
  "package-lock.json",
];

function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function upToDate() {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return sources.every((source) => newest(join(top, source)) <= built);
}

if (process.argv.includes("--if-needed") && upToDate()) process.exit(0);

const require = createRequire(import.meta.url);
let vite;
try {
  vite = join(dirname(require.resolve("vite/package.json")), "bin", "vite.js");
} catch {
  // Installed with --omit=dev: a packaged dist/ is shipped with it; nothing to build with.
  if (existsSync(stamp)) process.exit(0);
  console.error("gatepost: dist/ isn't built and vite isn't installed. Run `npm ci` (with development packages) once.");
  process.exit(1);
}

/** As a function of Node's own module names, and in ASCII: V8 keeps the text in memory, two bytes a character otherwise. */
function wrap(file) {
  const escaped = readFileSync(file, "utf8").replace(
    /[^ -~\n\r\t]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  writeFileSync(file, `(function (exports, require, module, __filename, __dirname) {${escaped}\n})`);
}

const run = (...args) =>
  execFileSync(process.execPath, args, {
    cwd: top,
    stdio: ["ignore", "inherit", "inherit"],
    // Built from a test run it must be the same: another mode writes source paths into the page.
    env: { ...process.env, NODE_ENV: "production" },
  });
rmSync(join(top, "dist"), { recursive: true, force: true });
mkdirSync(join(top, "dist"), { recursive: true });
run(vite, "build", "--logLevel", "warn", "--config", ".ci/vite.service.config.mjs");
run(vite, "build", "--logLevel", "warn", "--config", ".ci/vite.keeper.config.mjs");
run(vite, "build", "--logLevel", "warn", "--config", ".ci/vite.register.config.mjs");
run(vite, "build", "--logLevel", "warn", "--config", "vite.config.ts");
wrap(join(top, "dist", "service.cjs"));
copyFileSync(join(top, ".ci", "launch.cjs"), join(top, "dist", "gatepost.cjs"));
chmodSync(join(top, "dist", "gatepost.cjs"), 0o755);
run("dist/gatepost.cjs", "--version", "--write-code-cache");
writeFileSync(stamp, `${new Date().toISOString()}\n`);
