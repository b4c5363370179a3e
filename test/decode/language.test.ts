// What a profile can say beyond single fields: lists, choices, hubs, requests, tables of frames, replies in parts.
import { describe, expect, it } from "vitest";
import { encode } from "../../src/decode/encode.ts";
import { lint } from "../../src/decode/lint.ts";
import { parseProfile } from "../../src/decode/load.ts";
import type { DeviceProfile } from "../../src/decode/profile.ts";
import { fromHex, toHex } from "../../src/decode/profile-framing.ts";
import { compile } from "../../src/decode/reader.ts";
import { cutSample } from "../../src/decode/sample.ts";
import type { ReadContext, Reading } from "../../src/decode/terms.ts";
import { tryProfile } from "../../src/decode/try.ts";
import { HEAD, httpProfile, mqttProfile, serialProfile } from "./testVendor.ts";

const CTX: ReadContext = { utcOffsetMin: 480, params: { deviceId: "7", least: 0.8 }, newId: () => "id-1" };
const utf8 = new TextEncoder();

function push(profile: DeviceProfile, json: unknown, query = "", method = "POST"): Reading {
  const payload = utf8.encode(JSON.stringify(json));
  return compile(profile).read({ via: "request", method, path: "event", query, payload }, CTX);
}

function said(reading: Reading): unknown {
  if (reading.is === "fault") return `${reading.fault.code} ${reading.fault.where}`;
  return reading.reports.map((report) => (report.is === "ignored" ? report.why : report));
}

/** A field `v` said back. */
const saying = (fields: object, more: object = {}) =>
  httpProfile({ messages: [{ kind: "any", when: [], fields, reports: [{ is: "ignored", why: "={v}" }], ...more }] });

describe("times", () => {
  it.each<[string, string, unknown, unknown]>([
    ["with Z", "isoTime", "2026-11-07T07:04:11Z", ["=1794035051000"]],
    ["with a fraction", "isoTime", "2026-11-07T07:04:11.4809Z", ["=1794035051480"]],
    ["east", "isoTime", "2026-11-07T15:04:11+08:00", ["=1794035051000"]],
    ["west, no colon", "isoTime", "2026-11-07T02:04:11-0500", ["=1794035051000"]],
    ["no zone: the site's", "isoTime", "2026-11-07 15:04:11", ["=1794035051000"]],
    ["a zone that isn't one", "isoTime", "2026-11-07T07:04:11+19:00", "field-invalid /v"],
    ["no date", "isoTime", "2026-13-07T07:04:11Z", "field-invalid /v"],
    ["words", "isoTime", "now", "field-invalid /v"],
    ["a number", "isoTime", 5, "field-invalid /v"],
    ["digits only", "localTime", "20261107150411", ["=1794035051000"]],
    ["seconds", "epoch", "1794035051", ["=1794035051000"]],
    ["milliseconds", "epoch", 1794035051480, ["=1794035051480"]],
    ["said back", "localText", 1794035051000, ["=2026-11-07 15:04:11"]],
    ["said back, no number", "localText", "x", "field-invalid /v"],
    ["said back, beyond all years", "localText", 1e15, "field-invalid /v"],
  ])("%s", (_name, as, v, expected) => {
    expect(said(push(saying({ v: { from: "/v", as: [as] } }), { v }))).toEqual(expected);
  });
});

describe("wiegand", () => {
  it.each([
    ["10111101100010001110101110", ["=8065495"]],
    ["10111101100010001110101111", "field-invalid /v"],
    ["00111101100010001110101110", "field-invalid /v"],
    ["0111", "field-invalid /v"],
  ])("%s", (v, expected) => {
    expect(said(push(saying({ v: { from: "/v", as: ["wiegand"] } }), { v }))).toEqual(expected);
  });
});

