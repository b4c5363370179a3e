/** The other end's digest challenge (RFC 7616, RFC 2069 where it names no qop), and our answers to it: each with a count of its own. */
import { createHash, randomBytes } from "node:crypto";
import { DIGESTS, digestResponse, digestWords, fromHeader, toHeader } from "./digest.ts";

export interface Challenge {
  /** The value of `Authorization` for one request more. */
  answer(method: string, uri: string): string;
  /** It says that only the nonce was too old. */
  readonly stale: boolean;
}

/**
 * @param headers each `WWW-Authenticate` of the 401; the strongest digest that we know is taken
 * @param chance some 16 letters or more that nobody can guess, new for each answer; another one for tests alone
 * @returns undefined where there is none that we answer: `Basic` would hand over the password, `auth-int` alone isn't ours
 */
export function readChallenge(
  headers: readonly string[],
  who: { readonly user: string; readonly password: string },
  chance = (): string => randomBytes(12).toString("hex"),
): Challenge | undefined {
  const offers = headers
    .flatMap((header) => header.split(/(?:^|,\s*)(?=[A-Za-z]+\s+[a-z]+=)/i))
    .map((one) => one.trim());
  const digests = offers.filter((one) => /^digest\s/i.test(one)).map((one) => digestWords(fromHeader(one.slice(7))));
  for (const [name, hash] of DIGESTS)
    for (const words of digests) {
      const said = (words.get("algorithm") ?? "MD5").toUpperCase();
      const qop = words
        .get("qop")
        ?.split(",")
        .map((one) => one.trim().toLowerCase());
      if (said.replace(/-SESS$/, "") !== name || words.get("nonce") === undefined) continue;
      if (qop === undefined ? said.endsWith("-SESS") : !qop.includes("auth")) continue;
      return openChallenge(words, hash, { ...who, said: words.get("algorithm"), counts: qop !== undefined, chance });
    }
  return undefined;
}

interface How {
  readonly user: string;
  readonly password: string;
  readonly said: string | undefined;
  readonly counts: boolean;
  readonly chance: () => string;
}

function openChallenge(words: ReadonlyMap<string, string>, hash: string, how: How): Challenge {
  const { user, password, said, counts, chance } = how;
  const realm = words.get("realm") ?? "";
  const nonce = words.get("nonce") ?? "";
  const opaque = words.get("opaque");
  const hidden = words.get("userhash")?.toLowerCase() === "true";
  let count = 0;
  return {
    stale: words.get("stale")?.toLowerCase() === "true",
    answer(method, uri) {
      const nc = (++count).toString(16).padStart(8, "0");
      const cnonce = chance();
      const session = /-sess$/i.test(said ?? "");
      const response = digestResponse({
        ...{ hash, user, realm, password, method, uri, nonce, session },
        ...(counts ? { counted: { nc, cnonce } } : {}),
      });
      const name = hidden ? createHash(hash).update(`${user}:${realm}`).digest("hex") : user;
      const words = [
        `Digest username="${name}", realm="${realm}", nonce="${nonce}", uri="${uri}"`,
        ...(counts ? [`qop=auth, nc=${nc}, cnonce="${cnonce}"`] : []),
        `response="${response}"`,
        ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
        ...(said === undefined ? [] : [`algorithm=${said}`]),
        ...(hidden ? ["userhash=true"] : []),
      ];
      return toHeader(words.join(", "));
    },
  };
}
