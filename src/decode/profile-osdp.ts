/** The parts of an OSDP reader's profile: its protocol is code, so a profile only says what differs from reader to reader. */
import * as z from "zod";
import { COLOURS, type Colour } from "./osdp-words.ts";

const colours = z.enum(Object.keys(COLOURS).filter((name): name is Colour => Object.hasOwn(COLOURS, name)));
const byte = z.int().min(0).max(255);

const moodSchema = z
  .strictObject({
    led: z
      .strictObject({
        led: byte.default(0),
        colour: colours,
        otherColour: colours.default("off").describe("Shown while it is off"),
        on: byte.describe("Units of 100 ms"),
        off: byte.default(0),
        for: z.int().min(1).max(600).describe("How long in all, units of 100 ms"),
      })
      .optional(),
    buzzer: z
      .strictObject({ on: byte.describe("Units of 100 ms"), off: byte.default(1), times: z.int().min(1).max(10) })
      .optional(),
  })
  .describe("What a person at the reader sees and hears");

export const osdpShape = {
  link: z.strictObject({
    via: z.literal("serial"),
    baud: z.int().min(9600).max(230_400).default(9600),
    dataBits: z.literal(8).default(8),
    parity: z.literal("none").default("none"),
    stopBits: z.literal(1).default(1),
  }),
  cards: z.strictObject({
    lengths: z
      .array(z.int().min(8).max(128))
      .min(1)
      .max(16)
      .describe("Bits: 26 and 34 with parities, 32 a bare number, others in hex; any other length is refused"),
    written: z.enum(["decimal", "facility-card"]).default("decimal").describe("As the whitelist writes card numbers"),
  }),
  pins: z
    .strictObject({
      minDigits: z.int().min(1).max(16).default(4),
      maxDigits: z.int().min(1).max(16).default(8),
      keyMs: z.int().min(500).max(60_000).default(5_000).describe("Between two keys; later ones begin anew"),
    })
    .prefault({}),
  outputs: z.int().min(0).max(8).default(0).describe("Relays of its own, for `pulse`"),
  display: z
    .strictObject({ seconds: z.int().min(1).max(255).default(3).describe("How long a text stays") })
    .optional()
    .describe("It has one: the command `say` shows a text of printable ASCII, 32 characters at the most"),
  feedback: z.strictObject({ granted: moodSchema, denied: moodSchema, waiting: moodSchema }).partial().prefault({}),
  pollMs: z.int().min(20).max(1_000).default(50),
  replyMs: z.int().min(50).max(1_000).default(200),
  offlineMs: z.int().min(1_000).max(60_000).default(8_000),
  repeatQuietMs: z.int().min(0).max(60_000).default(2_000).describe("The same card within this time counts once"),
};