describe("choices", () => {
  const fields = {
    a: { from: "/a", optional: true },
    b: { from: "/b", default: "none" },
    v: { if: [{ field: "a", present: true }], value: "{a}/{b}", else: "{b}" },
  };
  it("may draw on fields", () => {
    expect(said(push(saying(fields), { a: 1, b: 2 }))).toEqual(["=1/2"]);
    expect(said(push(saying(fields), { b: 2 }))).toEqual(["=2"]);
  });

  it.each<[unknown, string]>([
    [0.8, "good"],
    ["0.91", "good"],
    [0.79, "low"],
    ["high", "neither"],
    [true, "neither"],
  ])("compare amounts: %s is %s", (score, kind) => {
    const profile = httpProfile({
      params: { least: { type: "number", hint: { zh: "分数", en: "score" } } },
      messages: [
        { kind: "good", when: [{ pointer: "/score", atLeast: "{param.least}" }], ignore: "-" },
        { kind: "low", when: [{ pointer: "/score", below: 0.8 }], ignore: "-" },
        { kind: "neither", when: [], ignore: "-" },
      ],
    });
    expect(push(profile, { score })).toMatchObject({ kind });
  });
});

describe("lists", () => {
  const each = { pointer: "/list", max: 3 };
  const profile = saying(
    { id: { from: "/id", as: ["text"] }, name: { item: "/name" }, v: { text: "{id}:{name}" } },
    { each, answers: [{ out: { answer: { json: { id: "{id}" } } } }] },
  );
  it.each<[string, unknown, unknown]>([
    ["one report an element", { id: 1, list: [{ name: "a" }, { name: "b" }] }, ["=1:a", "=1:b"]],
    ["none for an empty one", { id: 1, list: [] }, []],
    ["a cap", { id: 1, list: [1, 2, 3, 4] }, "too-long /list"],
    ["no list", { id: 1, list: {} }, "field-missing /list"],
    ["one bad element ends the reading", { id: 1, list: [{ name: "a" }, {}] }, "field-missing each /name"],
    ["what the answer needs is missing", { list: [{ name: "a" }] }, "field-missing /id"],
  ])("%s", (_name, json, expected) => {
    expect(said(push(profile, json))).toEqual(expected);
  });

  it("of bare values", () => {
    expect(said(push(saying({ v: { item: "." } }, { each }), { list: ["x", 2] }))).toEqual(["=x", "=2"]);
  });

  it("answer from the message itself", () => {
    expect(push(profile, { id: 5, list: [] })).toMatchObject({
      answers: [{ answer: { status: 200, type: "application/json" }, bytes: utf8.encode('{"id":"5"}') }],
    });
  });
});

describe("a hub", () => {
  const identity = [{ param: "deviceId", hub: true, field: { from: "/camera" } }];
  const profile = mqttProfile({
    link: { via: "mqtt", listen: ["t/all"] },
    payload: ["json", "text"],
    identity,
    messages: [
      { kind: "up", forAll: true, when: [{ text: { matches: "^online$" } }], reports: [{ is: "online" }] },
      { kind: "any", when: [], ignore: "all" },
    ],
  });
  const hear = (text: string) =>
    compile(profile).read({ via: "message", topic: "t/all", payload: utf8.encode(text) }, CTX);

  it("speaks of one device, of another, of all, or of none", () => {
    expect(hear('{"camera":"7"}')).toMatchObject({ is: "read", kind: "any" });
    expect(hear('{"camera":"8"}')).toMatchObject({ fault: { code: "another-device" } });
    expect(hear("online")).toMatchObject({ is: "read", kind: "up", forAll: true });
    expect(hear("{}")).toMatchObject({ fault: { code: "wrong-device", where: "identity" } });
  });
});

