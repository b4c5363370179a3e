/** Pseudonyms and sealed fields: who a row is about can be read only while the person's key exists. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

/** 16 hex digits that mean this person at this site and nothing elsewhere. */
export function pseudonym(siteKey: Uint8Array, holder: string): string {
  return createHmac("sha256", siteKey).update(holder).digest("hex").slice(0, 16);
}

const NONCE = 12;
const TAG = 16;

const NONCES_AT_ONCE = 512;
let nonces = Buffer.alloc(0);

/** A fresh random nonce; drawn in lots, because each call to the kernel costs more than the sealing. */
function freshNonce(): Buffer {
  if (nonces.length < NONCE) nonces = randomBytes(NONCE * NONCES_AT_ONCE);
  const nonce = nonces.subarray(0, NONCE);
  nonces = nonces.subarray(NONCE);
  return nonce;
}

/** AES-256-GCM: nonce, tag, text. */
export function seal(key: Uint8Array, fields: Readonly<Record<string, unknown>>): Buffer {
  const nonce = freshNonce();
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(fields), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Undefined when the key is another one, or a byte was changed. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE));
    decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
    const text = Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]).toString("utf8");
    const fields: unknown = JSON.parse(text);
    return typeof fields === "object" && fields !== null ? { ...fields } : undefined;
  } catch {
    return undefined; // expected: an erased person's row stays in the chain and says nothing any more
  }
}

export interface SealKeys {
  /** A person's own key, by the pseudonym in the row. */
  readonly keyOfSubject: (subject: string) => Uint8Array | undefined;
  /** The key that strangers of that day share. */
  readonly keyOfDay: (wallMs: number) => Uint8Array | undefined;
}

/** What a row says of a person: with that person's key, else with its day's. */
export function unsealRow(
  row: { readonly subject: string | null; readonly wall: number; readonly sealed: Uint8Array | null },
  keys: SealKeys,
): Readonly<Record<string, unknown>> | undefined {
  if (row.sealed === null) return undefined;
  const own = row.subject === null ? undefined : keys.keyOfSubject(row.subject);
  const said = own === undefined ? undefined : unseal(own, row.sealed);
  if (said !== undefined) return said;
  const day = keys.keyOfDay(row.wall);
  return day === undefined ? undefined : unseal(day, row.sealed);
}
