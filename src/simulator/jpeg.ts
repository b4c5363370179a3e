/** The head of a JPEG of this size, filled up to so many bytes: what is looked at of a picture, and nothing else. */
export function jpeg(width: number, height: number, bytes = 2_000, seed = 0): Buffer {
  const head = Buffer.from("FFD8FFE000104A46494600010100000100010000FFC000110800000000", "hex");
  head.writeUInt16BE(height, head.length - 4);
  head.writeUInt16BE(width, head.length - 2);
  return Buffer.concat([head, Buffer.alloc(Math.max(0, bytes - head.length), seed)]);
}
