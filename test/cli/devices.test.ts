/** `gatepost devices`: what it prints and ends with; and that nothing it may send moves anything. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { devicesVerb } from "../../src/cli/devices.ts";
import { formsOf, questions } from "../../src/cli/work-devices-line.ts";
import type { DevicesResult, LineHeard } from "../../src/cli/works.ts";
import { encoder } from "../../src/decode/encode.ts";
import { isDevice, parseProfile } from "../../src/decode/load.ts";
import type { Match } from "../../src/decode/recognise.ts";
import { completeParams } from "../../src/decode/topics.ts";
import { top } from "../whole/place.ts";

const SENSE: Match = { profile: "sense-uart", sound: 3, understood: 3, skipped: 0, proven: true, params: {} };
const LINE: LineHeard = {
  path: "/dev/ttyUSB0",
  baud: 115_200,
  form: "8N1",
  bytes: 24,
  asked: [],
  matches: [SENSE],
};
const NOTHING: DevicesResult = { ports: [], lines: [], brokers: [] };

async function run(args: readonly string[], result: Partial<DevicesResult>) {
  const spoken = { out: "", err: "" };
  const code = await devicesVerb({ devices: async () => ({ ...NOTHING, ...result }) }).run([...args, "--lang", "en"], {
    out: (text) => {
      spoken.out += text;
    },
    err: (text) => {
      spoken.err += text;
    },
    stdin: async () => "",
    env: {},
  });
  return { code, ...spoken };
}

describe("what it prints", () => {
  it("the ports with their lasting names and what the configuration has on them", async () => {
    const port = {
      path: "/dev/ttyUSB0",
      names: ["/dev/serial/by-id/usb-1a86"],
      about: "1a86:7523",
      devices: ["relays"],
    };
    const { code, out } = await run([], { ports: [port] });
    expect([code, out]).toEqual([
      0,
      "/dev/ttyUSB0  1a86:7523  relays in the configuration\n    /dev/serial/by-id/usb-1a86\n",
    ]);
    expect(await run([], {})).toMatchObject({ code: 0, out: "This machine has no serial port\n" });
  });

  it("three frames of a profile at a rate; a line with no checksum is only alike", async () => {
    const alike = { ...SENSE, profile: "ascii-line-reader", sound: 1, understood: 1, proven: false, skipped: 2 };
    const { code, out } = await run(["/dev/ttyUSB0"], { lines: [{ ...LINE, matches: [SENSE, alike] }] });
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "/dev/ttyUSB0 at 115200 8N1: 24 bytes",
      "    3 frames of sense-uart at 115200",
      "    1 frame of ascii-line-reader at 115200: 2 bytes are none of it, no checksum, so only alike",
      "",
    ]);
  });

  it("bytes that fit nothing are shown, and end with 1; a rate that fits makes the line good", async () => {
    const wrong = { ...LINE, baud: 9_600, matches: [], first: "F8 1C", asked: ["lctech-modbus-relay readInputs"] };
    const { code, out } = await run(["/dev/ttyUSB0"], { lines: [wrong] });
    expect(code).toBe(1);
    expect(out).toContain("    asked lctech-modbus-relay readInputs\n    no profile fits: F8 1C …\n");
    expect(await run(["/dev/ttyUSB0"], { lines: [wrong, LINE] })).toMatchObject({ code: 0 });
    expect(await run(["/dev/ttyUSB0"], { lines: [{ ...LINE, bytes: 0, matches: [] }] })).toMatchObject({ code: 1 });
  });

  it("a broker's clients, refusals and topics, without what a topic could do to the terminal", async () => {
    const match = { ...SENSE, profile: "faceterm-mqtt", params: { deviceId: "2107466" } };
    const topic = { messages: 3, bytes: 900, retained: 1, matches: [match] };
    const broker = {
      url: "mqtt://h:1883",
      clients: ["face-in"],
      refused: ["login as admin"],
      topics: [{ topic: "mqtt/face/\u001b[2J/Rec", ...topic }],
      more: true,
    };
    const { code, out } = await run(["broker"], { brokers: [broker] });
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "mqtt://h:1883  1 connected: face-in",
      "    ! refused: login as admin",
      "    mqtt/face/�[2J/Rec  3 messages, 900 bytes, 1 retained  → faceterm-mqtt ×3 (deviceId=2107466)",
      "    there are more topics than are listed",
      "",
    ]);
    const silent = { url: "mqtt://h", clients: [], refused: [], connected: 4, topics: [], more: false };
    expect(await run(["broker"], { brokers: [silent] })).toMatchObject({ code: 1, out: "mqtt://h  4 connected\n" });
  });

  it("--json is the whole of it; a link that is none ends with 2", async () => {
    expect(JSON.parse((await run(["/dev/ttyUSB0", "--json"], { lines: [LINE] })).out)).toEqual({
      ...NOTHING,
      lines: [LINE],
    });
    expect(await run(["ttyUSB0"], {})).toMatchObject({ code: 2, out: "" });
  });
});

// ── What may be sent ────────────────────────────────────────────────────────────────────────────────────────────────
const FOLDER = join(top, "device-profiles");
const PROFILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json") && name !== "profile.schema.json")
  .flatMap((name) => {
    const loaded = parseProfile(readFileSync(join(FOLDER, name), "utf8"), name);
    return loaded.is === "profile" ? [loaded.profile] : [];
  });
const FORMS = formsOf(PROFILES, []);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Each command that moves, for each relay and address there can be, as hex. */
function moving(): readonly string[] {
  return PROFILES.filter(isDevice).flatMap((profile) => {
    if (profile.link.via !== "serial") return [];
    const encode = encoder(profile);
    return Object.entries(profile.commands ?? {}).flatMap(([name, rule]) => {
      if (rule.moves === "none") return [];
      return Array.from({ length: 8 }, (_, i) => i + 1).map((channel) => {
        const usual = { channel, ms: 1_000, percent: 50, bits: 255 };
        const args = Object.fromEntries(Object.entries(usual).filter(([arg]) => Object.hasOwn(rule.args ?? {}, arg)));
        const { params } = completeParams(
          profile,
          Object.hasOwn(profile.params ?? {}, "unit") ? { unit: channel } : {},
        );
        return hex(encode(name, args, { utcOffsetMin: 480, params, newId: String }).out.bytes);
      });
    });
  });
}

