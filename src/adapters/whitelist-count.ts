/** How many faces, and how many people with one, are on the list. */
import { GONE } from "./whitelist-people.ts";

/** Faces of everybody who hasn't left: what a terminal compares with. */
export const FACE_COUNT = `SELECT count(*) n FROM credential c JOIN holder h ON h.id = c.holder
  WHERE c.type = 'face' AND coalesce(h.blocked_why, '') NOT LIKE '${GONE}%'`;
/** People with a face, barred ones too: whom terminals may hold. Along the index of holders: a third of what DISTINCT takes. */
export const FACE_PEOPLE = `SELECT count(*) n FROM
  (SELECT holder FROM credential INDEXED BY credential_holder WHERE type = 'face' GROUP BY holder)`;

/** Counted once for each change of the list: with 100,000 credentials it is no work for every look. */
export function oncePerEdition(list: { readonly edition: string }, count: () => number): () => number {
  let counted: { readonly edition: string; readonly number: number } | undefined;
  return () => {
    const { edition } = list;
    if (counted?.edition !== edition) counted = { edition, number: count() };
    return counted.number;
  };
}
