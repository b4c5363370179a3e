/** `gatepost erase`: one person out of everything that is kept here; beside a running gate. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "../core/fault.ts";
import { eraseEverywhere, erasePlace } from "../main-erase.ts";
import { type House, loadOrSay } from "./house.ts";
import type { EraseOptions, EraseResult } from "./works.ts";

export async function eraseWork(house: House, { configPath, person: id, apply }: EraseOptions): Promise<EraseResult> {
  const found = loadOrSay(house, configPath, process.env, false);
  const file = join(found.dataDir, "whitelist.sqlite");
  if (!existsSync(file)) throw new GateError("INPUT_INVALID", `there is no list yet: ${file}`);
  // Where somebody is stands with the other entrances under names that the shared secret makes.
  const loaded = apply && found.config.sharing !== undefined ? loadOrSay(house, configPath, process.env) : found;
  const { person, files, aside } = eraseEverywhere(erasePlace(loaded), id, {
    apply,
    by: "console erase",
    atWallMs: Date.now(),
  });
  const outcome = person === undefined ? "not-found" : apply ? "erased" : "dry-run";
  return { outcome, id, files, aside, ...(person === undefined ? {} : { person }) };
}
