/** The form of a device profile: one JSON file that describes a model of device and carries its own samples. */
import * as z from "zod";
import { framingSchema, hexText } from "./profile-framing.ts";
import {
  fieldSchema,
  fieldsSchema,
  messageSchema,
  nameText,
  patternText,
  pointerText,
  replyConditions,
  topicText,
} from "./profile-mapping.ts";
import { osdpShape } from "./profile-osdp.ts";
import { answerSchema, isReserved, jsonTemplate, madeSchema, outgoingSchema, template } from "./profile-outgoing.ts";
import { recordsSchema } from "./profile-records.ts";
import { rosterSchema } from "./profile-roster.ts";
import { argValues, expectedFault, expectedReading, sampleHead, samplesSchema } from "./profile-samples.ts";

const both = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });
const profileId = z.string().regex(/^[a-z][a-z0-9-]{1,59}$/, "lower-case letters, digits and hyphens");

const metaSchema = z.strictObject({
  id: profileId.describe("The same as the file's name without `.json`"),
  vendor: z.string().min(1).max(100),
  models: z.array(z.string().min(1).max(100)).min(1),
  title: both,
  grade: z
    .enum(["A", "B", "C"])
    .describe("How good the sources are: A the maker's document or maintained source, B secondary, C inferred"),
  sources: z.array(z.string().min(1).max(400)).min(1),
  status: z.enum(["experimental", "lab", "field"]).describe("Tried on nothing yet, on a bench, or at a gate"),
  notes: z.array(z.string().min(1).max(600)).optional(),
});

const paramSchema = z.strictObject({
  type: z.enum(["text", "number"]),
  default: template.or(z.number()).optional().describe("A text may use earlier parameters: `device/{deviceId}`"),
  matches: patternText.optional(),
  hint: both,
});

const linkSchema = z.discriminatedUnion("via", [
  z.strictObject({
    via: z.literal("mqtt"),
    listen: z
      .array(topicText)
      .min(1)
      .max(16)
      .describe("A level `{deviceId}` is filled with the parameter of that name, and checked against it"),
    maxBytes: z.int().min(64).max(8_388_608).default(4_194_304),
  }),
  z.strictObject({
    via: z.literal("serial"),
    baud: z.int().min(300).max(4_000_000),
    dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
    parity: z.enum(["none", "even", "odd"]).default("none"),
    stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
    maxBytes: z.int().min(1).max(8192).default(4096),
  }),
  z.strictObject({
    via: z.literal("http"),
    paths: z
      .array(topicText)
      .max(16)
      .default([])
      .describe("Paths it calls, without the leading slash, and below its own secret part; levels as in topics"),
    calls: z
      .strictObject({
        auth: z
          .union([z.enum(["none", "basic", "digest"]), z.strictObject({ parameter: z.string().min(1).max(40) })])
          .describe("How it wants the password: `parameter` = in the form, or in the query where there is none"),
      })
      .optional()
      .describe("It takes requests of ours; absent = it can't be called"),
    maxBytes: z.int().min(64).max(8_388_608).default(2_097_152),
    answerWithinMs: z.int().min(200).max(10_000).default(4_000).describe("After this it is told to try again (503)"),
    unread: answerSchema.optional().describe("The answer to what can't be read; absent = status 400"),
  }),
]);

const argSchema = z.union([
  z.strictObject({
    type: z.literal("integer"),
    min: z.int(),
    max: z.int(),
    default: z.int().optional(),
    optional: z.literal(true).optional(),
  }),
  z.strictObject({
    type: z.literal("text"),
    maxLength: z.int().min(1).max(4_000_000),
    matches: patternText.optional().describe("What doesn't fit is never sent"),
    default: z.string().optional(),
    optional: z.literal(true).optional(),
  }),
]);
export type ArgRule = z.infer<typeof argSchema>;

const listSchema = z.strictObject({
  most: z.int().min(1).max(1000),
  args: z.record(nameText, argSchema).describe("Of each element"),
  json: jsonTemplate.describe("What an element looks like"),
  count: nameText.optional().describe("The name of a slot that says how many there are"),
});
export type ListRule = z.infer<typeof listSchema>;

