// The profiles of an invented maker that were written by device-profiles/README.md alone: what that trial needed stays possible.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encode } from "../../src/decode/encode.ts";
import { lint } from "../../src/decode/lint.ts";
import { isDevice, parseProfile } from "../../src/decode/load.ts";
import { fromHex, toHex } from "../../src/decode/profile-framing.ts";
import { compile } from "../../src/decode/reader.ts";
import { cutSample, runSamples, sampleContext } from "../../src/decode/sample.ts";
import { answering, commandTopics } from "../../src/simulator/answering.ts";
import { playable, playableBytes } from "../../src/simulator/samples.ts";

const FOLDER = `${import.meta.dirname}/tried/`;

function tried(name: string) {
  const loaded = parseProfile(readFileSync(`${FOLDER}${name}`, "utf8"), name);
  if (loaded.is === "errors" || !isDevice(loaded.profile)) throw new Error(`${name}: ${JSON.stringify(loaded)}`);
  return loaded.profile;
}
const TERMINAL = tried("beispiel-terminal.json");
const READER = tried("beispiel-reader.json");

it.each(readdirSync(FOLDER))("%s is invented, says so, and passes its own samples and the lint", (name) => {
  const profile = tried(name);
  expect(profile.meta.vendor).toContain("invented");
  for (const run of runSamples(profile))
    expect({ name: run.name, is: run.got }).toEqual({ name: run.name, is: run.expected });
  expect(lint(profile)).toEqual([]);
});

describe("frames with length, sum, escapes and an end", () => {
  const ctx = sampleContext(READER, {});
  const frames = (hex: string) => cutSample([fromHex(hex)], compile(READER)).frames.map(toHex);

  it.each(Array.from({ length: 9 }, (_, index) => index + 1))("what is sent for %d is read back whole", (times) => {
    const { bytes } = encode(READER, "beep", { times }, ctx).out;
    expect(frames(toHex(bytes))).toHaveLength(1);
    // Neither start nor end stands bare inside.
    expect([...bytes.subarray(1, -1)].filter((byte) => byte === 2 || byte === 3)).toEqual([]);
  });

  it("another end byte is no frame, and the next frame is found", () => {
    expect(frames("02 10 22 00 20 64 6C 43 04 02 10 22 00 20 64 6C 43 03")).toEqual(["02 02 00 20 64 6C 43 03"]);
  });

  it("only what is read as something is played", () => {
    expect(playableBytes(READER).map(({ name }) => name)).not.toContain("one bit wrong");
    expect(playableBytes(READER).length).toBeGreaterThan(0);
  });
});

describe("the terminal that is played from its samples", () => {
  const instead = { params: { deviceId: "BT7000777" } };
  const NOW = Date.UTC(2026, 10, 25, 1, 2, 3);

  it("speaks for the device and the person that are asked for, with the time of now", () => {
    const [played] = playable(TERMINAL, NOW, { ...instead, value: "R-0417" });
    if (played?.said.via !== "message") throw new Error("it should send a message");
    const ctx = { ...sampleContext(TERMINAL, instead.params), wallMs: NOW };
    const reading = compile(TERMINAL).read(played.said, ctx);
    expect(reading).toMatchObject({
      is: "read",
      reports: [{ is: "presented", claim: { type: "face", value: "R-0417" }, live: true, deviceTimeMs: NOW }],
    });
    expect(played.old).toBe(false);
  });

  it("presents nobody with a record that is no longer live", () => {
    const names = playable(TERMINAL, NOW, { ...instead, value: "R-0417" }).map(({ name }) => name);
    expect(names).toEqual(["page 3: a face"]);
  });

  it("answers the command to open with the id it was sent", () => {
    expect(commandTopics(TERMINAL, instead)).toEqual(["beispiel/BT7000777/down"]);
    const { out } = encode(
      TERMINAL,
      "open",
      { door: 1 },
      { ...sampleContext(TERMINAL, instead.params), newId: () => "x-9" },
    );
    const understood = answering(TERMINAL, new TextDecoder().decode(out.bytes), instead);
    expect(understood?.command).toBe("open");
    if (understood?.reply?.via !== "message") throw new Error("it should reply");
    expect(understood.reply.topic).toBe("beispiel/BT7000777/up");
    expect(JSON.parse(new TextDecoder().decode(understood.reply.payload))).toMatchObject({
      msgId: "x-9",
      sn: "BT7000777",
    });
  });

  it.each(["no json", "{}", '{"cmd":"rec_ack","msgId":"a17","code":0}', "null", "[]"])("passes over %s", (text) => {
    expect(answering(TERMINAL, text, instead)).toBeUndefined();
  });
});
