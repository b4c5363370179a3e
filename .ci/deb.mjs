#!/usr/bin/env node
// `npm run deb`: the Debian package for the machine it is built on, in build/. Twice from one commit, twice the same bytes.
//   --modules DIR   take the installed packages from there instead of a fresh `npm ci --omit=dev` (tests)
//   --out DIR       where the package goes; build/ by default
//   --sign KEY      signs it with this Ed25519 private key (PEM): NAME.deb.sig, to be verified with openssl (SECURITY.md)
// better-sqlite3 and epoll are compiled, so the arm64 package is built on the Pi, by the same command.
import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { shipModules } from "./deb-modules.mjs";
import { fill, packed, settle } from "./deb-tree.mjs";
import { sbom } from "./sbom.mjs";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({
  options: { modules: { type: "string" }, out: { type: "string" }, sign: { type: "string" } },
});
const told = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));
const { version } = told;
const arch = { x64: "amd64", arm64: "arm64" }[process.arch];
if (arch === undefined) {
  console.error(`gatepost: there is no package for ${process.arch}; amd64 and arm64 are built on such a machine`);
  process.exit(2);
}

// Read before the work, so that a key that is none doesn't cost it.
const key = values.sign === undefined ? undefined : createPrivateKey(readFileSync(resolve(values.sign)));
if (key !== undefined && key.asymmetricKeyType !== "ed25519") {
  console.error(
    `gatepost: ${values.sign} is a key for ${key.asymmetricKeyType}; openssl genpkey -algorithm ed25519 makes one`,
  );
  process.exit(2);
}
const epoch = Number(
  process.env.SOURCE_DATE_EPOCH ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: top, encoding: "utf8" }),
);
execFileSync(process.execPath, [join(top, ".ci", "build.mjs"), "--if-needed"], { cwd: top, stdio: "inherit" });

const place = mkdtempSync(join(tmpdir(), "gatepost-deb-"));
try {
  const modules = values.modules === undefined ? freshModules(join(place, "fresh")) : resolve(values.modules);
  const stage = join(place, "stage");
  fill({ top, stage, version, arch, epoch });
  shipModules({ lock: join(top, "package-lock.json"), modules, to: join(stage, "usr/lib/gatepost", version) });
  writeFileSync(join(stage, "usr/share/doc/gatepost/sbom.cdx.json"), sbom(top, epoch));
  settle(stage, epoch, { version, arch });
  const name = `gatepost_${version}_${arch}.deb`;
  const half = join(place, name);
  packed(stage, half, epoch);
  const out = resolve(values.out ?? join(top, "build"));
  mkdirSync(out, { recursive: true });
  const file = join(out, name);
  cpSync(half, `${file}.tmp`);
  renameSync(`${file}.tmp`, file);
  const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
  writeFileSync(`${file}.sha256`, `${sum}  ${basename(file)}\n`);
  // The signature of a version before says nothing of this one.
  rmSync(`${file}.sig`, { force: true });
  if (key !== undefined) writeFileSync(`${file}.sig`, sign(null, readFileSync(file), key));
  console.log(`${sum}  ${file}`);
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** What the lock file names, and nothing for development; compiled without a trace of the folder it was done in. */
function freshModules(folder) {
  mkdirSync(folder);
  const { scripts: _, ...rest } = told;
  writeFileSync(join(folder, "package.json"), JSON.stringify(rest));
  for (const file of ["package-lock.json", ".prebuild-installrc"]) cpSync(join(top, file), join(folder, file));
  const map = `-ffile-prefix-map=${folder}=/usr/src/gatepost`;
  execFileSync("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CFLAGS: map, CXXFLAGS: map },
  });
  return join(folder, "node_modules");
}
