/**
 * A file that is carried by hand: a header that says whose it is, the messages sealed for the other side, a signature over
 * both. Signed outside, so that a changed byte is known before anything is opened; sealed for one reader, so that whoever
 * finds the stick finds nothing (X25519, HKDF-SHA256, AES-256-GCM over gzip; Ed25519).
 */
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { GateError } from "../core/fault.ts";
import { type CarryKeys, keyName } from "./uplink-carry-keys.ts";

/** What sealing adds to the header that says what is inside. */
export interface Seal {
  readonly made: string;
  readonly signedWith: string;
  readonly sealedFor: string;
  readonly ephemeral: string;
  readonly lines: number;
}

/** A header's JSON as the contract reads it, or what is wrong with it. */
export type ReadHeader<Header extends Seal> = (
  json: unknown,
) => { readonly header: Header } | { readonly wrong: string };

const SIGNATURE = 64;
const TAG = 16;
const LONGEST_HEADER = 4_096;
/** No part of ours comes near; a stranger's must not fill the memory. */
export const LARGEST_FILE = 64 * 1024 * 1024;
/** Unpacked, bytes. */
const LARGEST_TEXT = 256 * 1024 * 1024;
/** DER of an X25519 public key: these 12 bytes, then the key's 32 (RFC 8410). */
const SPKI = Buffer.from("302a300506032b656e032100", "hex");

const raw = (key: KeyObject): Buffer => Buffer.from(key.export({ type: "spki", format: "der" })).subarray(SPKI.length);

function cipherKeys(own: KeyObject, other: KeyObject, ephemeral: Buffer, reader: Buffer) {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  const both = Buffer.from(hkdfSync("sha256", shared, Buffer.concat([ephemeral, reader]), "gatepost bundle 1", 44));
  return { key: both.subarray(0, 32), nonce: both.subarray(32) };
}

/** @param by the writer's private keys; @param to the reader's public ones; @param made UTC, to the second */
export function sealFile(
  contents: Readonly<Record<string, unknown>>,
  lines: readonly string[],
  { by, to, made }: { readonly by: CarryKeys; readonly to: CarryKeys; readonly made: Date },
): Buffer {
  const once = generateKeyPairSync("x25519");
  const ephemeral = raw(once.publicKey);
  const header = {
    ...contents,
    lines: lines.length,
    made: `${made.toISOString().slice(0, 19)}Z`,
    signedWith: keyName(by.sign),
    sealedFor: keyName(to.seal),
    ephemeral: ephemeral.toString("base64"),
  };
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  const { key, nonce } = cipherKeys(once.privateKey, to.seal, ephemeral, raw(to.seal));
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(head);
  const packed = gzipSync(lines.map((line) => `${line}\n`).join(""));
  const sealed = Buffer.concat([cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
  const all = Buffer.concat([head, sealed]);
  return Buffer.concat([all, sign(null, all, by.sign)]);
}

const damaged = (why: string) => new GateError("BUNDLE_DAMAGED", why);

/**
 * The header of a file that is whole and signed by `by`; its contents stay sealed.
 * @throws GateError BUNDLE_DAMAGED, BUNDLE_FOREIGN
 */
export function verifiedHeader<Header extends Seal>(
  bytes: Uint8Array,
  by: KeyObject,
  read: ReadHeader<Header>,
): Header {
  return parted(bytes, by, read).header;
}

function parted<Header extends Seal>(bytes: Uint8Array, by: KeyObject, read: ReadHeader<Header>) {
  if (bytes.length > LARGEST_FILE)
    throw damaged(`${bytes.length} bytes; no file of ours has more than ${LARGEST_FILE}`);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = all.subarray(0, LONGEST_HEADER).indexOf("\n") + 1;
  if (end === 0) throw damaged("it has no header");
  const header = headerOf(all.subarray(0, end - 1).toString("utf8"), read);
  if (all.length < end + TAG + SIGNATURE) throw damaged("it was cut short");
  if (header.signedWith !== keyName(by))
    throw new GateError("BUNDLE_FOREIGN", `signed with key ${header.signedWith}, not ${keyName(by)}`);
  const signed = all.subarray(0, all.length - SIGNATURE);
  if (!verify(null, signed, by, all.subarray(all.length - SIGNATURE)))
    throw damaged("its signature is wrong: it was changed or cut short");
  return { header, head: all.subarray(0, end), sealed: signed.subarray(end) };
}

function headerOf<Header extends Seal>(text: string, read: ReadHeader<Header>): Header {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch (cause) {
    throw new GateError("BUNDLE_DAMAGED", "its first line is no JSON", { cause });
  }
  const found = read(told);
  if ("wrong" in found) throw damaged(`its first line: ${found.wrong}`);
  return found.header;
}

/**
 * What was sealed, line by line.
 * @param by the writer's public key for signatures; @param to our own private key for opening
 * @param most bytes that it may unpack to: a platform reads months of records, a gate a few receipts
 * @throws GateError BUNDLE_DAMAGED, BUNDLE_FOREIGN
 */
export function openFile<Header extends Seal>(
  bytes: Uint8Array,
  { by, to }: { readonly by: KeyObject; readonly to: KeyObject },
  read: ReadHeader<Header>,
  most = LARGEST_TEXT,
): { readonly header: Header; readonly lines: readonly string[] } {
  const { header, head, sealed } = parted(bytes, by, read);
  if (header.sealedFor !== keyName(to))
    throw new GateError("BUNDLE_FOREIGN", `sealed for key ${header.sealedFor}, ours is ${keyName(to)}`);
  const ephemeral = Buffer.from(header.ephemeral, "base64");
  let text: string;
  try {
    const other = createPublicKey({ key: Buffer.concat([SPKI, ephemeral]), format: "der", type: "spki" });
    const { key, nonce } = cipherKeys(to, other, ephemeral, raw(createPublicKey(to)));
    const decipher = createDecipheriv("aes-256-gcm", key, nonce);
    decipher.setAAD(head);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const zipped = Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()]);
    text = gunzipSync(zipped, { maxOutputLength: most }).toString("utf8");
  } catch (cause) {
    throw new GateError("BUNDLE_DAMAGED", "what is sealed in it can't be opened", { cause });
  }
  const lines = text === "" ? [] : text.trimEnd().split("\n");
  if (lines.length !== header.lines) throw damaged(`${lines.length} lines inside, its header says ${header.lines}`);
  return { header, lines };
}
