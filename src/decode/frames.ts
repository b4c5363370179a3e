/**
 * Bytes → frames. Pure: the state is a plain value, the time is told. After a bad checksum it slides one byte on, so that
 * a false start can't swallow the true frame behind it. What it holds back is bounded by the framing's longest frame.
 */
import type { Millis } from "../core/terms.ts";
import { checksumHolds, checksumSize } from "./checksums.ts";
import {
  begins,
  type Found,
  type Framer,
  type FrameState,
  fault,
  joined,
  type Measure,
  NOTHING,
  STALE_MS,
} from "./frame-state.ts";
import { tabled } from "./frames-table.ts";
import { lines } from "./lines.ts";
import {
  type FixedFraming,
  type Framing,
  fromHex,
  type ModbusFraming,
  type SyncLengthFraming,
} from "./profile-framing.ts";
import type { DecodeFault } from "./terms.ts";

export type { Framer, FrameState, Pushed } from "./frame-state.ts";

/** The framer of a framing. Compile once, keep one {@link FrameState} per connection. */
export function framer(framing: Framing): Framer {
  switch (framing.cut) {
    case "sync-length":
      return measured(syncLength(framing), framing.idleMs);
    case "fixed":
      return measured(fixed(framing), framing.idleMs);
    case "modbus-rtu":
      return measured(modbus(framing), framing.idleMs);
    case "table":
      return measured(tabled(framing), framing.idleMs);
    case "line":
      return lines(framing);
  }
}

const MORE: Found = { is: "more" };
const JUNK: Found = { is: "junk" };
const BAD_CHECKSUM: Found = { is: "junk", code: "bad-checksum" };
const BAD_LENGTH: Found = { is: "junk", code: "bad-length" };

interface Scanned {
  readonly frames: Uint8Array[];
  readonly faults: Map<DecodeFault["code"], DecodeFault>;
  readonly skipped: number;
  readonly held: Uint8Array;
}

function scan(measure: Measure, buffer: Uint8Array, ending: boolean): Scanned {
  const frames: Uint8Array[] = [];
  const faults = new Map<DecodeFault["code"], DecodeFault>();
  let skipped = 0;
  let at = 0;
  while (at < buffer.length) {
    const found = measure(buffer, at);
    if (found.is === "more" && !ending) break;
    if (found.is === "frame") {
      frames.push(found.bytes);
      at += found.used;
      continue;
    }
    if (found.is === "junk" && found.code !== undefined && !faults.has(found.code))
      faults.set(found.code, fault(found.code, at, "the bytes here are no whole frame"));
    skipped += 1;
    at += 1;
  }
  return { frames, faults, skipped, held: buffer.slice(at) };
}

export function measured(measure: Measure, idleMs: Millis): Framer {
  const start: FrameState = { held: NOTHING, heardAt: 0, skipped: 0, outside: false };
  return {
    start,
    plugged: () => start,
    deadline: (state) => (state.held.length === 0 ? undefined : state.heardAt + idleMs),
    push(state, bytes, at) {
      const late = at - state.heardAt;
      const gap = state.held.length > 0 && late >= idleMs;
      // Nothing more belongs to the half frame, but a whole one may stand in its shadow.
      const before = gap ? scan(measure, late > idleMs + STALE_MS ? NOTHING : state.held, true) : undefined;
      const now = scan(measure, gap ? bytes : joined(state.held, bytes), false);
      const faults = new Map(before?.faults);
      if (gap) faults.set("idle-gap", fault("idle-gap", 0, `${state.held.length} bytes were held when silence came`));
      for (const [code, found] of now.faults) faults.set(code, found);
      const frames = before === undefined ? now.frames : [...before.frames, ...now.frames];
      const whole = before === undefined ? 0 : before.frames.reduce((sum, frame) => sum + frame.length, 0);
      const lost = gap ? Math.max(0, state.held.length - whole) : 0;
      const skipped = state.skipped + lost + now.skipped;
      const heardAt = bytes.length === 0 ? state.heardAt : at;
      return [{ held: now.held, heardAt, skipped, outside: false }, frames, [...faults.values()]];
    },
  };
}

