/** Letters between the site's gates and records of who is where, as JSON: taken apart once, here. */
import { z } from "zod";
import { FARTHEST_MS, MOST_COUNT } from "../core/shared-stamp.ts";
import type { Letter, Shared } from "../core/shared-terms.ts";

const name = z.string().min(1).max(64);
const originName = z.string().regex(/^[a-z0-9-]{1,48}\/[A-Za-z0-9-]{1,48}$/);
const amount = z.int().min(0);
/** A pseudonym: 16 hex digits. */
const someone = z.string().regex(/^[0-9a-f]{16}$/);
/** What rises above it by ones never comes so far. */
const FAR_MS = 2 * FARTHEST_MS;

const told = z.discriminatedUnion("is", [
  z.strictObject({
    is: z.literal("placed"),
    subject: someone,
    vehicle: z.boolean(),
    household: someone.optional(),
    area: name.optional(),
  }),
  z.strictObject({ is: z.literal("cleared"), area: name }),
  z.strictObject({ is: z.literal("erased"), subject: someone }),
]);

const record = z.strictObject({
  origin: originName,
  seq: z.int().min(1),
  stamp: z.strictObject({ ms: z.number().min(0).max(FAR_MS), count: amount.max(MOST_COUNT) }),
  told,
});

const letter = z.strictObject({
  gate: name,
  boot: name,
  number: amount,
  origin: originName,
  wallMs: amount.max(FAR_MS).optional(),
  heads: z.record(originName, amount),
  sum: amount.max(0xffffffff).optional(),
  hears: z.record(name, z.strictObject({ boot: name, number: amount })),
  span: z
    .strictObject({ origin: originName, from: amount, upTo: amount, records: z.array(record).max(1_000) })
    .refine(
      ({ origin, from, upTo, records }) =>
        from <= upTo && records.every((one) => one.origin === origin && one.seq > from && one.seq <= upTo),
    )
    .optional(),
});

export function letterJson(one: Letter): Readonly<Record<string, unknown>> {
  return { ...one, heads: Object.fromEntries(one.heads), hears: Object.fromEntries(one.hears) };
}

/** Undefined = it isn't one. */
export function readLetter(json: unknown): Letter | undefined {
  const read = letter.safeParse(json);
  if (!read.success) return undefined;
  const { heads, hears, span, wallMs, sum, ...rest } = read.data;
  return {
    ...rest,
    heads: new Map(Object.entries(heads)),
    hears: new Map(Object.entries(hears)),
    ...(wallMs === undefined ? {} : { wallMs }),
    ...(sum === undefined ? {} : { sum }),
    ...(span === undefined ? {} : { span: { ...span, records: span.records.map(exact) } }),
  };
}

/** Undefined = it isn't one. */
export function readRecord(json: unknown): Shared | undefined {
  const read = record.safeParse(json);
  return read.success ? exact(read.data) : undefined;
}

function exact({ told: one, ...rest }: z.output<typeof record>): Shared {
  if (one.is !== "placed") return { ...rest, told: one };
  const { is, subject, vehicle, household, area } = one;
  return {
    ...rest,
    told: {
      is,
      subject,
      vehicle,
      ...(household === undefined ? {} : { household }),
      ...(area === undefined ? {} : { area }),
    },
  };
}
