/** Moments as the clerk and the technician read and write them. */
const CHINA_MIN = 480;
const DAY_MS = 86_400_000;

/** A day, minute or second as the compound's clock shows it (China has one zone). */
export const dayText = (wallMs: number): string => localIso(wallMs).slice(0, 10);
export const timeText = (wallMs: number): string => localIso(wallMs).slice(0, 16).replace("T", " ");
export const secondText = (wallMs: number): string => localIso(wallMs).slice(0, 19).replace("T", " ");
/** The last day that counts, of an end that is exclusive. */
export const lastDayText = (untilWallMs: number): string =>
  localIso(untilWallMs).endsWith("T00:00:00.000") ? dayText(untilWallMs - DAY_MS) : timeText(untilWallMs);
const localIso = (wallMs: number): string => new Date(wallMs + CHINA_MIN * 60_000).toISOString().slice(0, 23);

/** `2026-12-31` or `2026-12-31T18:30` → wall ms; NaN when it is none. */
export function wallOf(text: string): number {
  const full = text.length === 10 ? `${text}T00:00` : text;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(full) ? Date.parse(`${full}:00Z`) - CHINA_MIN * 60_000 : Number.NaN;
}
/** A field's value for a moment. */
export const fieldTime = (wallMs: number): string => localIso(wallMs).slice(0, 16);
