import { describe, expect, it } from "vitest";
import { encode } from "../../src/decode/encode.ts";
import { fromHex, toHex } from "../../src/decode/profile-framing.ts";
import type { ReadContext } from "../../src/decode/terms.ts";
import { mqttProfile, serialProfile } from "./testVendor.ts";

const CTX: ReadContext = { utcOffsetMin: 480, params: { deviceId: "7" }, newId: () => "id-1" };
const number = (max: number) => ({ type: "integer", min: 0, max });

function bytesOf(out: object, args: object, values: Record<string, string | number>, more: object = {}): string {
  const profile = serialProfile({ commands: { go: { moves: "none", args, out } }, ...more });
  return toHex(encode(profile, "go", values, CTX).out.bytes);
}

describe("bytes", () => {
  it.each<[string, object[], Record<string, string | number>, string]>([
    ["u8", [{ value: "{n}", type: "u8" }], { n: 255 }, "FF"],
    ["u16", [{ value: "{n}", type: "u16" }], { n: 258 }, "01 02"],
    ["u16 little", [{ value: "{n}", type: "u16", endian: "little" }], { n: 258 }, "02 01"],
    ["u32", [{ value: "{n}", type: "u32" }], { n: 4_000_000_000 }, "EE 6B 28 00"],
    ["scaled, rounded, shifted", [{ value: "{n}", type: "u8", by: 0.01, plus: 1 }], { n: 750 }, "09"],
    ["text", [{ text: "{t}" }], { t: "访" }, "E8 AE BF"],
    ["text, padded", [{ text: "{t}", pad: 3 }], { t: "a" }, "61 00 00"],
  ])("%s", (_, bytes, values, expected) => {
    expect(
      bytesOf(
        { bytes },
        { n: { ...number(4_294_967_295), optional: true }, t: { type: "text", maxLength: 9, optional: true } },
        values,
      ),
    ).toBe(expected);
  });

  it.each<[string, object[], Record<string, string | number>]>([
    ["too great for its place", [{ value: "{n}", type: "u8" }], { n: 256 }],
    ["less than nothing", [{ value: "{n}", type: "u8", plus: -1 }], { n: 0 }],
    ["not given", [{ value: "{n}", type: "u8" }], {}],
    ["a text for a number", [{ value: "{t}", type: "u8" }], { t: "1" }],
    ["a text not given", [{ text: "{t}" }], {}],
    ["a text too long for its place", [{ text: "{t}", pad: 2 }], { t: "访" }],
  ])("%s is refused", (_, bytes, values) => {
    const args = { n: { ...number(4_294_967_295), optional: true }, t: { type: "text", maxLength: 9, optional: true } };
    expect(() => bytesOf({ bytes }, args, values)).toThrow(/INPUT_INVALID.*part 0/);
  });

  it("escapes are put in after the start bytes", () => {
    const framing = {
      cut: "sync-length",
      start: "7E",
      length: { at: 1, size: 1, counts: "whole" },
      minLength: 3,
      maxLength: 20,
      escape: { byte: "7D", xor: 32 },
      idleMs: 50,
    };
    expect(bytesOf({ bytes: ["7E 04 7D 7E"] }, {}, {}, { framing })).toBe("7E 04 7D 5D 7D 5E");
    const { escape: _, ...bare } = framing;
    expect(bytesOf({ bytes: ["7E 04 7D 7E"] }, {}, {}, { framing: bare })).toBe("7E 04 7D 7E");
  });
});

