/** When the number of stored faces must be filed (人脸识别技术应用安全管理办法, art. 15). */

/** From so many people on: filed with the provincial office within 30 working days. */
export const FILING_PEOPLE = 100_000;
/** Told early, so that there is time for the papers. */
const WARN_SHARE = 0.8;

/** `near` = told early; `due` = to be filed. */
export const FILINGS = ["below", "near", "due"] as const;
export type Filing = (typeof FILINGS)[number];

/** @param people with a stored face, 0 or more */
export function filing(people: number): Filing {
  if (people >= FILING_PEOPLE) return "due";
  return people >= FILING_PEOPLE * WARN_SHARE ? "near" : "below";
}
