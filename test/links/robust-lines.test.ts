/**
 * Serial lines as they are in a cabinet, for each way of cutting frames: plugs pulled at every byte, noise, the wrong rate,
 * and two devices on one RS-485 line. Seeded, and by a clock in the hand.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProfiles } from "../../src/adapters/profiles.ts";
import type { DeviceProfile } from "../../src/decode/profile.ts";
import { fromHex } from "../../src/decode/profile-framing.ts";
import { openLineWall } from "../shell/line-wall.ts";
import { crc } from "../whole/every-line.ts";
import { top } from "../whole/place.ts";

const PROFILES = loadProfiles([join(top, "device-profiles")]);
const SEED = 20_261_125;

interface Subject {
  readonly profile: DeviceProfile;
  readonly name: string;
  readonly frame: Uint8Array;
  readonly params: Readonly<Record<string, string | number>>;
  /** Whether a checksum tells a frame from noise. */
  readonly proven: boolean;
}

/** One whole frame of each profile that says something unasked, in one chunk and ended by its own bytes. */
const SUBJECTS: readonly Subject[] = PROFILES.all.flatMap((profile): readonly Subject[] => {
  if (profile.form !== "device" || profile.link.via !== "serial") return [];
  const { framing } = profile;
  for (const sample of profile.samples) {
    if (!("heard" in sample && "hex" in sample.heard) || typeof sample.heard.hex !== "string") continue;
    const [expected] = [sample.expect].flat();
    if (sample.heard.asked !== undefined || expected === undefined || !("kind" in expected)) continue;
    if (!JSON.stringify(expected.reports).includes('"is":"')) continue;
    if (JSON.stringify(expected.reports).includes('"ignored"')) continue;
    const frame = fromHex(sample.heard.hex);
    // A line that only silence ends is another matter: there a half line is a line.
    if (framing?.cut === "line" && !framing.ends.some((end) => Number.parseInt(end, 16) === frame.at(-1))) continue;
    const proven = framing?.cut === "modbus-rtu" || (framing !== undefined && "checksum" in framing);
    return [{ profile, name: profile.meta.id, frame, params: sample.params ?? {}, proven }];
  }
  return [];
});

function open({ profile, params }: Subject) {
  const usual = Object.fromEntries(
    Object.entries(profile.params ?? {}).flatMap(([name, rule]) =>
      rule.default === undefined ? [] : [[name, rule.default]],
    ),
  );
  return openLineWall([{ id: "one", profile, params: { ...usual, ...params } }]);
}

/** What one whole frame says. */
function onceSaid(subject: Subject): readonly string[] {
  const wall = open(subject);
  wall.plug();
  wall.wait(1_000);
  wall.say(subject.frame);
  wall.wait(1_000);
  wall.devices.close();
  return wall.said();
}

/** After so many bytes it is whole: of CR LF, the CR ends the line. */
function wholeAt({ profile: { framing }, frame }: Subject): number {
  if (framing?.cut !== "line") return frame.length;
  const ends = framing.ends.map((end) => Number.parseInt(end, 16));
  return frame.findIndex((byte) => ends.includes(byte)) + 1;
}

it("every way of cutting frames is here", () => {
  const cuts = new Set(SUBJECTS.map(({ profile }) => profile.framing?.cut));
  expect([...cuts].toSorted()).toEqual(["fixed", "line", "modbus-rtu", "sync-length", "table"]);
});

