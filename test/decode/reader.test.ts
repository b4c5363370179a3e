import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/decode/profile-framing.ts";
import { compile } from "../../src/decode/reader.ts";
import type { ReadContext, Reading } from "../../src/decode/terms.ts";
import { compileTopic, completeParams, listening } from "../../src/decode/topics.ts";
import { mqttProfile, serialProfile } from "./testVendor.ts";

const CTX: ReadContext = { utcOffsetMin: 480, params: { deviceId: "7" }, newId: () => "id-1" };
const encoder = new TextEncoder();

function readJson(profile: Parameters<typeof compile>[0], json: unknown, ctx = CTX, topic = "t/7/up"): Reading {
  return compile(profile).read({ via: "message", topic, payload: encoder.encode(JSON.stringify(json)) }, ctx);
}

/** One field `v` of a JSON message, as an ignored report that says it; or the fault. */
function fieldSays(field: Readonly<Record<string, unknown>>, json: unknown, more: object = {}): unknown {
  const profile = mqttProfile({
    messages: [{ kind: "any", when: [], fields: { v: field, ...more }, reports: [{ is: "ignored", why: "={v}" }] }],
  });
  return said(readJson(profile, json));
}

function said(reading: Reading): unknown {
  if (reading.is === "fault") return `${reading.fault.code} ${reading.fault.where}`;
  const [report] = reading.reports;
  return report?.is === "ignored" ? report.why : report;
}

describe("transforms", () => {
  const as = (...steps: unknown[]) => ({ from: "/v", as: steps });
  it.each<[string, Readonly<Record<string, unknown>>, unknown, unknown]>([
    ["trim", as("trim"), " a ", "=a"],
    ["trim of a number", as("trim"), 1, "field-invalid /v"],
    ["emptyToNone", as("emptyToNone"), "", "field-missing /v"],
    ["emptyToNone of some", as("emptyToNone"), "x", "=x"],
    ["number", as("number"), " -1.5 ", "=-1.5"],
    ["number of a number", as("number"), 3, "=3"],
    ["number of words", as("number"), "1e9", "field-invalid /v"],
    ["number of true", as("number"), true, "field-invalid /v"],
    ["text", as("text"), 12, "=12"],
    ["upper", as("upper"), "ab", "=AB"],
    ["plate", as("plate"), " 苏e·5k38m ", "=苏E5K38M"],
    ["plate with a hyphen and full-width letters", as("plate"), "苏Ｅ-5K38M", "=苏E5K38M"],
    ["scale", as({ scale: { by: 0.01 } }), "88.400002", "=0.88400002"],
    ["scale and shift", as({ scale: { by: 1, plus: 1 } }), 0, "=1"],
    ["enum", as({ enum: { map: { "1": "on" } } }), 1, "=on"],
    ["enum, not listed", as({ enum: { map: { "1": "on" } } }), "toString", "field-invalid /v"],
    ["enum, otherwise", as({ enum: { map: { "1": "on" }, else: "off" } }), "__proto__", "=off"],
    ["regexGroup", as({ regexGroup: { pattern: "^a(b)", group: 1 } }), "abc", "=b"],
    ["regexGroup, no match", as({ regexGroup: { pattern: "^a(b)", group: 1 } }), "xbc", "field-invalid /v"],
    [
      "regexGroup, too long to try",
      as({ regexGroup: { pattern: "^a(b)", group: 1 } }),
      `ab${"c".repeat(300)}`,
      "field-invalid /v",
    ],
    ["stripPrefix", as({ stripPrefix: "@@@" }), "gw7@@@13", "=13"],
    ["stripPrefix, none there", as({ stripPrefix: "@@@" }), "13", "=13"],
    ["slice", as({ slice: [1, 3] }), "abcd", "=bc"],
    ["padStart", as({ padStart: 4 }), "7", "=0007"],
    ["hexNumber", as("hexNumber"), "5A3C7F", "=5913727"],
    ["hexNumber of words", as("hexNumber"), "xyz", "field-invalid /v"],
    ["base64Utf8", as("base64Utf8"), "6LWjR1o3UzEz", "=赣GZ7S13"],
    ["base64Utf8 of no base64", as("base64Utf8"), "赣", "field-invalid /v"],
    ["base64Utf8 with bytes that are no text", as("base64Utf8"), "wyg=", "field-invalid /v"],
    ["base64, hex", as("base64", "hex"), "oAEBog==", "=A00101A2"],
    ["base64, gbk", as("base64", "gbk"), "u7bTrQ==", "=欢迎"],
    ["hex of a text", as("hex"), "a", "field-invalid /v"],
    ["text of bytes", as("base64", "text"), "oAEBog==", "field-invalid /v"],
    ["number of bytes", as("base64", "number"), "oAEBog==", "field-invalid /v"],
    ["localTime", as("localTime"), "2026-11-07 07:04:11", "=1794006251000"],
    ["localTime with T and slashes", as("localTime"), "2026/11/07T07:04:11", "=1794006251000"],
    ["localTime, 31 February", as("localTime"), "2026-02-31 07:04:11", "field-invalid /v"],
    ["localTime, 29 February of a leap year", as("localTime"), "2028-02-29 00:00:00", "=1835366400000"],
    ["localTime, 29 February of 2000", as("localTime"), "2000-02-29 00:00:00", "=951753600000"],
    ["localTime, 29 February of 2100", as("localTime"), "2100-02-29 00:00:00", "field-invalid /v"],
    ["localTime, 29 February of 2026", as("localTime"), "2026-02-29 00:00:00", "field-invalid /v"],
    ["localTime, month 13", as("localTime"), "2026-13-01 00:00:00", "field-invalid /v"],
    ["localTime, month 0", as("localTime"), "2026-00-01 00:00:00", "field-invalid /v"],
    ["localTime, day 0", as("localTime"), "2026-01-00 00:00:00", "field-invalid /v"],
    ["localTime, hour 24", as("localTime"), "2026-01-01 24:00:00", "field-invalid /v"],
    ["localTime, minute 60", as("localTime"), "2026-01-01 00:60:00", "field-invalid /v"],
    ["localTime, second 60", as("localTime"), "2026-01-01 00:00:60", "field-invalid /v"],
    ["localTime, the year 99", as("localTime"), "0099-01-01 00:00:00", "field-invalid /v"],
    ["localTime, words", as("localTime"), "noon", "field-invalid /v"],
    ["localTime of a number", as("localTime"), 5, "field-invalid /v"],
    ["epochS", as("epochS"), 1794035384, "=1794035384000"],
    ["epochMs", as("epochMs"), "1794035384123", "=1794035384123"],
    ["a number too great", as("number"), Number.POSITIVE_INFINITY, "field-missing /v"],
    ["an object", as(), { a: 1 }, "field-invalid /v"],
    ["a very long text", as(), "x".repeat(5000), "field-invalid /v"],
    ["a boolean", as(), true, "=true"],
  ])("%s", (_, field, v, expected) => {
    expect(fieldSays(field, { v })).toBe(expected);
  });

  it("a number JSON can't hold is no number", () => {
    const profile = mqttProfile({
      messages: [{ kind: "any", when: [], fields: { v: as("number") }, reports: [{ is: "ignored", why: "{v}" }] }],
    });
    const payload = encoder.encode('{"v":1e999}');
    expect(said(compile(profile).read({ via: "message", topic: "t/7/up", payload }, CTX))).toBe("field-invalid /v");
  });
});