const commandSchema = z
  .strictObject({
    title: both.optional(),
    moves: z.enum(["none", "open", "close", "stop"]).describe("What it may do to a barrier"),
    experimental: z.literal(true).optional(),
    note: z.string().max(600).optional(),
    args: z.record(nameText, argSchema).optional(),
    lists: z
      .record(nameText, listSchema)
      .optional()
      .describe("Arguments that are lists; a slot of that name, alone in its place in `json`, becomes the list"),
    makes: z.record(nameText, madeSchema).optional().describe("Values made of bytes, for slots of `out`"),
    out: outgoingSchema,
    expects: z
      .strictObject({
        timeoutMs: z.int().min(10).max(120_000),
        ok: replyConditions,
        more: replyConditions
          .optional()
          .describe("Tried before `ok`: a part of a reply that comes in several; the time begins anew, 64 at the most"),
        refused: replyConditions.optional().describe("Tried after `ok`"),
      })
      .optional()
      .describe("Absent = the protocol has no reply"),
    retries: z.int().min(0).max(5).default(0),
  })
  .refine((command) => command.moves !== "open" || command.retries === 0, {
    path: ["retries"],
    message: "a command that opens is never sent twice: a lost reply means the outcome is uncertain",
  });
export type CommandRule = z.infer<typeof commandSchema>;

const quirk = z.strictObject({ name: profileId, why: z.string().min(1).max(600) });

const payload = z.enum(["json", "text", "form", "kv", "xml"]);
export type PayloadKind = z.infer<typeof payload>;
const HUB = "One sender speaks for many devices: what is another one's is no forgery and no fault";

export const deviceProfileSchema = z.strictObject({
  $schema: z.string().optional(),
  form: z.literal("device"),
  meta: metaSchema,
  params: z.record(nameText, paramSchema).optional(),
  link: linkSchema,
  framing: framingSchema.optional().describe("For serial links"),
  payload: z
    .union([z.literal("bytes"), payload, z.array(payload).min(2).max(4)])
    .describe("How a message is opened; of a list, the first that it can be opened as"),
  opens: z
    .array(
      z.strictObject({
        pointer: pointerText.refine((pointer) => !pointer.split("/").some(isReserved), "this name is reserved"),
        as: z.enum(["json", "base64-json"]),
      }),
    )
    .max(4)
    .optional()
    .describe("Texts that are JSON themselves: their place holds the document from then on"),
  within: pointerText.optional().describe("Where the message is wrapped: pointers begin there, if it is there"),
  multipart: z
    .literal(true)
    .optional()
    .describe("A multipart body counts as its first part that is no picture; other bodies stay what they are"),
  snapshot: z
    .array(z.union([pointerText, z.literal("part")]))
    .min(1)
    .max(4)
    .optional()
    .describe(
      "Where its picture stands as base64, the first that is there; `part` = in a part of a multipart body. Shown to the guard for a while, kept nowhere",
    ),
  identity: z
    .array(z.strictObject({ param: nameText, field: fieldSchema, hub: z.literal(true).optional().describe(HUB) }))
    .max(4)
    .optional()
    .describe("Where the device says who it is: each that is there must equal the parameter, and one must be there"),
  fields: fieldsSchema.optional().describe("Fields that all kinds may use"),
  messages: z.array(messageSchema).max(40),
  commands: z.record(nameText, commandSchema).optional(),
  polls: z
    .array(
      z.strictObject({
        command: nameText,
        args: argValues.optional(),
        everyMs: z.int().min(20).max(3_600_000).describe("After the one before was answered or timed out"),
      }),
    )
    .max(8)
    .optional(),
  roster: rosterSchema.optional().describe("How faces are put into it, changed, taken out and counted"),
  records: recordsSchema.optional().describe("Records that it kept while we were down are asked for, as history"),
  repeatQuietMs: z
    .int()
    .min(0)
    .max(60_000)
    .optional()
    .describe("The reader repeats a credential that is held to it: the same one within this time counts once"),
  attempts: z
    .strictObject({
      param: nameText.describe("The parameter that says how many must agree on the same track, 1..9"),
      withinMs: z.int().min(100).max(60_000).describe("Longest time between two of them"),
    })
    .optional()
    .describe("It tells each attempt: one alone presents nobody. Needs `eventId`: that of the track"),
  quirks: z.array(quirk).optional(),
  health: z
    .strictObject({ heartbeatMs: z.int().min(1000).max(3_600_000), missed: z.int().min(1).max(20).default(2) })
    .optional(),
  samples: samplesSchema,
});
export type DeviceProfile = z.infer<typeof deviceProfileSchema>;

