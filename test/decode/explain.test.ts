// What a technician is told of bytes that are no frame.
import { describe, expect, it } from "vitest";
import { explainBytes } from "../../src/decode/explain.ts";
import { framingSchema, fromHex } from "../../src/decode/profile-framing.ts";

const sum8 = { algo: "sum8", from: 2, to: -1, at: -1 };
const SYNC = {
  cut: "sync-length",
  start: "AA 55",
  length: { at: 2, size: 1, counts: "data" },
  checksum: sum8,
  minLength: 5,
  maxLength: 20,
  idleMs: 50,
};
const WIDE = {
  cut: "sync-length",
  start: "7E",
  length: { at: 1, size: 2, endian: "little", counts: "whole" },
  minLength: 4,
  maxLength: 9,
  idleMs: 50,
};
const REST = { ...WIDE, length: { at: 1, size: 1, counts: "rest" } };
const ESCAPED = {
  cut: "sync-length",
  start: "02",
  length: { at: 1, size: 2, endian: "little", counts: "data" },
  checksum: { algo: "crc16-ccitt-false", from: 1, to: -3, at: -3, endian: "little" },
  end: "03",
  escape: { byte: "10", xor: 32 },
  minLength: 7,
  maxLength: 64,
  idleMs: 50,
};
const FIXED = { cut: "fixed", length: 4, start: "02", end: "03", idleMs: 50 };
const BARE = { cut: "fixed", length: 2, idleMs: 50 };
const RDM = { ...BARE, length: 5, checksum: { algo: "rdm6300", from: 1, to: 3, at: 3 } };
const REPLIES = { cut: "modbus-rtu", side: "replies", idleMs: 50 };
const REQUESTS = { cut: "modbus-rtu", side: "requests", idleMs: 50 };
const TABLE = {
  cut: "table",
  start: "55",
  sizes: [
    { bytes: [{ at: 1, equals: "01" }], length: 3 },
    { bytes: [{ at: 1, equals: "02" }], length: { at: 2, plus: 3 } },
  ],
  idleMs: 50,
};
const LINE = { cut: "line", ends: ["0D", "0A"], idleMs: 50, maxLength: 4, charset: "utf-8" };

/** `offset: found / expected (what)` of what doesn't fit. */
function wrong(framing: unknown, hex: string): string[] {
  return explainBytes(framingSchema.parse(framing), fromHex(hex))
    .filter(({ fits }) => !fits)
    .map(({ at, found, expected, en }) => `${at}: ${found} / ${expected} (${en})`);
}

