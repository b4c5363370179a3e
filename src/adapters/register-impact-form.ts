/**
 * The form of a stored assessment, and of what the API tells of it. Records are kept for years: what is added to it later
 * needs a default here, or the older ones can't be read any more.
 */
import { z } from "zod";
import { HELD, LEAVING, MEASURES } from "../core/impact.ts";
import { RIGHTS, ROLES } from "../core/roles.ts";

const count = z.number().int().min(0);
const rights = Object.keys(RIGHTS).filter((right): right is keyof typeof RIGHTS => right in RIGHTS);

export const factsForm = z.object({
  site: z.string(),
  gate: z.string(),
  simulation: z.boolean(),
  purposes: z.array(z.object({ device: z.string(), purpose: z.string() })),
  held: z.record(z.enum(HELD), count),
  faces: z.object({ people: count, agreed: count, withdrawn: count, guarded: count, otherWay: count }),
  terminals: z.array(z.object({ device: z.string(), faces: count })),
  facesAlone: z.array(z.string()),
  parity: z.object({
    from: z.string(),
    to: z.string(),
    lanes: z.array(
      z.object({
        lane: z.string(),
        faces: count,
        others: count,
        is: z.enum(["few", "alike", "others-longer", "faces-longer"]),
        faceMs: z.number().nullable(),
        othersMs: z.number().nullable(),
      }),
    ),
  }),
  kept: z.object({
    strangerDays: count,
    usedEventDays: count,
    graceDays: count,
    lateDays: count,
    pictureDays: count,
    keepPictures: count,
    snapshotSeconds: count,
  }),
  roles: z.array(z.object({ role: z.enum(ROLES), accounts: count, codes: count, rights: z.array(z.enum(rights)) })),
  leaves: z.array(
    z.object({
      to: z.enum(["platform", "stick", "viid", "home", "gates"]),
      address: z.string(),
      encrypted: z.boolean(),
      what: z.array(z.enum(LEAVING)),
      ground: z.string(),
    }),
  ),
  measures: z.record(z.enum(MEASURES), z.enum(["on", "off", "unused"])),
});

const MOST = 4_000;
const said = z.string().trim().max(MOST);
export const wordsForm = z.strictObject({
  necessity: said,
  impact: said,
  measures: said,
  conclusion: said,
  assessors: z.string().trim().max(200),
});
/** Five answers at their longest, three bytes a character. */
export const WORDS_BYTES = 5 * MOST * 3 + 4_096;
