/** How a frame or message becomes reports: kinds, fields, transforms, conditions and templates, as data. */
import * as z from "zod";
import { boundedPattern } from "./patterns.ts";
import { isReserved, kindText, outgoingSchema, template } from "./profile-outgoing.ts";

export const nameText = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,39}$/, "a name such as `recordId`")
  .refine((name) => !isReserved(name), "this name is reserved");

const literal = z.union([z.string().max(512), z.number(), z.boolean()]);
export type Literal = z.infer<typeof literal>;

export const pointerText = z
  .string()
  .max(200)
  .regex(/^(?:\/[^/~]{1,80})+$/, "a JSON pointer, for example `/info/time`");

export const patternText = z
  .string()
  .max(200)
  .superRefine((source, check) => {
    const wrong = boundedPattern(source);
    if (wrong !== undefined) check.addIssue({ code: "custom", message: wrong });
  });

// Aborting, so that a choice that also takes a slot tells its other branches too.
const slot = z
  .string()
  .regex(/^\{[a-z][A-Za-z0-9.]{0,60}\}$/, { error: "one slot, for example `{live}`", abort: true });

/** A topic: whole levels may be `+` or a capture `{name}`; the last may be `#`. */
export const topicText = z
  .string()
  .max(200)
  .regex(/^(?:[^/+#{}]+|\+|\{[a-z][A-Za-z0-9]*\}|#$)(?:\/(?:[^/+#{}]+|\+|\{[a-z][A-Za-z0-9]*\}|#$))*$/, "a topic");

// ── Conditions ──────────────────────────────────────────────────────────────────────────────────────────────────────
const comparison = {
  equals: literal.optional().describe('Compared as text, since devices send 1 and "1" for the same'),
  oneOf: z.array(literal).min(1).max(64).optional(),
  noneOf: z.array(literal).min(1).max(64).optional().describe("Holds for an absent value too"),
  present: z.boolean().optional(),
  matches: patternText.optional(),
  atLeast: z.union([z.number(), slot]).optional().describe("As numbers; a text that is none doesn't hold"),
  below: z.union([z.number(), slot]).optional(),
};
const onPointer = z.strictObject({ pointer: pointerText, ...comparison });
const onField = z.strictObject({ field: nameText, ...comparison });
const onByte = z.strictObject({
  byte: z.int().min(-4096).max(4096),
  mask: z.int().min(1).max(255).optional(),
  equals: z.union([z.int().min(0).max(255), slot]).optional(),
  oneOf: z.array(z.int().min(0).max(255)).min(1).max(64).optional(),
  noneOf: z.array(z.int().min(0).max(255)).min(1).max(64).optional(),
});
const onTopic = z.strictObject({ topic: topicText });
const onLength = z.strictObject({ minLength: z.int().min(0).optional(), maxLength: z.int().min(0).optional() });
const onText = z.strictObject({ text: z.strictObject({ matches: patternText }) });
const onQuery = z.strictObject({ query: z.string().min(1).max(40), ...comparison });
const onMethod = z.strictObject({ method: z.enum(["GET", "POST", "PUT"]) });
const onStatus = z.strictObject({ status: z.int().min(100).max(599).describe("Of the answer to a request of ours") });
const onAsked = z.strictObject({
  asked: nameText.describe("The command whose reply is awaited: where replies don't say what they answer"),
});
const onEcho = z.strictObject({ echo: z.literal(true).describe("The same bytes that were sent") });

const onMessage = [onPointer, onByte, onTopic, onLength, onText, onQuery, onMethod, onAsked, onStatus] as const;
const heardCondition = z.union(onMessage);
const replyCondition = z.union([...onMessage, onEcho]);
export const heardConditions = z.array(heardCondition).max(16).describe("All must hold");
export const fieldConditions = z.array(onField).min(1).max(16).describe("All must hold");
export const replyConditions = z.array(replyCondition).min(1).max(16).describe("All must hold");
export type Condition = z.infer<typeof replyCondition> | z.infer<typeof onField>;

// ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────
const transform = z.union([
  z.enum([
    "trim",
    "emptyToNone",
    "number",
    "text",
    "upper",
    "plate",
    "hex",
    "hexNumber",
    "utf8",
    "gbk",
    "nullPadded",
    "base64",
    "base64Utf8",
    "localTime",
    "isoTime",
    "localText",
    "wiegand",
    "epoch",
    "epochS",
    "epochMs",
  ]),
  z.strictObject({ scale: z.strictObject({ by: z.number(), plus: z.number().optional() }) }),
  z.strictObject({
    enum: z.strictObject({ map: z.record(z.string().max(80), literal), else: literal.optional() }),
  }),
  z.strictObject({ regexGroup: z.strictObject({ pattern: patternText, group: z.int().min(0).max(9) }) }),
  z.strictObject({ stripPrefix: z.string().min(1).max(20).describe("Everything up to and with this text goes") }),
  z.strictObject({ slice: z.tuple([z.int(), z.int()]) }),
  z.strictObject({ padStart: z.int().min(1).max(40).describe("With zeros, to this many characters") }),
]);
export type Transform = z.infer<typeof transform>;

const shaping = {
  as: z.array(transform).max(10).optional(),
  optional: z.literal(true).optional().describe("Absent is no fault"),
  lenient: z.literal(true).optional().describe("A value that can't be read counts as absent"),
  default: literal.optional(),
};
const fromJson = z.strictObject({
  from: z.union([pointerText, z.array(pointerText).min(1).max(8)]).describe("The first one that is there"),
  ...shaping,
});
const fromItem = z.strictObject({
  item: z.union([z.literal("."), pointerText]).describe("In the element that `each` is at; `.` is the element itself"),
  ...shaping,
});
const fromQuery = z.strictObject({ query: z.string().min(1).max(40), ...shaping });
const fromBytes = z.strictObject({
  at: z.int().min(-4096).max(4096).describe("Byte offset; negative counts from the end"),
  type: z.enum(["u8", "i8", "u16", "i16", "u32", "bytes"]),
  endian: z.enum(["big", "little"]).default("big"),
  length: z.int().min(1).max(4096).optional().describe("For `bytes`; absent = to the end of the frame"),
  ...shaping,
});
const fromText = z.strictObject({ line: z.literal(true).describe("The whole line of a line reader"), ...shaping });
const fromSlots = z.strictObject({ text: template, ...shaping });
const fromChoice = z.strictObject({
  if: fieldConditions,
  value: literal.describe("A text may have slots"),
  else: literal.optional(),
});
const simple = [fromJson, fromItem, fromQuery, fromBytes, fromText, fromSlots, fromChoice] as const;
const simpleField = z.union(simple);
const firstOf = z.strictObject({
  first: z.array(simpleField).min(2).max(6).describe("The first that has a value"),
  optional: z.literal(true).optional(),
});
export const fieldSchema = z.union([...simple, firstOf]);
export type Field = z.infer<typeof fieldSchema>;
export const fieldsSchema = z.record(nameText, fieldSchema);

// ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const when = { when: fieldConditions.optional() };
const deviceTimeMs = slot.optional();
const presented = z.strictObject({
  is: z.literal("presented"),
  ...when,
  claim: z.strictObject({
    type: z.union([z.enum(["face", "plate", "card", "pin", "code"]), slot]),
    value: template,
  }),
  eventId: template.optional().describe("The key by which a repeated record is known; from the device's own record id"),
  live: z.union([z.boolean(), slot]),
  confidence: z.union([z.number().min(0).max(1), slot]).optional(),
  liveness: z.union([z.enum(["passed", "failed"]), slot]).optional(),
  verdict: z.union([z.enum(["allow", "refuse"]), slot]).optional(),
  direction: z.union([z.enum(["in", "out"]), slot]).optional(),
  deviceTimeMs,
  duress: z.union([z.boolean(), slot]).optional(),
  plateColour: template.optional(),
});
const stranger = z.strictObject({
  is: z.literal("stranger"),
  ...when,
  eventId: template.optional(),
  live: z.union([z.boolean(), slot]),
  deviceTimeMs,
});
const heartbeat = z.strictObject({ is: z.literal("heartbeat"), ...when, deviceTimeMs });
const online = z.strictObject({ is: z.literal("online"), ...when, deviceTimeMs });
const offline = z.strictObject({ is: z.literal("offline"), ...when });
const level = z.union([z.enum(["on", "off", "unknown"]), slot]);
const inputs = z.strictObject({
  is: z.literal("inputs"),
  ...when,
  levels: z.union([
    z.array(z.strictObject({ channel: z.union([z.int().min(0), slot]), level })).min(1),
    z
      .strictObject({ bits: slot, count: z.int().min(1).max(32), first: z.int().min(0) })
      .describe("One channel a bit, lowest bit first; `first` is the number of the lowest"),
  ]),
});
const reply = z.strictObject({
  is: z.literal("reply"),
  ...when,
  to: template,
  ok: z.union([z.boolean(), slot]),
  code: template.optional(),
});
const ignored = z.strictObject({ is: z.literal("ignored"), ...when, why: template });
export const reportSchema = z.discriminatedUnion("is", [
  presented,
  stranger,
  heartbeat,
  online,
  offline,
  inputs,
  reply,
  ignored,
]);
export type ReportTemplate = z.infer<typeof reportSchema>;

export const messageSchema = z
  .strictObject({
    kind: kindText,
    note: z.string().max(600).optional(),
    forAll: z
      .literal(true)
      .optional()
      .describe("It speaks for every device of this profile, so that nothing in it needs to say whose it is"),
    each: z
      .strictObject({ pointer: pointerText, max: z.int().min(1).max(32) })
      .optional()
      .describe("A list in the message: the reports are made once for each of its elements"),
    when: heardConditions.describe("The first kind of the list whose conditions all hold takes the message"),
    ignore: z.string().min(1).max(200).optional().describe("Nothing is reported, and this is why"),
    fields: fieldsSchema.optional(),
    reports: z.array(reportSchema).min(1).max(8).optional(),
    answers: z
      .array(z.strictObject({ when: fieldConditions.optional(), out: outgoingSchema }))
      .max(4)
      .optional()
      .describe("Sent back once the report is recorded"),
    holdMs: z
      .int()
      .min(0)
      .max(4_000)
      .optional()
      .describe("HTTP: how long the answer may wait for a command that is sent in its place"),
  })
  .refine((kind) => (kind.ignore === undefined) !== (kind.reports === undefined), "give either `reports` or `ignore`");
export type MessageKind = z.infer<typeof messageSchema>;