describe("fields", () => {
  it.each<[string, Readonly<Record<string, unknown>>, unknown, unknown]>([
    ["the first pointer that is there", { from: ["/a", "/b"] }, { a: null, b: 2 }, "=2"],
    ["none of them", { from: ["/a", "/b"] }, {}, "field-missing /a or /b"],
    ["optional", { from: "/a", optional: true }, {}, "field-missing why"],
    ["a default", { from: "/a", default: "d" }, {}, "=d"],
    ["lenient", { from: "/a", as: ["number"], lenient: true, default: 0 }, { a: "x" }, "=0"],
    ["a choice", { if: [{ field: "w", equals: 1 }], value: "yes", else: "no" }, { w: "1" }, "=yes"],
    ["the other choice", { if: [{ field: "w", equals: 1 }], value: "yes", else: "no" }, { w: 2 }, "=no"],
    ["first of", { first: [{ from: "/a" }, { text: "w{w}" }] }, { w: 3 }, "=w3"],
    ["first of none", { first: [{ from: "/a" }, { from: "/b" }] }, {}, "field-missing v"],
    ["first of none, optional", { first: [{ from: "/a" }, { from: "/b" }], optional: true }, {}, "field-missing why"],
    [
      "first of, with one that can't be read",
      { first: [{ from: "/a", as: ["number"] }, { from: "/b" }] },
      { a: "x", b: 1 },
      "field-invalid /a",
    ],
    ["a text with a slot that has no value", { text: "x{w}" }, {}, "field-missing v"],
    ["inherited properties are never seen", { from: "/constructor/name" }, {}, "field-missing /constructor/name"],
    ["nor those of a text", { from: "/a/length" }, { a: "text" }, "field-missing /a/length"],
    ["a parameter", { text: "{param.deviceId}" }, {}, "=7"],
    ["a parameter that isn't there", { text: "{param.toString}" }, {}, "field-missing v"],
    ["a level of the topic", { text: "{topic.deviceId}" }, {}, "=7"],
    ["a fresh id, once", { text: "{newId}{newId}" }, {}, "=id-1id-1"],
    ["the wall clock, unknown", { text: "{wallS}" }, {}, "field-missing v"],
    ["a line where there is none", { line: true }, {}, "field-missing line"],
  ])("%s", (_, field, json, expected) => {
    expect(fieldSays(field, json, { w: { from: "/w", optional: true } })).toBe(expected);
  });

  it.each<[string, Readonly<Record<string, unknown>>, unknown]>([
    ["u8", { at: 0, type: "u8" }, "=254"],
    ["i8", { at: 0, type: "i8" }, "=-2"],
    ["u16", { at: 0, type: "u16" }, "=65026"],
    ["u16 little", { at: 0, type: "u16", endian: "little" }, "=766"],
    ["i16", { at: 0, type: "i16" }, "=-510"],
    ["u32", { at: 0, type: "u32" }, "=4261557072"],
    ["from the end", { at: -1, type: "u8" }, "=80"],
    ["bytes to the end", { at: 2, type: "bytes", as: ["hex"] }, "=3350"],
    ["bytes, null padded", { at: 0, type: "bytes", length: 2, as: ["nullPadded", "hex"] }, "=FE02"],
    ["behind the end", { at: 3, type: "u16" }, "field-missing byte 3"],
    ["before the start", { at: -9, type: "u8" }, "field-missing byte -9"],
    ["nothing left", { at: 4, type: "bytes" }, "field-missing byte 4"],
  ])("bytes: %s", (_, field, expected) => {
    const profile = serialProfile({
      framing: { cut: "fixed", length: 4, idleMs: 50 },
      messages: [{ kind: "any", when: [], fields: { v: field }, reports: [{ is: "ignored", why: "={v}" }] }],
    });
    expect(said(compile(profile).read({ via: "frame", bytes: fromHex("FE 02 33 50") }, CTX))).toBe(expected);
  });
});

