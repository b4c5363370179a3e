/**
 * OSDP v2 packets (IEC 60839-11-5): bytes → packets and back. What stands in a packet is another file's business.
 *
 *     53 | address, replies + 80 | length LE16 | control | [security block] | code | data | [MAC 4] | CRC LE16 or sum 8
 */
import { checksumBytes, checksumHolds } from "./checksums.ts";
import type { Found, Framer } from "./frame-state.ts";
import { measured } from "./frames.ts";

export const BROADCAST = 0x7f;

const START = 0x53;
const HEAD = 5;
const REPLY_BIT = 0x80;
const SEQUENCE_BITS = 0x03;
const CRC_BIT = 0x04;
const SECURE_BIT = 0x08;
const MAC_BYTES = 4;
/** Inferred: the sources give no longest packet; this is more than any reader here sends. */
const LONGEST = 1440;
/** Inferred: between two bytes of one packet; longer than the 16 ms that a USB converter may sit on them. */
export const IDLE_MS = 50;

export interface Packet {
  /** 0..126, or {@link BROADCAST}. */
  readonly address: number;
  readonly reply: boolean;
  /** 0 begins anew, then 1, 2, 3, 1, … */
  readonly sequence: number;
  readonly crc: boolean;
  /** The security block without its length. */
  readonly secure?: { readonly type: number; readonly rest: Uint8Array };
  readonly code: number;
  /** Without the MAC. */
  readonly data: Uint8Array;
  readonly mac?: Uint8Array;
  /** All that the MAC is made of: from the start byte to before the MAC. */
  readonly covered: Uint8Array;
}

/** What a packet is made of. `secure` is the block's type and what follows it. */
export interface Making {
  readonly address: number;
  readonly reply?: boolean;
  readonly sequence: number;
  /** A sum of one byte instead of the CRC. */
  readonly sum?: boolean;
  readonly secure?: readonly [type: number, ...rest: number[]];
  readonly code: number;
  readonly data?: Uint8Array;
}

/** Blocks 15..18 carry a MAC. */
export const hasMac = (type: number | undefined): boolean => type !== undefined && type >= 0x15 && type <= 0x18;

/** The packet in bytes; `macOf` makes the MAC of what it covers, for the blocks that carry one. */
export function encodePacket(making: Making, macOf?: (covered: Uint8Array) => Uint8Array): Uint8Array {
  const { address, sequence, secure, code, data = new Uint8Array(0) } = making;
  const tail = making.sum === true ? 1 : 2;
  const block = secure === undefined ? [] : [secure.length + 1, ...secure];
  const length = HEAD + block.length + 1 + data.length + (macOf === undefined ? 0 : MAC_BYTES) + tail;
  const control = sequence | (tail === 2 ? CRC_BIT : 0) | (secure === undefined ? 0 : SECURE_BIT);
  const to = making.reply === true ? address | REPLY_BIT : address;
  const covered = Uint8Array.of(START, to, length & 0xff, length >> 8, control, ...block, code, ...data);
  const mac = macOf === undefined ? [] : macOf(covered).subarray(0, MAC_BYTES);
  const summed = Uint8Array.of(...covered, ...mac);
  return Uint8Array.of(...summed, ...checksumBytes(tail === 2 ? "crc16-osdp" : "neg-sum8", summed));
}

const MORE: Found = { is: "more" };
const JUNK: Found = { is: "junk" };
const BAD_LENGTH: Found = { is: "junk", code: "bad-length" };
const BAD_CHECKSUM: Found = { is: "junk", code: "bad-checksum" };

function measure(buffer: Uint8Array, at: number): Found {
  if (buffer[at] !== START) return JUNK;
  if (buffer.length < at + HEAD) return MORE;
  const view = new DataView(buffer.buffer, buffer.byteOffset + at, buffer.length - at);
  const length = view.getUint16(2, true);
  const tail = tailOf(view.getUint8(4));
  if (length < HEAD + 1 + tail || length > LONGEST) return BAD_LENGTH;
  if (view.byteLength < length) return MORE;
  const bytes = buffer.subarray(at, at + length);
  const algo = tail === 2 ? "crc16-osdp" : "neg-sum8";
  if (!checksumHolds({ algo, from: 0, to: -tail, at: -tail }, bytes)) return BAD_CHECKSUM;
  return { is: "frame", bytes: bytes.slice(), used: length };
}

const tailOf = (control: number): 1 | 2 => ((control & CRC_BIT) === 0 ? 1 : 2);

/** Cuts packets out of the line: slides over junk, drops a half packet after {@link IDLE_MS} of silence. */
export const packets: Framer = measured(measure, IDLE_MS);

/** A whole packet, as the framer cut it; undefined = its security block doesn't fit into it. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const to = view.getUint8(1);
  const control = view.getUint8(4);
  const end = bytes.length - tailOf(control);
  const block = (control & SECURE_BIT) === 0 ? new Uint8Array(0) : bytes.subarray(HEAD, HEAD + view.getUint8(HEAD));
  const [, type, ...rest] = block;
  const at = HEAD + block.length;
  const macBytes = hasMac(type) ? MAC_BYTES : 0;
  if ((control & SECURE_BIT) !== 0 && type === undefined) return undefined;
  if (at + 1 + macBytes > end) return undefined;
  return {
    address: to & ~REPLY_BIT,
    reply: (to & REPLY_BIT) !== 0,
    sequence: control & SEQUENCE_BITS,
    crc: (control & CRC_BIT) !== 0,
    ...(type === undefined ? {} : { secure: { type, rest: Uint8Array.from(rest) } }),
    code: view.getUint8(at),
    data: bytes.slice(at + 1, end - macBytes),
    ...(macBytes === 0 ? {} : { mac: bytes.slice(end - macBytes, end) }),
    covered: bytes.slice(0, end - macBytes),
  };
}
