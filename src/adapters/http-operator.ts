/**
 * The operator token: needed for everything but the page's shell and the health probes as soon as the page listens
 * beyond this machine. One token for the site, from a file; the browser trades it once for a cookie it can't read.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Millis } from "../core/terms.ts";
import type { Problem } from "./http-problem.ts";

export interface Operator {
  /** The problem with a request's papers, or undefined when it may go on. */
  check(headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
  }): Problem | undefined;
  /** Trades the token for a cookie's value (`Set-Cookie`), or says why not. */
  enter(token: string): { readonly cookie: string } | Problem;
}

const COOKIE = "gatepost_operator";
const SHIFT_MS = 12 * 3_600_000;
const TRIES_PER_MINUTE = 10;
const MOST_SESSIONS = 64;

/**
 * @param settings.loopback nobody but this machine can reach us: no token is asked for
 * @param settings.token from the secret file; absent = nobody gets in from beyond this machine
 * @param settings.now monotonic ms
 */
export function openOperator(settings: {
  readonly loopback: boolean;
  readonly token?: string;
  readonly now: () => Millis;
}): Operator {
  const { loopback, token, now } = settings;
  const wanted = token === undefined ? undefined : digest(token);
  const sessions = new Map<string, Millis>();
  let failures: readonly Millis[] = [];

  function tokenProblem(offered: string): Problem | undefined {
    if (wanted === undefined) return { code: "operator-unset" };
    const at = now();
    failures = failures.filter((failed) => at - failed < 60_000);
    if (failures.length >= TRIES_PER_MINUTE) return { code: "too-many-tries" };
    if (timingSafeEqual(digest(offered), wanted)) return undefined;
    failures = [...failures, at];
    return { code: "operator-wrong" };
  }

  return {
    check({ authorization, cookie }) {
      if (loopback) return undefined;
      if (wanted === undefined) return { code: "operator-unset" };
      const bearer = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
      if (bearer !== undefined) return tokenProblem(bearer);
      const session = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{64})(?:;|$)`).exec(cookie ?? "")?.[1];
      if (session === undefined) return { code: "operator-needed" };
      const until = sessions.get(digest(session).toString("hex"));
      return until !== undefined && now() < until ? undefined : { code: "operator-needed" };
    },
    enter(offered) {
      const problem = tokenProblem(offered);
      if (problem !== undefined) return problem;
      const session = randomBytes(32).toString("hex");
      for (const [key, until] of sessions) if (now() >= until || sessions.size >= MOST_SESSIONS) sessions.delete(key);
      sessions.set(digest(session).toString("hex"), now() + SHIFT_MS);
      return { cookie: `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SHIFT_MS / 1000}` };
    },
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
