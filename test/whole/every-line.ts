/** The far ends of serial lines for whole-program tests, with eyes of their own: bytes are cut and summed by hand here. */
import { openPty, type Pty } from "../../src/adapters/pty.ts";

export interface FarEnd {
  /** What the gate opens. */
  readonly path: string;
  say(hex: string): void;
  /** Every frame that came, as hex without its sum. */
  readonly heard: readonly string[];
  close(): void;
}

/** CRC-16/MODBUS, low byte first, by the bit. */
export function crc(bytes: Uint8Array): Buffer {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return Buffer.from([sum & 0xff, sum >> 8]);
}

/** How long the frame is that begins here, or 0 while that can't be said; and what it is answered with (without a sum). */
type Rule = (frame: Buffer) => { readonly length: number; readonly answer?: (frame: Buffer) => Buffer };

/** Modbus RTU: 05 and 06 are echoed, 10 tells what it wrote, 02 says that all inputs are off. */
export const MODBUS: Rule = (frame) => {
  const code = frame[1];
  if (code === 0x10) return { length: 9 + (frame[6] ?? 0), answer: (whole) => whole.subarray(0, 6) };
  if (code === 2) return { length: 8, answer: (whole) => Buffer.from([whole[0] ?? 0, 2, 1, 0]) };
  return { length: 8, answer: (whole) => whole.subarray(0, 6) };
};

/** Dooya: a command (03) is echoed; what is read (01) has one byte of answer. */
export const DOOYA: Rule = (frame) => {
  if (frame[3] === 3) return { length: 7, answer: (whole) => whole.subarray(0, 5) };
  return { length: 8, answer: (whole) => Buffer.from([...whole.subarray(0, 4), 1, 0]) };
};

export function farEnd(rule?: Rule): FarEnd {
  const pty: Pty = openPty();
  const heard: string[] = [];
  let held = Buffer.alloc(0);
  pty.onBytes((bytes) => {
    if (rule === undefined) return;
    held = Buffer.concat([held, bytes]);
    for (;;) {
      const { length, answer } = rule(held);
      if (held.length < 7 || held.length < length) return;
      const frame = held.subarray(0, length);
      held = held.subarray(length);
      const body = frame.subarray(0, -2);
      if (!crc(body).equals(frame.subarray(-2))) throw new Error(`not a frame of ours: ${frame.toString("hex")}`);
      heard.push(body.toString("hex").toUpperCase());
      const said = answer?.(frame);
      if (said !== undefined) pty.write(Buffer.concat([said, crc(said)]));
    }
  });
  return {
    path: pty.path,
    say: (hex) => pty.write(Buffer.from(hex.replaceAll(" ", ""), "hex")),
    heard,
    close: pty.close,
  };
}
