// The contract as committed in docs/contract: made from the schemas, valid, and never broken within a major version.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { describe, expect, it } from "vitest";
import {
  asyncApi,
  CARRIED_NAMES,
  COMMAND_NAMES,
  fieldTables,
  MESSAGE_NAMES,
  messageSchema,
} from "../../src/uplink/asyncapi.ts";
import { COMMANDS } from "../../src/uplink/command.ts";
import { readClaims, readEnvelope } from "../../src/uplink/command-read.ts";
import { CONTRACT, MAJOR, receiptSchema, topicOf } from "../../src/uplink/contract.ts";
import { top } from "../whole/place.ts";
import { breaks } from "./breaks.ts";
import { COMMAND_SAMPLES } from "./command-samples.ts";
import { SAMPLES } from "./samples.ts";
import { privatePem, publicPem, signed } from "./signer.ts";

const folder = join(top, "docs", "contract");
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

describe("docs/contract is what the schemas say today (vitest -u writes it)", () => {
  it.each([...MESSAGE_NAMES, ...COMMAND_NAMES, ...CARRIED_NAMES])("%s.schema.json", async (name) => {
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
  it.each(COMMAND_SAMPLES)("samples/command-$kind.json and what is sent for it", async (claims) => {
    const name = join(folder, "samples", `command-${claims.kind}`);
    await expect(json(claims)).toMatchFileSnapshot(`${name}.json`);
    await expect(`${signed(claims)}\n`).toMatchFileSnapshot(`${name}.jws`);
  });
  it("samples/county-private.pem and its public half (RFC 8032, 7.1, TEST 1: never to be used)", async () => {
    await expect(privatePem("county")).toMatchFileSnapshot(join(folder, "samples", "county-private.pem"));
    await expect(publicPem("county")).toMatchFileSnapshot(join(folder, "samples", "county-public.pem"));
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
    const topic = on === "result" ? "cmd/result" : on;
    expect(topicOf(message.site, message.gate, on)).toBe(`gatepost/v1/330381001004/01/${topic}`);
  },
);

it("there is a sample of every kind of command, and each is one, strictly", () => {
  expect(COMMAND_SAMPLES.map(({ kind }) => kind).sort()).toEqual(Object.keys(COMMANDS).sort());
  for (const claims of COMMAND_SAMPLES) {
    expect(readClaims(claims)).toEqual({ is: "command", command: claims });
    expect(readClaims({ ...claims, force: true }).is).toBe("invalid");
  }
});

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

  it("every command that was ever released is still understood", () => {
    const released = readFileSync(join(folder, "released", `v${MAJOR}`, "commands.jws"), "utf8")
      .trim()
      .split("\n");
    expect(released.length).toBeGreaterThanOrEqual(Object.keys(COMMANDS).length);
    for (const line of released) expect(readClaims(readEnvelope(Buffer.from(line))?.claims).is).toBe("command");
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
