// Which packages go into the Debian package: those that stay outside the bundle (native ones), and what they need to run.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import keeper from "./vite.keeper.config.mjs";
import service from "./vite.service.config.mjs";

/** Named as dependencies, needed to compile alone. */
const TO_COMPILE = new Set(["prebuild-install", "node-addon-api", "nan"]);
/** Folders of a package that hold sources, texts and other machines' binaries. */
const LEFT = new Set([
  "deps",
  "test",
  "example",
  "tests",
  "doc",
  "docs",
  "vendor",
  "node_modules",
  ".github",
  ".deps",
  "obj.target",
]);
/** Programs that build or install a package. */
const BUILDERS = /(^|\/)(cnoke\.cjs|trampolines\.cjs|bin\.js|build-test\.js|optional\.js)$/;
const MACHINE = { x64: "linux-x64", arm64: "linux-arm64" }[process.arch];

/** Keys of the lock file, `node_modules/…`. */
export function shipped(lockFile) {
  const { packages } = JSON.parse(readFileSync(lockFile, "utf8"));
  const found = new Set();
  const wanted = [...new Set([...service.ssr.external, ...keeper.ssr.external])].map((name) => ["", name]);
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const [from, name] = next;
    if (TO_COMPILE.has(name)) continue;
    const key = nearest(packages, from, name);
    if (key === undefined || found.has(key)) continue;
    found.add(key);
    const { dependencies = {}, optionalDependencies = {} } = packages[key];
    const optional = Object.keys(optionalDependencies).filter(
      (one) => one.endsWith(MACHINE) || one.endsWith(`${MACHINE}-gnu`),
    );
    for (const one of [...Object.keys(dependencies), ...optional]) wanted.push([key, one]);
  }
  return [...found].sort();
}

/** Node's own way: beside the package, else beside the one that holds it. */
function nearest(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    const key = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[key] !== undefined) return key;
    if (at === "") return undefined;
  }
}

export function shipModules({ lock, modules, to }) {
  for (const key of shipped(lock)) {
    const from = join(modules, "..", key);
    if (!existsSync(from)) throw new Error(`${key} isn't installed in ${modules}`);
    for (const path of kept(from)) {
      const file = join(to, key, path);
      mkdirSync(dirname(file), { recursive: true });
      copyFileSync(join(from, path), file);
      // Debug symbols and the folder it was compiled in are nothing to a gate.
      if (file.endsWith(".node")) execFileSync("strip", ["--strip-unneeded", file]);
    }
  }
}

function kept(folder, under = "") {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = join(under, entry.name);
    if (entry.isDirectory()) return LEFT.has(entry.name) ? [] : kept(folder, path);
    if (entry.name.endsWith(".node")) return isOurs(path) ? [path] : [];
    if (under.startsWith("build") || under.startsWith("prebuilds")) return [];
    if (BUILDERS.test(path)) return [];
    return /\.(js|cjs|mjs|json)$|^licen[cs]e/i.test(entry.name) ? [path] : [];
  });
}

function isOurs(path) {
  if (/musl|test_extension/.test(path)) return false;
  return path.startsWith("prebuilds/") ? path.startsWith(`prebuilds/${MACHINE}/`) : true;
}
