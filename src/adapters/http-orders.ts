/**
 * Taps. A tap is carried out once, within three seconds, or never: wall tablets that wake up and replay the night's
 * taps are a known incident. The page is given a tick (boot and monotonic time) with each beat and sends back the last
 * one with the time since, so neither side's wall clock matters.
 */
import { z } from "zod";
import type { Author, Millis, Order } from "../core/terms.ts";
import type { Desk, OrderAnswer } from "../shell/desk.ts";
import type { Problem } from "./http-problem.ts";

const EXPIRES_MS = 3_000;
/** A tap can seem to come from the future by the time a beat was under way. */
const AHEAD_MS = 1_000;
const KEPT_MS = 60_000;
/** Beyond so many, an answer is kept for as long alone as its tap could be carried out again. */
const MANY = 1_000;
/** How long the page waits for the disk before it is told "done, not yet recorded". */
const RECORD_MS = 4_000;

export const tap = { id: z.uuid(), tick: z.string().max(80), sinceTickMs: z.number().min(0).max(3_600_000) };
/** The body of an order. */
export const orderBody = z.discriminatedUnion("order", [
  z.strictObject({ ...tap, order: z.literal("open"), about: z.number().int().min(1).optional() }),
  z.strictObject({ ...tap, order: z.literal("lock-open"), forMinutes: z.number().int().min(1).max(1440) }),
  z.strictObject({
    ...tap,
    order: z.enum(["close", "stop", "lock-down", "release", "emergency", "emergency-end"]),
  }),
]);
export type OrderBody = z.infer<typeof orderBody>;
/** The body of an amnesty. */
export const amnestyBody = z.strictObject({ ...tap, why: z.string().trim().min(1).max(80) });
export type AmnestyBody = z.infer<typeof amnestyBody>;
/** The body of a reason. */
export const reasonBody = z.strictObject({ ...tap, reason: z.string().trim().min(1).max(16) });
export type ReasonBody = z.infer<typeof reasonBody>;
type Tap = Pick<OrderBody, "id" | "tick" | "sinceTickMs">;

/** The mark of this moment that a page sends back with a tap. */
export function tickOf(boot: string, at: Millis): string {
  return `${boot}.${Math.round(at)}`;
}

/** Why a tap is too old to be carried out, or undefined while it is fresh. */
export function tapProblem(body: Tap, boot: string, now: Millis): Problem | undefined {
  const dot = body.tick.lastIndexOf(".");
  const at = Number(body.tick.slice(dot + 1));
  if (dot < 1 || body.tick.slice(dot + 1) === "" || !Number.isSafeInteger(at)) {
    return { code: "INPUT_INVALID", place: "$.tick" };
  }
  if (body.tick.slice(0, dot) !== boot) return { code: "tap-before-restart", place: "$.tick" };
  const age = now - (at + body.sinceTickMs);
  if (age > EXPIRES_MS || age < -AHEAD_MS) return { code: "tap-expired", place: "$.tick" };
  return undefined;
}

export type Told = OrderAnswer | { readonly ok: "not-yet-recorded" } | Problem;

export interface Orders {
  /** Carries the order out, or gives the answer that its id already got. */
  place(lane: string, body: OrderBody, by: Author): Promise<Told>;
  /** The same for an amnesty. */
  clear(area: string, body: AmnestyBody, by: Author): Promise<Told>;
  /** The same for a hand-over to `to`. */
  handOver(body: Tap & { readonly notes: string }, to: string, by: Author): Promise<Told>;
  /** The same for the reason of an opening. */
  explain(opening: string, body: ReasonBody, by: Author): Promise<Told>;
}

/** What of the desk is ordered here. */
type Orderly = Pick<Desk, "order" | "amnesty" | "reason" | "handOver">;

/** @param now monotonic ms */
export function openOrders(desk: Orderly, boot: () => string, now: () => Millis): Orders {
  const known = new Map<string, { readonly at: Millis; readonly what: string; readonly answer: Promise<Told> }>();

  async function once(tap: Tap, what: string, act: (id: string) => Promise<OrderAnswer>): Promise<Told> {
    const at = now();
    for (const [id, one] of known) {
      if (at - one.at <= (known.size < MANY ? KEPT_MS : EXPIRES_MS + AHEAD_MS)) break;
      known.delete(id);
    }
    const id = tap.id.toLowerCase();
    const before = known.get(id);
    if (before !== undefined) return before.what === what ? before.answer : { code: "id-reused", place: "$.id" };
    const problem = tapProblem(tap, boot(), at);
    if (problem !== undefined) return problem;
    const answer = inTime(async () => act(id));
    known.set(id, { at, what, answer });
    return answer;
  }

  return {
    place(lane, body, by) {
      const order = orderOf(body);
      const about = body.order === "open" ? body.about : undefined;
      return once(body, JSON.stringify([lane, order, about]), (id) =>
        desk.order({ id, lane, order, by, ...(about === undefined ? {} : { about }) }),
      );
    },
    explain(opening, body, by) {
      const { reason } = body;
      return once(body, JSON.stringify(["reason", opening, reason]), (id) => desk.reason({ id, opening, reason, by }));
    },
    handOver(body, to, by) {
      const { notes } = body;
      return once(body, JSON.stringify(["shift", to, notes]), (id) => desk.handOver({ id, by, to, notes }));
    },
    clear(area, body, by) {
      const { why } = body;
      return once(body, JSON.stringify(["amnesty", area, why]), (id) => desk.amnesty({ id, area, by, why }));
    },
  };
}

function orderOf(body: OrderBody): Order {
  return body.order === "lock-open" ? { is: "lock-open", forMs: body.forMinutes * 60_000 } : { is: body.order };
}

async function inTime(placed: () => Promise<OrderAnswer>): Promise<Told> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Told>((resolve) => {
    timer = setTimeout(() => resolve({ ok: "not-yet-recorded" }), RECORD_MS);
  });
  try {
    return await Promise.race([placed(), late]);
  } finally {
    clearTimeout(timer);
  }
}
