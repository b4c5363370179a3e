import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile, type Reader } from "../../src/decode/reader.ts";
import type { ReadContext } from "../../src/decode/terms.ts";
import { deviceProfileIn, tryProfile } from "../../src/decode/try.ts";
import { mqttProfile, serialProfile } from "./testVendor.ts";

const CTX: ReadContext = { utcOffsetMin: 480, params: { deviceId: "7" }, newId: () => "id-1" };

function shipped(name: string) {
  const file = `${name}.json`;
  return deviceProfileIn(readFileSync(new URL(`../../device-profiles/${file}`, import.meta.url), "utf8"), file);
}

const SENSE = shipped("sense-uart");
const MQTT = mqttProfile({
  messages: [
    {
      kind: "any",
      when: [],
      reports: [{ is: "heartbeat" }],
      answers: [{ out: { topic: "x", json: {} } }],
    },
  ],
});

function tried(text: string, topic?: string): string[] {
  const { tried: results, skipped } = tryProfile(compile(MQTT), text, CTX, topic === undefined ? {} : { topic });
  expect(skipped).toBe(0);
  return results.map(({ line, heard, en }) => `${line} ${heard}: ${en}`);
}

it.each<[string, string, string | undefined, string[]]>([
  ["one message", '{"topic":"t/7/up","payload":{}}', undefined, ["1 t/7/up: read as any: heartbeat; 1 answer(s)"]],
  [
    "a list of messages",
    '[{"topic":"t/7/up","payload":"{}"},{"topic":"t/8/up","payload":{}}]',
    undefined,
    [
      "1 t/7/up: read as any: heartbeat; 1 answer(s)",
      "1 t/8/up: wrong-device at topic {deviceId}: this speaks for another device, or for none",
    ],
  ],
  ["a bare payload with a topic", '{"topic":"mine"}', "t/7/up", ["1 t/7/up: read as any: heartbeat; 1 answer(s)"]],
  [
    "a bare payload without one",
    "[5]",
    undefined,
    ['1 message: no-kind-matches at topic: say the topic: { "topic": …, "payload": … }'],
  ],
  [
    "messages on lines, with remarks",
    '# two\n\n{"topic":"t/7/up","payload":{}}\nnonsense',
    undefined,
    ["3 t/7/up: read as any: heartbeat; 1 answer(s)", "4 nonsense: not-json at line 4: this is neither hex nor JSON"],
  ],
  ["half a message", '{"topic":', undefined, ['1 {"topic":: not-json at line 1: this is neither hex nor JSON']],
  ["nothing", " \n", undefined, []],
])("%s", (_, text, topic, expected) => {
  expect(tried(text, topic)).toEqual(expected);
});

it("hex lines are one stream of bytes, explained in Chinese too", () => {
  if (SENSE.is === "errors") throw new Error("the profile has gone");
  const reader = compile(SENSE.profile);
  const text = "EF AA 00 00 02\n12:0D:1D\nEF AA 01 00 01 00 01";
  const { tried: results, skipped } = tryProfile(reader, text, { ...CTX, params: {} });
  expect(skipped).toBe(7);
  expect(results.map(({ heard, zh }) => [heard, zh])).toEqual([
    ["EF AA 00 00 02 12 0D 1D", "识别为 nobody-there：heartbeat, ignored"],
    ["bytes", "校验和不对（位置 byte 0）"],
  ]);
});

it("a file is a device profile, or what is wrong with it", () => {
  expect(SENSE.is).toBe("device");
  expect(deviceProfileIn("{", "x.json").is).toBe("errors");
  const contacts = shipped("dry-contact-barrier");
  expect(contacts.is === "errors" && contacts.errors[0]?.where).toBe("/form");
  const answered = tryProfile(compile(MQTT), '{"topic":"t/7/up","payload":{}}', CTX).tried[0];
  expect(answered?.zh).toBe("识别为 any：heartbeat；回复 1 条");
});

describe("a serial profile of text lines", () => {
  const lineProfile = (framing: Readonly<Record<string, unknown>>) =>
    compile(
      serialProfile({
        framing: { cut: "line", ends: ["0D", "0A"], idleMs: 50, maxLength: 12, ...framing },
        payload: "text",
        fields: { line: { line: true } },
        messages: [
          {
            kind: "card",
            when: [],
            reports: [{ is: "presented", claim: { type: "card", value: "{line}" }, live: true }],
          },
        ],
        samples: [
          {
            name: "a card",
            origin: "own",
            heard: { hex: "02 34 32 0D" },
            expect: { kind: "card", reports: [{ is: "presented", claim: { type: "card", value: "42" }, live: true }] },
          },
        ],
      }),
    );
  const STX = lineProfile({ start: "02" });
  const said = (reader: Reader, text: string, hex = false) => {
    const { tried: each, skipped } = tryProfile(reader, text, { ...CTX, params: {} }, { hex });
    const values = each.map(({ line, reading }) =>
      reading.is === "fault" ? `${line} ${reading.fault.code}` : `${line} ${JSON.stringify(reading.reports[0])}`,
    );
    return { values, skipped };
  };
  const card = (line: number, value: string) =>
    `${line} ${JSON.stringify({ is: "presented", claim: { type: "card", value }, live: true })}`;

  it("takes its lines as they are, a card number that looks like hex and a # too", () => {
    expect(said(STX, "0005913727\r\n\n#17\n")).toEqual({ values: [card(1, "0005913727"), card(3, "#17")], skipped: 0 });
    expect(said(lineProfile({}), "0005913727").values).toEqual([card(1, "0005913727")]);
  });
  it("counts what no line can hold", () => {
    expect(said(STX, "1234567890123")).toEqual({ values: ["1 overflow"], skipped: 13 });
  });
  it("takes bytes with --hex, and counts those outside a line", () => {
    expect(said(STX, "FF FF 02 34 32 0D\nFF", true)).toEqual({ values: [card(1, "42")], skipped: 3 });
  });
  it("wants letters of another charset in hex", () => {
    expect(said(lineProfile({ charset: "gbk" }), "张伟\n42").values).toEqual(["1 field-invalid", card(2, "42")]);
  });
});

it("bytes of a profile without framing are one frame each line", () => {
  const { tried: each, skipped } = tryProfile(compile(MQTT), "00 01", CTX);
  expect([each.length, skipped]).toEqual([1, 0]);
});

it("text that came on a topic needs no JSON", () => {
  const text = mqttProfile({
    payload: "text",
    messages: [{ kind: "any", when: [], reports: [{ is: "heartbeat" }] }],
    samples: [
      {
        name: "any",
        origin: "own",
        params: { deviceId: "7" },
        heard: { topic: "t/7/up", text: "alive" },
        expect: { kind: "any", reports: [{ is: "heartbeat" }] },
      },
    ],
  });
  const { tried: each } = tryProfile(compile(text), "alive\nagain", CTX, { topic: "t/7/up" });
  expect(each.map(({ line, en }) => `${line} ${en}`)).toEqual(["1 read as any: heartbeat", "2 read as any: heartbeat"]);
  expect(tryProfile(compile(text), "alive", CTX).tried.map(({ en }) => en)).toEqual([
    "not-json at line 1: this is neither hex nor JSON",
  ]);
});
