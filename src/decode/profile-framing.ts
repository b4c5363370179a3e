/** How frames are cut out of a byte stream: a closed list, as data. */
import * as z from "zod";
import { CHECKSUMS } from "./checksums.ts";

/** Bytes as hex text, blanks allowed: `EF AA`. */
export const hexText = z
  .string()
  .max(8192)
  .regex(/^(?:[0-9A-Fa-f]{2} ?)+$/, "hex bytes, for example `EF AA 12`");

const hexByte = z.string().regex(/^[0-9A-Fa-f]{2}$/, "one byte in hex, for example `0D`");
const endian = z.enum(["big", "little"]);
const offset = z.int().min(-4096).max(4096);

export const checksumSchema = z
  .strictObject({
    algo: z.enum(CHECKSUMS),
    from: offset.describe("First byte that is summed; negative counts from the end"),
    to: offset.describe("First byte that is no longer summed; negative counts from the end"),
    at: offset.describe("Where the sum stands; negative counts from the end"),
    endian: endian.optional().describe("Only where it differs from what is usual for the algorithm"),
  })
  .describe("The sum that every frame must carry");

const idleMs = z.int().min(5).max(5000).describe("Silence after which a half frame is given up, ms");
const maxLength = z.int().min(1).max(4096);

const syncLength = z.strictObject({
  cut: z.literal("sync-length"),
  start: hexText.describe("The bytes every frame begins with"),
  length: z.strictObject({
    at: z.int().min(0).max(64).describe("Byte offset of the length field from the start of the frame"),
    size: z.union([z.literal(1), z.literal(2)]),
    endian: endian.default("big"),
    counts: z
      .enum(["whole", "rest", "data"])
      .describe("whole = the whole frame; rest = all after the length field; data = between length field and checksum"),
  }),
  checksum: checksumSchema.optional(),
  minLength: z.int().min(1).max(4096),
  maxLength,
  end: hexText.optional().describe("Bytes behind the sum that end every frame; `data` doesn't count them"),
  escape: z
    .strictObject({ byte: hexByte, xor: z.int().min(0).max(255) })
    .optional()
    .describe(
      "Behind the start bytes this byte is left out and the next one is XORed with `xor`. All offsets, lengths and sums are of the bytes without it",
    ),
  idleMs,
});

const line = z.strictObject({
  cut: z.literal("line"),
  start: hexByte.optional().describe("Bytes before this one are skipped, for example STX `02`"),
  ends: z.array(hexByte).min(1).max(8).describe("Each of these bytes ends a line: CR `0D`, LF `0A`, ETX `03`"),
  idleMs,
  idleEnds: z.boolean().default(false).describe("Silence of `idleMs` ends the line instead of giving it up"),
  maxLength,
  charset: z.enum(["ascii", "utf-8", "gbk"]).default("utf-8"),
  trim: z.boolean().default(true).describe("Take blanks and control bytes off both ends"),
});

const fixed = z.strictObject({
  cut: z.literal("fixed"),
  length: maxLength,
  start: hexText.optional(),
  end: hexText.optional(),
  checksum: checksumSchema.optional(),
  idleMs,
});

const modbus = z.strictObject({
  cut: z.literal("modbus-rtu"),
  side: z
    .enum(["replies", "requests"])
    .default("replies")
    .describe("Whose frames are heard; `requests` is what a board hears"),
  idleMs,
});

const at = z.int().min(0).max(64);
const table = z.strictObject({
  cut: z.literal("table"),
  start: hexText,
  sizes: z
    .array(
      z.strictObject({
        bytes: z
          .array(z.strictObject({ at, equals: hexByte }))
          .max(4)
          .describe("All must stand in the frame"),
        length: z.union([
          z.int().min(1).max(4096),
          z
            .strictObject({ at, plus: z.int().min(0).max(64) })
            .describe("The byte at `at` says how many, and `plus` more"),
        ]),
      }),
    )
    .min(1)
    .max(16)
    .describe("How long a frame is, by what kind it is; the first that fits"),
  checksum: checksumSchema.optional(),
  idleMs,
});

export const framingSchema = z.discriminatedUnion("cut", [syncLength, line, fixed, modbus, table]);
export type Framing = z.infer<typeof framingSchema>;
export type SyncLengthFraming = z.infer<typeof syncLength>;
export type LineFraming = z.infer<typeof line>;
export type FixedFraming = z.infer<typeof fixed>;
export type ModbusFraming = z.infer<typeof modbus>;

export type TableFraming = z.infer<typeof table>;

/** The bytes of hex text that has passed {@link hexText}. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(" ", "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}

/** `EF AA 12`. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
}
