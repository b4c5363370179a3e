/**
 * The OSDP secure channel: keys of a session, the two cryptograms that prove them, MACs chained from packet to packet,
 * and encrypted data. AES-128 itself is passed in as a function of one block.
 */
import { encodePacket, type Making, type Packet } from "./osdp-packet.ts";

/** AES-128 of one block of 16 bytes. */
export interface BlockCipher {
  encrypt(key: Uint8Array, block: Uint8Array): Uint8Array;
  decrypt(key: Uint8Array, block: Uint8Array): Uint8Array;
}

const BLOCK = 16;
/** The key every reader comes with: for installation only. */
export const DEFAULT_KEY = Uint8Array.from({ length: BLOCK }, (_, i) => 0x30 + i);

/** Types of the security block. */
export const BLOCKS = {
  challenge: 0x11,
  clientCryptogram: 0x12,
  serverCryptogram: 0x13,
  firstMac: 0x14,
  command: 0x15,
  reply: 0x16,
  sealedCommand: 0x17,
  sealedReply: 0x18,
} as const;

export interface SessionKeys {
  readonly enc: Uint8Array;
  readonly mac1: Uint8Array;
  readonly mac2: Uint8Array;
}

/** One secure session: each MAC is chained from the last MAC of the other side. */
export interface Session {
  readonly keys: SessionKeys;
  readonly commandMac: Uint8Array;
  readonly replyMac: Uint8Array;
}

export function sessionKeys(cipher: BlockCipher, scbk: Uint8Array, rndA: Uint8Array): SessionKeys {
  const derived = (...head: readonly number[]) => {
    const block = new Uint8Array(BLOCK);
    block.set([...head, ...rndA.subarray(0, 6)]);
    return cipher.encrypt(scbk, block);
  };
  return { enc: derived(0x01, 0x82), mac1: derived(0x01, 0x01), mac2: derived(0x01, 0x02) };
}

/** What the reader proves itself with. */
export function clientCryptogram(cipher: BlockCipher, keys: SessionKeys, rndA: Uint8Array, rndB: Uint8Array) {
  return cipher.encrypt(keys.enc, Uint8Array.of(...rndA, ...rndB));
}

/** What we prove ourselves with. */
export function serverCryptogram(cipher: BlockCipher, keys: SessionKeys, rndA: Uint8Array, rndB: Uint8Array) {
  return cipher.encrypt(keys.enc, Uint8Array.of(...rndB, ...rndA));
}

/** R-MAC-I: the MAC that the first command is chained from. */
export function firstMac(cipher: BlockCipher, keys: SessionKeys, server: Uint8Array): Uint8Array {
  return cipher.encrypt(keys.mac2, cipher.encrypt(keys.mac1, server));
}

/** Compared in a time that doesn't tell how far they agree. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  const bytes = new DataView(other.buffer, other.byteOffset, other.length);
  return one.reduce((differing, byte, i) => differing | (byte ^ bytes.getUint8(i)), 0) === 0;
}

/** The session after this command, and the command in bytes. Without data it carries a MAC only. */
export function sealCommand(
  cipher: BlockCipher,
  session: Session,
  command: Pick<Making, "address" | "sequence" | "code"> & { readonly data: Uint8Array },
): readonly [Session, Uint8Array] {
  const { keys, replyMac } = session;
  const isBare = command.data.length === 0;
  const data = isBare ? command.data : cbc(cipher, keys.enc, inverted(replyMac), padded(command.data));
  let commandMac = session.commandMac;
  const bytes = encodePacket(
    { ...command, data, secure: [isBare ? BLOCKS.command : BLOCKS.sealedCommand] },
    (covered) => {
      commandMac = macOf(cipher, keys, replyMac, covered);
      return commandMac;
    },
  );
  return [{ keys, commandMac, replyMac }, bytes];
}

/** The session after this reply, and its data in clear; undefined = it isn't from whoever holds the session's keys. */
export function openReply(
  cipher: BlockCipher,
  session: Session,
  packet: Packet,
): readonly [Session, Uint8Array] | undefined {
  const { keys, commandMac } = session;
  const type = packet.secure?.type;
  if (packet.mac === undefined || (type !== BLOCKS.reply && type !== BLOCKS.sealedReply)) return undefined;
  const replyMac = macOf(cipher, keys, commandMac, packet.covered);
  if (!same(packet.mac, replyMac.subarray(0, packet.mac.length))) return undefined;
  const next = { keys, commandMac, replyMac };
  // Data beside a bare MAC would be authentic but readable to anybody on the wire: not what was agreed.
  if (type === BLOCKS.reply) return packet.data.length === 0 ? [next, packet.data] : undefined;
  if (packet.data.length % BLOCK !== 0) return undefined;
  const data = unpadded(uncbc(cipher, keys.enc, inverted(commandMac), packet.data));
  return data === undefined ? undefined : [next, data];
}

/** CBC under MAC1, the last block under MAC2. What is covered is 8 bytes and whole blocks, so it is never full by itself. */
export function macOf(cipher: BlockCipher, keys: SessionKeys, iv: Uint8Array, covered: Uint8Array): Uint8Array {
  const bytes = padded(covered);
  const last = bytes.length - BLOCK;
  const before = cbc(cipher, keys.mac1, iv, bytes.subarray(0, last));
  const chained = before.length === 0 ? iv : before.subarray(-BLOCK);
  return cipher.encrypt(keys.mac2, xor(bytes.subarray(last), chained));
}

/** 80, then zeros up to a whole block; always at least the 80. */
function padded(data: Uint8Array): Uint8Array {
  const whole = new Uint8Array((Math.floor(data.length / BLOCK) + 1) * BLOCK);
  whole.set(data);
  whole[data.length] = 0x80;
  return whole;
}

function unpadded(data: Uint8Array): Uint8Array | undefined {
  const end = data.findLastIndex((byte) => byte !== 0);
  return data[end] === 0x80 ? data.slice(0, end) : undefined;
}

function cbc(cipher: BlockCipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length);
  let before = iv;
  for (let at = 0; at < data.length; at += BLOCK) {
    before = cipher.encrypt(key, xor(data.subarray(at, at + BLOCK), before));
    out.set(before, at);
  }
  return out;
}

function uncbc(cipher: BlockCipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length);
  let before = iv;
  for (let at = 0; at < data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    out.set(xor(cipher.decrypt(key, block), before), at);
    before = block;
  }
  return out;
}

const inverted = (block: Uint8Array): Uint8Array => block.map((byte) => ~byte & 0xff);

/** Both of one block. */
function xor(block: Uint8Array, mask: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  const a = new DataView(block.buffer, block.byteOffset, BLOCK);
  const b = new DataView(mask.buffer, mask.byteOffset, BLOCK);
  for (let i = 0; i < BLOCK; i += 1) out[i] = a.getUint8(i) ^ b.getUint8(i);
  return out;
}
