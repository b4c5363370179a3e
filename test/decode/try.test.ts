import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile } from "../../src/decode/reader.ts";
import type { ReadContext } from "../../src/decode/terms.ts";
import { deviceProfileIn, tryProfile } from "../../src/decode/try.ts";
import { mqttProfile } from "./testVendor.ts";

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
  const results = tryProfile(compile(MQTT), text, CTX, topic === undefined ? {} : { topic });
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
  const results = tryProfile(reader, "EF AA 00 00 02\n12:0D:1D\nEF AA 01 00 01 00 01", { ...CTX, params: {} });
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
  const answered = tryProfile(compile(MQTT), '{"topic":"t/7/up","payload":{}}', CTX)[0];
  expect(answered?.zh).toBe("识别为 any：heartbeat；回复 1 条");
});
