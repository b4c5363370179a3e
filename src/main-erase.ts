/** One person out of everything that a gate keeps of them, whoever orders it; beside a running gate too. */
import { join } from "node:path";
import { CONSENTS_FILE, forgetConsents } from "./adapters/consents.ts";
import { databaseFault } from "./adapters/database.ts";
import { orderErasure } from "./adapters/shared-erase.ts";
import { sharedNames } from "./adapters/shared-key.ts";
import { carriedBy, type Erasure, erasePerson, type HowErased } from "./adapters/whitelist-erase.ts";
import type { Loaded } from "./config/load.ts";
import { vehicleId } from "./shell/rows.ts";

/** Where somebody is to be found. */
export interface ErasePlace {
  readonly dataDir: string;
  /** Where the site's entrances share who is inside. */
  readonly sharing?: { readonly site: string; readonly secret: string };
}

export function erasePlace({ config, secrets, dataDir }: Loaded): ErasePlace {
  const secret = config.sharing === undefined ? undefined : secrets.sharing;
  return { dataDir, ...(secret === undefined ? {} : { sharing: { site: config.site.id, secret } }) };
}

/**
 * The list comes last: while it knows the person, whatever was cut off before can be ordered once more.
 * @throws GateError DATABASE_…
 */
export function eraseEverywhere({ dataDir, sharing }: ErasePlace, person: string, how: HowErased): Erasure {
  const file = join(dataDir, "whitelist.sqlite");
  if (!how.apply) return erasePerson(file, person, how);
  const carried = carriedBy(file, person);
  const valuesOf = (type: string) => carried.flatMap((one) => (one.type === type ? [one.value] : []));
  // The site's gates share where somebody is: the running gate, or the next start, makes all of them forget it.
  if (sharing !== undefined) {
    const vehicles = valuesOf("plate").map((plate) => vehicleId(`plate ${plate}`));
    const name = sharedNames(sharing.secret, sharing.site);
    try {
      orderErasure(dataDir, [person, vehicleId(person), ...vehicles].map(name));
    } catch (cause) {
      throw databaseFault(cause, dataDir); // a full disk is no bug of ours
    }
  }
  // They name whoever agreed. The face leaves the terminals because nobody on the list has it any more.
  forgetConsents(join(dataDir, CONSENTS_FILE), person, valuesOf("face"));
  return erasePerson(file, person, how);
}