describe("conditions", () => {
  const kindsOf = (when: object[]): unknown => ({
    messages: [
      { kind: "first", when, ignore: "first" },
      { kind: "second", when: [], ignore: "second" },
    ],
  });
  const takes = (when: object[], json: unknown, topic = "t/7/up"): boolean =>
    said(readJson(mqttProfile({ ...(kindsOf(when) as object) }), json, CTX, topic)) === "first";

  it.each<[string, object[], unknown, boolean]>([
    ["equals, as text", [{ pointer: "/a", equals: 1 }], { a: "1" }, true],
    ["equals, absent", [{ pointer: "/a", equals: "undefined" }], {}, false],
    ["oneOf", [{ pointer: "/a", oneOf: [1, 2] }], { a: 2 }, true],
    ["noneOf", [{ pointer: "/a", noneOf: [1, 2] }], { a: 2 }, false],
    ["noneOf, absent", [{ pointer: "/a", noneOf: [1, 2] }], {}, true],
    ["present", [{ pointer: "/a", present: true }], { a: 0 }, true],
    ["absent", [{ pointer: "/a", present: false }], { a: 0 }, false],
    ["an object is no value", [{ pointer: "/a", present: true }], { a: {} }, false],
    ["matches", [{ pointer: "/a", matches: "^x" }], { a: "xy" }, true],
    ["matches, absent", [{ pointer: "/a", matches: "^u" }], {}, false],
    ["matches, not", [{ pointer: "/a", matches: "^u" }], { a: "x" }, false],
    [
      "all must hold",
      [
        { pointer: "/a", equals: 1 },
        { pointer: "/b", equals: 1 },
      ],
      { a: 1, b: 2 },
      false,
    ],
    ["topic", [{ topic: "t/{deviceId}/up" }], {}, true],
    ["another topic", [{ topic: "t/x" }], {}, false],
    ["length", [{ minLength: 2, maxLength: 2 }], {}, true],
    ["too short", [{ minLength: 3 }], {}, false],
    ["too long", [{ maxLength: 1 }], {}, false],
    ["a line there is none of", [{ text: { matches: "^x" } }], {}, false],
    ["a byte", [{ byte: 0, equals: 0x7b }], {}, true],
    ["a byte behind the end", [{ byte: 99, equals: 0 }], {}, false],
    ["a byte with a mask", [{ byte: 0, mask: 0xf0, oneOf: [0x70] }], {}, true],
  ])("%s", (_, when, json, expected) => {
    expect(takes(when, json)).toBe(expected);
  });

  it("a topic condition doesn't hold for a frame", () => {
    const profile = serialProfile({ messages: [{ kind: "a", when: [{ topic: "a" }], ignore: "a" }] });
    expect(said(compile(profile).read({ via: "frame", bytes: fromHex("00 00") }, CTX))).toBe(
      "no-kind-matches messages",
    );
  });

  it("of a report: those that hold are told, in order", () => {
    const profile = mqttProfile({
      messages: [
        {
          kind: "any",
          when: [],
          fields: { a: { from: "/a", optional: true } },
          reports: [
            { is: "online", when: [{ field: "a", present: true }] },
            { is: "offline", when: [{ field: "a", present: false }] },
            { is: "heartbeat" },
          ],
        },
      ],
    });
    const reading = readJson(profile, {});
    expect(reading.is === "read" && reading.reports).toEqual([{ is: "offline" }, { is: "heartbeat" }]);
  });
});

