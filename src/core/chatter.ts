/**
 * A contact whose level jumps faster than people and cars move (a loose terminal, water in a loop's joint) tells nothing:
 * believed change by change it would fill the journal with openings that nobody made. It is `unknown`, the safe side,
 * until it has kept still; its first changes are believed as they come, so that a real one is never late.
 */
import type { ContactLevel, Millis } from "./terms.ts";

/** More changes than a crowd makes in a photocell: a board read every 100 ms shows a loose contact with about 50. */
export const MOST_CHANGES = 40;
export const WITHIN_MS = 10_000;
/** As long must it keep still to be believed again. */
export const STILL_MS = 3_000;

export type Contact =
  | { readonly is: "steady"; readonly level: ContactLevel; readonly changes: readonly Millis[] }
  | { readonly is: "jumping"; readonly level: ContactLevel; readonly changedAt: Millis };

/** The contact after a level was heard, and what is to be told of it; undefined = nothing. `contact` is undefined at first. */
export function hearLevel(
  contact: Contact | undefined,
  level: ContactLevel,
  at: Millis,
): readonly [Contact, ContactLevel | undefined] {
  if (contact === undefined) return [{ is: "steady", level, changes: [] }, level];
  if (contact.is === "jumping") {
    return [contact.level === level ? contact : { is: "jumping", level, changedAt: at }, undefined];
  }
  if (contact.level === level) return [contact, level];
  const changes = [...contact.changes.filter((each) => at - each < WITHIN_MS), at];
  if (changes.length <= MOST_CHANGES) return [{ is: "steady", level, changes }, level];
  return [{ is: "jumping", level, changedAt: at }, "unknown"];
}

/** When a jumping contact will have kept still; undefined while it is steady. */
export function stillAt(contact: Contact): Millis | undefined {
  return contact.is === "jumping" ? contact.changedAt + STILL_MS : undefined;
}

/** The contact at {@link stillAt}: its level is believed again, and told. */
export function steadied(contact: Contact): Contact {
  return { is: "steady", level: contact.level, changes: [] };
}
