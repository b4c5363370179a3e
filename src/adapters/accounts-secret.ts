/**
 * Hashing of passwords and PINs: Argon2id off the event loop, one at a time, so that a flood of tries takes one core's
 * share and 19 MiB, and the queue is short. And one-time codes (RFC 6238, SHA-1, six digits, 30 s).
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";

/** OWASP's least memory for Argon2id and twice its passes: 17 ms on a desktop core; a Pi 4's is eight to ten times slower. */
const COST = { memoryCost: 19_456, timeCost: 4, parallelism: 1 } as const;
const MOST_WAITING = 16;
/** Loaded when somebody enters: a gate whose machine lacks the binary decides all the same. Argon2id is its default. */
const argon = (): typeof import("@node-rs/argon2") => createRequire(import.meta.url)("@node-rs/argon2");

export interface Secrets {
  /** False: too many are waiting already. */
  readonly room: boolean;
  hash(secret: string): Promise<string>;
  /** With no hash to compare it takes as long, and says no. */
  right(secret: string, stored: string | undefined): Promise<boolean>;
}

export function openSecrets(): Secrets {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let nobody: Promise<string> | undefined;
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    waiting += 1;
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      waiting -= 1;
    }
  }
  const hashed = (secret: string) => inTurn(async () => argon().hash(secret.normalize("NFKC"), COST));
  return {
    get room() {
      return waiting < MOST_WAITING;
    },
    hash: hashed,
    async right(secret, stored) {
      nobody ??= hashed(randomBytes(16).toString("hex"));
      const against = stored ?? (await nobody);
      const same = await inTurn(async () => argon().verify(against, secret.normalize("NFKC")));
      return same && stored !== undefined;
    },
  };
}

/** What is kept of a session's cookie. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("base64url");
}

export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Without letters that look alike. */
const LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/** `XXXX-XXXX-XXXX`: 59 bits. */
export function newCode(): string {
  const one = (): string => {
    for (;;) {
      const byte = randomBytes(1)[0] ?? 255;
      if (byte < LETTERS.length * 8) return LETTERS[byte % LETTERS.length] ?? "";
    }
  };
  return [0, 1, 2].map(() => [0, 1, 2, 3].map(one).join("")).join("-");
}

export function sameText(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(one), digest(other));
}

// ── One-time codes ──────────────────────────────────────────────────────────────────────────────────────────────────
const STEP_MS = 30_000;
const DRIFT_STEPS = 1;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 160 bits in base32 (RFC 4648), as authenticator apps read it. */
export function newTotp(): string {
  return [...randomBytes(32)].map((byte) => BASE32[byte % 32]).join("");
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code of a step (RFC 4226, 5.3). */
export function totpAt(key: Uint8Array, step: number, digits = 6): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, "0");
}

/** The step that a code is of, when it is newer than `usedStep`: each code serves once. Undefined = wrong, or used. */
export function totpStep(secret: string, code: string, wallMs: number, usedStep: number): number | undefined {
  const key = fromBase32(secret);
  const now = Math.floor(wallMs / STEP_MS);
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step++) {
    if (step > usedStep && step >= 0 && sameText(totpAt(key, step), code)) return step;
  }
  return undefined;
}
