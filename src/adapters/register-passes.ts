/**
 * Visitor passes: a picture and six digits that open like any other code, until they end by themselves. The picture's text
 * carries a seal over the pass's terms, made with the site's key: what somebody changes in the file, or makes up, is
 * nobody's. How often it was used is counted by the journal, as for every counted credential.
 */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { Found } from "../core/terms.ts";
import type { PassAsked, PassView } from "../shell/register.ts";
import type { Carried, Person } from "./whitelist-people.ts";

/** Crockford's letters: none that is taken for another. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MARK = "GP1";
const RANDOM_BYTES = 10;
const SEAL_BYTES = 10;

function spelt(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let kept = 0;
  for (const byte of bytes) {
    kept = (kept << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += LETTERS[(kept >> bits) & 31] ?? "";
    }
    kept &= (1 << bits) - 1;
  }
  return text;
}

interface Terms {
  readonly id: string;
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly uses: number | undefined;
  readonly times: string;
  readonly levels: readonly string[];
}

function sealOf(siteKey: Uint8Array, random: string, terms: Terms): string {
  const { id, from = 0, until = 0, uses = 0, times, levels } = terms;
  const said = ["pass", random, id, from, until, uses, times, ...levels].join("\0");
  return spelt(createHmac("sha256", siteKey).update(said).digest().subarray(0, SEAL_BYTES));
}

const timesText = (times: PassAsked["times"]): string =>
  times === undefined ? "" : `${[...new Set(times.weekdays)].sort().join("")} ${times.from} ${times.until}`;

/** Whether a pass's code is one of ours, for the terms that stand in the list. */
export function isSealed(siteKey: Uint8Array, id: string, { credential, holder }: Found): boolean {
  const random = credential.value.slice(0, MARK.length + RANDOM_LETTERS);
  const [window] = credential.times?.windows ?? [];
  const wanted =
    random +
    sealOf(siteKey, random, {
      id,
      from: credential.validFrom,
      until: credential.validUntil,
      uses: credential.maxUses,
      times: timesText(window),
      levels: holder.accessLevels,
    });
  const [given, made] = [Buffer.from(credential.value), Buffer.from(wanted)];
  return given.length === made.length && timingSafeEqual(given, made);
}
const RANDOM_LETTERS = (RANDOM_BYTES * 8) / 5;

/** @param isTaken whether six digits are somebody's already */
export function passPerson(
  siteKey: Uint8Array,
  asked: PassAsked,
  levels: readonly string[],
  plate: Carried | undefined,
  isTaken: (digits: string) => boolean,
): Person {
  const id = `pass-${spelt(randomBytes(5))}`;
  const random = MARK + spelt(randomBytes(RANDOM_BYTES));
  const qr =
    random +
    sealOf(siteKey, random, {
      id,
      from: asked.fromWallMs,
      until: asked.untilWallMs,
      uses: asked.uses,
      times: timesText(asked.times),
      levels,
    });
  const digits = freshDigits(isTaken);
  return {
    id,
    name: asked.visitor,
    kind: "visitor",
    blocked: false,
    slow: false,
    levels,
    origin: "pass",
    validFrom: asked.fromWallMs,
    validUntil: asked.untilWallMs,
    ...(asked.household === undefined ? {} : { household: asked.household }),
    ...(asked.uses === undefined ? {} : { maxUses: asked.uses }),
    ...(asked.times === undefined ? {} : { times: asked.times }),
    credentials: [
      { type: "code", value: qr, original: qr },
      // A keypad says a PIN, a terminal's screen a code.
      { type: "code", value: digits, original: digits },
      { type: "pin", value: digits, original: digits },
      ...(plate === undefined ? [] : [plate]),
    ],
  };
}

function freshDigits(isTaken: (digits: string) => boolean): string {
  for (;;) {
    const digits = String(randomInt(100_000, 1_000_000));
    if (!isTaken(digits) && new Set(digits).size > 2) return digits;
  }
}

/** Undefined: no pass. */
export function passView(person: Person, nowWallMs: number): PassView | undefined {
  if (person.origin !== "pass") return undefined;
  const codes = person.credentials.filter((one) => one.type === "code").map((one) => one.value);
  const plate = person.credentials.find((one) => one.type === "plate")?.original;
  return {
    id: person.id,
    visitor: person.name,
    code: codes.find((value) => value.length === 6) ?? "",
    qr: codes.find((value) => value.startsWith(MARK)) ?? "",
    fromWallMs: person.validFrom ?? 0,
    untilWallMs: person.validUntil ?? 0,
    used: 0,
    ended: person.blocked || nowWallMs >= (person.validUntil ?? 0),
    ...(person.household === undefined ? {} : { household: person.household }),
    ...(person.maxUses === undefined ? {} : { uses: person.maxUses }),
    ...(person.times === undefined ? {} : { times: person.times }),
    ...(plate === undefined ? {} : { plate }),
  };
}
