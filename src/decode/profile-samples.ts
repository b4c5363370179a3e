/** The samples of a device profile: what was heard or is to be sent, and what it means. They are its test. */
import * as z from "zod";
import { hexText } from "./profile-framing.ts";
import { nameText } from "./profile-mapping.ts";
import { jsonTemplate } from "./profile-outgoing.ts";

const argValue = z.union([z.string(), z.number()]);
export const argValues = z.record(nameText, argValue);
const argsOrLists = z.record(nameText, z.union([argValue, z.array(argValues).max(20)]));

const asked = nameText.optional().describe("The command whose reply is awaited at that moment");
const request = {
  method: z.enum(["GET", "POST", "PUT"]).default("POST"),
  path: z.string().min(1),
  query: z.string().default(""),
};
const heardSample = z.union([
  z.strictObject({
    hex: z.union([hexText, z.array(hexText).min(1)]).describe("A list = chunks as they came"),
    asked,
  }),
  z.strictObject({ topic: z.string().min(1), json: z.json() }),
  z.strictObject({ topic: z.string().min(1), text: z.string() }),
  z.strictObject({ status: z.int().min(100).max(599), asked, json: z.json() }),
  z.strictObject({ status: z.int().min(100).max(599), asked, text: z.string() }),
  z.strictObject({ ...request, json: z.json() }),
  z.strictObject({ ...request, text: z.string().default("") }),
]);
export const expectedReading = z.strictObject({
  kind: z.string(),
  reports: z.array(z.json()),
  answers: z
    .array(
      z.strictObject({
        topic: z.string().optional(),
        status: z.int().optional(),
        json: z.json().optional(),
        text: z.string().optional(),
        hex: hexText.optional(),
      }),
    )
    .optional(),
});
export const expectedFault = z.strictObject({ fault: z.string(), where: z.string().optional() });
const origin = z.enum(["published", "computed", "own", "vendor"]);
export const sampleHead = {
  name: z.string().min(1).max(120),
  origin: origin.describe("published = these bytes stand in the source; vendor = fields and layout do; computed; own"),
  note: z.string().max(600).optional(),
  params: argValues.optional(),
};
const sampleSchema = z.union([
  z.strictObject({
    ...sampleHead,
    heard: heardSample,
    expect: z.union([expectedReading, expectedFault, z.array(z.union([expectedReading, expectedFault])).min(2)]),
  }),
  z.strictObject({
    ...sampleHead,
    command: nameText,
    args: argsOrLists.optional(),
    expect: z.union([
      z.strictObject({ hex: hexText }),
      z.strictObject({ topic: z.string(), json: jsonTemplate }),
      z
        .strictObject({
          request: z.string().describe("Method and target, `POST /device/open`"),
          form: z.record(z.string(), z.string()).optional(),
          json: jsonTemplate.optional(),
          text: z.string().optional(),
        })
        .describe("Without the password, which is added when it is sent"),
      z.strictObject({ status: z.int(), json: jsonTemplate }),
      z.strictObject({ status: z.int(), text: z.string() }),
    ]),
    replies: z
      .array(
        z.strictObject({
          heard: heardSample,
          means: z.enum(["ok", "refused", "more", "other"]),
          tells: z.json().optional().describe("What the roster reads in it: `code`, `failed`, `held`, `others`"),
        }),
      )
      .optional()
      .describe("What may come back, and how it is understood"),
  }),
]);
export const samplesSchema = z.array(sampleSchema).min(1);
export type Sample = z.infer<typeof sampleSchema>;
export type HeardSample = z.infer<typeof heardSample>;
export type Expected = z.infer<typeof expectedReading> | z.infer<typeof expectedFault>;
