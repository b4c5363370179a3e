/**
 * HTTP digest (RFC 7616, MD5 and SHA-256, qop=auth) as terminals and cameras speak it: nonces are ours, live five
 * minutes, and each count of a nonce serves once, so that a request that was overheard can't be sent again.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

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
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["MD5", "md5"],
  ["SHA-256", "sha256"],
]);

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
      return [...ALGORITHMS.keys()].reverse().map((algorithm) => `${head}, algorithm=${algorithm}`);
    },
    check(header, method, target, passwordOf) {
      const said = parameters(header);
      const get = (name: string): string => said.get(name) ?? "";
      const algorithm = ALGORITHMS.get((said.get("algorithm") ?? "MD5").toUpperCase());
      const password = passwordOf(get("username"));
      if (algorithm === undefined || password === undefined || get("realm") !== REALM) return { is: "bad" };
      if (get("qop") !== "auth" || get("uri") !== target) return { is: "bad" };
      const hash = (text: string): string => createHash(algorithm).update(text).digest("hex");
      const secret = hash(`${get("username")}:${REALM}:${password}`);
      const wanted = hash(
        [secret, get("nonce"), get("nc"), get("cnonce"), "auth", hash(`${method}:${target}`)].join(":"),
      );
      if (!same(get("response"), wanted)) return { is: "bad" };
      if (!fresh(get("nonce")) || !counted(get("nonce"), Number.parseInt(get("nc"), 16))) return { is: "stale" };
      return { is: "good", user: get("username") };
    },
  };
}

export function parameters(header: string): ReadonlyMap<string, string> {
  const found = header.slice(0, 2_048).matchAll(/([a-z]{2,12})=(?:"([^"]{0,512})"|([^\s",]{1,128}))/g);
  return new Map([...found].map(([, name = "", quoted, bare]) => [name, quoted ?? bare ?? ""]));
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