describe("unplugged and plugged in again after each byte of a frame", () => {
  it.each(SUBJECTS)("$name: neither half is anything, the next whole one counts once", (subject) => {
    const whole = onceSaid(subject);
    expect(whole.length).toBeGreaterThan(0);
    for (let cut = 1; cut < wholeAt(subject); cut++) {
      const wall = open(subject);
      wall.plug();
      wall.wait(1_000);
      wall.say(subject.frame.subarray(0, cut));
      wall.wait(5);
      wall.pull();
      wall.wait(400);
      wall.plug();
      wall.wait(2);
      wall.say(subject.frame.subarray(cut));
      wall.wait(1_000);
      expect(wall.said(), `after byte ${cut}`).toEqual([]);
      wall.say(subject.frame);
      wall.wait(1_000);
      expect(wall.said(), `after byte ${cut}`).toEqual(whole);
      wall.devices.close();
    }
  });

  it("the tail of a card's number is nobody's card, whoever has that number", () => {
    const subject = SUBJECTS.find(({ name }) => name === "wiegand-converter");
    if (subject === undefined) throw new Error("gone");
    const wall = open(subject);
    wall.plug();
    wall.wait(1_000);
    wall.say(new TextEncoder().encode("8065"));
    wall.pull();
    wall.wait(1_000);
    wall.plug();
    wall.say(new TextEncoder().encode("495\r\n"));
    wall.wait(1_000);
    expect(wall.presented()).toEqual([]);
    wall.say(new TextEncoder().encode("8065495\r\n"));
    wall.wait(1_000);
    expect(wall.presented()).toEqual(["card 0008065495"]);
    wall.devices.close();
  });
});

type Roll = (sides: number) => number;
/** Mulberry32. */
function dice(seed: number): Roll {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
const noise = (roll: Roll): Uint8Array => Uint8Array.from({ length: 1 + roll(40) }, () => roll(256));

describe("noise", () => {
  const ROUNDS = 300;
  it.each(SUBJECTS)(`$name: ${ROUNDS} bursts, a frame after each (seed ${SEED})`, (subject) => {
    const whole = onceSaid(subject);
    const roll = dice(SEED);
    const wall = open(subject);
    wall.plug();
    wall.wait(1_000);
    for (let round = 0; round < ROUNDS; round++) {
      wall.say(noise(roll));
      // With a checksum the frame may follow at once; a line needs the silence that parts it from what was before.
      wall.wait(subject.proven && roll(2) === 0 ? 1 : 3_000);
      wall.say(subject.frame);
      wall.wait(3_000);
    }
    const said = wall.said();
    expect(said.filter((one) => whole.includes(one)).length).toBe(whole.length * ROUNDS);
    if (subject.proven) {
      expect(said.filter((one) => !whole.includes(one))).toEqual([]);
      expect(wall.devices.states()[0]?.counts.skippedBytes ?? 0).toBeGreaterThan(0);
    }
    wall.devices.close();
  });
});

/** What a UART at one rate makes of bytes sent at another, 8N1: sampled in the middle of each bit, broken frames as 00. */
function mangled(bytes: Uint8Array, sent: number, heard: number): Uint8Array {
  const levels = [...bytes].flatMap((byte) => [0, ...Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1), 1]);
  const levelAt = (seconds: number) => levels[Math.floor(seconds * sent)] ?? 1;
  const end = levels.length / sent;
  const out: number[] = [];
  let at = 0;
  while (at < end) {
    if (levelAt(at) === 1) {
      at += 1 / sent / 4;
      continue;
    }
    const bits = Array.from({ length: 8 }, (_, bit) => levelAt(at + (bit + 1.5) / heard));
    const stop = levelAt(at + 9.5 / heard);
    out.push(stop === 1 ? bits.reduce((sum, bit, i) => sum | (bit << i), 0) : 0);
    at += 10 / heard;
  }
  return Uint8Array.from(out);
}

describe("the wrong rate", () => {
  const RATES = [1_200, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200];
  it("at the right rate the bytes are what they were", () => {
    const bytes = fromHex("EF AA 00 00 02 12 0C 1C");
    expect(mangled(bytes, 9_600, 9_600)).toEqual(bytes);
  });

  it.each(SUBJECTS)("$name: its frames at each other rate are never what they say", (subject) => {
    const whole = onceSaid(subject);
    for (const sent of RATES)
      for (const heard of RATES) {
        if (sent === heard) continue;
        const wall = open(subject);
        wall.plug();
        wall.wait(1_000);
        for (let times = 0; times < 20; times++) {
          wall.say(mangled(subject.frame, sent, heard));
          wall.wait(500);
        }
        const said = wall.said();
        expect(
          said.filter((one) => whole.includes(one)),
          `${sent} heard at ${heard}`,
        ).toEqual([]);
        if (subject.proven) expect(said, `${sent} heard at ${heard}`).toEqual([]);
        wall.devices.close();
      }
  });
});

