import { describe, expect, it } from "vitest";
import { type Framer, type FrameState, framer } from "../../src/decode/frames.ts";
import { type Framing, framingSchema, fromHex, toHex } from "../../src/decode/profile-framing.ts";
import { CHECKED, RDM6300, SENSE } from "./vectors.ts";

const idleMs = 100;
const EFAA: Framing = framingSchema.parse({
  cut: "sync-length",
  start: "EF AA",
  length: { at: 3, size: 2, counts: "data" },
  checksum: { algo: "xor8", from: 2, to: -1, at: -1 },
  minLength: 6,
  maxLength: 64,
  idleMs,
});
const MODBUS: Framing = framingSchema.parse({ cut: "modbus-rtu", idleMs });
const REQUESTS: Framing = framingSchema.parse({ cut: "modbus-rtu", side: "requests", idleMs });
const RDM: Framing = framingSchema.parse({
  cut: "fixed",
  length: 14,
  start: "02",
  end: "03",
  checksum: { algo: "rdm6300", from: 1, to: 11, at: 11 },
  idleMs,
});
const LINES: Framing = framingSchema.parse({ cut: "line", ends: ["0D", "0A", "03"], idleMs, maxLength: 16 });

interface Heard {
  readonly frames: string[];
  readonly faults: string[];
  readonly state: FrameState;
}

/** Pushes chunks `gapMs` apart, from 1000 ms on. */
function hear(cutter: Framer, chunks: readonly string[], gapMs = 1): Heard {
  let state = cutter.start;
  const frames: string[] = [];
  const faults: string[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const [next, cut, found] = cutter.push(
      state,
      chunk === "" ? new Uint8Array(0) : fromHex(chunk),
      1000 + index * gapMs,
    );
    state = next;
    frames.push(...cut.map(toHex));
    faults.push(...found.map((fault) => fault.code));
  }
  return { frames, faults, state };
}

const bytesOf = (hex: string): string[] => hex.split(" ");

describe("vectors of the documents", () => {
  it.each(CHECKED)("$family: $name", ({ family, hex, good }) => {
    const framing = { efaa: EFAA, reply: MODBUS, request: REQUESTS, rdm: RDM }[family];
    const heard = hear(framer(framing), [hex]);
    expect(heard.frames).toEqual(good ? [hex] : []);
    if (!good) expect(heard.faults).toContain("bad-checksum");
  });
});

describe("a frame split at every byte", () => {
  it.each(CHECKED.filter((vector) => vector.good))("$family: $name", ({ family, hex }) => {
    const framing = { efaa: EFAA, reply: MODBUS, request: REQUESTS, rdm: RDM }[family];
    const cutter = framer(framing);
    const bytes = bytesOf(hex);
    for (let at = 1; at < bytes.length; at += 1)
      expect(hear(cutter, [bytes.slice(0, at).join(" "), bytes.slice(at).join(" ")]).frames).toEqual([hex]);
    expect(hear(cutter, bytes).frames).toEqual([hex]);
    expect(hear(cutter, [[...bytes, ...bytes, ...bytes].join(" ")]).frames).toEqual([hex, hex, hex]);
  });
});

