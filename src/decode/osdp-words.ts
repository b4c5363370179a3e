/** What stands in OSDP packets: codes, the data of commands, and what replies say. */

export const COMMANDS = {
  poll: 0x60,
  identify: 0x61,
  capabilities: 0x62,
  localStatus: 0x64,
  inputStatus: 0x65,
  output: 0x68,
  led: 0x69,
  buzzer: 0x6a,
  text: 0x6b,
  communication: 0x6e,
  setKey: 0x75,
  challenge: 0x76,
  serverCryptogram: 0x77,
} as const;

export const REPLIES = {
  ack: 0x40,
  nak: 0x41,
  identity: 0x45,
  capabilities: 0x46,
  localStatus: 0x48,
  inputStatus: 0x49,
  outputStatus: 0x4a,
  raw: 0x50,
  /** Not in the sources' list of codes beyond its number: layout inferred. */
  formatted: 0x51,
  keypad: 0x53,
  communication: 0x54,
  clientCryptogram: 0x76,
  firstMac: 0x78,
  busy: 0x79,
} as const;

export const NAKS: Readonly<Record<number, string>> = {
  1: "checksum",
  2: "length",
  3: "unknown command",
  4: "sequence",
  5: "secure channel not supported",
  6: "secure channel required",
  7: "biometric type",
  8: "biometric format",
  9: "record",
};
export const NAK_SEQUENCE = 4;

export const COLOURS = { off: 0, red: 1, green: 2, amber: 3, blue: 4, magenta: 5, cyan: 6, white: 7 } as const;
export type Colour = keyof typeof COLOURS;

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface LedPattern {
  readonly colour: Colour;
  readonly otherColour: Colour;
  /** Units of 100 ms, 0..255. */
  readonly on: number;
  readonly off: number;
  /** How long, units of 100 ms, 0..65535. */
  readonly for: number;
}

/** Shows a pattern for a while; what the LED shows otherwise stays as it is (permanent control 0). */
export function ledData(led: number, pattern: LedPattern): Uint8Array {
  const { on, off, colour, otherColour } = pattern;
  const temporary = [2, on, off, COLOURS[colour], COLOURS[otherColour], pattern.for & 0xff, pattern.for >> 8];
  return Uint8Array.of(0, led, ...temporary, 0, 0, 0, 0, 0);
}

export interface BuzzerPattern {
  readonly on: number;
  readonly off: number;
  readonly times: number;
}

/** Tone 2 = the reader's own. */
export function buzzerData({ on, off, times }: BuzzerPattern): Uint8Array {
  return Uint8Array.of(0, 2, on, off, times);
}

/** The most characters that one TEXT carries (IEC 60839-11-5: one byte of length, 32 in the readers that we know of). */
export const TEXT_MAX = 32;

/**
 * Shows a text for so many seconds (1..255), from the first row and column on, wrapped (control 4: for a while); then the
 * display is as it was. Undefined: a character that no such display has (it takes printable ASCII), none, or too many.
 */
export function textData(text: string, seconds: number): Uint8Array | undefined {
  if (text.length > TEXT_MAX || !/^[\x20-\x7e]+$/.test(text)) return undefined;
  const letters = [...text].map((letter) => letter.charCodeAt(0));
  return Uint8Array.of(0, 4, seconds, 1, 1, letters.length, ...letters);
}

/** Output on for `ms`, timed by the reader itself (control 5). */
export function outputData(output: number, ms: number): Uint8Array {
  const units = Math.max(1, Math.round(ms / 100));
  return Uint8Array.of(output, 5, units & 0xff, units >> 8);
}

/** The reader's address (0..126) and rate from its answer on, LE32. */
export function communicationData(address: number, baud: number): Uint8Array {
  return Uint8Array.of(address, baud & 0xff, (baud >> 8) & 0xff, (baud >> 16) & 0xff, baud >>> 24);
}

/** Layout inferred: key type 1 = SCBK, its length, the key. */
export function keyData(key: Uint8Array): Uint8Array {
  return Uint8Array.of(1, key.length, ...key);
}

// ── Replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Identity {
  readonly vendor: string;
  readonly model: number;
  readonly version: number;
  readonly serial: number;
  readonly firmware: string;
}

export type Said =
  | { readonly is: "ack" | "busy" }
  | { readonly is: "nak"; readonly why: number }
  | { readonly is: "identity"; readonly identity: Identity }
  | { readonly is: "capabilities"; readonly inputs: number; readonly outputs: number }
  | { readonly is: "local"; readonly tamper: boolean; readonly power: boolean }
  /** Levels of inputs or outputs, from channel 1 on. */
  | { readonly is: "inputs" | "outputs"; readonly on: readonly boolean[] }
  | { readonly is: "card"; readonly bits: string; readonly format: number }
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "keys"; readonly keys: string }
  | { readonly is: "communication"; readonly address: number; readonly baud: number }
  | {
      readonly is: "proof";
      readonly clientId: Uint8Array;
      readonly rndB: Uint8Array;
      readonly cryptogram: Uint8Array;
    }
  | { readonly is: "first-mac"; readonly mac: Uint8Array }
  | { readonly is: "unknown" }
  /** Its data is too short or contradicts itself. */
  | { readonly is: "malformed" };

