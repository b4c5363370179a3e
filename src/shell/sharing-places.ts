/** Where holders count as being by what all of the site's gates saw, asked the way a journal is asked. */
import type { Ledger } from "../core/shared.ts";
import type { Places } from "./ports.ts";

/** Told apart from a person of the same id. */
export const householdId = (household: string) => `household ${household}`;

export function placesOf(ledger: Ledger, gate: string, pseudonym: (text: string) => string): Places {
  return {
    whereabouts(holder) {
      const found = ledger.whereabouts(pseudonym(holder));
      if (found === undefined) return undefined;
      return {
        sinceWallMs: found.stamp.ms,
        ...(found.area === undefined ? {} : { area: found.area }),
        ...(found.origin.startsWith(`${gate}/`) ? {} : { elsewhere: true }),
      };
    },
    vehiclesOfHouseholdIn: (household, area, except) =>
      ledger.vehiclesOfHouseholdIn(pseudonym(householdId(household)), area, pseudonym(except)),
    vehiclesIn: ledger.vehiclesIn,
    inside: (area) => ({ people: ledger.peopleIn(area), vehicles: ledger.vehiclesIn(area) }),
  };
}
