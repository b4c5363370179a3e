/**
 * HTTP digest (RFC 7616, MD5 and SHA-256, qop=auth) as terminals and cameras speak it: nonces are ours, live five
 * minutes, and each count of a nonce serves once, so that a request that was overheard can't be sent again.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { DIGESTS, digestResponse, digestWords } from "./digest.ts";

export interface Digest {
  /** The value of `WWW-Authenticate`, one for each algorithm. */
  challenge(stale: boolean): readonly string[];
  /** `good`, or why not; `stale` = right but for its nonce, so that the device asks again with a new one. */
  check(header: string, method: string, target: string, passwordOf: (user: string) => string | undefined): Verdict;
}
export type Verdict =
  | { readonly is: "good"; readonly user: string }
  | { readonly is: "bad" }
  | { readonly is: "stale" };

const REALM = "gatepost";
const NONCE_MS = 300_000;
const NONCES_MAX = 4_096;
/** What we ask terminals for, strongest first. */
const OFFERED = ["SHA-256", "MD5"];

export function openDigest(now: () => number): Digest {
  const key = randomBytes(32);
  /** Highest count seen of each nonce that has been used. */
  const counts = new Map<string, number>();
  const sign = (at: string): string => createHmac("sha256", key).update(at).digest("hex").slice(0, 32);

  function fresh(nonce: string): boolean {
    const [at = "", mark = ""] = nonce.split("-");
    return same(mark, sign(at)) && now() - Number(at) < NONCE_MS;
  }

  function counted(nonce: string, count: number): boolean {
    // Written so that a count that is no number is refused too.
    if (!(count > (counts.get(nonce) ?? 0))) return false;
    if (counts.size >= NONCES_MAX) for (const known of counts.keys()) if (!fresh(known)) counts.delete(known);
    if (counts.size >= NONCES_MAX) return false;
    counts.set(nonce, count);
    return true;
  }

  return {
    challenge(stale) {
      const at = String(Math.floor(now()));
      const head = `Digest realm="${REALM}", qop="auth", nonce="${at}-${sign(at)}"${stale ? ", stale=true" : ""}`;
      return OFFERED.map((algorithm) => `${head}, algorithm=${algorithm}`);
    },
    check(header, method, target, passwordOf) {
      const said = digestWords(header);
      const get = (name: string): string => said.get(name) ?? "";
      const named = (said.get("algorithm") ?? "MD5").toUpperCase();
      const hash = OFFERED.includes(named) ? DIGESTS.get(named) : undefined;
      const password = passwordOf(get("username"));
      if (hash === undefined || password === undefined || get("realm") !== REALM) return { is: "bad" };
      if (get("qop") !== "auth" || get("uri") !== target) return { is: "bad" };
      const wanted = digestResponse({
        hash,
        user: get("username"),
        realm: REALM,
        password,
        method,
        uri: target,
        nonce: get("nonce"),
        counted: { nc: get("nc"), cnonce: get("cnonce") },
      });
      if (!same(get("response"), wanted)) return { is: "bad" };
      if (!fresh(get("nonce")) || !counted(get("nonce"), Number.parseInt(get("nc"), 16))) return { is: "stale" };
      return { is: "good", user: get("username") };
    },
  };
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
