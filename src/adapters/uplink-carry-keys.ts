/**
 * Who signs and who may read what is carried by hand: a pair of keys for each side, Ed25519 to sign and X25519 to seal,
 * as two PEM blocks in one file. The gate makes its own; the platform's public ones come by the configuration.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { GateError } from "../core/fault.ts";

/** One side's keys: private ones sign and open, public ones verify and seal. */
export interface CarryKeys {
  readonly sign: KeyObject;
  readonly seal: KeyObject;
}

const BLOCK = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g;

/** @throws GateError SECRET_UNREADABLE: not one Ed25519 and one X25519 key of this kind */
export function carryKeys(pem: string, kind: "public" | "private", where: string): CarryKeys {
  const read = kind === "public" ? createPublicKey : createPrivateKey;
  const keys = [...pem.matchAll(BLOCK)].flatMap(([block]) => {
    try {
      return [read(block)];
    } catch {
      return []; // a certificate, a comment, another kind: not counted
    }
  });
  const of = (type: string) => keys.filter((key) => key.asymmetricKeyType === type);
  const [sign, ...moreSign] = of("ed25519");
  const [seal, ...moreSeal] = of("x25519");
  if (sign === undefined || seal === undefined || moreSign.length + moreSeal.length > 0)
    throw new GateError("SECRET_UNREADABLE", `${where}: wanted one Ed25519 and one X25519 ${kind} key (PEM)`);
  return { sign, seal };
}

/** 16 hex digits that name a key, from its public half. */
export function keyName(key: KeyObject): string {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha256")
    .update(half.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

export function publicHalf({ sign, seal }: CarryKeys): CarryKeys {
  return { sign: createPublicKey(sign), seal: createPublicKey(seal) };
}

/** Two PEM blocks. */
export function pemOf({ sign, seal }: CarryKeys): string {
  const pem = (key: KeyObject) =>
    String(
      key.type === "private"
        ? key.export({ type: "pkcs8", format: "pem" })
        : key.export({ type: "spki", format: "pem" }),
    );
  return pem(sign) + pem(seal);
}

export function newKeys(): CarryKeys {
  return {
    sign: generateKeyPairSync("ed25519").privateKey,
    seal: generateKeyPairSync("x25519").privateKey,
  };
}

/** The gate's own, made at the first question, readable by us alone. @throws GateError SECRET_UNREADABLE */
export function ownKeys(file: string): CarryKeys {
  try {
    if (!existsSync(file)) {
      const half = `${file}.tmp`;
      const fd = openSync(half, "w", 0o600);
      try {
        // Made by an administrator, read by the gate's own user: whoever owns the folder owns what is in it.
        const { uid, gid } = statSync(dirname(file));
        if (process.getuid?.() === 0) fchownSync(fd, uid, gid);
        writeSync(fd, pemOf(newKeys()));
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(half, file);
    }
    return carryKeys(readFileSync(file, "utf8"), "private", file);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError("SECRET_UNREADABLE", `${file}: ${cause instanceof Error ? cause.message : ""}`, { cause });
  }
}