function syncLength(framing: SyncLengthFraming): Measure {
  const start = fromHex(framing.start);
  const { length, checksum, minLength, maxLength } = framing;
  const end = framing.end === undefined ? NOTHING : fromHex(framing.end);
  const head = length.at + length.size;
  const tail = (checksum === undefined ? 0 : checksumSize(checksum.algo)) + end.length;
  const added = { whole: 0, rest: head, data: head + tail }[length.counts];
  const take = taker(framing, start.length);
  return (buffer, at) => {
    const begun = begins(buffer, at, start);
    if (begun === false) return JUNK;
    const prefix = begun === undefined ? undefined : take(buffer, at, head);
    if (prefix === undefined) return MORE;
    const field = new DataView(prefix.bytes.buffer, prefix.bytes.byteOffset + length.at, length.size);
    const said = length.size === 1 ? field.getUint8(0) : field.getUint16(0, length.endian === "little");
    const total = said + added;
    if (total < Math.max(minLength, head) || total > maxLength) return BAD_LENGTH;
    const whole = take(buffer, at, total);
    if (whole === undefined) return MORE;
    if (begins(whole.bytes, total - end.length, end) !== true) return BAD_LENGTH;
    if (checksum !== undefined && !checksumHolds(checksum, whole.bytes)) return BAD_CHECKSUM;
    return { is: "frame", bytes: whole.bytes.slice(), used: whole.used };
  };
}

/** Takes `count` bytes with escapes undone, and says how many raw ones that were; `undefined` = not all there yet. */
type Take = (buffer: Uint8Array, at: number, count: number) => { bytes: Uint8Array; used: number } | undefined;

function taker(framing: SyncLengthFraming, plainBytes: number): Take {
  if (framing.escape === undefined)
    return (buffer, at, count) =>
      at + count > buffer.length ? undefined : { bytes: buffer.subarray(at, at + count), used: count };
  const mark = Number.parseInt(framing.escape.byte, 16);
  const xor = framing.escape.xor;
  return (buffer, at, count) => {
    const bytes = new Uint8Array(count);
    let filled = 0;
    let used = 0;
    let escaped = false;
    for (const byte of buffer.subarray(at)) {
      if (filled === count) break;
      used += 1;
      if (byte === mark && !escaped && filled >= plainBytes) {
        escaped = true;
        continue;
      }
      bytes[filled] = escaped ? byte ^ xor : byte;
      escaped = false;
      filled += 1;
    }
    return filled === count ? { bytes, used } : undefined;
  };
}

function fixed(framing: FixedFraming): Measure {
  const start = framing.start === undefined ? NOTHING : fromHex(framing.start);
  const end = framing.end === undefined ? NOTHING : fromHex(framing.end);
  return (buffer, at) => {
    const begun = begins(buffer, at, start);
    if (begun === false) return JUNK;
    const bytes = buffer.subarray(at, at + framing.length);
    if (begun === undefined || bytes.length < framing.length) return MORE;
    if (begins(bytes, framing.length - end.length, end) !== true) return BAD_LENGTH;
    if (framing.checksum !== undefined && !checksumHolds(framing.checksum, bytes)) return BAD_CHECKSUM;
    return { is: "frame", bytes: bytes.slice(), used: framing.length };
  };
}

const MODBUS_SUM = { algo: "crc16-modbus", from: 0, to: -2, at: -2 } as const;
/** Modbus application protocol 1.1b3: whole frame at most 256 bytes. */
const MODBUS_MAX = 256;

function modbus(framing: ModbusFraming): Measure {
  const lengthOf = framing.side === "replies" ? replyLength : requestLength;
  return (buffer, at) => {
    const view = new DataView(buffer.buffer, buffer.byteOffset + at, buffer.length - at);
    const length = lengthOf(view);
    if (length === "unknown") return JUNK;
    if (length === "more") return MORE;
    if (length > MODBUS_MAX) return BAD_LENGTH;
    if (view.byteLength < length) return MORE;
    const bytes = buffer.subarray(at, at + length);
    if (!checksumHolds(MODBUS_SUM, bytes)) return BAD_CHECKSUM;
    return { is: "frame", bytes: bytes.slice(), used: length };
  };
}

type Length = number | "more" | "unknown";

function replyLength(view: DataView): Length {
  if (view.byteLength < 2) return "more";
  const code = view.getUint8(1);
  if (code >= 0x81 && code <= 0x98) return 5;
  if (code === 5 || code === 6 || code === 15 || code === 16) return 8;
  if (code < 1 || code > 4) return "unknown";
  return view.byteLength < 3 ? "more" : 5 + view.getUint8(2);
}

function requestLength(view: DataView): Length {
  if (view.byteLength < 2) return "more";
  const code = view.getUint8(1);
  if (code >= 1 && code <= 6) return 8;
  if (code !== 15 && code !== 16) return "unknown";
  return view.byteLength < 7 ? "more" : 9 + view.getUint8(6);
}
