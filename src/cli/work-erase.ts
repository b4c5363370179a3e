/** `gatepost erase`: one person out of the list and the generation before it; beside a running gate. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { erasePerson } from "../adapters/whitelist-erase.ts";
import { GateError } from "../core/fault.ts";
import { type House, loadOrSay } from "./house.ts";
import type { EraseOptions, EraseResult } from "./works.ts";

export async function eraseWork(house: House, options: EraseOptions): Promise<EraseResult> {
  const file = join(loadOrSay(house, options.configPath, process.env, false).dataDir, "whitelist.sqlite");
  if (!existsSync(file)) throw new GateError("INPUT_INVALID", `there is no list yet: ${file}`);
  const { person, files, aside } = erasePerson(file, options.person, {
    apply: options.apply,
    by: "console erase",
    atWallMs: Date.now(),
  });
  const outcome = person === undefined ? "not-found" : options.apply ? "erased" : "dry-run";
  return { outcome, id: options.person, files, aside, ...(person === undefined ? {} : { person }) };
}
