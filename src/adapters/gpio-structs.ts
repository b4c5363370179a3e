/**
 * The structures and request numbers of the GPIO character device, version 2 (linux/gpio.h, Linux ≥ 5.10), as bytes.
 * Little-endian: every machine we run on is. A test holds them against the C compiler.
 */
export const SIZES = {
  chipInfo: 68,
  lineInfo: 256,
  lineRequest: 592,
  lineValues: 16,
  lineEvent: 48,
} as const;

/** Where the fields stand that we read or write. */
export const AT = {
  chipInfo: { name: 0, label: 32, lines: 64 },
  lineInfo: { name: 0, consumer: 32, offset: 64, flags: 72 },
  lineRequest: {
    offsets: 0,
    consumer: 256,
    flags: 288,
    attrCount: 296,
    attrs: 320,
    lineCount: 560,
    buffer: 564,
    fd: 588,
  },
  /** One gpio_v2_line_config_attribute. */
  attr: { id: 0, value: 8, mask: 16, size: 24 },
  lineValues: { bits: 0, mask: 8 },
  lineEvent: { timestampNs: 0, id: 8, offset: 12, lineSeqno: 20 },
} as const;

export const FLAG = {
  used: 1n << 0n,
  activeLow: 1n << 1n,
  input: 1n << 2n,
  output: 1n << 3n,
  edgeRising: 1n << 4n,
  edgeFalling: 1n << 5n,
  biasUp: 1n << 8n,
  biasDown: 1n << 9n,
  biasOff: 1n << 10n,
} as const;

export const ATTR = { outputValues: 2, debounce: 3 } as const;
export const EVENT = { rising: 1, falling: 2 } as const;

const READ = 2;
const WRITE = 1;
/** `_IOC` of asm-generic/ioctl.h with the type of linux/gpio.h. */
const ioc = (direction: number, nr: number, size: number): number =>
  ((direction << 30) | (size << 16) | (0xb4 << 8) | nr) >>> 0;

export const REQUEST = {
  chipInfo: ioc(READ, 0x01, SIZES.chipInfo),
  lineInfo: ioc(READ | WRITE, 0x05, SIZES.lineInfo),
  line: ioc(READ | WRITE, 0x07, SIZES.lineRequest),
  getValues: ioc(READ | WRITE, 0x0e, SIZES.lineValues),
  setValues: ioc(READ | WRITE, 0x0f, SIZES.lineValues),
} as const;

export interface LineWish {
  readonly offset: number;
  /** At most 31 bytes; shown by gpioinfo. */
  readonly consumer: string;
  readonly flags: bigint;
  /** Kernel debounce, ms; 0 = none. */
  readonly debounceMs?: number;
  /** Logical level of an output in the very request that makes it one. */
  readonly level?: boolean;
}

/** struct gpio_v2_line_request for one line. */
export function lineRequest(wish: LineWish): Buffer {
  const bytes = Buffer.alloc(SIZES.lineRequest);
  const at = AT.lineRequest;
  bytes.writeUInt32LE(wish.offset, at.offsets);
  bytes.write(wish.consumer.slice(0, 31), at.consumer, "latin1");
  bytes.writeBigUInt64LE(wish.flags, at.flags);
  bytes.writeUInt32LE(1, at.lineCount);
  let attrs = 0;
  function attr(id: number, write: (value: number) => void): void {
    const start = at.attrs + attrs * AT.attr.size;
    bytes.writeUInt32LE(id, start + AT.attr.id);
    write(start + AT.attr.value);
    bytes.writeBigUInt64LE(1n, start + AT.attr.mask);
    attrs += 1;
  }
  const { level, debounceMs = 0 } = wish;
  if (level !== undefined) attr(ATTR.outputValues, (value) => bytes.writeBigUInt64LE(level ? 1n : 0n, value));
  if (debounceMs > 0) attr(ATTR.debounce, (value) => bytes.writeUInt32LE(Math.round(debounceMs * 1000), value));
  bytes.writeUInt32LE(attrs, at.attrCount);
  return bytes;
}

/** The file descriptor the kernel wrote into an answered request. */
export const requestedFd = (bytes: Buffer): number => bytes.readInt32LE(AT.lineRequest.fd);

/** struct gpio_v2_line_values for the only line of a request. */
export function lineValues(active: boolean): Buffer {
  const bytes = Buffer.alloc(SIZES.lineValues);
  bytes.writeBigUInt64LE(active ? 1n : 0n, AT.lineValues.bits);
  bytes.writeBigUInt64LE(1n, AT.lineValues.mask);
  return bytes;
}
export const lineLevel = (bytes: Buffer): boolean => (bytes.readBigUInt64LE(AT.lineValues.bits) & 1n) === 1n;

/** The levels a read of line events tells, oldest first. */
export function eventLevels(bytes: Buffer, length: number): readonly boolean[] {
  const levels: boolean[] = [];
  for (let start = 0; start + SIZES.lineEvent <= length; start += SIZES.lineEvent)
    levels.push(bytes.readUInt32LE(start + AT.lineEvent.id) === EVENT.rising);
  return levels;
}

export function chipOf(bytes: Buffer): { readonly name: string; readonly label: string; readonly lines: number } {
  const { name, label, lines } = AT.chipInfo;
  return { name: text(bytes, name), label: text(bytes, label), lines: bytes.readUInt32LE(lines) };
}

export function lineInfoRequest(offset: number): Buffer {
  const bytes = Buffer.alloc(SIZES.lineInfo);
  bytes.writeUInt32LE(offset, AT.lineInfo.offset);
  return bytes;
}
export const isUsed = (bytes: Buffer): boolean => (bytes.readBigUInt64LE(AT.lineInfo.flags) & FLAG.used) !== 0n;
export const consumerOf = (bytes: Buffer): string => text(bytes, AT.lineInfo.consumer);

/** A char[32] up to its NUL. */
function text(bytes: Buffer, start: number): string {
  const field = bytes.subarray(start, start + 32);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}