describe("finding the next frame after junk", () => {
  it("slides one byte after a doubled start and counts what it skipped", () => {
    const heard = hear(framer(EFAA), ["00 EF EF AA 00 00 02 12 0D 1D"]);
    expect(heard.frames).toEqual(["EF AA 00 00 02 12 0D 1D"]);
    expect(heard.state.skipped).toBe(2);
    expect(heard.faults).toEqual([]);
  });

  it("finds a true frame in the shadow of a false one with a bad checksum", () => {
    const heard = hear(framer(EFAA), [`EF AA 00 00 09 ${SENSE.timeout} 00 00 00`]);
    expect(heard.frames).toEqual([SENSE.timeout]);
    expect(heard.faults).toEqual(["bad-checksum"]);
  });

  it.each([
    ["longer than the longest", "EF AA 00 FF FF 00 00", ["bad-length"]],
    ["twice, told once", "EF AA 00 FF FF 00 EF AA 00 FF FF 00", ["bad-length"]],
  ])("a length %s", (_, hex, faults) => {
    const heard = hear(framer(EFAA), [hex]);
    expect(heard.faults).toEqual(faults);
    expect(heard.frames).toEqual([]);
  });

  it("a fixed frame with a wrong end", () => {
    expect(hear(framer(RDM), [`${RDM6300.slice(0, -2)}04`]).faults).toEqual(["bad-length"]);
  });

  it("a Modbus reply longer than 256 bytes is none", () => {
    expect(hear(framer(MODBUS), ["01 03 FF 00"]).faults).toEqual(["bad-length"]);
  });

  it("unknown function codes are slid over", () => {
    expect(hear(framer(MODBUS), ["01 63 01 02 01 05 61 8B"]).frames).toEqual(["01 02 01 05 61 8B"]);
    expect(hear(framer(REQUESTS), ["01 63 01 05 00 00 FF 00 8C 3A"]).frames).toEqual(["01 05 00 00 FF 00 8C 3A"]);
  });

  it("time and memory stay linear on 2 MB of false starts", () => {
    const cutter = framer(EFAA);
    // Every eleventh byte begins a frame of 58 data bytes whose sum is wrong.
    const pattern = fromHex("EF AA 00 00 34 01 00 00 00 00 00");
    const chunk = new Uint8Array(65_536).map((_, index) => pattern.at(index % pattern.length) ?? 0);
    let state = cutter.start;
    let faults = 0;
    for (let round = 0; round < 32; round += 1) {
      const [next, frames, found] = cutter.push(state, chunk, 1000 + round);
      expect(frames).toEqual([]);
      faults += found.length;
      state = next;
      expect(state.held.length).toBeLessThanOrEqual(64);
    }
    expect(faults).toBeLessThanOrEqual(32);
    expect(state.skipped).toBeGreaterThan(2_000_000);
  });
});

describe("silence", () => {
  const half = "EF AA 00 00";
  it("drops half a frame and says so", () => {
    const heard = hear(framer(EFAA), [half, SENSE.timeout], 100);
    expect(heard.frames).toEqual([SENSE.timeout]);
    expect(heard.faults).toEqual(["idle-gap"]);
    expect(heard.state.skipped).toBe(4);
  });

  it("one millisecond sooner the halves still belong together", () => {
    expect(hear(framer(EFAA), [half, "02 12 0D 1D"], 99).frames).toEqual([SENSE.timeout]);
  });

  it("a whole frame in the shadow of a half one comes out when silence is noticed in time", () => {
    const heard = hear(framer(EFAA), [`EF AA 00 00 30 ${SENSE.timeout}`, ""], 100);
    expect(heard.frames).toEqual([SENSE.timeout]);
    expect(heard.faults).toEqual(["idle-gap"]);
    expect(heard.state.skipped).toBe(5);
  });

  it("but never once it is old: yesterday's face must not open today", () => {
    const heard = hear(framer(EFAA), [`EF AA 00 00 30 ${SENSE.timeout}`, SENSE.rejected], 1101);
    expect(heard.frames).toEqual([SENSE.rejected]);
  });

  it("the deadline is when to look, and there is none while nothing is held", () => {
    const cutter = framer(EFAA);
    expect(cutter.deadline(cutter.start)).toBeUndefined();
    const [state] = cutter.push(cutter.start, fromHex(half), 1000);
    expect(cutter.deadline(state)).toBe(1100);
    const [later] = cutter.push(state, new Uint8Array(0), 1050);
    expect(cutter.deadline(later)).toBe(1100);
    const [done, frames, faults] = cutter.push(later, new Uint8Array(0), 1100);
    expect([cutter.deadline(done), frames, faults.map((fault) => fault.code)]).toEqual([undefined, [], ["idle-gap"]]);
  });

  it("bad bytes before and after silence are told once each", () => {
    expect(hear(framer(EFAA), ["EF AA 00 00 30 EF AA 00 FF FF", "EF AA 00 FF FF 00"], 100).faults).toEqual([
      "bad-length",
      "idle-gap",
    ]);
  });
});

