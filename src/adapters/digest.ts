/** HTTP digest as both ends compute it (RFC 7616, and RFC 2617 where it is older): the words of a header, and the answer. */
import { createHash } from "node:crypto";

/** By the name that stands in the header, strongest first. */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["SHA-512-256", "sha512-256"],
  ["SHA-256", "sha256"],
  ["MD5", "md5"],
]);

export interface DigestTerms {
  /** OpenSSL's name of the hash: a value of {@link DIGESTS}. */
  readonly hash: string;
  readonly user: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  /** Path and query as in the request line. */
  readonly uri: string;
  readonly nonce: string;
  /** Absent for a server of before RFC 2617, which knows neither qop nor counts. */
  readonly counted?: { readonly nc: string; readonly cnonce: string };
  /** The `-sess` kind: the password's hash is bound to this nonce and cnonce. */
  readonly session?: boolean;
}

/** The `response` of a request, qop=auth (RFC 7616, 3.4.1–3.4.3), in hex. */
export function digestResponse(terms: DigestTerms): string {
  const { user, realm, password, nonce, counted } = terms;
  const hash = (text: string): string => createHash(terms.hash).update(text).digest("hex");
  const secret = hash(`${user}:${realm}:${password}`);
  const ha1 = terms.session === true ? hash(`${secret}:${nonce}:${counted?.cnonce ?? ""}`) : secret;
  const ha2 = hash(`${terms.method}:${terms.uri}`);
  return hash([ha1, nonce, ...(counted === undefined ? [] : [counted.nc, counted.cnonce, "auth"]), ha2].join(":"));
}

/** `name="value"` and `name=value` of a header, names in small letters; what is longer than a header may be is cut. */
export function digestWords(header: string): ReadonlyMap<string, string> {
  const found = header.slice(0, 2_048).matchAll(/([a-z]{2,12})=(?:"([^"]{0,512})"|([^\s",]{1,128}))/gi);
  return new Map([...found].map(([, name = "", quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? ""]));
}

/** A header's text as Node hands it over, a character for each byte; names and realms are UTF-8 (RFC 7616, 4). */
export const fromHeader = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
/** The same the other way: what isn't Latin-1 is no character of a header. */
export const toHeader = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
