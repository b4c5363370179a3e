/** The checksums device protocols use, over plain bytes. Pure; every algorithm here has a published vector in the tests. */

export const CHECKSUMS = [
  "xor8",
  "sum8",
  "neg-sum8",
  "not-sum8",
  "crc16-modbus",
  "crc16-ccitt-false",
  "crc16-osdp",
  "crc16-xmodem",
  "rdm6300",
] as const;
export type ChecksumName = (typeof CHECKSUMS)[number];

/** Which bytes are summed and where the sum stands; negative offsets count from the end of the frame. */
export interface ChecksumRule {
  readonly algo: ChecksumName;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly endian?: "big" | "little" | undefined;
}

const NOT_HEX = -1;

/** The sum over all of `bytes`: 0..255 or 0..65535. For `rdm6300` -1 when a byte is no hex digit. */
export function checksum(algo: ChecksumName, bytes: Uint8Array): number {
  switch (algo) {
    case "xor8":
      return bytes.reduce((sum, byte) => sum ^ byte, 0);
    case "sum8":
      return bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);
    case "neg-sum8":
      return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
    case "not-sum8":
      return ~bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
    case "crc16-modbus":
      return crc16Reflected(bytes);
    case "crc16-ccitt-false":
      return crc16(bytes, 0xffff);
    case "crc16-osdp":
      return crc16(bytes, 0x1d0f);
    case "crc16-xmodem":
      return crc16(bytes, 0);
    case "rdm6300":
      return xorOfHexText(bytes);
  }
}

/** How many bytes the sum takes in a frame: `rdm6300` writes one byte as two hex digits. */
export function checksumSize(algo: ChecksumName): 1 | 2 {
  return algo.startsWith("crc16") || algo === "rdm6300" ? 2 : 1;
}

/** The sum as it stands in a frame; empty where there is none. Modbus and OSDP send the low byte first, the other CRCs the high one. */
export function checksumBytes(
  algo: ChecksumName,
  bytes: Uint8Array,
  endian?: "big" | "little" | undefined,
): Uint8Array<ArrayBuffer> {
  const sum = checksum(algo, bytes);
  if (sum === NOT_HEX) return new Uint8Array(0);
  if (algo === "rdm6300") return new TextEncoder().encode(sum.toString(16).toUpperCase().padStart(2, "0"));
  if (checksumSize(algo) === 1) return Uint8Array.of(sum);
  const little = (endian ?? (algo === "crc16-modbus" || algo === "crc16-osdp" ? "little" : "big")) === "little";
  return little ? Uint8Array.of(sum & 0xff, sum >> 8) : Uint8Array.of(sum >> 8, sum & 0xff);
}

/** Whether the frame carries the sum its rule asks for. A rule that points outside the frame doesn't hold. */
export function checksumHolds(rule: ChecksumRule, frame: Uint8Array): boolean {
  const at = rule.at < 0 ? frame.length + rule.at : rule.at;
  const expected = checksumBytes(rule.algo, frame.subarray(rule.from, rule.to), rule.endian);
  const found = frame.subarray(at, at + expected.length);
  return (
    expected.length > 0 && found.length === expected.length && expected.every((byte, index) => byte === found[index])
  );
}

function crc16Reflected(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

function crc16(bytes: Uint8Array, initial: number): number {
  let crc = initial;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

function xorOfHexText(bytes: Uint8Array): number {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(text)) return NOT_HEX;
  let sum = 0;
  for (let index = 0; index < text.length; index += 2) sum ^= Number.parseInt(text.slice(index, index + 2), 16);
  return sum;
}