const MALFORMED: Said = { is: "malformed" };

/** What a reply's code and data (in clear) say. Never throws. */
export function said(code: number, data: Uint8Array): Said {
  const read = READERS.get(code);
  if (read === undefined) return { is: "unknown" };
  if (data.length < read.least) return MALFORMED;
  return read.take(new DataView(data.buffer, data.byteOffset, data.length), data);
}

interface Taking {
  /** Bytes that must be there. */
  readonly least: number;
  readonly take: (view: DataView, data: Uint8Array) => Said;
}

const READERS: ReadonlyMap<number, Taking> = new Map([
  [REPLIES.ack, { least: 0, take: () => ({ is: "ack" }) }],
  [REPLIES.busy, { least: 0, take: () => ({ is: "busy" }) }],
  [REPLIES.nak, { least: 1, take: (view) => ({ is: "nak", why: view.getUint8(0) }) }],
  [REPLIES.identity, { least: 12, take: (view) => ({ is: "identity", identity: identityIn(view) }) }],
  [REPLIES.capabilities, { least: 0, take: capabilitiesIn }],
  [
    REPLIES.localStatus,
    { least: 2, take: (view) => ({ is: "local", tamper: view.getUint8(0) !== 0, power: view.getUint8(1) !== 0 }) },
  ],
  [REPLIES.inputStatus, { least: 0, take: (_, data) => ({ is: "inputs", on: levels(data) }) }],
  [REPLIES.outputStatus, { least: 0, take: (_, data) => ({ is: "outputs", on: levels(data) }) }],
  [REPLIES.raw, { least: 4, take: cardIn }],
  [REPLIES.formatted, { least: 3, take: textIn }],
  [REPLIES.keypad, { least: 2, take: keysIn }],
  [
    REPLIES.communication,
    {
      least: 5,
      take: (view) => ({ is: "communication", address: view.getUint8(0), baud: view.getUint32(1, true) }),
    },
  ],
  [REPLIES.clientCryptogram, { least: 32, take: (_, data) => proofIn(data) }],
  [REPLIES.firstMac, { least: 16, take: (_, data) => ({ is: "first-mac", mac: data.slice(0, 16) }) }],
] satisfies readonly (readonly [number, Taking])[]);

const levels = (data: Uint8Array): boolean[] => [...data].map((byte) => byte !== 0);

function identityIn(view: DataView): Identity {
  return {
    vendor: [0, 1, 2].map((at) => view.getUint8(at).toString(16).padStart(2, "0")).join(""),
    model: view.getUint8(3),
    version: view.getUint8(4),
    serial: view.getUint32(5, true),
    firmware: [9, 10, 11].map((at) => view.getUint8(at)).join("."),
  };
}

/** Items of function, compliance, count (inferred); 1 = contacts watched, 2 = outputs. */
function capabilitiesIn(view: DataView): Said {
  const counts = new Map<number, number>();
  for (let at = 0; at + 2 < view.byteLength; at += 3) counts.set(view.getUint8(at), view.getUint8(at + 2));
  return { is: "capabilities", inputs: counts.get(1) ?? 0, outputs: counts.get(2) ?? 0 };
}

/** Reader, format, number of bits LE16, bits from the left. */
function cardIn(view: DataView, data: Uint8Array): Said {
  const count = view.getUint16(2, true);
  const bytes = data.subarray(4);
  if (count === 0 || bytes.length !== Math.ceil(count / 8)) return MALFORMED;
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return { is: "card", bits: bits.slice(0, count), format: view.getUint8(1) };
}

/** Reader, direction, length, characters (inferred). */
function textIn(view: DataView, data: Uint8Array): Said {
  const text = String.fromCharCode(...data.subarray(3));
  if (view.getUint8(2) !== text.length || !/^[\x21-\x7e]{1,64}$/.test(text)) return MALFORMED;
  return { is: "text", text };
}

/** Reader, number of digits, digits as characters; `*` comes as 7F, `#` as 0D. */
function keysIn(view: DataView, data: Uint8Array): Said {
  const keys = String.fromCharCode(...data.subarray(2))
    .replaceAll("\x7f", "*")
    .replaceAll("\r", "#");
  if (view.getUint8(1) !== keys.length || !/^[0-9*#A-F]{1,32}$/.test(keys)) return MALFORMED;
  return { is: "keys", keys };
}

function proofIn(data: Uint8Array): Said {
  return {
    is: "proof",
    clientId: data.slice(0, 8),
    rndB: data.slice(8, 16),
    cryptogram: data.slice(16, 32),
  };
}

/** Why it said no, for a technician. */
export function nakWords(answer: Said): string {
  if (answer.is !== "nak") return `answers ${answer.is}`;
  return NAKS[answer.why] ?? `NAK ${answer.why}`;
}
