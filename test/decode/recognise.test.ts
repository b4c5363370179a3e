/** What is heard on a link is known by the profiles' own samples; noise is nobody's. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checksumBytes } from "../../src/decode/checksums.ts";
import { isDevice, isOsdp, parseProfile } from "../../src/decode/load.ts";
import type { Profile } from "../../src/decode/profile.ts";
import { fromHex } from "../../src/decode/profile-framing.ts";
import { openLineEar, openTopicEars } from "../../src/decode/recognise.ts";
import { messageOf } from "../../src/decode/sample.ts";
import { mqttProfile } from "./testVendor.ts";

const FOLDER = fileURLToPath(new URL("../../device-profiles/", import.meta.url));
const PROFILES: readonly Profile[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json") && name !== "profile.schema.json")
  .flatMap((name) => {
    const loaded = parseProfile(readFileSync(`${FOLDER}${name}`, "utf8"), name);
    return loaded.is === "profile" ? [loaded.profile] : [];
  });
/** An LED board never speaks: its frames of one byte are anybody's. */
const SILENT = ["led-voice-board"];
const ON_A_LINE = PROFILES.filter(
  (one) => isOsdp(one) || (isDevice(one) && one.link.via === "serial" && !SILENT.includes(one.meta.id)),
);

/** The first sample of a profile that is read as something, and what must have been asked for it. */
function sampleOf(profile: Profile): { readonly bytes: Uint8Array; readonly asked: string | undefined } {
  for (const sample of profile.form === "dry-contact" ? [] : profile.samples) {
    if (!("heard" in sample && "hex" in sample.heard)) continue;
    const [expected] = [sample.expect].flat();
    if (expected === undefined || !("kind" in expected)) continue;
    const { heard } = sample;
    return { bytes: fromHex([heard.hex].flat().join("")), asked: "asked" in heard ? heard.asked : undefined };
  }
  throw new Error(`${profile.meta.id} has no sample that is read`);
}

/** Whose frames look the same: no byte of them says which board it was. */
const ALIKE = [
  ["waveshare-modbus-relay", "lctech-modbus-relay", "r421-modbus-relay"],
  ["ascii-line-reader", "wiegand-converter", "numato-relay"],
];

describe("a line", () => {
  it.each(ON_A_LINE.map((profile) => [profile.meta.id, profile] as const))(
    "%s is known by its frames",
    (id, profile) => {
      const ear = openLineEar(PROFILES);
      const { bytes, asked } = sampleOf(profile);
      for (const round of [0, 1, 2]) {
        ear.hear(bytes, round * 1_000, asked);
        ear.hear(new Uint8Array(0), round * 1_000 + 500);
      }
      const matches = ear.matches();
      const mine = matches.find((match) => match.profile === id);
      expect(mine, JSON.stringify(matches)).toMatchObject({ sound: expect.any(Number), params: {} });
      expect(mine?.sound).toBeGreaterThanOrEqual(3);
      const [best] = matches;
      const twins = ALIKE.filter((group) => group.includes(id)).flat();
      if (best?.profile !== id) expect(twins).toContain(best?.profile);
    },
  );

  it("of two profiles that fit, the one that proves itself by a checksum comes first, then what is understood", () => {
    const ear = openLineEar(PROFILES);
    ear.hear(new TextEncoder().encode("0005913727\r\n"), 0);
    expect(ear.matches().map(({ proven }) => proven)).not.toContain(true);
    ear.hear(fromHex("EF AA 00 00 02 12 0C 1C"), 1_000);
    const [best] = ear.matches();
    expect(best).toEqual({ profile: "sense-uart", sound: 1, understood: 1, skipped: 12, proven: true, params: {} });
  });

  it("noise has no match that proves itself", () => {
    const ear = openLineEar(PROFILES);
    let state = 7;
    for (let round = 0; round < 200; round++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      ear.hear(Uint8Array.of(state >>> 24, (state >>> 16) & 0xff), round * 3);
    }
    expect(ear.matches().filter(({ proven }) => proven)).toEqual([]);
  });

  it("an OSDP packet that fits its checksum but not its security block is sound, and means nothing", () => {
    const ear = openLineEar(PROFILES);
    // 53 address length control with the security bit, a block of length 9 that isn't there
    const head = fromHex("53 80 09 00 0C 09 40");
    ear.hear(Uint8Array.of(...head, ...checksumBytes("crc16-osdp", head)), 0);
    const mine = ear.matches().find(({ profile }) => profile === "osdp-reader");
    expect(mine).toMatchObject({ sound: 1, understood: 0, proven: true });
  });
});

describe("a topic", () => {
  const earOf = openTopicEars(PROFILES);
  const cases = PROFILES.flatMap((profile) => {
    if (!isDevice(profile) || profile.link.via !== "mqtt") return [];
    return profile.samples.flatMap((sample) => {
      if (!("heard" in sample) || "hex" in sample.heard) return [];
      const heard = messageOf(sample.heard);
      const [expected] = [sample.expect].flat();
      if (heard.via !== "message" || expected === undefined || !("kind" in expected)) return [];
      return [[profile.meta.id, sample.name, heard.topic, heard.payload] as const];
    });
  });

  it.each(cases)("%s is known by its sample %s", (id, _name, topic, payload) => {
    const ear = earOf(topic);
    ear.hear(payload);
    expect(ear.matches().map(({ profile }) => profile)).toContain(id);
  });

  it("the topic tells the device's number; what isn't the device's, and other people's topics, match nothing", () => {
    const ear = earOf("mqtt/face/2107466/Rec");
    expect(ear.matches()).toEqual([]);
    ear.hear(new TextEncoder().encode("not json"));
    expect(ear.matches()).toEqual([]);
    ear.hear(new TextEncoder().encode('{"operator":"HeartBeat","info":{"facesluiceId":"other"}}'));
    expect(ear.matches()).toMatchObject([{ profile: "faceterm-mqtt", params: { deviceId: "2107466" } }]);
    expect(earOf("home/light/1").matches()).toEqual([]);
  });

  it("of two profiles on one topic, the one that understands more comes first", () => {
    const two = openTopicEars([mqttProfile({}), mqttProfile({ meta: META, messages: [ONLY_A] })]);
    const ear = two("t/7/up");
    for (const text of ["{}", '{"a":1}']) ear.hear(new TextEncoder().encode(text));
    expect(ear.matches().map(({ sound }) => sound)).toEqual([2, 1]);
  });
});

const META = { ...mqttProfile({}).meta };
const ONLY_A = { kind: "a", when: [{ pointer: "/a", present: true }], ignore: "a" };
