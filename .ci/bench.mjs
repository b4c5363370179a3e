#!/usr/bin/env node
// `npm run bench [-- --quick] [-- --json FILE] [-- --links]`: builds the product and the bench, installs what
// it compares with when it may, and runs it. Everything it makes is in bench-results/.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const results = join(top, "bench-results");
/** Program (or check) → Debian package that brings it, and what is left out without it. */
const NEEDED = [
  ["command -v mosquitto", "mosquitto", "everything over Mosquitto"],
  ["/usr/bin/python3 -c 'import paho.mqtt.client'", "python3-paho-mqtt", "the Python script"],
  ["command -v gcc && test -e /usr/include/stdio.h", "gcc libc6-dev", "the slow disk"],
];
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const has = (check) => spawnSync("sh", ["-c", check], { env, stdio: "ignore" }).status === 0;

const wanted = NEEDED.filter(([check]) => !has(check)).flatMap(([, debian]) => debian.split(" "));
if (wanted.length > 0 && process.getuid?.() === 0 && has("command -v apt-get")) {
  console.log(`Installing for the bench: ${wanted.join(" ")}`);
  const apt = (...args) =>
    spawnSync("apt-get", args, { stdio: "ignore", env: { ...env, DEBIAN_FRONTEND: "noninteractive" } });
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...wanted);
}
for (const [check, debian, what] of NEEDED) {
  if (!has(check)) console.log(`Left out: ${what}. To have it: sudo apt-get install -y ${debian}`);
}

execFileSync(process.execPath, [join(top, ".ci", "build.mjs"), "--if-needed"], { cwd: top, stdio: "inherit" });
mkdirSync(results, { recursive: true });
// Two folders below the top, as the source is, so that its paths hold.
const outDir = join(results, "program");
await build({
  root: top,
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  build: {
    ssr: "test/bench/bench.ts",
    outDir,
    emptyOutDir: true,
    target: "node20",
    minify: false,
    rollupOptions: { output: { format: "es", entryFileNames: "bench.mjs" } },
  },
});
const running = spawn(process.execPath, [join(outDir, "bench.mjs"), ...process.argv.slice(2)], {
  cwd: top,
  stdio: "inherit",
  env,
});
// The bench ends what it started; we only pass on what we are told.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => running.kill(signal));
running.on("exit", (code) => process.exit(code ?? 1));