// ── Dry contacts ────────────────────────────────────────────────────────────────────────────────────────────────────
const ROLES = [
  "limit-closed",
  "limit-open",
  "loop-outer",
  "loop-inner",
  "safety-loop",
  "photocell",
  "radar",
  "door-contact",
  "request-to-exit",
  "fire",
  "stop",
] as const;
const role = z.enum(ROLES);
const output = z.strictObject({
  pulseMs: z.int().min(10).max(5000),
  activeLow: z.boolean().describe("Many relay boards switch on at a low level"),
});
const contact = z.strictObject({
  activeLow: z.boolean().describe("true = made contact to ground means on; false = an open (or cut) line means on"),
  bias: z.enum(["up", "down", "none"]).default("up"),
  debounceMs: z.int().min(0).max(1000).default(50),
});
const ms = (max: number) => z.int().min(0).max(max);
const laneTimes = z.strictObject({
  travelMs: ms(120_000),
  accessMs: ms(600_000),
  longAccessMs: ms(600_000),
  clearMs: ms(60_000),
  heldMs: ms(3_600_000),
  preAlarmMs: ms(3_600_000),
  stuckMs: ms(3_600_000),
  gapMs: ms(60_000),
});

const wireLevel = z.enum(["low", "high"]);
const contactSample = z.union([
  z.strictObject({
    ...sampleHead,
    command: z.enum(["open", "close", "stop"]),
    expect: z.strictObject({ line: wireLevel, pulseMs: z.int() }),
  }),
  z.strictObject({ ...sampleHead, input: role, line: wireLevel, expect: z.enum(["on", "off"]) }),
]);

export const contactProfileSchema = z
  .strictObject({
    $schema: z.string().optional(),
    form: z.literal("dry-contact"),
    meta: metaSchema,
    lane: z.enum(["vehicle", "pedestrian", "monitored"]),
    outputs: z.partialRecord(z.enum(["open", "close", "stop"]), output),
    inputs: z.partialRecord(role, contact),
    guards: z.array(role).describe("Inputs that must all be clear before a close"),
    times: laneTimes,
    quirks: z.array(quirk).optional(),
    samples: z.array(contactSample).min(1),
  })
  .refine((profile) => profile.outputs.close === undefined || profile.guards.length > 0, {
    path: ["guards"],
    message: "a lane that can close needs at least one guard",
  });
export type ContactProfile = z.infer<typeof contactProfileSchema>;

// ── OSDP readers ────────────────────────────────────────────────────────────────────────────────────────────────────
export const osdpProfileSchema = z.strictObject({
  $schema: z.string().optional(),
  form: z.literal("osdp"),
  meta: metaSchema,
  params: z.strictObject({ address: paramSchema }),
  ...osdpShape,
  quirks: z.array(quirk).optional(),
  samples: z
    .array(
      z.strictObject({
        ...sampleHead,
        heard: z.strictObject({ hex: z.union([hexText, z.array(hexText).min(1)]) }),
        expect: z.union([expectedReading, expectedFault]),
      }),
    )
    .min(1),
});
export type OsdpProfile = z.infer<typeof osdpProfileSchema>;

export const profileSchema = z.discriminatedUnion("form", [
  deviceProfileSchema,
  contactProfileSchema,
  osdpProfileSchema,
]);
export type Profile = z.infer<typeof profileSchema>;

/** JSON Schema (draft 2020-12) of a profile file, for editors; generated from the same source as the check itself. */
export function profileJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(profileSchema, { io: "input" }),
    title: "gatepost device profile",
  };
}
