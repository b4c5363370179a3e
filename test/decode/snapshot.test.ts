// The picture in a message, for every link and form there is; and that nothing else passes for one.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { deviceProfileSchema } from "../../src/decode/profile.ts";
import { compileSnapshot } from "../../src/decode/snapshot.ts";

const UTF8 = new TextEncoder();
const snapshotOf = (profile: string, change: Readonly<Record<string, unknown>> = {}) => {
  const text = readFileSync(new URL(`../../device-profiles/${profile}.json`, import.meta.url), "utf8");
  const find = compileSnapshot(deviceProfileSchema.parse({ ...JSON.parse(text), ...change }));
  return (payload: string) => {
    const found = find({ via: "message", topic: "t", payload: UTF8.encode(payload) });
    return found === undefined || "base64" in found ? found : { text: new TextDecoder().decode(found.bytes) };
  };
};
const push = (info: unknown) => JSON.stringify({ operator: "RecPush", info });

it.each([
  ["with its type before it", { pic: "data:image/jpeg;base64,/9j/AAAA" }, { base64: "/9j/AAAA" }],
  ["bare", { pic: "/9j/AAAA" }, { base64: "/9j/AAAA" }],
  ["the second place, where the first is empty", { pic: "", scene: "/9j/BBBB" }, { base64: "/9j/BBBB" }],
  ["none", {}, undefined],
  ["none that is a text", { pic: 7, scene: { a: 1 } }, undefined],
])("in a JSON message: %s", (_what, info, expected) => {
  expect(snapshotOf("faceterm-mqtt")(push(info))).toEqual(expected);
});

it("a message that can't be opened has none", () => {
  expect(snapshotOf("faceterm-mqtt")("{ no json")).toBeUndefined();
});

it("in a form", () => {
  expect(snapshotOf("uface-http")("ip=1&personId=7&imgBase64=%2F9j%2FAAAA")).toEqual({ base64: "/9j/AAAA" });
});

it("a profile that names no place has none, and neither has a frame", () => {
  expect(snapshotOf("faceterm-mqtt", { snapshot: undefined })(push({ pic: "/9j/AAAA" }))).toBeUndefined();
  const text = readFileSync(new URL("../../device-profiles/faceterm-mqtt.json", import.meta.url), "utf8");
  const find = compileSnapshot(deviceProfileSchema.parse(JSON.parse(text)));
  expect(find({ via: "frame", bytes: UTF8.encode(push({ pic: "/9j/AAAA" })) })).toBeUndefined();
});

const part = (type: string, body: string) => `--b1\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
it.each([
  [
    "the first picture, and nothing after it",
    part("text/xml", "<a/>") + part("image/jpeg", "JPEG") + part("image/png", "PNG"),
    { text: "JPEG" },
  ],
  [
    "the last part, without an end",
    `${part("text/xml", "<a/>")}--b1\r\nContent-Type: image/jpeg\r\n\r\nJPEG`,
    { text: "JPEG" },
  ],
  ["none among its parts", part("text/xml", "<a/>"), undefined],
  ["no multipart body", "<a/>", undefined],
])("in a multipart body: %s", (_what, body, expected) => {
  expect(snapshotOf("hikvision-anpr")(body)).toEqual(expected);
});
