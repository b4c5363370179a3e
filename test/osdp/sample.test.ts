/** What `gatepost decode osdp-reader` and a profile's samples make of bytes; the shipped samples are run with the profiles. */
import { expect, it } from "vitest";
import shipped from "../../device-profiles/osdp-reader.json" with { type: "json" };
import { encodePacket } from "../../src/decode/osdp-packet.ts";
import { readOsdp } from "../../src/decode/osdp-sample.ts";
import { REPLIES } from "../../src/decode/osdp-words.ts";
import { osdpProfileSchema } from "../../src/decode/profile.ts";

const profile = osdpProfileSchema.parse(shipped);
const reply = (code: number, ...data: readonly number[]) =>
  encodePacket({ address: 3, reply: true, sequence: 1, code, data: Uint8Array.from(data) });
const ignored = (kind: string, why: string) => ({ is: "read", kind, reports: [{ is: "ignored", why }], answers: [] });

it.each<[string, Uint8Array, unknown]>([
  [
    "a security block that is none",
    encodePacket({ address: 3, reply: true, sequence: 1, secure: [0x16], code: REPLIES.ack }),
    { is: "fault", fault: { code: "field-invalid", where: "byte 5", message: "the security block doesn't fit" } },
  ],
  [
    "a formatted card",
    reply(REPLIES.formatted, 0, 0, 2, 0x34, 0x32),
    {
      is: "read",
      kind: "text",
      reports: [{ is: "presented", claim: { type: "card", value: "42" }, live: true }],
      answers: [],
    },
  ],
  ["a reason nobody knows", reply(REPLIES.nak, 99), ignored("nak", "99")],
  ["power failing, closed", reply(REPLIES.localStatus, 0, 1), ignored("local", "tamper no, power failing")],
  ["busy", reply(REPLIES.busy), ignored("busy", "busy")],
])("%s", (_, bytes, expected) => {
  expect(readOsdp(profile, [bytes])).toEqual([expected]);
});

it("nothing is nothing, and any length of card is written or refused by the profile alone", () => {
  expect(readOsdp(profile, [])).toEqual([]);
  const [reading] = readOsdp(profile, [reply(REPLIES.raw, 0, 0, 37, 0, 1, 2, 3, 4, 5)]);
  expect(reading).toMatchObject({ is: "fault", fault: { where: "bits" } });
});