describe("bytes that are no frame", () => {
  it.each<[string, unknown, string, string[]]>([
    ["a whole frame", SYNC, "AA 55 01 02 03", []],
    ["two of them", SYNC, "AA 55 01 02 03 AA 55 01 02 03", []],
    ["a wrong sum", SYNC, "AA 55 01 02 04", ["4: 04 / 03 (sum8 over offsets 2..3)"]],
    ["a wrong sum in the second", SYNC, "AA 55 01 02 03 AA 55 01 02 05", ["9: 05 / 03 (sum8 over offsets 7..8)"]],
    ["junk before it", SYNC, "00 AA 55 01 02 04", ["5: 04 / 03 (sum8 over offsets 3..4)"]],
    ["a wrong start byte", SYNC, "AA 56 01 02 03", ["1: 56 / 55 (start byte)"]],
    ["half a start", SYNC, "AA", ["1:  / 55 (start byte)"]],
    ["no start at all", SYNC, "01 02", ["0: 01 / AA (start byte)", "1: 02 / 55 (start byte)"]],
    ["no length", SYNC, "AA 55", ["2:  / ? (no length field)"]],
    ["a length too great", SYNC, "AA 55 F0 02 03", ["2: F0 = 244 B / 5..20 B (length field)"]],
    ["too few bytes", SYNC, "AA 55 05 01", ["4: 4 B / 9 B (5 B missing)"]],
    ["a wide length, low byte first", WIDE, "7E 05 00 01", ["4: 4 B / 5 B (1 B missing)"]],
    ["a length of the rest", REST, "7E 04 01", ["3: 3 B / 6 B (3 B missing)"]],
    ["escaped, whole, with an end", ESCAPED, "02 09 00 21 01 04 A2 10 30 6B 10 22 80 10 23 66 08 03", []],
    ["escaped, two of them", ESCAPED, "02 10 22 00 20 64 6C 43 03 02 10 22 00 20 64 6C 43 03", []],
    [
      "escaped, a wrong sum",
      ESCAPED,
      "02 10 22 00 20 65 6C 43 03",
      ["6: 6C 43 / 4D 53 (crc16-ccitt-false over offsets 1..5)"],
    ],
    ["escaped, another end", ESCAPED, "02 10 22 00 20 64 6C 43 04", ["8: 04 / 03 (end bytes)"]],
    ["escaped, cut behind its mark", ESCAPED, "02 10", ["1:  / ? (no length field)"]],
    ["escaped, a byte behind a whole frame", ESCAPED, "02 10 22 00 20 64 6C 43 03 99", ["9: 99 / 02 (start byte)"]],
    ["a fixed frame", FIXED, "02 31 32 03", []],
    ["a wrong end", FIXED, "02 31 32 33", ["3: 33 / 03 (end bytes)"]],
    ["a frame without start or end", BARE, "01", ["1: 1 B / 2 B (1 B missing)"]],
    ["a sum that can't be made", RDM, "02 31 5A 30 30", ["3:  /  (rdm6300 over offsets 1..2)"]],
    ["a Modbus reply", REPLIES, "01 02 01 05 61 8B", []],
    [
      "a Modbus reply, one bit wrong",
      REPLIES,
      "01 02 01 05 61 8A",
      ["4: 61 8A / 61 8B (crc16-modbus over offsets 0..3)"],
    ],
    ["an unknown function", REPLIES, "01 63 00 00", ["1: 63 / ? (function code)"]],
    ["half an exception", REPLIES, "01 85", ["2: 2 B / 5 B (3 B missing)"]],
    ["half an echo", REPLIES, "01 05", ["2: 2 B / 8 B (6 B missing)"]],
    ["half a reply to FC16", REPLIES, "01 10", ["2: 2 B / 8 B (6 B missing)"]],
    ["half a request to read", REQUESTS, "01 02", ["2: 2 B / 8 B (6 B missing)"]],
    ["half a request to write many", REQUESTS, "01 10 00 03 00 02 04", ["7: 7 B / 13 B (6 B missing)"]],
    ["half a request to write many, early", REQUESTS, "01 10", ["2: 2 B / 9 B (7 B missing)"]],
    ["an unknown request", REQUESTS, "01 63", ["1: 63 / ? (function code)"]],
    ["one byte", REPLIES, "01", ["1:  / ? (function code)"]],
    [
      "by the table",
      TABLE,
      "55 01 09 55 02 01 07 07",
      ["7: 1 / 3 (start byte)"].slice(1).concat(["7: 07 / 55 (start byte)"]),
    ],
    ["by the table, half", TABLE, "55 01", ["2: 2 B / 3 B (1 B missing)"]],
    ["by the table, no length yet", TABLE, "55 02", ["2:  / ? (length byte)"]],
    ["not in the table", TABLE, "55 03", ["1: 03 / ? (no such kind in the table)"]],
    ["a line", LINE, "41 42 0D", []],
    ["a line without an end", LINE, "41 42", ["2:  / 0D / 0A (end of the line)"]],
    ["a line that silence ends", { ...LINE, idleEnds: true }, "41 42", []],
    ["a line too long", LINE, "41 42 43 44 45 0D", ["0: 5 B / 1..4 B (length of the line)"]],
    ["a line without its start", { ...LINE, start: "02" }, "41 0D", ["0: 41 / 02 (start of a line)"]],
    ["bytes that are no text", LINE, "41 C3 28 0D", ["1: C3 / utf-8 (character set)"]],
    ["a control character", { ...LINE, charset: "ascii" }, "1B 0D", ["0: 1B / ascii (character set)"]],
  ])("%s", (_name, framing, hex, expected) => {
    expect(wrong(framing, hex)).toEqual(expected);
  });

  it("shows what is right before it too, in both languages", () => {
    const notes = explainBytes(framingSchema.parse(SYNC), fromHex("AA 55 01 02 04"));
    expect(notes.map(({ at, fits }) => [at, fits])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [5, true],
      [4, false],
    ]);
    for (const { zh } of notes) expect(zh).toMatch(/\p{Script=Han}/u);
  });
});