describe("two boards on one RS-485 line", () => {
  const profile = PROFILES.device("waveshare-modbus-relay");
  const request = (bytes: Uint8Array) => ({ unit: bytes[0] ?? 0, code: bytes[1] ?? 0 });
  const inputsOf = (unit: number, bits: number) => {
    const body = Uint8Array.of(unit, 2, 1, bits);
    return Uint8Array.of(...body, ...crc(body));
  };

  function bus(late: (unit: number) => number | undefined) {
    const wall = openLineWall([1, 2].map((unit) => ({ id: `board-${unit}`, profile, params: { unit } })));
    wall.answering((bytes) => {
      const { unit, code } = request(bytes);
      const after = late(unit);
      if (after === undefined) return;
      const reply = code === 2 ? inputsOf(unit, unit === 1 ? 0b1 : 0b10) : bytes;
      wall.clock.wakeAt(wall.clock.at() + after, () => wall.say(reply));
    });
    wall.plug();
    return wall;
  }
  /** Commands come to their end in promises: time goes on in small steps. */
  async function go(wall: ReturnType<typeof bus>, ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += 5) {
      wall.wait(5);
      await Promise.resolve();
    }
  }
  const levels = (wall: ReturnType<typeof bus>, device: string) =>
    new Set(wall.inputs.filter((one) => one.device === device).map((one) => one.levels));
  const first = (bits: string) =>
    bits
      .split("")
      .map((bit, i) => `${i + 1} ${bit === "1" ? "on" : "off"}`)
      .join(" ");

  it("both answer: each one's inputs are its own", async () => {
    const wall = bus(() => 10);
    await go(wall, 5_000);
    expect(levels(wall, "board-1")).toEqual(new Set([first("10000000")]));
    expect(levels(wall, "board-2")).toEqual(new Set([first("01000000")]));
    wall.devices.close();
  });

  it.each([290, 301, 350, 420])("one answers after %i ms: no answer is taken for the other's", async (ms) => {
    const wall = bus((unit) => (unit === 2 ? ms : 10));
    await go(wall, 10_000);
    const commanded = wall.devices.command("board-1", "pulse", { channel: 1, ms: 500 });
    await go(wall, 1_000);
    expect(await commanded).toBe("done");
    expect([...levels(wall, "board-1")].filter((one) => one !== "all unknown")).toEqual([first("10000000")]);
    expect([...levels(wall, "board-2")].filter((one) => one !== "all unknown")).toEqual([first("01000000")]);
    wall.devices.close();
  });

  it("one is cut off: its inputs are unknown, it is offline; the other is read and commanded as before", async () => {
    let isCut = false;
    const wall = bus((unit) => (unit === 2 && isCut ? undefined : 10));
    await go(wall, 2_000);
    isCut = true;
    await go(wall, 5_000);
    expect(wall.offline).toEqual(["board-2 offline"]);
    expect(wall.inputs.filter(({ device }) => device === "board-2").at(-1)?.levels).toBe("all unknown");
    const before = wall.inputs.filter(({ device }) => device === "board-1").length;
    await go(wall, 10_000);
    // Its loops are read ten times a second; the silent one may cost it one reading in five.
    expect(wall.inputs.filter(({ device }) => device === "board-1").length - before).toBeGreaterThanOrEqual(70);
    for (const channel of [1, 2, 3]) {
      const commanded = wall.devices.command("board-1", "pulse", { channel, ms: 500 });
      await go(wall, 500);
      expect(await commanded).toBe("done");
    }
    expect(levels(wall, "board-1")).toEqual(new Set([first("10000000")]));
    isCut = false;
    await go(wall, 3_000);
    expect(wall.offline).toEqual(["board-2 offline", "board-2 back"]);
    wall.devices.close();
  });
});
