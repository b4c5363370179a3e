// The standard's numbers (SIA Annex E) and the packets of a maintained implementation, as published or computed from
// the layout; `origin` in vectors.json says which.
import { describe, expect, it } from "vitest";
import { aes128 } from "../../src/adapters/aes.ts";
import { cardClaim } from "../../src/decode/osdp-credentials.ts";
import { decodePacket, encodePacket, type Packet, packets } from "../../src/decode/osdp-packet.ts";
import {
  clientCryptogram,
  DEFAULT_KEY,
  firstMac,
  openReply,
  type Session,
  sealCommand,
  serverCryptogram,
  sessionKeys,
} from "../../src/decode/osdp-secure.ts";
import {
  buzzerData,
  COMMANDS,
  keyData,
  ledData,
  outputData,
  REPLIES,
  said,
  textData,
} from "../../src/decode/osdp-words.ts";
import { fromHex, toHex } from "../../src/decode/profile-framing.ts";
import osdp from "./vectors.json" with { type: "json" };
import wiegand from "./wiegand.json" with { type: "json" };

function cut(hex: string): Packet {
  const [, frames, faults] = packets.push(packets.start, fromHex(hex), 1000);
  expect(faults).toEqual([]);
  const packet = decodePacket(frames[0] ?? new Uint8Array(0));
  if (packet === undefined) throw new Error(hex);
  return packet;
}
const vector = (name: string) => {
  const found = osdp.vectors.find((one) => one.name.startsWith(name));
  if (found === undefined) throw new Error(name);
  return found;
};

describe("packets", () => {
  it.each(osdp.vectors)("$name is cut, taken apart and made again", ({ hex }) => {
    const packet = cut(hex);
    const bare = hex.replace(/^FF /, "");
    const { address, reply, sequence, code, data, secure, mac } = packet;
    const block = secure === undefined ? {} : { secure: [secure.type, ...secure.rest] as const };
    const made = encodePacket(
      { address, reply, sequence, code, data, sum: !packet.crc, ...block },
      mac === undefined ? undefined : () => mac,
    );
    expect(toHex(made)).toBe(bare);
  });

  it.each(osdp.vectors)("$name: a turned bit anywhere makes it none", ({ hex }) => {
    const bytes = fromHex(hex.replace(/^FF /, ""));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = bytes.slice();
      turned.set([(bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))], bit >> 3);
      const [state, frames] = packets.push(packets.start, turned, 1000);
      const [, late] = packets.push(state, new Uint8Array(0), packets.deadline(state) ?? 1100);
      // A sum of one byte is known to be weak where the control byte itself says which sum it is.
      if (bytes[4] !== undefined && (bytes[4] & 4) === 4) expect([...frames, ...late]).toEqual([]);
    }
  });
});

describe("Annex E", () => {
  const derived = osdp.secureChannelDerivation;
  const rndA = fromHex(derived.rndA);
  const rndB = fromHex(derived.rndB);
  const keys = sessionKeys(aes128, fromHex(derived.scbk), rndA);

  it("keys, cryptograms and the first MAC", () => {
    expect(toHex(DEFAULT_KEY)).toBe(derived.scbk);
    const server = serverCryptogram(aes128, keys, rndA, rndB);
    expect({
      s_mac1: toHex(keys.mac1),
      s_mac2: toHex(keys.mac2),
      s_enc: toHex(keys.enc),
      serverCryptogram: toHex(server),
      clientCryptogram: toHex(clientCryptogram(aes128, keys, rndA, rndB)),
      rmac_i: toHex(firstMac(aes128, keys, server)),
    }).toEqual({
      s_mac1: derived.s_mac1,
      s_mac2: derived.s_mac2,
      s_enc: derived.s_enc,
      serverCryptogram: derived.serverCryptogram,
      clientCryptogram: derived.clientCryptogram,
      rmac_i: derived.rmac_i,
    });
  });

  it("a session: POLL, ACK, then an encrypted OUT, each MAC chained from the one before", () => {
    let session: Session = { keys, commandMac: new Uint8Array(16), replyMac: fromHex(derived.rmac_i) };
    const none = new Uint8Array(0);
    const [asked, poll] = sealCommand(aes128, session, { address: 0, sequence: 3, code: COMMANDS.poll, data: none });
    expect(toHex(poll)).toBe(vector("SC POLL").hex);
    const opened = openReply(aes128, asked, cut(vector("SC ACK").hex));
    expect(opened?.[1]).toEqual(none);
    session = opened?.[0] ?? session;
    const out = { address: 0, sequence: 1, code: COMMANDS.output, data: outputData(0, 1500) };
    expect(toHex(sealCommand(aes128, session, out)[1])).toBe(vector("SC OUT").hex);
  });
});

