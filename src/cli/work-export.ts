/** `gatepost export`: reads the list beside a running gate. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { sheetOf } from "../adapters/import-written.ts";
import { openWhitelist } from "../adapters/whitelist.ts";
import { GateError } from "../core/fault.ts";
import { skeleton } from "../core/plates.ts";
import { type House, loadOrSay } from "./house.ts";

export async function exportWork(
  house: House,
  options: { readonly configPath: string },
): Promise<readonly (readonly string[])[]> {
  const file = join(loadOrSay(house, options.configPath, process.env, false).dataDir, "whitelist.sqlite");
  if (!existsSync(file)) throw new GateError("INPUT_INVALID", `there is no list yet: ${file}`);
  const whitelist = openWhitelist({ file, skeleton, repair: false });
  try {
    return [...sheetOf(whitelist.people())];
  } finally {
    whitelist.close();
  }
}