describe("--ask", () => {
  it("asks at every rate that profiles name", () => {
    expect(FORMS.map(({ baud }) => baud)).toEqual([115_200, 9_600]);
    expect(FORMS.flatMap((form) => questions(PROFILES, form).map(({ name }) => name))).toEqual([
      "sense-uart verify",
      "lctech-modbus-relay readInputs",
      "osdp-reader identity",
      "waveshare-modbus-relay readInputs",
    ]);
    expect(formsOf(PROFILES, [19_200]).map(({ baud }) => baud)).toEqual([19_200]);
  });

  it("nothing that is sent holds a command that moves, of any board that may hang on the line", () => {
    const all = moving();
    expect(all.length).toBeGreaterThan(80);
    for (const form of FORMS)
      for (const { out } of questions(PROFILES, form))
        expect(all.filter((command) => hex(out).includes(command))).toEqual([]);
  });
});

describe("--comset", () => {
  const SET = ["/dev/ttyUSB0", "--baud", "9600", "--address", "0", "--comset", "3"];
  const RESULT = { path: "/dev/ttyUSB0", from: 0, atBaud: 9600, address: 3, baud: 9600 };

  it("tells what the reader has answered, and ends with it", async () => {
    const set = await run(SET, { comset: { ...RESULT, is: "set" } });
    expect([set.code, set.out]).toEqual([0, "/dev/ttyUSB0: reader 0 is number 3 at 9600 now\n"]);
    const refused = await run(SET, { comset: { ...RESULT, is: "refused", why: "secure channel required" } });
    expect([refused.code, refused.out]).toEqual([
      1,
      "/dev/ttyUSB0: reader 0 was not set (secure channel required); one that is encrypted must be reset first\n",
    ]);
    const json = await run([...SET, "--json"], { comset: { ...RESULT, is: "silent", why: "no answer" } });
    expect([json.code, JSON.parse(json.out)]).toEqual([1, { ...RESULT, is: "silent", why: "no answer" }]);
  });

  it.each([
    ["no line", SET.slice(1)],
    ["a broker", ["broker", ...SET.slice(1)]],
    ["two lines", ["/dev/ttyUSB1", ...SET]],
    ["no address of now", ["/dev/ttyUSB0", "--baud", "9600", "--comset", "3"]],
    ["no rate of now", ["/dev/ttyUSB0", "--address", "0", "--comset", "3"]],
    ["two rates", [...SET, "--baud", "19200"]],
    ["with --ask", [...SET, "--ask"]],
    ["no new address", ["/dev/ttyUSB0", "--baud", "9600", "--address", "0"]],
    ["a new rate alone", ["/dev/ttyUSB0", "--new-baud", "9600"]],
    ["the address of all", [...SET.slice(0, -1), "127"]],
  ])("nothing is guessed: %s", async (_name, args) => {
    expect((await run(args, { comset: { ...RESULT, is: "set" } })).code).toBe(2);
  });
});
