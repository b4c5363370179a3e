/** What is sent to a device, as data: JSON on a topic, bytes on a line, or the answer to its HTTP request. */
import * as z from "zod";
import { CHECKSUMS } from "./checksums.ts";
import { hexText } from "./profile-framing.ts";

/** Names that could reach an object's prototype are refused wherever a profile may choose a name. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
export const isReserved = (name: string): boolean => FORBIDDEN.has(name);

/** A text with slots: `{field}`, `{param.name}`, `{topic.name}`, `{newId}`, `{wallS}`. A text that is one slot keeps its type. */
export const template = z.string().min(1).max(400);

export const kindText = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "a name such as `face-recognised`");

export type Template = string | number | boolean | null | readonly Template[] | { readonly [key: string]: Template };
const jsonKey = z
  .string()
  .min(1)
  .max(80)
  .refine((key) => !isReserved(key), "this key is reserved");
export const jsonTemplate: z.ZodType<Template> = z.union([
  z.string().max(4000),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.lazy(() => jsonTemplate)),
  z.record(
    jsonKey,
    z.lazy(() => jsonTemplate),
  ),
]);

const endian = z.enum(["big", "little"]).default("big");
const plainPart = z.union([
  hexText,
  z.strictObject({
    value: template,
    type: z.enum(["u8", "u16", "u32"]),
    endian,
    by: z.number().optional().describe("Multiplied by this first, then rounded"),
    plus: z.int().optional(),
  }),
  z.strictObject({
    text: template,
    charset: z.enum(["utf-8", "gbk"]).default("utf-8"),
    pad: z.int().min(1).max(512).optional().describe("Filled up with zero bytes to this length"),
  }),
]);
export type PlainPart = z.infer<typeof plainPart>;
const countedPart = z.strictObject({
  counted: z.array(plainPart).min(1).max(16).describe("Sent after their own length"),
  type: z.enum(["u8", "u16"]),
  endian,
  plus: z.int().min(-16).max(16).optional().describe("Where the length counts more than these bytes"),
});
const bytePart = z.union([plainPart, countedPart]);
export type BytePart = z.infer<typeof bytePart>;

const byteTemplate = {
  bytes: z.array(bytePart).min(1).max(64),
  checksum: z
    .strictObject({
      algo: z.enum(CHECKSUMS),
      from: z.int().min(0).max(64),
      endian: z.enum(["big", "little"]).optional(),
    })
    .optional()
    .describe("Appended; sums from byte `from` to the end"),
  end: hexText.optional().describe("Appended behind the sum, as it stands: never escaped"),
};
const bytesOut = z.strictObject(byteTemplate);
export type ByteTemplate = z.infer<typeof bytesOut>;

/** Bytes made into a value that `{slots}` of the same command can use. */
export const madeSchema = z.strictObject({ ...byteTemplate, as: z.enum(["base64", "hex", "length"]) });
export type MadeRule = z.infer<typeof madeSchema>;

const status = z.int().min(200).max(599).default(200);
const answerHead = {
  status,
  headers: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, "a header's name in small letters"),
      z
        .string()
        .max(200)
        .regex(/^[\x20-\x7e]*$/),
    )
    .optional(),
};
export const answerSchema = z.union([
  z.strictObject({ ...answerHead, json: jsonTemplate }),
  z.strictObject({ ...answerHead, text: z.string().max(4000), type: z.string().max(80).default("text/plain") }),
  z.strictObject({ ...answerHead, empty: z.literal(true) }),
]);
export type AnswerTemplate = z.infer<typeof answerSchema>;

const part = z
  .string()
  .min(1)
  .max(80)
  .refine((name) => !isReserved(name), "this name is reserved");
const formParts = z.record(part, z.union([z.string().max(400), z.strictObject({ json: jsonTemplate })]));
export const requestSchema = z.strictObject({
  method: z.enum(["GET", "POST", "PUT", "DELETE"]),
  path: z
    .string()
    .max(200)
    .regex(/^(?:\/(?:[A-Za-z0-9._~-]|\{[a-z][A-Za-z0-9.]*\})*)+$/, "a path such as `/device/open/{door}`")
    .describe("From the device's address on; a slot's value is one level of it, whatever it holds"),
  query: formParts.optional().describe("A parameter whose slot has no value is left out"),
  body: z
    .union([
      z.strictObject({ form: formParts }),
      z.strictObject({ json: jsonTemplate }),
      z.strictObject({ xml: z.string().min(1).max(4000) }),
    ])
    .optional(),
});
export type RequestTemplate = z.infer<typeof requestSchema>;
export type FormParts = z.infer<typeof formParts>;

export const outgoingSchema = z.union([
  z.strictObject({
    request: requestSchema.describe("An HTTP request to the device, which the link must allow (`calls`)"),
  }),
  z.strictObject({ topic: template, json: jsonTemplate }),
  bytesOut,
  z.strictObject({
    answer: answerSchema.describe("The answer to the device's own HTTP request"),
    to: kindText
      .optional()
      .describe("Commands: the kind of request that this may be the answer to; without one open, the command fails"),
  }),
]);
export type OutgoingTemplate = z.infer<typeof outgoingSchema>;
