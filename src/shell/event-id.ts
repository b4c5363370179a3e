/** A device's event id as we keep it. */

const WORD = /[\p{L}\p{N}]/u;

/**
 * Devices without record numbers name an event by what was read (`card:0005913727@…`). Event ids stand in the clear for as
 * long as the journal does, so what was read is replaced by its pseudonym: the same reading is still the same event.
 */
export function keptEventId(eventId: string, read: string, pseudonym: (text: string) => string): string {
  const at = eventId.indexOf(read);
  if (at < 0) return eventId;
  const after = eventId.slice(at + read.length);
  // `182` in `rec:51822` is no reading.
  if (WORD.test(eventId.charAt(at - 1)) || WORD.test(after.charAt(0))) return eventId;
  return `${eventId.slice(0, at)}${pseudonym(read)}${after}`;
}