describe("length fields of all kinds", () => {
  const framing = (length: object, more: object = {}): Framing =>
    framingSchema.parse({ cut: "sync-length", start: "53", length, minLength: 3, maxLength: 40, idleMs, ...more });
  it.each([
    ["whole, one byte", { at: 1, size: 1, counts: "whole" }, {}, "53 04 AA BB"],
    [
      "whole, little endian (OSDP)",
      { at: 2, size: 2, endian: "little", counts: "whole" },
      { checksum: { algo: "neg-sum8", from: 0, to: -1, at: -1 } },
      "53 65 07 00 00 60 E1",
    ],
    ["rest", { at: 1, size: 1, counts: "rest" }, {}, "53 02 AA BB"],
    [
      "data, with a two-byte sum",
      { at: 1, size: 1, counts: "data" },
      { checksum: { algo: "crc16-xmodem", from: 0, to: -2, at: -2 } },
      "53 01 AA 20 0F",
    ],
  ])("%s", (_, length, more, hex) => {
    const heard = hear(framer(framing(length, more)), [hex]);
    expect({ frames: heard.frames, skipped: heard.state.skipped }).toEqual({ frames: [hex], skipped: 0 });
  });

  it("a length shorter than its own head is no frame", () => {
    expect(hear(framer(framing({ at: 1, size: 1, counts: "whole" })), ["53 01 00"]).faults).toEqual(["bad-length"]);
  });

  it("escapes are undone, and split at every byte", () => {
    const cutter = framer(framing({ at: 1, size: 1, counts: "whole" }, { escape: { byte: "7D", xor: 0x20 } }));
    const raw = bytesOf("53 05 7D 73 7D 5D AA");
    expect(hear(cutter, [raw.join(" ")]).frames).toEqual(["53 05 53 7D AA"]);
    expect(hear(cutter, raw).frames).toEqual(["53 05 53 7D AA"]);
  });
});

describe("fixed frames without a start", () => {
  it("are cut by length alone", () => {
    const cutter = framer(framingSchema.parse({ cut: "fixed", length: 2, idleMs }));
    expect(hear(cutter, ["01 02 03", "04"]).frames).toEqual(["01 02", "03 04"]);
  });
});

describe("lines", () => {
  const text = (hex: string): string => new TextDecoder().decode(fromHex(hex));
  it.each([
    ["CRLF", ["41 42 0D 0A"], ["AB"]],
    ["CR", ["41 42 0D"], ["AB"]],
    ["LF", ["41 42 0A"], ["AB"]],
    ["split", ["41", "42 0D", "0A"], ["AB"]],
    ["two in one read", ["41 31 0D 0A 42 32 0D 0A"], ["A1", "B2"]],
    ["blank lines are nothing", ["0D 0A 20 0D 0A"], []],
    ["STX is trimmed off", ["02 41 03"], ["A"]],
  ])("%s", (_, chunks, lines) => {
    expect(hear(framer(LINES), chunks).frames.map(text)).toEqual(lines);
  });

  it("a line too long is dropped whole: its tail is no credential", () => {
    const heard = hear(framer(LINES), ["41 ".repeat(20).trim(), `${"41 ".repeat(20)}0D 42 0D`]);
    expect(heard.frames.map(text)).toEqual(["B"]);
    expect(heard.faults).toEqual(["overflow"]);
    expect(heard.state.skipped).toBe(40);
  });

  it("two lines too long in one push are told once", () => {
    const long = `${"41 ".repeat(20)}0D`;
    expect(hear(framer(LINES), [`${long} ${long}`]).faults).toEqual(["overflow"]);
  });

  it("after silence the rest of a line too long is no longer waited for", () => {
    expect(hear(framer(LINES), ["41 ".repeat(20).trim(), "42 0D"], 100).frames.map(text)).toEqual(["B"]);
  });

  it("half a line is given up at silence", () => {
    const heard = hear(framer(LINES), ["41 42", "43 0D"], 100);
    expect([heard.frames.map(text), heard.faults, heard.state.skipped]).toEqual([["C"], ["idle-gap"], 2]);
  });

  const ending: Framing = framingSchema.parse({ ...LINES, idleEnds: true });
  it("or ends there, where the reader sends no end", () => {
    expect(hear(framer(ending), ["41 42", ""], 100).frames.map(text)).toEqual(["AB"]);
    expect(hear(framer(ending), ["20 20", ""], 100).frames).toEqual([]);
  });

  it("but not when it is old", () => {
    const heard = hear(framer(ending), ["41 42", "43 0D"], 1101);
    expect([heard.frames.map(text), heard.faults]).toEqual([["C"], ["idle-gap"]]);
  });

  it("the deadline is there while a line is open", () => {
    const cutter = framer(LINES);
    expect(cutter.deadline(cutter.start)).toBeUndefined();
    expect(cutter.deadline(hear(cutter, ["41"]).state)).toBe(1100);
  });

  it("with a start byte: what is outside is skipped, a second start begins anew", () => {
    const cutter = framer(framingSchema.parse({ ...LINES, start: "02", ends: ["03"], trim: false }));
    const heard = hear(cutter, ["41 03 02 42 02 20 43 03 44 44"]);
    expect(heard.frames.map(text)).toEqual([" C"]);
    expect(heard.state.skipped).toBe(4);
  });
});