describe("what packets say", () => {
  const made = (sequence: number, code: number, data: Uint8Array) =>
    toHex(encodePacket({ address: 3, sequence, code, data }));

  it("commands are made as published or computed", () => {
    expect(made(3, COMMANDS.output, outputData(0, 1500))).toBe(vector("OUT 0").hex);
    const green = { colour: "green", otherColour: "off", on: 1, off: 0, for: 30 } as const;
    expect(made(1, COMMANDS.led, ledData(0, green))).toBe(vector("LED reader0").hex);
    expect(made(2, COMMANDS.buzzer, buzzerData({ on: 1, off: 1, times: 2 }))).toBe(vector("BUZ reader0").hex);
    expect(toHex(keyData(DEFAULT_KEY)).slice(0, 8)).toBe("01 10 30");
    expect(textData("Hi", 3)).toEqual(Uint8Array.of(0, 4, 3, 1, 1, 2, 0x48, 0x69));
    expect([textData("", 3), textData("林", 3), textData("x".repeat(33), 3)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(outputData(2, 10)).toEqual(Uint8Array.of(2, 5, 1, 0));
  });

  const replies: readonly (readonly [string, unknown])[] = [
    ["libosdp ACK from", { is: "ack" }],
    ["libosdp NAK", { is: "nak", why: 1 }],
    ["NAK 6", { is: "nak", why: 6 }],
    ["BUSY", { is: "busy" }],
    ["RAW 26", { is: "card", bits: "10111101100010001110101110", format: 1 }],
    ["KEYPAD 4", { is: "keys", keys: "2580#" }],
    ["ISTATR", { is: "inputs", on: [false, true, false, false] }],
    ["OSTATR", { is: "outputs", on: [true, false] }],
    ["LSTATR", { is: "local", tamper: true, power: false }],
    [
      "PDID",
      { is: "identity", identity: { vendor: "0a0b0c", model: 2, version: 1, serial: 305419896, firmware: "1.4.9" } },
    ],
    ["SC RMAC_I", { is: "first-mac", mac: fromHex(osdp.secureChannelDerivation.rmac_i) }],
    [
      "SC CCRYPT",
      {
        is: "proof",
        clientId: fromHex(osdp.secureChannelDerivation.cUID),
        rndB: fromHex(osdp.secureChannelDerivation.rndB),
        cryptogram: fromHex(osdp.secureChannelDerivation.clientCryptogram),
      },
    ],
  ];
  it.each(replies)("%s", (name, expected) => {
    const { code, data } = cut(vector(name).hex);
    expect(said(code, data)).toEqual(expected);
  });

  it.each<[string, number, string, unknown]>([
    ["COM", REPLIES.communication, "05 80 25 00 00", { is: "communication", address: 5, baud: 9600 }],
    ["capabilities", REPLIES.capabilities, "01 01 04 02 01 02 04", { is: "capabilities", inputs: 4, outputs: 2 }],
    ["no capabilities", REPLIES.capabilities, "", { is: "capabilities", inputs: 0, outputs: 0 }],
    ["formatted", REPLIES.formatted, "00 00 03 31 32 33", { is: "text", text: "123" }],
    ["formatted, its length wrong", REPLIES.formatted, "00 00 04 31 32 33", { is: "malformed" }],
    ["formatted with control characters", REPLIES.formatted, "00 00 03 31 00 33", { is: "malformed" }],
    ["a card with a byte too many", REPLIES.raw, "00 01 1A 00 BD 88 EB 80 00", { is: "malformed" }],
    ["a card of no bits", REPLIES.raw, "00 01 00 00", { is: "malformed" }],
    ["keys with a letter", REPLIES.keypad, "00 01 67", { is: "malformed" }],
    ["keys, their number wrong", REPLIES.keypad, "00 03 31 32", { is: "malformed" }],
    ["star and number sign", REPLIES.keypad, "00 03 7F 31 0D", { is: "keys", keys: "*1#" }],
    ["a NAK without a reason", REPLIES.nak, "", { is: "malformed" }],
    ["a code nobody knows", 0x99, "00", { is: "unknown" }],
  ])("%s", (_, code, hex, expected) => {
    expect(said(code, hex === "" ? new Uint8Array(0) : fromHex(hex))).toEqual(expected);
  });
});

describe("Wiegand", () => {
  const rules = { lengths: [26, 32, 34, 37, 56], written: "decimal" } as const;
  it.each(wiegand.vectors.filter(({ count }) => count >= 26))("$name", ({ bits, facility, card, decimalInner }) => {
    if (decimalInner === undefined) expect(cardClaim(bits, rules)).toEqual({ is: "unfit", why: "parity" });
    else {
      const value = String(decimalInner).padStart(10, "0");
      expect(cardClaim(bits, rules)).toEqual({ type: "card", value });
      const written = `${String(facility).padStart(3, "0")},${String(card).padStart(5, "0")}`;
      expect(cardClaim(bits, { ...rules, written: "facility-card" })).toEqual({ type: "card", value: written });
    }
  });
  it.each<[string, string, unknown]>([
    ["32 bits: a bare number", "1".repeat(32), { type: "card", value: "4294967295" }],
    ["56 bits: in hex", `0000${"1".repeat(52)}`, { type: "card", value: "0FFFFFFFFFFFFF" }],
    ["37 bits: in hex", `1${"0".repeat(36)}`, { type: "card", value: "1000000000" }],
    ["even parity wrong", `1${"0".repeat(25)}`, { is: "unfit", why: "parity" }],
    ["a length nobody wants", "1".repeat(35), { is: "unfit", why: "35 bits are not among cards.lengths" }],
  ])("%s", (_, bits, expected) => {
    expect(cardClaim(bits, rules)).toEqual(expected);
  });
});
