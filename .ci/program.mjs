// Builds one of the repository's TypeScript programs for development (bench, fleet) and runs it; two folders below the
// top, as the source is, so that its paths hold. Installs what it needs from Debian when it may.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const has = (check) => spawnSync("sh", ["-c", check], { env, stdio: "ignore" }).status === 0;

/** @param needed check, Debian packages, and what is left out without them. Returns those that are still missing. */
export function provide(needed) {
  const wanted = needed.filter(([check]) => !has(check)).flatMap(([, debian]) => debian.split(" "));
  if (wanted.length > 0 && process.getuid?.() === 0 && has("command -v apt-get")) {
    console.log(`Installing: ${wanted.join(" ")}`);
    const apt = (...args) =>
      spawnSync("apt-get", args, { stdio: "ignore", env: { ...env, DEBIAN_FRONTEND: "noninteractive" } });
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", ...wanted);
  }
  const missing = needed.filter(([check]) => !has(check));
  for (const [, debian, what] of missing)
    console.log(`Left out: ${what}. To have it: sudo apt-get install -y ${debian}`);
  return missing;
}

/** Builds `entry` into `folder` of bench-results/ and runs it with the rest of the command line. */
export async function program(entry, folder, args) {
  execFileSync(process.execPath, [join(top, ".ci", "build.mjs"), "--if-needed"], { cwd: top, stdio: "inherit" });
  const results = join(top, "bench-results");
  mkdirSync(results, { recursive: true });
  const outDir = join(results, folder);
  await build({
    root: top,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: true,
      target: "node20",
      minify: false,
      rollupOptions: { output: { format: "es", entryFileNames: "program.mjs" } },
    },
  });
  const running = spawn(process.execPath, [join(outDir, "program.mjs"), ...args], { cwd: top, stdio: "inherit", env });
  // It ends what it started; we only pass on what we are told.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => running.kill(signal));
  running.on("exit", (code) => process.exit(code ?? 1));
}
