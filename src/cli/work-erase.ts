/** `gatepost erase`: one person out of the list and the generation before it; beside a running gate. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openConsents } from "../adapters/consents.ts";
import { orderErasure } from "../adapters/shared-erase.ts";
import { sharedNames } from "../adapters/shared-key.ts";
import { openWhitelist } from "../adapters/whitelist.ts";
import { erasePerson, platesOf } from "../adapters/whitelist-erase.ts";
import { GateError } from "../core/fault.ts";
import { skeleton } from "../core/plates.ts";
import { CONSENTS_FILE, yearNow } from "../main-terminals.ts";
import { vehicleId } from "../shell/rows.ts";
import { type House, loadOrSay } from "./house.ts";
import type { EraseOptions, EraseResult } from "./works.ts";

export async function eraseWork(house: House, options: EraseOptions): Promise<EraseResult> {
  const { dataDir } = loadOrSay(house, options.configPath, process.env, false);
  const file = join(dataDir, "whitelist.sqlite");
  if (!existsSync(file)) throw new GateError("INPUT_INVALID", `there is no list yet: ${file}`);
  const faces = options.apply ? facesOf(file, options.person) : [];
  if (options.apply) forgetPlaces(house, options, platesOf(file, options.person));
  const { person, files, aside } = erasePerson(file, options.person, {
    apply: options.apply,
    by: "console erase",
    atWallMs: Date.now(),
  });
  if (person !== undefined) forgetConsents(join(dataDir, CONSENTS_FILE), faces);
  const outcome = person === undefined ? "not-found" : options.apply ? "erased" : "dry-run";
  return { outcome, id: options.person, files, aside, ...(person === undefined ? {} : { person }) };
}

function facesOf(file: string, id: string): readonly string[] {
  const whitelist = openWhitelist({ file, skeleton, repair: false });
  try {
    for (const person of whitelist.people())
      if (person.id === id) return person.credentials.flatMap((one) => (one.type === "face" ? [one.value] : []));
    return [];
  } finally {
    whitelist.close();
  }
}

/** They name whoever agreed. The face leaves the terminals because nobody on the list has it any more. */
function forgetConsents(file: string, faces: readonly string[]): void {
  if (faces.length === 0 || !existsSync(file)) return;
  const consents = openConsents(file, yearNow);
  try {
    for (const face of faces) consents.forget(face);
  } finally {
    consents.close();
  }
}

/** The site's gates share where somebody is: the running gate, or the next start, makes all of them forget it. */
function forgetPlaces(house: House, { configPath, person }: EraseOptions, plates: readonly string[]): void {
  const { config, dataDir, secrets } = loadOrSay(house, configPath, process.env);
  if (config.sharing === undefined || secrets.sharing === undefined) return;
  const name = sharedNames(secrets.sharing, config.site.id);
  orderErasure(dataDir, [person, vehicleId(person), ...plates.map((plate) => vehicleId(`plate ${plate}`))].map(name));
}
