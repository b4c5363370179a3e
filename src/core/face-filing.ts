/** When the number of stored faces must be filed (人脸识别技术应用安全管理办法, art. 15). */

/** From so many people on: filed with the provincial office within 30 working days. */
export const FILING_PEOPLE = 100_000;
/** Told early, so that there is time for the papers. */
const WARN_SHARE = 0.8;

export const nearsFiling = (people: number): boolean => people >= FILING_PEOPLE * WARN_SHARE;

/** How a number of people with stored faces stands to the filing. */
export function filingOf(people: number): "below" | "near" | "reached" {
  if (people >= FILING_PEOPLE) return "reached";
  return nearsFiling(people) ? "near" : "below";
}
