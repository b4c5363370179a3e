/** What the uplink keeps in files, read back: strictly, and as nothing when it isn't what we wrote. */
import { z } from "zod";
import { KINDS, WAYS } from "../core/traffic-terms.ts";
import { TRUSTS } from "./contract-words.ts";
import type { Cursors } from "./forward.ts";
import type { Cursor } from "./stream.ts";
import type { Day, Tallied } from "./tally.ts";

const seq = z.int().min(0);
const amount = z.number();
const spent = z.strictObject({ count: amount, totalMs: amount });
const counts = z.strictObject({
  passages: z.record(z.string(), amount),
  refusals: z.record(z.string(), amount),
  waiting: spent,
  // Files of older versions have none.
  waitingBy: z.record(z.string(), spent).default({}),
  opening: spent,
  openMs: amount,
});
const inside = z.strictObject({ people: amount, vehicles: amount });
const trust = z.enum(TRUSTS);

const cursor = z.strictObject({ upTo: seq, link: z.strictObject({ seq, hash: z.string().regex(/^[0-9a-f]{64}$/) }) });
const cursors = z.strictObject({ alarm: cursor, event: cursor });

const day = z.strictObject({
  date: z.string(),
  upTo: seq,
  on: z.record(z.string(), amount).default({}),
  quarters: z.array(
    z.strictObject({
      lane: z.string(),
      quarterMs: amount,
      inside,
      counts,
      revision: seq,
      hash: z.string(),
      trust,
      told: seq,
    }),
  ),
});
const share = z.strictObject({
  seq,
  boot: z.string(),
  trust,
  lane: z.string(),
  wallMs: amount,
  quarterMs: amount,
  counts,
  inside,
});
const grant = z.strictObject({ id: z.string(), way: z.enum(WAYS), kind: z.enum(KINDS), boot: z.string(), at: amount });
const seen = z.strictObject({ boot: z.string(), at: amount, wallMs: amount, trust });
const tallied = z.strictObject({
  upTo: seq,
  last: seen.optional(),
  state: z.strictObject({ grants: z.array(grant), inside, undated: z.array(share) }),
  owing: z.union([z.literal("all"), z.array(z.string().regex(/^[0-9-]+$/))]),
});

export const readCursor = (json: unknown): Cursor | undefined => cursor.safeParse(json).data;
export const readCursors = (json: unknown): Cursors | undefined => cursors.safeParse(json).data;
export const readDay = (json: unknown): Day | undefined => day.safeParse(json).data;
export const readTallied = (json: unknown): Tallied | undefined => tallied.safeParse(json).data;
