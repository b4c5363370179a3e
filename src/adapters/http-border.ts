/**
 * Who may ask at all. A browser on the booth's PC also opens other people's pages: those must not be able to move the
 * gate (CSRF), nor to become "this host" by a DNS trick (rebinding), nor to show our page inside theirs (clickjacking).
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Problem } from "./http-problem.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether an address to listen on is reachable from this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** `name[:port]` of a Host header without its port, lower case; undefined when it isn't one. */
export function hostName(header: string | undefined): string | undefined {
  const found = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(header ?? "");
  return found?.[1]?.toLowerCase();
}

export interface Border {
  /** Whether a Host header is one of our names. */
  isOwn(host: string | undefined): boolean;
  /** The problem with this request, or undefined when it may go on. */
  check(request: FastifyRequest): Problem | undefined;
}

const ALWAYS = ["localhost", "127.0.0.1", "[::1]"];
const MARKS = new Set(["same-origin", "none"]);

/** @param hosts further host names under which the page may be asked for, without port. */
export function openBorder(hosts: readonly string[]): Border {
  const allowed = new Set([...ALWAYS, ...hosts.map(asTyped)]);
  const isOwn = (host: string | undefined): boolean => allowed.has(hostName(host) ?? "");
  return {
    isOwn,
    check(request) {
      if (!isOwn(request.headers.host)) return { code: "host-refused", place: "Host" };
      const access = request.routeOptions.config.access;
      if (access === undefined) return request.is404 ? { code: "not-found" } : { code: "route-closed" };
      // A link from elsewhere to the page itself is harmless, and so are health probes: they change and tell nothing.
      if (access === "page" || access === "health") return undefined;
      return originProblem(request);
    },
  };
}

/** In a Host header an IPv6 address stands in brackets. */
function asTyped(host: string): string {
  const lower = host.toLowerCase();
  return lower.includes(":") && !lower.startsWith("[") ? `[${lower}]` : lower;
}

function originProblem(request: FastifyRequest): Problem | undefined {
  const mark = request.headers["sec-fetch-site"];
  if (mark !== undefined && !MARKS.has(String(mark))) return { code: "origin-refused", place: "Sec-Fetch-Site" };
  const origin = request.headers.origin;
  if (origin === undefined && request.method === "GET") return undefined;
  // Browsers name the origin of everything but a GET, so one without it is no page of ours.
  if (origin === undefined) return { code: "origin-refused", place: "Origin" };
  const own = [`http://${request.headers.host}`, `https://${request.headers.host}`];
  return own.includes(origin) ? undefined : { code: "origin-refused", place: "Origin" };
}

const HEADERS: readonly (readonly [string, string])[] = [
  [
    "content-security-policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"],
];

/** On every answer, refusals included. */
export function protectiveHeaders(): readonly (readonly [string, string])[] {
  return HEADERS;
}

/** Sets {@link protectiveHeaders} on a reply. */
export function protect(reply: FastifyReply): void {
  for (const [name, value] of HEADERS) reply.header(name, value);
}