describe("reports", () => {
  const presented = (more: object): object => ({
    is: "presented",
    claim: { type: "card", value: "{v}" },
    live: true,
    ...more,
  });
  const read = (report: object, json: object): unknown => {
    const v = { from: "/v", optional: true };
    const reading = readJson(
      mqttProfile({ messages: [{ kind: "any", when: [], fields: { v }, reports: [report] }] }),
      json,
    );
    return reading.is === "fault" ? `${reading.fault.code} ${reading.fault.where}` : reading.reports[0];
  };

  it.each<[string, object, unknown, unknown]>([
    ["no value", presented({}), undefined, "field-missing claim.value"],
    ["an empty one", presented({}), "", "field-invalid claim.value"],
    ["257 characters", presented({}), "x".repeat(257), "field-invalid claim.value"],
    ["a control character", presented({}), "a\u001bb", "field-invalid claim.value"],
    ["half a surrogate pair", presented({}), "\ud800", "field-invalid claim.value"],
    ["a line separator", presented({}), "a\u2028b", "field-invalid claim.value"],
    ["live that is no truth", presented({ live: "{v}" }), "yes", "field-invalid live"],
    [
      "live that is unknown",
      { ...presented({ live: "{v}" }), claim: { type: "card", value: "x" } },
      undefined,
      "field-missing live",
    ],
    ["a confidence above 1", presented({ confidence: "{v}" }), 1.01, "field-invalid confidence"],
    ["a confidence in words", presented({ confidence: "{v}" }), "high", "field-invalid confidence"],
    [
      "a kind of claim that isn't",
      presented({ claim: { type: "{v}", value: "x" } }),
      "iris",
      "field-invalid claim.type",
    ],
    ["a verdict that isn't", presented({ verdict: "{v}" }), "maybe", "field-invalid verdict"],
    ["a time before 1970", { is: "heartbeat", deviceTimeMs: "{v}" }, -5, "field-invalid deviceTimeMs"],
    ["a level that isn't", { is: "inputs", levels: [{ channel: 1, level: "{v}" }] }, "half", "field-invalid level"],
    ["no level", { is: "inputs", levels: [{ channel: 1, level: "{v}" }] }, undefined, "field-missing level"],
    [
      "bits that are no number",
      { is: "inputs", levels: { bits: "{v}", count: 2, first: 1 } },
      "x",
      "field-invalid levels.bits",
    ],
    [
      "bits",
      { is: "inputs", levels: { bits: "{v}", count: 2, first: 1 } },
      2,
      {
        is: "inputs",
        levels: [
          { channel: 1, level: "off" },
          { channel: 2, level: "on" },
        ],
      },
    ],
    [
      "a duress",
      presented({ duress: "{v}", claim: { type: "pin", value: "1" } }),
      true,
      { is: "presented", claim: { type: "pin", value: "1" }, live: true, duress: true },
    ],
    ["a stranger without an id", { is: "stranger", live: false }, 1, { is: "stranger", live: false }],
    ["a heartbeat with a time", { is: "heartbeat", deviceTimeMs: "{v}" }, 5, { is: "heartbeat", deviceTimeMs: 5 }],
    ["a reply", { is: "reply", to: "x", ok: false, code: "{v}" }, 5, { is: "reply", to: "x", ok: false, code: "5" }],
  ])("%s", (_, report, v, expected) => {
    expect(read(report, { v })).toEqual(expected);
  });

  it("bytes are no text", () => {
    const profile = serialProfile({
      messages: [
        { kind: "a", when: [], fields: { v: { at: 0, type: "bytes" } }, reports: [{ is: "ignored", why: "{v}" }] },
      ],
    });
    expect(said(compile(profile).read({ via: "frame", bytes: fromHex("41 41") }, CTX))).toBe("field-invalid why");
  });
});

