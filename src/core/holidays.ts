/** Whether the published list of public holidays reaches as far as the time profiles need it. Never guessed. */
import type { TimeProfile } from "./terms.ts";

/** The State Council publishes next year's list in November: from this month on its absence is told. */
const TOLD_FROM_MONTH = 12;

/**
 * The years that a time profile depends on and that have no holiday on the list: this one, and from 1 December the next.
 * @param today site-local date, `YYYY-MM-DD`
 */
export function yearsUnpublished(
  profiles: readonly TimeProfile[],
  holidays: readonly string[],
  today: string,
): readonly number[] {
  const year = Number(today.slice(0, 4));
  const soon = Number(today.slice(5, 7)) >= TOLD_FROM_MONTH ? [year, year + 1] : [year];
  const dependent = profiles.filter(({ windows }) => windows.some(({ holidays: how }) => how !== "as-weekday"));
  return soon.filter((one) => dependent.some((profile) => isAlive(profile, one, today)) && !isListed(holidays, one));
}

/** Whether the profile still holds on a day of that year, from today on. Dates of this form sort as text. */
function isAlive({ firstDate, lastDate }: TimeProfile, year: number, today: string): boolean {
  const begin = `${year}-01-01`;
  const from = begin > today ? begin : today;
  return (lastDate === undefined || lastDate >= from) && (firstDate === undefined || firstDate <= `${year}-12-31`);
}

const isListed = (holidays: readonly string[], year: number): boolean =>
  holidays.some((date) => date.startsWith(`${year}-`));
