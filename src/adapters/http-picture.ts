/** A visitor pass's text as a picture that a telephone can send on: QR (ISO/IEC 18004), level M, as PNG. */
import { crc32, deflateSync } from "node:zlib";
import { encode } from "uqr";

const DOT = 8;
const QUIET = 4;

/** Grey, 1 bit a dot, `DOT` pixels a module. */
export function qrPng(text: string): Buffer {
  const { size, data } = encode(text, { ecc: "M", border: QUIET });
  const width = size * DOT;
  const row = Math.ceil(width / 8);
  const pixels = Buffer.alloc((row + 1) * width);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const dark = data[Math.floor(y / DOT)]?.[Math.floor(x / DOT)] === true;
      const at = y * (row + 1) + 1 + (x >> 3);
      if (!dark) pixels.writeUInt8(pixels.readUInt8(at) | (128 >> (x & 7)), at);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(width, 4);
  header.writeUInt8(1, 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    part("IHDR", header),
    part("IDAT", deflateSync(pixels)),
    part("IEND", Buffer.alloc(0)),
  ]);
}

function part(name: string, body: Buffer): Buffer {
  const said = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(said) >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), said, ends.subarray(4)]);
}
