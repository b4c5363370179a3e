/** Why bytes are no frame, byte by byte: what was expected where, and what stands there. For whoever writes a profile. */
import { type ChecksumRule, checksumBytes, checksumSize } from "./checksums.ts";
import { type Framing, fromHex, toHex } from "./profile-framing.ts";
import { decodeText, INVALID } from "./transforms.ts";

/** One place of a frame. */
export interface ByteNote {
  /** Offset of its first byte in what was pasted, from 0. */
  readonly at: number;
  /** Bytes in hex, or a number of bytes as `4 B`; empty = there is nothing. */
  readonly found: string;
  readonly expected: string;
  readonly fits: boolean;
  readonly zh: string;
  readonly en: string;
}

/** The first frame in `bytes` that is none, gone through from its start; empty = all of them are whole. */
export function explainBytes(framing: Framing, bytes: Uint8Array): readonly ByteNote[] {
  if (framing.cut === "line") return explainLine(framing, bytes);
  let at = 0;
  while (at < bytes.length) {
    const from = startIn(framing, bytes, at);
    const notes = explainFrame(framing, bytes, from);
    if (notes.some(({ fits }) => !fits)) return notes;
    const frame = plainFrom(framing, bytes, from);
    at = frame.at(Math.max(1, lengthOf(framing, frame.bytes).total));
  }
  return [];
}

type Cut = Exclude<Framing, { readonly cut: "line" }>;

function startBytes(framing: Cut): Uint8Array {
  return "start" in framing && framing.start !== undefined ? fromHex(framing.start) : new Uint8Array(0);
}

/** Where the next frame begins: where most of its start bytes stand, the first of such places. */
function startIn(framing: Cut, bytes: Uint8Array, from: number): number {
  const start = startBytes(framing);
  const good = (at: number): number => {
    const wrong = start.findIndex((byte, index) => bytes[at + index] !== byte);
    return wrong < 0 ? start.length : wrong;
  };
  let best = from;
  for (let at = from; at < bytes.length; at += 1) if (good(at) > good(best)) best = at;
  return best;
}

interface Length {
  /** Bytes of the whole frame; 0 = it can't be said. */
  readonly total: number;
  readonly note: Omit<ByteNote, "at" | "found"> & { readonly at: number; readonly size: number };
}

/** A frame with its escapes undone, and where each of its bytes stands in what was pasted. */
interface Plain {
  readonly bytes: Uint8Array;
  at(index: number): number;
}

function plainFrom(framing: Cut, bytes: Uint8Array, from: number): Plain {
  const rule = framing.cut === "sync-length" ? framing.escape : undefined;
  if (rule === undefined) return { bytes: bytes.subarray(from), at: (index) => from + index };
  const mark = Number.parseInt(rule.byte, 16);
  const first = startBytes(framing).length;
  const plain: number[] = [];
  const places: number[] = [];
  let marked = false;
  for (const [offset, byte] of bytes.subarray(from).entries()) {
    if (!marked) places.push(from + offset);
    if (!marked && byte === mark && plain.length >= first) {
      marked = true;
      continue;
    }
    plain.push(marked ? byte ^ rule.xor : byte);
    marked = false;
  }
  return { bytes: Uint8Array.from(plain), at: (index) => places[index] ?? bytes.length };
}

const SUM = { "modbus-rtu": { algo: "crc16-modbus", from: 0, to: -2, at: -2 } } as const;

function explainFrame(framing: Cut, bytes: Uint8Array, from: number): readonly ByteNote[] {
  const plain = plainFrom(framing, bytes, from);
  const frame = plain.bytes;
  const start = startBytes(framing);
  const notes: ByteNote[] = [...start].map((byte, index) => {
    const found = toHex(frame.subarray(index, index + 1));
    const expected = toHex(Uint8Array.of(byte));
    return { at: from + index, found, expected, fits: found === expected, zh: "起始字节", en: "start byte" };
  });
  if (notes.some(({ fits }) => !fits)) return notes;
  const { total, note } = lengthOf(framing, frame);
  const { at, size, ...said } = note;
  const field = toHex(frame.subarray(at, at + size));
  notes.push({ ...said, at: plain.at(at), found: total > 0 && field !== "" ? `${field} = ${total} B` : field });
  if (!note.fits) return notes;
  const there = Math.min(total, frame.length);
  const whole = there === total;
  const [zh, en] = whole ? ["帧完整", "the frame is whole"] : [`还缺 ${total - there} B`, `${total - there} B missing`];
  notes.push({ at: plain.at(there), found: `${there} B`, expected: `${total} B`, fits: whole, zh, en });
  if (!whole) return notes;
  const taken: Plain = { bytes: frame.subarray(0, total), at: plain.at };
  if ("end" in framing && framing.end !== undefined) notes.push(endOf(framing.end, taken));
  const rule = framing.cut === "modbus-rtu" ? SUM["modbus-rtu"] : framing.checksum;
  return rule === undefined ? notes : [...notes, sumOf(rule, taken)];
}

function endOf(end: string, { bytes, at }: Plain): ByteNote {
  const expected = toHex(fromHex(end));
  const first = bytes.length - fromHex(end).length;
  const found = toHex(bytes.subarray(first));
  return { at: at(first), found, expected, fits: found === expected, zh: "结束字节", en: "end bytes" };
}

