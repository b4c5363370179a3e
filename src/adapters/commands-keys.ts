/** The platform's public keys: whose signature it is. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { GateError } from "../core/fault.ts";

export interface CommandKeys {
  /** Ed25519 (RFC 8032) over these characters; `unknown` = no key of this name. */
  verify(key: string, signed: string, signature: Uint8Array): "good" | "bad" | "unknown";
}

/** @param pems PEM texts (SPKI) by key name. @throws GateError SECRET_UNREADABLE for what is no Ed25519 public key */
export function openCommandKeys(pems: ReadonlyMap<string, string>): CommandKeys {
  const keys = new Map([...pems].map(([name, pem]): [string, KeyObject] => [name, publicKeyOf(name, pem)]));
  return {
    verify(name, signed, signature) {
      const key = keys.get(name);
      if (key === undefined) return "unknown";
      return verify(null, Buffer.from(signed, "latin1"), key, signature) ? "good" : "bad";
    },
  };
}

function publicKeyOf(name: string, pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // said below
  }
  throw new GateError("SECRET_UNREADABLE", `uplink.commandKeys ${name}: no Ed25519 public key in PEM`);
}

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