describe("requests", () => {
  const profile = httpProfile({
    messages: [
      { kind: "poll", when: [{ method: "GET" }, { query: "table", equals: "log" }], ignore: "-", holdMs: 100 },
      {
        kind: "any",
        when: [],
        fields: { v: { query: "SN", default: "none" } },
        reports: [{ is: "ignored", why: "={v}" }],
      },
    ],
  });

  it("are told apart by method and query", () => {
    expect(push(profile, {}, "table=log", "GET")).toMatchObject({ kind: "poll", holdMs: 100 });
    expect(said(push(profile, {}, "SN=%E8%8B%8F&table=log"))).toEqual(["=苏"]);
    expect(said(push(profile, {}))).toEqual(["=none"]);
  });

  it("have no query on another link", () => {
    const mqtt = mqttProfile({
      messages: [
        { kind: "a", when: [{ method: "GET" }], ignore: "-" },
        { kind: "b", when: [{ query: "x", present: true }], ignore: "-" },
        { kind: "c", when: [], fields: { v: { query: "SN" } }, reports: [{ is: "ignored", why: "{v}" }] },
      ],
    });
    expect(compile(mqtt).read({ via: "message", topic: "t/7/up", payload: utf8.encode("{}") }, CTX)).toMatchObject({
      fault: { code: "field-missing", where: "?SN" },
    });
  });

  it.each<[string, object, unknown]>([
    ["nothing", { empty: true }, { status: 200, type: "", body: "" }],
    ["a text", { text: "id={newId}", status: 201 }, { status: 201, type: "text/plain", body: "id=id-1" }],
    [
      "JSON",
      { json: { ok: true }, headers: { "x-a": "b" } },
      { status: 200, type: "application/json", body: '{"ok":true}' },
    ],
  ])("are answered with %s", (_name, answer, expected) => {
    const answering = httpProfile({
      messages: [{ kind: "any", when: [], ignore: "-", answers: [{ out: { answer } }] }],
    });
    const reading = push(answering, {});
    const [sent] = reading.is === "read" ? reading.answers : [];
    expect({
      status: sent?.answer?.status,
      type: sent?.answer?.type,
      body: new TextDecoder().decode(sent?.bytes),
    }).toEqual(expected);
  });

  it.each<[string, object, number, string]>([
    ["400 and nothing", {}, 400, ""],
    ["what the profile says", { unread: { text: "OK" } }, 200, "OK"],
    ["400 where that can't be said without the message", { unread: { text: "{wallS}" } }, 400, ""],
  ])("that can't be read are answered with %s", (_name, more, status, body) => {
    const { unread } = compile(httpProfile({ link: { via: "http", paths: ["event"], ...more } }));
    expect([unread.answer?.status, new TextDecoder().decode(unread.bytes)]).toEqual([status, body]);
  });

  it("a text whose slot has no value is no answer", () => {
    const answer = { text: "{wallS}" };
    const answering = httpProfile({
      messages: [{ kind: "any", when: [], ignore: "-", answers: [{ out: { answer } }] }],
    });
    expect(push(answering, {})).toMatchObject({ answers: [] });
  });

  it("are tried as pasted: with path and query, as a form, or as JSON of their own", () => {
    const forms = { ...profile, payload: ["json", "form"] } satisfies DeviceProfile;
    const tried = (text: string, topic?: string) =>
      tryProfile(compile(forms), text, CTX, topic === undefined ? {} : { topic }).tried.map((one) => said(one.reading));
    expect(tried('{"path":"event","query":"SN=1","payload":{}}')).toEqual([["=1"]]);
    expect(tried('{"path":"/event","method":"GET","query":"table=log","payload":"a=1"}')).toEqual([["-"]]);
    expect(tried("a=1&b=2", "event?SN=3?4")).toEqual([["=3?4"]]);
    expect(tried('{"a":1}', "event")).toEqual([["=none"]]);
  });
});

