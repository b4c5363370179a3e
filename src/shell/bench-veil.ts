/**
 * Takes people out of what a device sent, for the eyes of whoever wires it: what the device profile itself spells, what the
 * configuration says of the device, times and short numbers stay; every other value is veiled, whatever its field is called.
 */

import type { DeviceProfile } from "../decode/profile.ts";
import { type Framing, toHex } from "../decode/profile-framing.ts";
import type { ReadContext } from "../decode/terms.ts";

/** `key` = the name of the field it stands in, where it has one. */
export type Veil = (value: unknown, key?: string) => string;
/** Longer texts are of no use to the eye. */
const LONGEST = 4_000;
const TIME = /^\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
/** Fields that speak of a person, however short what stands in them is. */
const OF_A_PERSON =
  /person|custom|user|name|card|plate|licen[cs]e|face|tel|phone|mobile|birth|addr|sex|gender|nation|pin|pass|room|pic|image|qr|passcode/i;
/** A state, a channel, a score; never a card, a code or a room. */
const SHORT_NUMBER = /^-?(\d{1,2}|\d{1,3}\.\d+|100)$/;

/** How one device's values are shown. */
export function veilOf(profile: DeviceProfile, params: ReadContext["params"]): Veil {
  const { samples: _people, meta: _meta, ...own } = profile;
  const known = new Set<string>();
  collect(own, known);
  const ofDevice = new Set(["", ...Object.values(params).map(String)]);
  return (value, key = "") => {
    if (typeof value === "boolean" || value === null || value === undefined) return String(value);
    const text = String(value);
    if (ofDevice.has(text)) return text;
    // A number that the profile spells too (a state) may be this person's number here.
    if (OF_A_PERSON.test(key) && (/^\d/.test(text) || !known.has(text))) return veiled(text.length);
    if (known.has(text) || TIME.test(text) || SHORT_NUMBER.test(text)) return text;
    return veiled(text.length);
  };
}

/** How long something is that isn't shown. */
export const veiled = (characters: number): string => `▒▒(${characters})`;

function collect(value: unknown, into: Set<string>): void {
  if (typeof value === "string") into.add(value);
  if (typeof value === "number") into.add(String(value));
  if (Array.isArray(value)) for (const one of value) collect(one, into);
  else if (typeof value === "object" && value !== null) for (const one of Object.values(value)) collect(one, into);
}

/** A message's text: JSON keeps its form with veiled values, anything else tells its length alone. */
export function veiledText(payload: Uint8Array, veil: Veil): string {
  let told: unknown;
  try {
    told = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return veiled(payload.length);
  }
  const text = JSON.stringify(told, (key, value: unknown) =>
    typeof value === "object" && value !== null ? value : veil(value, key),
  );
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const HEAD = 4;
const TAIL = 2;

/** Bytes in hex: all of a frame that names nobody; else its head and its end, and of a line of text nothing. */
export function veiledBytes(bytes: Uint8Array, framing: Framing | undefined, isOpen: boolean): string {
  if (isOpen) return spaced(bytes.subarray(0, 256));
  if (framing === undefined || framing.cut === "line" || bytes.length <= HEAD + TAIL) return veiled(bytes.length);
  const hidden = bytes.length - HEAD - TAIL;
  return `${spaced(bytes.subarray(0, HEAD))} ${veiled(hidden)} ${spaced(bytes.subarray(bytes.length - TAIL))}`;
}

const spaced = (bytes: Uint8Array): string => (toHex(bytes).replaceAll(/\s/g, "").match(/../g) ?? []).join(" ");
