/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same key by the same asker for the same command
 * gives the same answer and no second effect. Kept in memory: an order can't come again after a restart (its tick is of
 * the start before).
 */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Told } from "./http-route.ts";
import type { Asker } from "./http-session.ts";

const KEPT_MS = 24 * 3_600_000;
const MOST = 2_000;
const KEY = /^[\x21-\x7e]{8,128}$/;

/** @param now monotonic ms */
export function once(now: () => number) {
  const known = new Map<string, { readonly at: number; readonly what: string; readonly told: Promise<Told> }>();
  return async (request: FastifyRequest, asker: Asker, work: () => Promise<Told>): Promise<Told> => {
    const header = request.headers["idempotency-key"];
    if (header === undefined) return work();
    if (typeof header !== "string" || !KEY.test(header)) return { code: "INPUT_INVALID", place: "Idempotency-Key" };
    const at = now();
    for (const [key, one] of known) {
      if (at - one.at < KEPT_MS && known.size < MOST) break;
      known.delete(key);
    }
    const key = `${asker.session?.id ?? asker.rank} ${header}`;
    const what = createHash("sha256")
      .update(JSON.stringify([request.method, request.url, request.body ?? null]))
      .digest("hex");
    const before = known.get(key);
    if (before !== undefined)
      return before.what === what ? before.told : { code: "id-reused", place: "Idempotency-Key" };
    const told = work();
    known.set(key, { at, what, told });
    // A bug of ours is no answer to keep: whoever asks again is served again.
    told.catch(() => known.delete(key));
    return told;
  };
}
