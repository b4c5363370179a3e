/** The residents' register over a gate's folder, beside the gate that runs on it. */
import { join } from "node:path";
import { openConsents } from "./adapters/consents.ts";
import { rowsAbout } from "./adapters/journal-about.ts";
import { pseudonym, unseal } from "./adapters/journal-seal.ts";
import { siteKey } from "./adapters/keys.ts";
import { openRegisterDesk, type RegisterDesk } from "./adapters/register-desk.ts";
import type { RegisterPlace } from "./adapters/register-word.ts";
import { openWhitelist } from "./adapters/whitelist.ts";
import { isPlate, normalise, skeleton } from "./core/plates.ts";

/** @throws GateError DATABASE_…, SECRET_UNREADABLE */
export function registerAt(place: RegisterPlace): RegisterDesk {
  const key = siteKey(join(place.dataDir, "site.key"));
  const whitelist = openWhitelist({
    file: join(place.dataDir, "whitelist.sqlite"),
    skeleton,
    subjectOf: (holder) => pseudonym(key, holder),
    repair: false,
  });
  return openRegisterDesk({
    whitelist,
    siteKey: key,
    consents: openConsents(join(place.dataDir, "consents.sqlite"), () => new Date().getFullYear()),
    receipts: join(place.dataDir, "terminals.sqlite"),
    rules: {
      normalisePlate: normalise,
      isPlate,
      levels: new Set(place.levels),
      graceDays: place.graceDays,
    },
    rowsOf(id, most) {
      const sealKey = whitelist.keyOf(id);
      return rowsAbout(join(place.dataDir, "journal.sqlite"), pseudonym(key, id), most, (sealed) =>
        sealKey === undefined ? undefined : unseal(sealKey, sealed),
      );
    },
  });
}
