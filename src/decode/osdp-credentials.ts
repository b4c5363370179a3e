/** What a reader on the OSDP bus presents: card numbers out of bits, PINs out of keys. */
import type { Claim, Millis } from "../core/terms.ts";

/** How the whitelist writes card numbers: the bits between the parities as ten decimal digits, or facility,card. */
export type CardWriting = "decimal" | "facility-card";

export interface CardRules {
  /** Lengths that are taken, in bits. 26 and 34 carry parities; 32 is a bare number; others are written in hex. */
  readonly lengths: readonly number[];
  readonly written: CardWriting;
}

const FACILITY_BITS: ReadonlyMap<number, number> = new Map([
  [26, 8],
  [34, 16],
]);

/** The card's number, or why it is none. */
export function cardClaim(bits: string, rules: CardRules): Claim | { readonly is: "unfit"; readonly why: string } {
  if (!rules.lengths.includes(bits.length))
    return { is: "unfit", why: `${bits.length} bits are not among cards.lengths` };
  const facilityBits = FACILITY_BITS.get(bits.length);
  if (facilityBits === undefined) return { type: "card", value: bits.length === 32 ? decimal(bits) : hex(bits) };
  if (!paritiesHold(bits)) return { is: "unfit", why: "parity" };
  const inner = bits.slice(1, -1);
  if (rules.written === "decimal") return { type: "card", value: decimal(inner) };
  const facility = Number.parseInt(inner.slice(0, facilityBits), 2);
  const card = Number.parseInt(inner.slice(facilityBits), 2);
  return { type: "card", value: `${String(facility).padStart(3, "0")},${String(card).padStart(5, "0")}` };
}

const decimal = (bits: string): string => String(Number.parseInt(bits, 2)).padStart(10, "0");

const hex = (bits: string): string =>
  BigInt(`0b${bits}`)
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(bits.length / 4), "0");

/** Even parity over the first half, odd over the second. */
function paritiesHold(bits: string): boolean {
  const half = bits.length / 2;
  const ones = (part: string) => part.replaceAll("0", "").length;
  return ones(bits.slice(0, half)) % 2 === 0 && ones(bits.slice(half)) % 2 === 1;
}

// ── PINs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface PinRules {
  readonly minDigits: number;
  readonly maxDigits: number;
  /** Between two keys; later ones begin anew. */
  readonly keyMs: Millis;
}

/** Digits so far. `old` = one of them may have waited in the reader from before the connection. */
export interface PinEntry {
  readonly digits: string;
  readonly at: Millis;
  readonly old: boolean;
}

export const NO_PIN: PinEntry = { digits: "", at: 0, old: false };

export interface PinDone {
  readonly claim: Claim;
  readonly old: boolean;
}

/** The entry after these keys, and the PINs that `#` ended. `*` begins anew; too many digits are none. */
export function typed(
  entry: PinEntry,
  keys: string,
  now: { readonly at: Millis; readonly old: boolean },
  rules: PinRules,
): readonly [PinEntry, readonly PinDone[]] {
  const done: PinDone[] = [];
  let { digits, old } = now.at - entry.at > rules.keyMs ? NO_PIN : entry;
  for (const key of keys) {
    old = digits === "" ? now.old : old || now.old;
    if (key === "#" && digits.length >= rules.minDigits && digits.length <= rules.maxDigits)
      done.push({ claim: { type: "pin", value: digits }, old });
    // One digit beyond the longest is kept, so that a long entry stays too long until it ends.
    digits = /[0-9]/.test(key) ? (digits + key).slice(0, rules.maxDigits + 1) : "";
  }
  return [{ digits, at: now.at, old }, done];
}
