/** What is usual for an hour: the median of the same weekday and hour in the weeks before, of those that are known. */

export const WEEKS = 8;
/** With fewer known weeks nothing is said to be usual. */
export const LEAST_WEEKS = 4;

export interface Usual {
  readonly median: number;
  /** How many weeks it is the median of. */
  readonly weeks: number;
}

/** @param weeks one figure per week; undefined = the gate was off for a part of it, which is no zero */
export function usualOf(weeks: readonly (number | undefined)[]): Usual | undefined {
  const known = weeks.filter((one) => one !== undefined).sort((a, b) => a - b);
  if (known.length < LEAST_WEEKS) return undefined;
  // The middle one, or the two around the middle.
  const around = known.slice(Math.ceil(known.length / 2) - 1, Math.floor(known.length / 2) + 1);
  return { median: around.reduce((sum, one) => sum + one, 0) / around.length, weeks: known.length };
}
