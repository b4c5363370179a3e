import { describe, expect, it } from "vitest";
import { type ChecksumName, checksum, checksumBytes, checksumHolds, checksumSize } from "../../src/decode/checksums.ts";
import { fromHex, toHex } from "../../src/decode/profile-framing.ts";

const NINE = new TextEncoder().encode("123456789");

/** Check values of the CRC catalogue and of the protocols' own documents, as they stand on the wire. */
it.each<readonly [ChecksumName, Uint8Array, string]>([
  ["crc16-modbus", NINE, "37 4B"],
  ["crc16-ccitt-false", NINE, "29 B1"],
  ["crc16-osdp", NINE, "CC E5"],
  ["crc16-xmodem", NINE, "31 C3"],
  ["sum8", fromHex("A0 01 01"), "A2"],
  ["neg-sum8", fromHex("53 65 08"), "40"],
  ["not-sum8", fromHex("01 02"), "FC"],
  ["xor8", fromHex("12 00 02 00 0A"), "1A"],
  ["rdm6300", new TextEncoder().encode("01005A3C7F"), "31 38"],
])("%s", (algo, bytes, expected) => {
  expect(toHex(checksumBytes(algo, bytes))).toBe(expected);
  expect(checksumBytes(algo, bytes).length).toBe(checksumSize(algo));
});

it("the byte order can be turned", () => {
  expect(toHex(checksumBytes("crc16-modbus", NINE, "big"))).toBe("4B 37");
  expect(toHex(checksumBytes("crc16-xmodem", NINE, "little"))).toBe("C3 31");
});

describe("a rule", () => {
  const frame = fromHex("A0 01 01 A2");
  it.each([
    ["from the end", { algo: "sum8", from: 0, to: -1, at: -1 } as const, true],
    ["from the start", { algo: "sum8", from: 0, to: 3, at: 3 } as const, true],
    ["over other bytes", { algo: "sum8", from: 1, to: -1, at: -1 } as const, false],
    ["outside the frame", { algo: "sum8", from: 0, to: 3, at: 9 } as const, false],
  ])("%s", (_, rule, holds) => {
    expect(checksumHolds(rule, frame)).toBe(holds);
  });
});

it("text that is no hex has no RDM6300 sum", () => {
  expect(checksum("rdm6300", new TextEncoder().encode("0G"))).toBe(-1);
  expect(checksumHolds({ algo: "rdm6300", from: 0, to: 2, at: 2 }, new TextEncoder().encode("0G-1"))).toBe(false);
});
