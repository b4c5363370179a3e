/** Writes docs/generated/lane.md, the state diagram of the lane, from the code's own table; `--print` only prints it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { diagram } from "../src/core/lane-table.ts";

if (process.argv.includes("--print")) {
  process.stdout.write(diagram());
} else {
  const folder = new URL("../docs/generated/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("lane.md", folder), diagram());
}
