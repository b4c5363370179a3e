/**
 * Promise 6 on the way up, over every schema: no field may carry free text, and none has a name that invites what must
 * not leave. And over every builder: whatever stands in a row, only the contract comes out.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENTRY_KINDS } from "../../src/shell/ports.ts";
import { CARRIED_NAMES, MESSAGE_NAMES, messageSchema } from "../../src/uplink/asyncapi.ts";
import { CONTRACT } from "../../src/uplink/contract.ts";
import { NO_LINK, toldOf } from "../../src/uplink/records.ts";
import { CODES, row } from "./samples.ts";

const INVITING =
  /name|phone|tel|mobile|idcard|idnumber|address|room|household|birth|image|picture|photo|pic|snapshot|scene|feature|embedding|template|biometric|fingerprint|credential$|value|detail|message|note|text|remark|who|by$/i;
/** Every one of these was looked at: it names no person. */
const LOOKED_AT = new Set<string>([]);
type Json = Readonly<Record<string, unknown>>;
const group = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {});

function leaves(schema: unknown, at: string): readonly { readonly at: string; readonly schema: Json }[] {
  const one = group(schema);
  const inner = [
    ...Object.entries(group(one.properties)).flatMap(([name, field]) => leaves(field, `${at}.${name}`)),
    ...(one.items === undefined ? [] : leaves(one.items, `${at}[]`)),
    ...(Array.isArray(one.anyOf) ? one.anyOf.flatMap((each) => leaves(each, at)) : []),
  ];
  return inner.length > 0 || one.type === "object" ? inner : [{ at, schema: one }];
}

describe.each([...MESSAGE_NAMES, ...CARRIED_NAMES])("%s", (name) => {
  const all = leaves(messageSchema(name), name);
  it("has fields", () => expect(all.length).toBeGreaterThan(2));
  it.each(all)("$at holds no free text", ({ at, schema }) => {
    const bound =
      schema.enum !== undefined ||
      schema.const !== undefined ||
      ["number", "integer", "boolean"].includes(String(schema.type));
    const formed =
      schema.type === "string" &&
      typeof schema.pattern === "string" &&
      schema.pattern.startsWith("^") &&
      schema.pattern.endsWith("$") &&
      Number(schema.maxLength) <= 64;
    expect(bound || formed).toBe(true);
    const last = at.slice(at.lastIndexOf(".") + 1);
    expect(INVITING.test(last) && !LOOKED_AT.has(at)).toBe(false);
  });
  it("takes no field that it doesn't have, at any depth", () => {
    const open = JSON.stringify(messageSchema(name)).match(/"additionalProperties":(?!false)/g);
    expect(open).toBeNull();
  });
});

it("whatever stands in a row, what is told fits the contract, and nothing planted comes out", () => {
  const planted = "林秀兰13800138000张伟";
  const anything = fc.oneof(
    fc.constant(planted),
    fc.constantFrom("granted", "denied", "in", "tailgate", "plate", "car-in.tailgate"),
    fc.double(),
    fc.jsonValue(),
  );
  const keys = [
    "id",
    "reader",
    "type",
    "outcome",
    "direction",
    "reason",
    "staleness",
    "credit",
    "alarm",
    "acknowledged",
    "card",
    "deadlineMs",
    "raisedSeq",
    "order",
    "from",
    "by",
    "detail",
    "holderKind",
    "deviceTimeMs",
    "confidence",
    "name",
    "pic",
    "value",
  ];
  const open = fc.dictionary(fc.constantFrom(...keys), anything);
  fc.assert(
    fc.property(fc.constantFrom(...ENTRY_KINDS), open, (kind, fields) => {
      // Names of devices and lanes come from the configuration, in one form; a row can't invent them.
      const { reader: _, ...rest } = fields;
      const told = toldOf(row(7, kind, { ...rest, reader: "plate-in" }, { subject: "5f2c9a1b7e3d4c60" }), {
        codes: CODES,
        before: NO_LINK,
        grant: undefined,
        plate: undefined,
        waited: false,
      });
      if (told === undefined) return;
      expect(JSON.stringify(told)).not.toContain("林秀兰");
      expect(JSON.stringify(told)).not.toContain("13800138000");
      expect(CONTRACT[told.on].safeParse(told.message).error).toBeUndefined();
    }),
    { numRuns: 3_000 },
  );
});
