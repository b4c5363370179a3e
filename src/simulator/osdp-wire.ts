/** A simulated OSDP reader's packets and cryptography, made without the decoder's, straight from OpenSSL. */
import { createCipheriv } from "node:crypto";
import { checksum } from "../decode/checksums.ts";

export interface Keys {
  readonly enc: Uint8Array;
  readonly mac1: Uint8Array;
  readonly mac2: Uint8Array;
}

/** An H10301 card as bits, with its parities. */
export function wiegand26(facility: number, card: number): string {
  const inner = facility.toString(2).padStart(8, "0") + card.toString(2).padStart(16, "0");
  const ones = (part: string) => part.replaceAll("0", "").length;
  return `${ones(inner.slice(0, 12)) % 2}${inner}${1 - (ones(inner.slice(12)) % 2)}`;
}

export function packet(
  address: number,
  turn: number,
  block: readonly number[],
  body: readonly number[],
  mac?: (covered: Buffer) => Buffer,
): Buffer {
  const scb = block.length === 0 ? [] : [block.length + 1, ...block];
  const length = 5 + scb.length + body.length + (mac === undefined ? 0 : 4) + 2;
  const control = turn | 4 | (scb.length === 0 ? 0 : 8);
  const covered = Buffer.from([0x53, address | 0x80, length & 0xff, length >> 8, control, ...scb, ...body]);
  const summed = mac === undefined ? covered : Buffer.concat([covered, mac(covered)]);
  const crc = checksum("crc16-osdp", summed);
  return Buffer.concat([summed, Buffer.from([crc & 0xff, crc >> 8])]);
}

export function ecb(key: Uint8Array, block: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

export function encrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

export function macOf(keys: Keys, iv: Uint8Array, covered: Uint8Array): Buffer {
  const whole = covered.length % 16 === 0 ? Buffer.from(covered) : padded(covered);
  const head = whole.subarray(0, -16);
  const chained = head.length === 0 ? iv : encrypt(keys.mac1, iv, head).subarray(-16);
  return encrypt(keys.mac2, chained, whole.subarray(-16));
}

export function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.from([0x80]), Buffer.alloc(15 - (data.length % 16))]);
}

export const flipped = (block: Uint8Array): Buffer => Buffer.from(block.map((byte) => ~byte & 0xff));