function sumOf(rule: ChecksumRule, { bytes, at }: Plain): ByteNote {
  const first = rule.at < 0 ? bytes.length + rule.at : rule.at;
  const to = rule.to < 0 ? bytes.length + rule.to : rule.to;
  const wanted = checksumBytes(rule.algo, bytes.subarray(rule.from, to), rule.endian);
  const found = toHex(bytes.subarray(first, first + wanted.length));
  const span = `${at(rule.from)}..${at(to) - 1}`;
  return {
    at: at(first),
    found,
    expected: toHex(wanted),
    fits: wanted.length > 0 && found === toHex(wanted),
    zh: `${rule.algo} 校验，偏移 ${span}`,
    en: `${rule.algo} over offsets ${span}`,
  };
}

/** What the frame says of its own length, or what it must be. */
function lengthOf(framing: Cut, frame: Uint8Array): Length {
  switch (framing.cut) {
    case "fixed":
      return told(framing.length, 0, 0, "固定长度", "fixed length");
    case "sync-length": {
      const { length, checksum, minLength, maxLength } = framing;
      const field = [...frame.subarray(length.at, length.at + length.size)];
      const said = (length.endian === "little" ? field.toReversed() : field).reduce((sum, byte) => sum * 256 + byte, 0);
      const head = length.at + length.size;
      const end = framing.end === undefined ? 0 : fromHex(framing.end).length;
      const tail = end + (checksum === undefined ? 0 : checksumSize(checksum.algo));
      const total = said + { whole: 0, rest: head, data: head + tail }[length.counts];
      if (field.length < length.size) return told(0, length.at, length.size, "缺少长度字段", "no length field");
      const good = total >= Math.max(minLength, head) && total <= maxLength;
      const note = told(total, length.at, length.size, "长度字段", "length field");
      return good ? note : { ...note, note: { ...note.note, expected: `${minLength}..${maxLength} B`, fits: false } };
    }
    case "modbus-rtu":
      return told(modbusLength(framing.side, frame), 1, 1, "功能码", "function code");
    case "table": {
      const row = framing.sizes.find(({ bytes }) =>
        bytes.every(({ at, equals }) => toHex(frame.subarray(at, at + 1)) === equals),
      );
      const at = Math.max(0, ...framing.sizes.flatMap(({ bytes }) => bytes.map((byte) => byte.at)));
      if (row === undefined) return told(0, at, 1, "表里没有这种帧", "no such kind in the table");
      if (typeof row.length === "number") return told(row.length, at, 1, "按表定长", "length by the table");
      const said = frame[row.length.at];
      const total = said === undefined ? 0 : said + row.length.plus;
      return told(total, row.length.at, 1, "长度字节", "length byte");
    }
  }
}

function told(total: number, at: number, size: number, zh: string, en: string): Length {
  const expected = total > 0 ? `${total} B` : "?";
  return { total, note: { at, size, expected, fits: total > 0, zh, en } };
}

function modbusLength(side: "replies" | "requests", frame: Uint8Array): number {
  const [, code = 0, count = 0] = frame;
  const bytes = frame[6] ?? 0;
  if (code === 15 || code === 16) return side === "replies" ? 8 : 9 + bytes;
  if (code === 5 || code === 6) return 8;
  if (side === "requests") return code >= 1 && code <= 4 ? 8 : 0;
  if (code >= 0x81 && code <= 0x98) return 5;
  return code >= 1 && code <= 4 ? 5 + count : 0;
}

function explainLine(framing: Extract<Framing, { readonly cut: "line" }>, bytes: Uint8Array): readonly ByteNote[] {
  const ends = framing.ends.map((end) => Number.parseInt(end, 16));
  const end = bytes.findIndex((byte) => ends.includes(byte));
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  const notes: ByteNote[] = [];
  if (framing.start !== undefined) {
    const found = toHex(bytes.subarray(0, 1));
    const expected = framing.start.toUpperCase();
    notes.push({ at: 0, found, expected, fits: found === expected, zh: "行首字节", en: "start of a line" });
  }
  const length = { at: 0, found: `${line.length} B`, expected: `1..${framing.maxLength} B` };
  notes.push({
    ...length,
    fits: line.length >= 1 && line.length <= framing.maxLength,
    zh: "行的长度",
    en: "length of the line",
  });
  const wrong = [...line].findIndex(
    (byte, index) => decodeText(framing.charset, line.subarray(0, index + 1)) === INVALID && byte >= 0x80,
  );
  const bad = decodeText(framing.charset, line) === INVALID;
  const at = Math.max(0, wrong);
  const text = { at, found: toHex(line.subarray(at, at + 1)), expected: framing.charset, fits: !bad };
  notes.push({ ...text, zh: "字符编码", en: "character set" });
  const mark = {
    at: line.length,
    found: toHex(bytes.subarray(line.length, line.length + 1)),
    expected: framing.ends.join(" / "),
  };
  notes.push({ ...mark, fits: end >= 0 || framing.idleEnds, zh: "行尾字节", en: "end of the line" });
  return notes.every(({ fits }) => fits) ? [] : notes;
}
