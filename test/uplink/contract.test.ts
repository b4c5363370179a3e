// The contract as committed in docs/contract: made from the schemas, valid, and never broken within a major version.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { describe, expect, it } from "vitest";
import { asyncApi, CARRIED_NAMES, fieldTables, MESSAGE_NAMES, messageSchema } from "../../src/uplink/asyncapi.ts";
import { CONTRACT, MAJOR, receiptSchema, topicOf } from "../../src/uplink/contract.ts";
import { top } from "../whole/place.ts";
import { breaks } from "./breaks.ts";
import { SAMPLES } from "./samples.ts";

const folder = join(top, "docs", "contract");
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

describe("docs/contract is what the schemas say today (vitest -u writes it)", () => {
  it.each([...MESSAGE_NAMES, ...CARRIED_NAMES])("%s.schema.json", async (name) => {
    await expect(json(messageSchema(name))).toMatchFileSnapshot(join(folder, `${name}.schema.json`));
  });
  it("asyncapi.json", async () => {
    await expect(json(asyncApi())).toMatchFileSnapshot(join(folder, "asyncapi.json"));
  });
  it("fields.md", async () => {
    await expect(fieldTables()).toMatchFileSnapshot(join(folder, "fields.md"));
  });
  it.each(SAMPLES)("samples/$on.json", async ({ on, message }) => {
    await expect(json(message)).toMatchFileSnapshot(join(folder, "samples", `${on}.json`));
  });
});

it("the AsyncAPI parser finds nothing wrong with it", { timeout: 60_000 }, async () => {
  const diagnostics = await new Parser().validate(json(asyncApi()));
  // 0 = error, 1 = warning; it only informs that AsyncAPI 3.1 exists.
  expect(diagnostics.filter(({ severity }) => severity < 2)).toEqual([]);
});

it.each(SAMPLES)(
  "the sample of $on is a message by our own strict schema, and by the committed one",
  ({ on, message }) => {
    expect(CONTRACT[on].safeParse(message).error).toBeUndefined();
    expect(CONTRACT[on].safeParse({ ...message, name: "林秀兰" }).success).toBe(false);
    expect(topicOf(message.site, message.gate, on)).toBe(`gatepost/v1/330381001004/01/${on}`);
  },
);

it("a receipt of a later minor version is still read", () => {
  const receipt = { schemaVersion: "1.7", stream: "event", storedSeq: 9 };
  expect(receiptSchema.safeParse(receipt).success).toBe(true);
  expect(receiptSchema.safeParse({ ...receipt, schemaVersion: "2.0" }).success).toBe(false);
});

describe("within a major version nothing that was released is broken: a break is a new topic", () => {
  it.each([...MESSAGE_NAMES, ...CARRIED_NAMES])("%s", (name) => {
    const released = join(folder, "released", `v${MAJOR}`, `${name}.schema.json`);
    expect(existsSync(released)).toBe(true);
    expect(breaks(JSON.parse(readFileSync(released, "utf8")), messageSchema(name))).toEqual([]);
  });

  const schema = { type: "object", required: ["a"], properties: { a: { type: "string", enum: ["x", "y"] }, b: {} } };
  it.each([
    ["a field that goes", { ...schema, properties: { a: schema.properties.a } }],
    ["a field that may be absent", { ...schema, required: [] }],
    ["another type", { ...schema, properties: { ...schema.properties, a: { type: "number", enum: ["x", "y"] } } }],
    ["a word that goes", { ...schema, properties: { ...schema.properties, a: { type: "string", enum: ["x"] } } }],
  ])("%s is seen", (_, after) => expect(breaks(schema, after)).toHaveLength(1));
  it("what is added breaks nothing", () => {
    const more = { a: { type: "string", enum: ["x", "y", "z"] }, b: {}, c: { type: "number" } };
    expect(breaks(schema, { ...schema, properties: more })).toEqual([]);
  });
});
