/** Corners that a well-behaved reader never shows: the last branches, called directly. */
import { describe, expect, it } from "vitest";
import { aes128 } from "../../src/adapters/aes.ts";
import { checksumBytes } from "../../src/decode/checksums.ts";
import { hear } from "../../src/decode/osdp-answers.ts";
import { deadline, startBus, step } from "../../src/decode/osdp-bus.ts";
import { NO_PIN, typed } from "../../src/decode/osdp-credentials.ts";
import { decodePacket, encodePacket, type Packet, packets } from "../../src/decode/osdp-packet.ts";
import { newReader } from "../../src/decode/osdp-reader.ts";
import { macOf, openReply, type Session, same, sessionKeys } from "../../src/decode/osdp-secure.ts";
import { type Out, USUAL_TIMING } from "../../src/decode/osdp-terms.ts";
import { REPLIES } from "../../src/decode/osdp-words.ts";
import { KEY, online, openWire, PINS, plan } from "./wire.ts";

const tools = { cipher: aes128, draw: (bytes: number) => new Uint8Array(bytes), timing: USUAL_TIMING };

describe("packets", () => {
  const frame = (control: number, ...rest: readonly number[]) => Uint8Array.of(0x53, 0x83, 0, 0, control, ...rest);
  it.each([
    ["a block of no bytes", frame(0x0c, 0, 0x40, 0, 0)],
    ["a block of its length alone", frame(0x0c, 1, 0x40, 0, 0)],
    ["a block that leaves no room for a code", frame(0x0c, 3, 0x11, 0, 0, 0)],
    ["a block that leaves no room for its MAC", frame(0x0c, 2, 0x16, 0x40, 1, 2, 3, 0, 0)],
  ])("%s", (_, bytes) => {
    expect(decodePacket(bytes)).toBeUndefined();
  });

  it.each([
    ["too short", "length 7 with a CRC", Uint8Array.of(0x53, 3, 7, 0, 4, 0, 0, 0)],
    ["too long", "length 1441", Uint8Array.of(0x53, 3, 0xa1, 5, 4, 0, 0, 0)],
  ])("a length that is %s (%s)", (_, __, bytes) => {
    const [, frames, faults] = packets.push(packets.start, bytes, 0);
    expect([frames.length, faults.map(({ code }) => code)]).toEqual([0, ["bad-length"]]);
  });

  it("half a packet is dropped after a silence", () => {
    const whole = encodePacket({ address: 3, reply: true, sequence: 1, code: REPLIES.ack });
    const [state] = packets.push(packets.start, whole.subarray(0, 6), 0);
    const [, frames, faults] = packets.push(state, whole.subarray(6), 60);
    expect([frames.length, faults.map(({ code }) => code)]).toEqual([0, ["idle-gap"]]);
  });
});

describe("replies within a session", () => {
  const keys = sessionKeys(aes128, KEY, new Uint8Array(8));
  const session: Session = { keys, commandMac: new Uint8Array(16), replyMac: new Uint8Array(16) };
  function reply(type: number, data: Uint8Array): Packet {
    const bytes = encodePacket(
      { address: 3, reply: true, sequence: 1, secure: [type], code: REPLIES.raw, data },
      (covered) => macOf(aes128, keys, session.commandMac, covered),
    );
    const packet = decodePacket(bytes);
    if (packet === undefined) throw new Error("no packet");
    return packet;
  }
  it.each<[string, number, Uint8Array]>([
    ["a command's block", 0x15, new Uint8Array(0)],
    ["data beside a bare MAC", 0x16, Uint8Array.of(1, 2, 3)],
    ["encrypted data that is no whole block", 0x18, new Uint8Array(15)],
    ["no encrypted data at all", 0x18, new Uint8Array(0)],
    ["encrypted data whose padding is none", 0x18, new Uint8Array(16)],
  ])("%s, its MAC right: not taken", (_, type, data) => {
    expect(openReply(aes128, session, reply(type, data))).toBeUndefined();
  });
  it("without data and with a right MAC it is taken, with a turned bit in it not", () => {
    const good = reply(0x16, new Uint8Array(0));
    expect(openReply(aes128, session, good)?.[1]).toEqual(new Uint8Array(0));
    expect(
      openReply(aes128, session, { ...good, sequence: 2, covered: good.covered.map((b) => b ^ 1) }),
    ).toBeUndefined();
  });
  it("same length is part of being the same", () => {
    expect(same(new Uint8Array(4), new Uint8Array(5))).toBe(false);
  });
});

describe("PINs", () => {
  const now = { at: 1_000, old: false };
  it.each<[string, string, readonly string[]]>([
    ["typed and ended", "2580#", ["2580"]],
    ["begun anew with *", "99*2580#", ["2580"]],
    ["a letter of a large keypad begins anew", "99A2580#", ["2580"]],
    ["too short", "258#", []],
    ["too long", "123456789#", []],
    ["much too long, then a good one", "12345678901234#2580#", ["2580"]],
    ["two", "2580#1379#", ["2580", "1379"]],
    ["not ended", "2580", []],
  ])("%s: %s", (_, keys, expected) => {
    expect(typed(NO_PIN, keys, now, PINS)[1].map(({ claim }) => claim.value)).toEqual(expected);
  });
  it("after five seconds without a key it begins anew", () => {
    const [entry] = typed(NO_PIN, "99", now, PINS);
    expect(typed(entry, "2580#", { at: 6_001, old: false }, PINS)[1]).toHaveLength(1);
    expect(typed(entry, "25#", { at: 6_000, old: false }, PINS)[1].map(({ claim }) => claim.value)).toEqual(["9925"]);
  });
  it("an old digit makes it old, wherever it stands", () => {
    const [entry] = typed(NO_PIN, "25", now, PINS);
    expect(typed(entry, "80#", { at: 1_100, old: true }, PINS)[1].map(({ old }) => old)).toEqual([true]);
  });
});

