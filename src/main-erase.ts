/** One person out of everything that a gate keeps of them, whoever orders it; beside a running gate too. */
import { join } from "node:path";
import { forgetConsents } from "./adapters/consents.ts";
import { databaseFault } from "./adapters/database.ts";
import { orderErasure } from "./adapters/shared-erase.ts";
import { sharedNames } from "./adapters/shared-key.ts";
import { carriedBy, type Erasure, erasePerson, type HowErased } from "./adapters/whitelist-erase.ts";
import type { Loaded } from "./config/load.ts";
import { CONSENTS_FILE } from "./main-terminals.ts";
import { vehicleId } from "./shell/rows.ts";

/**
 * The list comes last: while it knows the person, whatever was cut off before can be ordered once more.
 * @throws GateError DATABASE_…
 */
export function eraseEverywhere({ config, secrets, dataDir }: Loaded, person: string, how: HowErased): Erasure {
  const file = join(dataDir, "whitelist.sqlite");
  if (!how.apply) return erasePerson(file, person, how);
  const carried = carriedBy(file, person, how.busyMs);
  const valuesOf = (type: string) => carried.flatMap((one) => (one.type === type ? [one.value] : []));
  // The site's gates share where somebody is: the running gate, or the next start, makes all of them forget it.
  if (config.sharing !== undefined && secrets.sharing !== undefined) {
    const vehicles = valuesOf("plate").map((plate) => vehicleId(`plate ${plate}`));
    const name = sharedNames(secrets.sharing, config.site.id);
    try {
      orderErasure(dataDir, [person, vehicleId(person), ...vehicles].map(name));
    } catch (cause) {
      throw databaseFault(cause, dataDir); // a full disk is no bug of ours
    }
  }
  // They name whoever agreed. The face leaves the terminals because nobody on the list has it any more.
  forgetConsents(join(dataDir, CONSENTS_FILE), person, valuesOf("face"), how.busyMs);
  return erasePerson(file, person, how);
}
