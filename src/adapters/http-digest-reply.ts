/**
 * HTTP digest as we answer a device's challenge (RFC 7616, MD5 and SHA-256, qop=auth; RFC 2069 where it names no qop).
 * The last challenge is kept, so that the next request needs no second one.
 */
import { createHash, randomBytes } from "node:crypto";
import { parameters } from "./http-digest.ts";

export interface DigestReply {
  /** Takes in what a 401 asks for. False = nothing that we can answer. */
  challenged(headers: readonly string[]): boolean;
  /** The value of `Authorization`; undefined before the first challenge. */
  authorization(method: string, target: string): string | undefined;
}

/** The best first. */
const ALGORITHMS = [
  ["SHA-256", "sha256"],
  ["MD5", "md5"],
] as const;

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly qop: boolean;
  readonly algorithm: (typeof ALGORITHMS)[number];
  count: number;
}

export function openDigestReply(user: string, password: string): DigestReply {
  let last: Challenge | undefined;
  return {
    challenged(headers) {
      const offers = headers.flatMap((header) => header.split(/(?=\b(?:Digest|Basic)\s)/i)).flatMap(challengeIn);
      const best = ALGORITHMS.map((one) => offers.find(({ algorithm }) => algorithm === one)).find(
        (one) => one !== undefined,
      );
      if (best !== undefined) last = best;
      return best !== undefined;
    },
    authorization(method, target) {
      if (last === undefined) return undefined;
      last.count++;
      return written(last, user, password, method, target);
    },
  };
}

function challengeIn(header: string): readonly Challenge[] {
  if (!/^Digest\s/i.test(header)) return [];
  const said = parameters(header);
  const name = (said.get("algorithm") ?? "MD5").toUpperCase();
  const algorithm = ALGORITHMS.find(([one]) => one === name);
  const nonce = said.get("nonce");
  const qop = said.get("qop");
  // `auth-int` alone would want the body hashed too: no device of this kind asks for it.
  const fits = qop === undefined || qop.split(",").some((one) => one.trim() === "auth");
  if (algorithm === undefined || nonce === undefined || !fits) return [];
  const realm = said.get("realm") ?? "";
  return [{ realm, nonce, opaque: said.get("opaque"), qop: qop !== undefined, algorithm, count: 0 }];
}

function written(challenge: Challenge, user: string, password: string, method: string, target: string): string {
  const { realm, nonce, opaque, qop, algorithm, count } = challenge;
  const hash = (text: string): string => createHash(algorithm[1]).update(text).digest("hex");
  const [nc, cnonce] = [count.toString(16).padStart(8, "0"), randomBytes(8).toString("hex")];
  const [secret, asked] = [hash(`${user}:${realm}:${password}`), hash(`${method}:${target}`)];
  const response = hash(qop ? [secret, nonce, nc, cnonce, "auth", asked].join(":") : `${secret}:${nonce}:${asked}`);
  const quoted = { username: user, realm, nonce, uri: target, response, ...(opaque === undefined ? {} : { opaque }) };
  return [
    `Digest ${Object.entries(quoted)
      .map(([name, value]) => `${name}="${value}"`)
      .join(", ")}`,
    `algorithm=${algorithm[0]}`,
    ...(qop ? [`qop=auth`, `nc=${nc}`, `cnonce="${cnonce}"`] : []),
  ].join(", ");
}