describe("the panel", () => {
  it("with nobody on the line sends nothing", () => {
    const [state, outs] = step(tools, startBus([], 0), { is: "line", at: 0, up: true });
    expect(outs).toEqual([]);
    expect(step(tools, state, { is: "due", at: 5 })[1]).toEqual([]);
    expect(deadline(startBus([], 0))).toBeUndefined();
  });

  it("takes no answer from a reader that nobody asked, nor waits for one that isn't there", () => {
    const reader = newReader(plan(3), 0);
    const packet = decodePacket(encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.ack }));
    if (packet === undefined) throw new Error("no packet");
    const asked = { what: "identify", bytes: new Uint8Array(0), sequence: 0, sent: 1, firstAt: 0 } as const;
    expect(hear(tools, reader, asked, packet, 5)).toEqual({ is: "answered", step: [reader, []] });
    const line = { is: "waiting", who: 9, ask: asked, replyBy: 10, latestBy: 20 } as const;
    const lost = { ...startBus([plan(3)], 0), line };
    expect(step(tools, lost, { is: "due", at: 30 })[1]).toEqual([]);
  });

  it("a packet whose security block doesn't fit", () => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = (reply) => [unfit(), reply];
    wire.run(100);
    expect(wire.news()).toEqual(["fault field-invalid"]);
  });

  it("what a reader says that nobody needs is a fault and no more", () => {
    const wire = openWire({ plans: [plan(3, { is: "clear" })] });
    const says: (readonly [number, Uint8Array])[] = [];
    wire.onReply = (bytes) => {
      const polled = wire.sent.at(-1)?.[5] === 0x60;
      const next = polled ? says.shift() : undefined;
      if (next === undefined) return [bytes];
      const sequence = (bytes[4] ?? 0) & 3;
      return [encodePacket({ address: 3, reply: true, sequence, code: next[0], data: next[1] })];
    };
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    wire.news();
    says.push([REPLIES.outputStatus, Uint8Array.of(1)], [REPLIES.communication, Uint8Array.of(3, 0, 0, 0, 0)]);
    says.push([REPLIES.formatted, Uint8Array.of(0, 0, 2, 0x34, 0x32)], [REPLIES.raw, Uint8Array.of(0, 1, 8, 0, 5)]);
    wire.run(1_000);
    expect(wire.news()).toEqual(["fault no-kind-matches", "r3 card 42", "fault field-invalid"]);
  });

  it("a reader that tells nothing of itself is taken all the same; one that has no inputs isn't asked for them", () => {
    const wire = openWire({ plans: [plan(3)] });
    wire.onReply = (bytes) => {
      const asked = wire.sent.at(-1)?.[5];
      const sequence = (bytes[4] ?? 0) & 3;
      const refusal = { address: 3, reply: true, sequence, code: REPLIES.nak, data: Uint8Array.of(3) };
      return [asked === 0x61 || asked === 0x62 ? encodePacket(refusal) : bytes];
    };
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    expect(wire.news()).toEqual(["r3 online secure", "r3 tamper false"]);
  });

  it("our sequence is refused: begun anew", () => {
    const wire = online({ plans: [plan(3)] });
    let once = true;
    wire.onReply = (bytes) => {
      if (!once) return [bytes];
      once = false;
      return [encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.nak, data: Uint8Array.of(4) })];
    };
    wire.run(1_000);
    expect(wire.news()).toEqual(["r3 identity", "r3 tamper false", "r3 inputs"]);
  });

  it("a reader in install mode that takes no key is an alarm", () => {
    const installing = plan(3, { is: "secure", key: KEY, installUntil: 60_000 });
    const told: Out[] = [];
    const session = {
      keys: sessionKeys(aes128, KEY, new Uint8Array(8)),
      commandMac: new Uint8Array(16),
      replyMac: new Uint8Array(16),
    };
    const reader = { ...newReader(installing, 0), phase: { is: "keying", session, newKey: KEY } as const };
    const asked = { what: "key", bytes: new Uint8Array(0), sequence: 1, sent: 1, firstAt: 0 } as const;
    const refusal = { address: 3, reply: true, sequence: 1, code: REPLIES.nak, data: Uint8Array.of(3) };
    const packet = decodePacket(encodePacket(refusal));
    const answer = packet === undefined ? undefined : hear(tools, reader, asked, packet, 5);
    if (answer?.is === "answered") told.push(...answer.step[1]);
    expect(told.map((out) => (out.do === "distrust" ? out.why : out.do))).toEqual([
      "it does not take a key: unknown command",
      "offline",
    ]);
  });
});

/** Its block claims nine bytes, its CRC is right. */
function unfit(): Uint8Array {
  const sound = encodePacket({ address: 3, reply: true, sequence: 1, code: 0x09, data: Uint8Array.of(0x40) });
  const changed = sound.slice(0, -2);
  changed.set([0x0d], 4);
  const crc = checksumBytes("crc16-osdp", changed);
  return Uint8Array.of(...changed, ...crc);
}
