/** The reasons a guard chooses from after an opening by hand. The same bounds hold in gate.yaml and for the clerk's list. */

/** As many tiles as stand on a telephone's screen without scrolling, each as long as its two lines. */
export const REASON_BOUNDS = {
  fewest: 2,
  most: 8,
  /** Characters of the Chinese, letters of the English. */
  zh: 6,
  en: 10,
  /** Kept beside the tiles, to be brought back. */
  retired: 24,
} as const;

/** Where the first one stands whose Chinese stood before: a row of the journal names a reason by it. Undefined = none. */
export function repeatedReason(reasons: readonly { readonly zh: string }[]): number | undefined {
  const at = reasons.findIndex(({ zh }, n) => reasons.slice(0, n).some((before) => before.zh === zh));
  return at < 0 ? undefined : at;
}