describe("a table of frames", () => {
  const profile = serialProfile({
    framing: {
      cut: "table",
      start: "55",
      sizes: [
        { bytes: [{ at: 1, equals: "01" }], length: 4 },
        { bytes: [{ at: 1, equals: "02" }], length: { at: 2, plus: 4 } },
      ],
      checksum: { algo: "sum8", from: 0, to: -1, at: -1 },
      idleMs: 50,
    },
  });
  const cut = (...chunks: string[]) => {
    const { frames, faults } = cutSample(chunks.map(fromHex), compile(profile));
    return [...frames.map(toHex), ...faults.map(({ code }) => code)];
  };
  it.each<[string, string[], string[]]>([
    ["whole", ["55 01 00 56"], ["55 01 00 56"]],
    ["byte by byte", ["55", "02", "01", "09", "61"], ["55 02 01 09 61"]],
    ["two, with junk before", ["00 55 01 00 56 55 02 00 57"], ["55 01 00 56", "55 02 00 57"]],
    ["a wrong sum", ["55 01 00 57"], ["bad-checksum"]],
    ["none of the kinds", ["55 03 00 57"], ["bad-length"]],
    ["half a frame", ["55 02"], ["idle-gap"]],
  ])("%s", (_name, chunks, expected) => {
    expect(cut(...chunks)).toEqual(expected);
  });

  it("without a sum", () => {
    const bare = serialProfile({
      framing: { cut: "table", start: "55 AA", sizes: [{ bytes: [], length: 3 }], idleMs: 50 },
    });
    expect(cutSample([fromHex("55"), fromHex("AA 01")], compile(bare)).frames.map(toHex)).toEqual(["55 AA 01"]);
  });
});

