/** The closed set of named transforms a profile may put a value through. Total: a value that doesn't fit is `INVALID`. */
import { matcher } from "./patterns.ts";
import { toHex } from "./profile-framing.ts";
import type { Transform } from "./profile-mapping.ts";

/** What a field can hold while it is shaped. `undefined` = the device didn't say. */
export type Value = string | number | boolean | Uint8Array | undefined;
export const INVALID = Symbol("a value that doesn't fit");
export type Shaped = Value | typeof INVALID;

/** One compiled step; `utcOffsetMin` is the site's offset for times without a zone. */
export type Step = (value: Exclude<Value, undefined>, utcOffsetMin: number) => Shaped;

/** All steps in a row; stops at the first that has no value or doesn't fit. */
export function shape(steps: readonly Step[], value: Value, utcOffsetMin: number): Shaped {
  let shaped: Shaped = value;
  for (const step of steps) {
    if (shaped === undefined || shaped === INVALID) return shaped;
    shaped = step(shaped, utcOffsetMin);
  }
  return shaped;
}

/** The step a profile names. */
export function step(transform: Transform): Step {
  if (typeof transform === "string") return STEPS[transform];
  if ("scale" in transform) return scale(transform.scale.by, transform.scale.plus ?? 0);
  if ("enum" in transform) return mapped(transform.enum);
  if ("regexGroup" in transform) return group(transform.regexGroup);
  if ("stripPrefix" in transform) return onText((text) => afterFirst(text, transform.stripPrefix));
  if ("slice" in transform) return onText((text) => text.slice(...transform.slice));
  return onText((text) => text.padStart(transform.padStart, "0"));
}

function onText(then: (text: string) => Shaped): Step {
  return (value) => (typeof value === "string" ? then(value) : INVALID);
}
function onBytes(then: (bytes: Uint8Array) => Shaped): Step {
  return (value) => (value instanceof Uint8Array ? then(value) : INVALID);
}
function onNumber(then: (number: number) => Shaped): Step {
  return (value) => {
    const number = numberOf(value);
    return number === INVALID ? INVALID : then(number);
  };
}

const STEPS: { readonly [name in Extract<Transform, string>]: Step } = {
  trim: onText((text) => text.trim()),
  emptyToNone: onText((text) => (text === "" ? undefined : text)),
  number: onNumber((number) => number),
  text: (value) => (value instanceof Uint8Array ? INVALID : String(value)),
  upper: onText((text) => text.toUpperCase()),
  plate: onText(plate),
  hex: onBytes((bytes) => toHex(bytes).replaceAll(" ", "")),
  hexNumber: onText((text) => (/^[0-9A-Fa-f]{1,12}$/.test(text) ? Number.parseInt(text, 16) : INVALID)),
  utf8: onBytes((bytes) => decoded(UTF8, bytes)),
  gbk: onBytes((bytes) => decoded(GBK, bytes)),
  nullPadded: onBytes((bytes) => (bytes.includes(0) ? bytes.subarray(0, bytes.indexOf(0)) : bytes)),
  base64: onText(bytesOfBase64),
  base64Utf8: onText((text) => {
    const bytes = bytesOfBase64(text);
    return bytes === INVALID ? INVALID : decoded(UTF8, bytes);
  }),
  localTime: (value, utcOffsetMin) => (typeof value === "string" ? localTime(value, utcOffsetMin) : INVALID),
  isoTime: (value, utcOffsetMin) => (typeof value === "string" ? isoTime(value, utcOffsetMin) : INVALID),
  epoch: onNumber((count) => Math.round(Math.abs(count) < SECONDS_END ? count * 1000 : count)),
  localText: (value, utcOffsetMin) =>
    typeof value === "number" && Math.abs(value) < DATES_END
      ? new Date(value + utcOffsetMin * 60_000).toISOString().slice(0, 19).replace("T", " ")
      : INVALID,
  wiegand: onText(wiegand),
  epochS: onNumber((seconds) => Math.round(seconds * 1000)),
  epochMs: onNumber((millis) => Math.round(millis)),
};

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const GBK = new TextDecoder("gbk", { fatal: true });
const ASCII = /^[\x20-\x7e]*$/;