describe("who says it", () => {
  const profile = mqttProfile({ identity: [{ param: "deviceId", field: { from: "/id", as: ["text"] } }] });
  it.each<[string, string, object, object, string]>([
    ["topic and body agree", "t/7/up", { id: 7 }, { deviceId: "7" }, "all"],
    ["the topic alone", "t/7/up", {}, { deviceId: "7" }, "all"],
    ["the body alone, on a shared topic", "t/all", { id: "7" }, { deviceId: "7" }, "all"],
    ["nobody, on a shared topic", "t/all", {}, { deviceId: "7" }, "wrong-device identity"],
    ["another one in the body", "t/7/up", { id: "8" }, { deviceId: "7" }, "wrong-device identity 0"],
    ["another one in the topic", "t/8/up", { id: "7" }, { deviceId: "7" }, "wrong-device topic {deviceId}"],
    ["a device without a number", "t/7/up", {}, {}, "wrong-device topic {deviceId}"],
    ["a number", "t/7/up", { id: "7" }, { deviceId: 7 }, "all"],
    ["an empty level", "t//up", {}, { deviceId: "" }, "no-kind-matches topic"],
    ["an unreadable id", "t/7/up", { id: {} }, { deviceId: "7" }, "field-invalid /id"],
  ])("%s", (_, topic, json, params, expected) => {
    expect(said(readJson(profile, json, { ...CTX, params: { ...params } }, topic))).toBe(expected);
  });

  it("a first-of identity", () => {
    const first = mqttProfile({
      identity: [{ param: "deviceId", field: { first: [{ from: "/id" }, { from: "/no" }], optional: true } }],
    });
    expect(said(readJson(first, { no: "7" }, CTX, "t/all"))).toBe("all");
  });
});

