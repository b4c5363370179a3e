/**
 * HTTP digest as we answer a device's challenge (RFC 7616, MD5 and SHA-256, qop=auth; RFC 2069 where it names no qop).
 * The last challenge is kept, so that the next request needs no second one.
 */
import { randomBytes } from "node:crypto";
import { DIGESTS, digestResponse, digestWords, fromHeader, toHeader } from "./digest.ts";

export interface DigestReply {
  /** Takes in what a 401 asks for. False = nothing that we can answer. */
  challenged(headers: readonly string[]): boolean;
  /** The value of `Authorization`; undefined before the first challenge. */
  authorization(method: string, target: string): string | undefined;
}

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly qop: boolean;
  /** As it stands in headers: a key of {@link DIGESTS}, the strongest first. */
  readonly algorithm: string;
  count: number;
}

export function openDigestReply(user: string, password: string): DigestReply {
  let last: Challenge | undefined;
  return {
    challenged(headers) {
      const offers = headers.flatMap((header) => header.split(/(?=\b(?:Digest|Basic)\s)/i)).flatMap(challengeIn);
      const best = [...DIGESTS.keys()].flatMap((one) => offers.find(({ algorithm }) => algorithm === one) ?? [])[0];
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
  const said = digestWords(fromHeader(header));
  const algorithm = (said.get("algorithm") ?? "MD5").toUpperCase();
  const nonce = said.get("nonce");
  const qop = said.get("qop");
  // `auth-int` alone would want the body hashed too: no device of this kind asks for it.
  const fits = qop === undefined || qop.split(",").some((one) => one.trim() === "auth");
  if (!DIGESTS.has(algorithm) || nonce === undefined || !fits) return [];
  const realm = said.get("realm") ?? "";
  return [{ realm, nonce, opaque: said.get("opaque"), qop: qop !== undefined, algorithm, count: 0 }];
}

function written(challenge: Challenge, user: string, password: string, method: string, uri: string): string {
  const { realm, nonce, opaque, qop, algorithm, count } = challenge;
  const counted = { nc: count.toString(16).padStart(8, "0"), cnonce: randomBytes(8).toString("hex") };
  const terms = { hash: DIGESTS.get(algorithm) ?? "md5", user, realm, password, method, uri, nonce };
  const response = digestResponse(qop ? { ...terms, counted } : terms);
  const quoted = { username: user, realm, nonce, uri, response, ...(opaque === undefined ? {} : { opaque }) };
  const words = [
    `Digest ${Object.entries(quoted)
      .map(([name, value]) => `${name}="${value}"`)
      .join(", ")}`,
    `algorithm=${algorithm}`,
    ...(qop ? [`qop=auth`, `nc=${counted.nc}`, `cnonce="${counted.cnonce}"`] : []),
  ];
  return toHeader(words.join(", "));
}
