/** Noise, loss and lies on the bus: whatever happens, only cards that were held to a reader come out, each at most once. */
import { describe, expect, it } from "vitest";
import { decodePacket, encodePacket } from "../../src/decode/osdp-packet.ts";
import { REPLIES } from "../../src/decode/osdp-words.ts";
import { wiegand26 } from "../../src/simulator/osdp-wire.ts";
import { random } from "../../src/simulator/random.ts";
import { online, plan, type Wire } from "./wire.ts";

const cardsOf = (wire: Wire): readonly string[] =>
  wire.told.flatMap((out) => (out.do === "present" ? [`${out.device} ${out.claim.value}`] : []));
const written = (card: number) => String(card).padStart(10, "0");
const CARD_OF_NOBODY = Uint8Array.of(0, 1, 26, 0, 0xbd, 0x88, 0xeb, 0x80);

describe("one reply damaged at every byte", () => {
  it.each([
    ["secure", plan(3)],
    ["in clear", plan(3, { is: "clear" })],
  ])("%s: cut, lost or turned; the card comes once, by the next answer", (_, one) => {
    const length = 40;
    for (let at = 0; at < length; at += 1) {
      for (const damage of [cutAt, loseAt, turnAt]) {
        const wire = online({ plans: [one] });
        let first = true;
        wire.onReply = (bytes) => {
          if (!first) return [bytes];
          first = false;
          return damage(bytes, at % bytes.length);
        };
        wire.readers.get(3)?.card(wiegand26(0, 7));
        wire.run(2_000);
        expect({ at, damage: damage.name, cards: cardsOf(wire) }).toEqual({
          at,
          damage: damage.name,
          cards: [`r3 ${written(7)}`],
        });
      }
    }
  });
});

const cutAt = (bytes: Uint8Array, at: number) => [bytes.subarray(0, at)];
const loseAt = (bytes: Uint8Array, at: number) => [Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1))];
const turnAt = (bytes: Uint8Array, at: number) => [
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte)),
];

describe("a liar on the bus who knows the protocol but not the key", () => {
  it.each([1, 2, 3, 4])("20,000 forged replies, seed %d: 0 cards", (seed) => {
    const dice = random(seed);
    const wire = online({ plans: [plan(3)], seed });
    let forged = 0;
    wire.onReply = (bytes) => {
      const lies = Array.from({ length: 20 }, () => lie(dice, bytes));
      forged += lies.length;
      return [...lies, bytes];
    };
    for (let round = 0; forged < 20_000 && round < 1_000; round += 1) wire.run(1_000);
    expect(forged).toBeGreaterThanOrEqual(20_000);
    expect(cardsOf(wire)).toEqual([]);
  });
});

/** A reply with a right CRC and address: a card in clear, sealed under a made-up MAC, or the true reply with one byte changed. */
function lie(dice: ReturnType<typeof random>, truth: Uint8Array): Uint8Array {
  const sequence = dice.chance(0.5) ? (truth[4] ?? 0) & 3 : dice.below(4);
  const code = dice.pick(Object.values(REPLIES).filter((one) => one !== REPLIES.busy && one !== REPLIES.nak)) ?? 0;
  const noise = (length: number) => Uint8Array.from({ length }, () => dice.below(256));
  const head = { address: 3, reply: true, sequence };
  if (dice.chance(0.4)) return encodePacket({ ...head, code: REPLIES.raw, data: CARD_OF_NOBODY });
  if (dice.chance(0.5)) {
    const type = dice.pick([0x15, 0x16, 0x17, 0x18]) ?? 0x16;
    return encodePacket({ ...head, secure: [type], code, data: noise(16 * dice.below(3)) }, () => noise(4));
  }
  const packet = decodePacket(truth);
  const data = noise(packet?.data.length ?? 0);
  const secure = packet?.secure === undefined ? {} : { secure: [packet.secure.type, ...packet.secure.rest] as const };
  return encodePacket({ ...head, ...secure, code, data }, packet?.mac === undefined ? undefined : () => noise(4));
}

describe("a bad line", () => {
  it.each([11, 12, 13, 14, 15])("half an hour of noise, loss, repeats and pulled plugs, seed %d", (seed) => {
    const dice = random(seed);
    const plans = [plan(1), plan(2), plan(3, { is: "clear" })];
    const wire = online({ plans, seed });
    wire.onReply = (bytes) => {
      if (dice.chance(0.05)) return [];
      if (dice.chance(0.05)) return cutAt(bytes, dice.below(bytes.length));
      if (dice.chance(0.05)) return turnAt(bytes, dice.below(bytes.length));
      if (dice.chance(0.05)) return [bytes, bytes];
      if (dice.chance(0.05)) return [Uint8Array.of(0x53, dice.below(256), dice.below(256), 0, 0x04), bytes];
      return [bytes];
    };
    wire.onSend = (bytes) => (dice.chance(0.03) ? undefined : bytes);
    const shown: string[] = [];
    for (let minute = 0; minute < 30; minute += 1) {
      const card = minute + 1;
      const address = 1 + dice.below(3);
      wire.readers.get(address)?.card(wiegand26(0, card));
      shown.push(`r${address} ${written(card)}`);
      wire.run(60_000);
      if (dice.chance(0.2)) {
        wire.give({ is: "line", at: wire.at(), up: false });
        wire.run(dice.below(5_000));
        wire.give({ is: "line", at: wire.at(), up: true });
      }
      if (dice.chance(0.2)) wire.readers.get(1)?.restart();
    }
    const cards = cardsOf(wire);
    expect(new Set(cards).size).toBe(cards.length);
    expect(cards.filter((one) => !shown.includes(one))).toEqual([]);
    // The readers forget what they said once: a card whose answer was lost for good is the price of a broken session.
    expect(cards.length).toBeGreaterThan(24);
  });

  it("random bytes for ever: nobody is heard, and the panel asks on", () => {
    const dice = random(5);
    const wire = online({ plans: [plan(3)] });
    wire.readers.get(3)?.mute(true);
    for (let i = 0; i < 20_000; i += 1) {
      wire.give({ is: "bytes", at: wire.at(), bytes: Uint8Array.of(dice.chance(0.2) ? 0x53 : dice.below(256)) });
      wire.run(3);
    }
    expect(cardsOf(wire)).toEqual([]);
    expect(wire.news()).toContain("r3 offline: no answer");
    wire.readers.get(3)?.mute(false);
    wire.run(20_000);
    expect(wire.news()).toContain("r3 online secure");
  });
});