describe("hostile payloads", () => {
  const profile = mqttProfile({});
  const read = (payload: Uint8Array, topic = "t/7/up"): unknown =>
    said(compile(profile).read({ via: "message", topic, payload }, CTX));

  it.each([
    ["bytes that are no UTF-8", Uint8Array.of(0xc3, 0x28), "not-json byte 0"],
    ["nothing", new Uint8Array(0), "not-json byte 0"],
    ["half a document", encoder.encode('{"a":'), "not-json byte 0"],
    ["a million brackets", encoder.encode("[".repeat(1_000_000)), "not-json byte 0"],
    ["a deep document", encoder.encode(`${"[".repeat(200_000)}${"]".repeat(200_000)}`), "all"],
    ["more than the profile allows", new Uint8Array(3_000_001), "too-long byte 3000000"],
    ["null", encoder.encode("null"), "all"],
    ["__proto__", encoder.encode('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'), "all"],
  ])("%s", (_, payload, expected) => {
    expect(read(payload)).toBe(expected);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("a topic nobody listens to", () => {
    expect(read(encoder.encode("{}"), "x/7/up")).toBe("no-kind-matches topic");
  });

  it("a picture of 2 MB is read through", () => {
    expect(said(readJson(profile, { pic: "A".repeat(2_000_000) }))).toBe("all");
  });
});

describe("answers", () => {
  const answering = (out: object, when?: object[]): Reading =>
    readJson(
      mqttProfile({
        messages: [
          {
            kind: "any",
            when: [],
            fields: { a: { from: "/a", optional: true } },
            reports: [{ is: "heartbeat" }],
            answers: [{ ...(when === undefined ? {} : { when }), out }],
          },
        ],
      }),
      {},
      { ...CTX, wallMs: 5999 },
    );
  const sent = (reading: Reading): unknown =>
    reading.is === "read" && reading.answers.map(({ topic, bytes }) => [topic, new TextDecoder().decode(bytes)]);

  it("leave out what has no value and keep types", () => {
    const json = { at: "{wallS}", none: "{a}", list: ["{a}", null, 1, true], text: "x{wallS}" };
    expect(sent(answering({ topic: "d/{param.deviceId}", json }))).toEqual([
      ["d/7", '{"at":5,"list":[null,1,true],"text":"x5"}'],
    ]);
  });

  it.each([
    ["without a topic", { topic: "d/{a}", json: {} }, undefined],
    ["not asked for", { topic: "d/x", json: {} }, [{ field: "a", present: true }]],
  ])("%s: nothing is sent", (_, out, when) => {
    expect(sent(answering(out, when))).toEqual([]);
  });

  it("an ignored message can be answered too", () => {
    const profile = mqttProfile({
      messages: [{ kind: "any", when: [], ignore: "all", answers: [{ out: { topic: "x", json: 1 } }] }],
    });
    expect(sent(readJson(profile, {}))).toEqual([["x", "1"]]);
  });
});

describe("topics", () => {
  it.each<[string, string, Record<string, string> | undefined]>([
    ["a/+/c", "a/b/c", {}],
    ["a/#", "a/b/c", {}],
    ["a/#", "a", {}],
    ["a/{x}", "a/b", { x: "b" }],
    ["a/{x}", "a/b/c", undefined],
    ["a/b", "a", undefined],
    ["a/b", "a/c", undefined],
  ])("%s %s", (pattern, topic, expected) => {
    const captures = compileTopic(pattern)(topic);
    expect(captures === undefined ? undefined : Object.fromEntries(captures)).toEqual(expected);
  });

  it("filters are filled with the device's parameters, and a parameter never widens one", () => {
    const profile = mqttProfile({});
    expect(listening(profile, { deviceId: "7" })).toEqual([
      { filter: "t/7/up", shared: false },
      { filter: "t/all", shared: true },
    ]);
    expect(listening(profile, { deviceId: "#" })[0]?.filter).toBe("t/+/up");
    expect(listening(profile, {})[0]?.filter).toBe("t/+/up");
    expect(listening(serialProfile({}), {})).toEqual([]);
  });

  it("what was read on a thousand topics is read the same again", () => {
    const profile = mqttProfile({
      link: { via: "mqtt", listen: ["t/+/up"] },
      messages: [{ kind: "any", when: [{ topic: "t/+/up" }], reports: [{ is: "ignored", why: "yes" }] }],
    });
    const reader = compile(profile);
    const payload = encoder.encode("{}");
    const all = Array.from({ length: 2_000 }, (_, n) => `t/${n % 1_000}/up`);
    for (const topic of all) expect(said(reader.read({ via: "message", topic, payload }, CTX))).toBe("yes");
  });

  it("parameters: defaults are filled, and everything wrong is told", () => {
    const hint = { zh: "提示", en: "hint" };
    const profile = mqttProfile({
      params: {
        deviceId: { type: "text", matches: "^[0-9]+$", hint },
        down: { type: "text", default: "d/{deviceId}", hint },
        other: { type: "text", default: "d/{nothing}", hint },
        unit: { type: "number", default: 1, hint },
      },
    });
    const complete = completeParams(profile, { deviceId: "7", other: "o" });
    expect(complete).toEqual({ params: { deviceId: "7", down: "d/7", other: "o", unit: 1 }, errors: [] });
    const wrong = completeParams(profile, { deviceId: "x", unit: "1", odd: 1 });
    expect(wrong.errors.map((error) => error.slice(0, 32))).toEqual([
      "parameter `deviceId` must match ",
      "parameter `other` is missing: hi",
      "parameter `unit` must be a numbe",
      "the profile has no parameter `od",
    ]);
  });
});

describe("lines", () => {
  it.each([
    ["gbk", "BB B6 D3 AD", "=欢迎"],
    ["ascii", "41 42", "=AB"],
    ["ascii", "E8 AE BF", "field-invalid line"],
    ["utf-8", "E8 AE BF", "=访"],
    ["utf-8", "FF FF", "field-invalid line"],
  ])("%s %s", (charset, hex, expected) => {
    const profile = serialProfile({
      framing: { cut: "line", ends: ["0D"], idleMs: 50, maxLength: 20, charset },
      payload: "text",
      messages: [
        {
          kind: "a",
          when: [{ text: { matches: "^." } }],
          fields: { v: { line: true } },
          reports: [{ is: "ignored", why: "={v}" }],
        },
      ],
    });
    expect(said(compile(profile).read({ via: "frame", bytes: fromHex(hex) }, CTX))).toBe(expected);
  });
});