/** Text of a charset, or INVALID. `ascii` is held to printable characters. */
export function decodeText(charset: "ascii" | "utf-8" | "gbk", bytes: Uint8Array): string | typeof INVALID {
  const text = decoded(charset === "gbk" ? GBK : UTF8, bytes);
  if (charset !== "ascii" || text === INVALID) return text;
  return ASCII.test(text) ? text : INVALID;
}

function decoded(decoder: typeof UTF8, bytes: Uint8Array): string | typeof INVALID {
  try {
    return decoder.decode(bytes);
  } catch {
    return INVALID;
  }
}

function numberOf(value: Exclude<Value, undefined>): number | typeof INVALID {
  if (typeof value === "number") return Number.isFinite(value) ? value : INVALID;
  if (typeof value !== "string" || !/^\s*-?\d{1,18}(?:\.\d{1,18})?\s*$/.test(value)) return INVALID;
  return Number(value);
}

function scale(by: number, plus: number): Step {
  // Twelve digits are more than any device means; without rounding 0.884 arrives as 0.8840000000000001.
  return onNumber((number) => Number((number * by + plus).toPrecision(12)));
}

function mapped(rule: {
  readonly map: Readonly<Record<string, string | number | boolean>>;
  readonly else?: Value;
}): Step {
  const map = new Map(Object.entries(rule.map));
  const other: Shaped = rule.else ?? INVALID;
  return (value) => map.get(String(value)) ?? other;
}

function group(rule: { readonly pattern: string; readonly group: number }): Step {
  const match = matcher(rule.pattern);
  return onText((text) => match(text)?.[rule.group] ?? INVALID);
}

function afterFirst(text: string, prefix: string): string {
  const at = text.indexOf(prefix);
  return at < 0 ? text : text.slice(at + prefix.length);
}

/** As `docs` for plates say: NFKC, upper case, without `·`, `-` and blanks. A text that is no plate stays what it is. */
function plate(text: string): string {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[\s·•‧・.-]/gu, "");
}

export function bytesOfBase64(text: string): Uint8Array | typeof INVALID {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return INVALID;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Seconds since 1970 have ten digits until 2286, milliseconds have had twelve since 1973. */
const SECONDS_END = 1e11;

/** Dates of four-digit years. */
const DATES_END = 2.5e14;

/** 26 or 34 bits as text → the number between the parity bits: the first is even over the first half, the last odd. */
function wiegand(bits: string): number | typeof INVALID {
  if (!/^(?:[01]{26}|[01]{34})$/.test(bits)) return INVALID;
  const half = bits.length / 2;
  const ones = (part: string): number => part.replaceAll("0", "").length;
  const good = ones(bits.slice(0, half)) % 2 === 0 && ones(bits.slice(half)) % 2 === 1;
  return good ? Number.parseInt(bits.slice(1, -1), 2) : INVALID;
}

const LOCAL = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})[ T]?(\d{2}):?(\d{2}):?(\d{2})$/;
const ZONED = /^([\dT: -]{19})(?:[.,](\d{1,9}))?(Z|([+-])(\d{2}):?(\d{2}))?$/;

/** ISO 8601 with its zone, or at the site's offset where it names none. */
function isoTime(text: string, utcOffsetMin: number): number | typeof INVALID {
  const [, local = "", fraction = "0", zone, sign, hours = "0", minutes = "0"] = ZONED.exec(text.trim()) ?? [];
  const away = Number(hours) * 60 + Number(minutes);
  const seconds = localTime(local, zone === undefined ? utcOffsetMin : sign === "-" ? -away : away);
  return seconds === INVALID || away > 14 * 60 ? INVALID : seconds + Math.trunc(Number(`0.${fraction}`) * 1000);
}

/** `2026-11-07 07:04:11` at the site's offset → ms since 1970 UTC. Dates that don't exist are INVALID. */
function localTime(text: string, utcOffsetMin: number): number | typeof INVALID {
  const match = LOCAL.exec(text.trim());
  if (match === null) return INVALID;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  // Date.UTC takes the years 0 to 99 for 1900 and after, and rolls what is too large over into the next day or month.
  const exists = year >= 100 && month >= 1 && day >= 1 && hour < 24 && minute < 60 && second < 60;
  if (!exists || day > daysIn(year, month)) return INVALID;
  return Date.UTC(year, month - 1, day, hour, minute, second) - utcOffsetMin * 60_000;
}

/** 0 for a month that doesn't exist. */
function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : ([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}
