/** Writes docs/generated/*.md, the state diagrams, from the code's own tables; `--print` only prints them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { clockDiagram } from "../src/core/clock-trust.ts";
import { diagram } from "../src/core/lane-table.ts";
import { modeDiagram } from "../src/core/mode-table.ts";

const DIAGRAMS = { "lane.md": diagram(), "mode.md": modeDiagram(), "clock.md": clockDiagram() };

const folder = new URL("../docs/generated/", import.meta.url);
for (const [name, text] of Object.entries(DIAGRAMS)) {
  if (process.argv.includes("--print")) process.stdout.write(text);
  else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL(name, folder), text);
  }
}
