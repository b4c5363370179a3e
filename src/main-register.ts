/** The residents' register over a gate's folder, beside the gate that runs on it. */
import { join } from "node:path";
import { CONSENTS_FILE, openConsents } from "./adapters/consents.ts";
import { rowsAbout } from "./adapters/journal-about.ts";
import { pseudonym, unseal } from "./adapters/journal-seal.ts";
import { siteKey } from "./adapters/keys.ts";
import { openAssessments } from "./adapters/register-assessments.ts";
import { countsOf } from "./adapters/register-counts.ts";
import { openCountyDesk } from "./adapters/register-county.ts";
import { openRegisterDesk } from "./adapters/register-desk.ts";
import { openRulesDesk } from "./adapters/register-rules.ts";
import type { RegisterPlace, WholeDesk } from "./adapters/register-word.ts";
import { openWhitelist } from "./adapters/whitelist.ts";
import type { Loaded } from "./config/load.ts";
import { isPlate, normalise, skeleton } from "./core/plates.ts";
import { eraseEverywhere, erasePlace } from "./main-erase.ts";

/** What the thread must know of a gate. */
export function registerPlace(loaded: Loaded, graceDays: number): RegisterPlace {
  return { ...erasePlace(loaded), levels: loaded.config.accessLevels.map(({ id }) => id), graceDays };
}

/** @throws GateError DATABASE_…, SECRET_UNREADABLE */
export function registerAt(place: RegisterPlace): WholeDesk {
  const key = siteKey(join(place.dataDir, "site.key"));
  const whitelist = openWhitelist({
    file: join(place.dataDir, "whitelist.sqlite"),
    skeleton,
    subjectOf: (holder) => pseudonym(key, holder),
    repair: false,
  });
  const consents = openConsents(join(place.dataDir, CONSENTS_FILE), () => new Date().getFullYear());
  const rules = { normalisePlate: normalise, isPlate, levels: new Set(place.levels), graceDays: place.graceDays };
  const clerk = openRegisterDesk({
    whitelist,
    siteKey: key,
    consents,
    receipts: join(place.dataDir, "terminals.sqlite"),
    rules,
    rowsOf(id, most) {
      const sealKey = whitelist.keyOf(id);
      return rowsAbout(join(place.dataDir, "journal.sqlite"), pseudonym(key, id), most, (sealed) =>
        sealKey === undefined ? undefined : unseal(sealKey, sealed),
      );
    },
  });
  const county = openCountyDesk({
    whitelist,
    rules,
    consents,
    eraseEverywhere: (person, { atWallMs }) =>
      eraseEverywhere(place, person, { apply: true, by: "platform erase", atWallMs }).person !== undefined,
  });
  const { close, ...assessments } = openAssessments(join(place.dataDir, CONSENTS_FILE));
  return {
    ...clerk,
    ...county,
    ...assessments,
    ...openRulesDesk(whitelist),
    counts: () => countsOf(whitelist, consents),
    close() {
      close();
      clerk.close();
    },
  };
}
