/**
 * How often a stranger is taken for somebody on the list. A terminal that compares one face with all of n has n chances
 * to be wrong: 1 − (1 − FAR)ⁿ, which for small figures is the FAR × n of
 * GB/T 37078-2018 (IEC 60839-11-1).
 */
import type { DeviceId } from "./terms.ts";
import type { AccuracyTold } from "./traffic-told.ts";

/**
 * @param rate one comparison's false-accept rate, above 0 and below 1
 * @param faces how many it is compared with, 0 or more
 * @returns the chance for one stranger's one attempt, 0 to 1
 */
export function effectiveRate(rate: number, faces: number): number {
  // Not 1 − (1 − rate)ⁿ as written: at 1e-9 that has no digits left.
  return -Math.expm1(faces * Math.log1p(-rate));
}

/** "One in so many", whole; undefined when it never happens. */
export function oneIn(chance: number): number | undefined {
  return chance > 0 ? Math.round(1 / chance) : undefined;
}

/** What is shown where no maker's figure is known: said to be assumptions, from a strict setting to a loose one. */
export const ASSUMED_RATES: readonly number[] = [1e-6, 1e-5, 1e-4];

/** @param stated what the makers say of the terminals on the wall, above 0 and below 1 */
export function accuracyOf(
  faces: number,
  stated: readonly { readonly device: DeviceId; readonly name: string; readonly rate: number }[],
): AccuracyTold {
  const assumed = ASSUMED_RATES.map((rate) => ({ rate }));
  const rates = [...stated, ...assumed].map((one) => {
    const effective = effectiveRate(one.rate, faces);
    const many = oneIn(effective);
    return { ...one, effective, ...(many === undefined ? {} : { oneIn: many }) };
  });
  return { faces, rates };
}
