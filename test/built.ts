/** The whole-program tests run what `npm start` runs: build it once before the first test, if a source is newer. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export default function setup(): void {
  const top = join(import.meta.dirname, "..");
  execFileSync(process.execPath, [join(top, ".ci", "build.mjs"), "--if-needed"], { cwd: top, stdio: "inherit" });
}