describe("arguments", () => {
  const args = { n: { type: "integer", min: 1, max: 4, default: 2 }, t: { type: "text", maxLength: 2, default: "a" } };
  const out = { bytes: [{ value: "{n}", type: "u8" }, { text: "{t}" }] };
  it.each<[string, Record<string, string | number>, string]>([
    ["the defaults", {}, "02 61"],
    ["given", { n: 4, t: "b" }, "04 62"],
  ])("%s", (_, values, expected) => {
    expect(bytesOf(out, args, values)).toBe(expected);
  });

  it.each<[string, Record<string, string | number>, RegExp]>([
    ["too small", { n: 0 }, /n: must be 1..4/],
    ["too great", { n: 5 }, /n: must be 1..4/],
    ["broken", { n: 1.5 }, /n: must be 1..4/],
    ["a text for a number", { n: "1" }, /n: must be 1..4/],
    ["a number for a text", { t: 1 }, /t: must be a text of at most 2/],
    ["too long", { t: "abc" }, /t: must be a text/],
    ["unknown", { toString: 1 }, /toString: there is no such argument/],
  ])("%s", (_, values, message) => {
    expect(() => bytesOf(out, args, values)).toThrow(message);
  });

  it("an unknown command", () => {
    expect(() => encode(serialProfile({}), "toString", {}, CTX)).toThrow(/COMMAND_UNKNOWN/);
  });
});

describe("topics", () => {
  const send = (t: string) =>
    encode(
      mqttProfile({
        commands: {
          go: {
            moves: "none",
            args: { t: { type: "text", maxLength: 9 } },
            out: { topic: "d/{t}", json: { id: "{newId}" } },
          },
        },
      }),
      "go",
      { t },
      CTX,
    );
  it("are filled", () => {
    const { out, expects, retries } = send("x");
    expect([out.topic, new TextDecoder().decode(out.bytes), expects, retries]).toEqual([
      "d/x",
      '{"id":"id-1"}',
      undefined,
      0,
    ]);
  });
  it.each(["+", "#", "\0"])("never with %j", (t) => {
    expect(() => send(t)).toThrow(/INPUT_INVALID/);
  });
});

describe("replies", () => {
  const expects = {
    timeoutMs: 300,
    ok: [{ echo: true }],
    refused: [
      { byte: 0, equals: "{n}" },
      { byte: 1, equals: 0xff },
    ],
  };
  const go = { moves: "none", args: { n: number(9) }, out: { bytes: [{ value: "{n}", type: "u8" }, "00"] }, expects };
  it.each([
    ["03 00", "ok"],
    ["03 FF", "refused"],
    ["04 FF", "other"],
    ["03", "other"],
  ])("%s is %s", (hex, means) => {
    const command = encode(serialProfile({ commands: { go } }), "go", { n: 3 }, CTX);
    expect(command.expects?.timeoutMs).toBe(300);
    expect(command.expects?.matches({ via: "frame", bytes: fromHex(hex) })).toBe(means);
  });

  it("without a rule for refusals all else is other", () => {
    const { refused: _, ...only } = expects;
    const command = encode(serialProfile({ commands: { go: { ...go, expects: only } } }), "go", { n: 3 }, CTX);
    expect(command.expects?.matches({ via: "frame", bytes: fromHex("03 FF") })).toBe("other");
  });

  it("a reply known by its topic; a frame has none", () => {
    const profile = mqttProfile({
      link: { via: "mqtt", listen: ["t/{deviceId}/up", "t/{deviceId}/done"] },
      commands: {
        go: {
          moves: "none",
          out: { topic: "t/{param.deviceId}/down", json: {} },
          expects: { timeoutMs: 300, ok: [{ topic: "t/{deviceId}/done" }] },
        },
      },
    });
    const { expects } = encode(profile, "go", {}, CTX);
    const payload = new TextEncoder().encode("{}");
    expect(expects?.matches({ via: "message", topic: "t/7/done", payload })).toBe("ok");
    expect(expects?.matches({ via: "message", topic: "t/7/up", payload })).toBe("other");
    expect(expects?.matches({ via: "frame", bytes: payload })).toBe("other");
  });

  it("what can't be opened is other", () => {
    const command = encode(
      mqttProfile({
        commands: {
          go: {
            moves: "none",
            out: { topic: "d", json: {} },
            expects: { timeoutMs: 300, ok: [{ pointer: "/id", equals: "{newId}" }] },
          },
        },
      }),
      "go",
      {},
      CTX,
    );
    const hear = (text: string) =>
      command.expects?.matches({ via: "message", topic: "t/7/up", payload: new TextEncoder().encode(text) });
    expect([hear('{"id":"id-1"}'), hear('{"id":"id-2"}'), hear("{")]).toEqual(["ok", "other", "other"]);
  });
});