describe("commands", () => {
  const command = (more: object) => ({ moves: "none", args: { text: { type: "text", maxLength: 400 } }, ...more });
  const hex = (rule: object, text: string): string => {
    const profile = serialProfile({ commands: { say: command(rule) } });
    return toHex(encode(profile, "say", { text }, CTX).out.bytes);
  };
  const part = { text: "{text}", charset: "gbk" };

  it("count their bytes and speak GBK", () => {
    expect(hex({ out: { bytes: ["30", { counted: ["01", part], type: "u8" }] } }, "欢迎A")).toBe(
      "30 06 01 BB B6 D3 AD 41",
    );
    const little = { counted: [part], type: "u16", endian: "little", plus: 2 };
    expect(hex({ out: { bytes: [little] } }, "光")).toBe("04 00 B9 E2");
  });

  it.each([
    ["a character that GBK lacks", { bytes: [part] }, "😀"],
    ["a part of a count that can't be made", { bytes: [{ counted: [part], type: "u8" }] }, "😀"],
    ["more than the count can say", { bytes: [{ counted: [part], type: "u8" }] }, "a".repeat(300)],
    ["more than the place holds", { bytes: [{ ...part, pad: 2 }] }, "abc"],
  ])("refuse %s", (_name, out, text) => {
    expect(() => hex({ out }, text)).toThrow(/a value is missing or doesn't fit/);
  });

  it("make values of bytes", () => {
    const bytes = ["00", part];
    const profile = mqttProfile({
      commands: {
        say: command({
          makes: { data: { bytes, as: "base64" }, digits: { bytes, as: "hex" }, size: { bytes, as: "length" } },
          out: { topic: "t", json: ["{data}", "{digits}", "{size}"] },
        }),
      },
    });
    const sent = (text: string) => new TextDecoder().decode(encode(profile, "say", { text }, CTX).out.bytes);
    expect(sent("光")).toBe('["ALni","00B9E2",3]');
    // Without a value a slot is left out, as everywhere.
    expect(sent("😀")).toBe("[]");
  });

  it("know a reply by its topic", () => {
    const profile = mqttProfile({
      link: { via: "mqtt", listen: ["t/7/ack", "t/7/up"] },
      commands: {
        say: command({ out: { topic: "t", json: "{text}" }, expects: { timeoutMs: 100, ok: [{ topic: "t/+/ack" }] } }),
      },
    });
    const { expects } = encode(profile, "say", { text: "x" }, CTX);
    const means = (topic: string) => expects?.matches({ via: "message", topic, payload: utf8.encode("{}") });
    expect([means("t/7/ack"), means("t/7/up")]).toEqual(["ok", "other"]);
  });

  it("know a reply in parts, and one that is read by what was asked", () => {
    const profile = serialProfile({
      commands: {
        list: {
          moves: "none",
          out: { bytes: ["01"] },
          expects: { timeoutMs: 100, more: [{ byte: 0, equals: 1 }], ok: [{ byte: 0, equals: 2 }] },
        },
      },
      messages: [
        { kind: "listed", when: [{ asked: "list" }], ignore: "-" },
        { kind: "any", when: [], ignore: "all" },
      ],
    });
    const { name, expects } = encode(profile, "list", {}, CTX);
    const means = (hexText: string) => expects?.matches({ via: "frame", bytes: fromHex(hexText) });
    expect([name, means("01 00"), means("02 00"), means("03 00")]).toEqual(["list", "more", "ok", "other"]);
    const frame = { via: "frame", bytes: fromHex("02 00") } as const;
    expect(compile(profile).read(frame, { ...CTX, asked: name })).toMatchObject({ kind: "listed" });
    expect(compile(profile).read(frame, CTX)).toMatchObject({ kind: "any" });
  });
});

describe("the lint", () => {
  const messagesOf = (profile: DeviceProfile) => lint(profile).map(({ where, message }) => `${where} ${message}`);
  const any = { kind: "any", when: [], ignore: "all" };

  it("wants of a request what tells a stored record from a fresh one", () => {
    const report = { is: "stranger", live: true };
    expect(messagesOf(httpProfile({ messages: [any, { kind: "x", when: [], reports: [report] }] }))).toEqual(
      expect.arrayContaining([
        "/messages/1 over HTTP a `stranger` needs `eventId`",
        "/messages/1 over HTTP a `stranger` needs `deviceTimeMs`",
      ]),
    );
  });

  it("of an answering command, which request it answers", () => {
    const open = { moves: "open", out: { answer: { text: "ok" }, to: "plate" } };
    expect(messagesOf(httpProfile({ commands: { open } }))).toContain(
      "/commands/open/out/to say which kind of request it may be the answer to",
    );
    expect(messagesOf(mqttProfile({ commands: { open } }))).toContain(
      "/commands/open/out `topic` is for MQTT links, `bytes` for serial ones, `answer` and `request` for HTTP",
    );
  });

  it("names fields of elements without a list, values and parameters that nothing uses, and kinds behind a wider list", () => {
    const profile = httpProfile({
      params: { idle: { type: "text", default: "x", hint: { zh: "无用", en: "of no use" } } },
      commands: {
        c: { moves: "none", makes: { m: { bytes: ["00"], as: "hex" } }, out: { answer: { empty: true }, to: "any" } },
      },
      messages: [
        { kind: "a", when: [{ pointer: "/t", oneOf: [1, 2] }], ignore: "-" },
        { kind: "b", when: [{ pointer: "/t", equals: "2" }], ignore: "-" },
        { kind: "c", when: [{ query: "t" }], fields: { v: { item: "/v" } }, reports: [{ is: "ignored", why: "{v}" }] },
        any,
      ],
    });
    expect(messagesOf(profile)).toEqual(
      expect.arrayContaining([
        "/messages/1 `b` is never reached: `a` takes it all",
        "/messages/2 `v` is of an element, but the kind has no `each`",
        "/messages/2/when/0 this condition compares nothing",
        "/params/idle nothing uses this parameter",
        "/commands/c/makes/m the command doesn't use this value",
      ]),
    );
  });

  it("refuses reserved names in what is opened", () => {
    const opens = [{ pointer: "/a/__proto__", as: "json" }];
    const loaded = parseProfile({ ...httpProfile({}), opens, meta: { id: "test", ...HEAD } }, "test");
    expect(loaded).toMatchObject({ errors: [{ where: "/opens/0/pointer", message: "this name is reserved" }] });
  });
});
