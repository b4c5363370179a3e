/** What happens on the bus, told as an installer would. The readers are simulated ones with packets and AES of their own. */
import { describe, expect, it } from "vitest";
import { decodePacket, encodePacket } from "../../src/decode/osdp-packet.ts";
import { COMMANDS, outputData, REPLIES } from "../../src/decode/osdp-words.ts";
import { wiegand26 } from "../../src/simulator/osdp-wire.ts";
import { KEY, online, openWire, plan, type Wire } from "./wire.ts";

const CARD = wiegand26(123, 4567);
const CARD_VALUE = "r3 card 0008065495";
const reader = (wire: Wire, address = 3) => {
  const one = wire.readers.get(address);
  if (one === undefined) throw new Error(`no reader ${address}`);
  return one;
};
const sentTo = (wire: Wire, address: number) => wire.sent.filter((bytes) => bytes[1] === address).length;
const codeOf = (bytes: Uint8Array) => decodePacket(bytes)?.code;

describe("a reader with its own key", () => {
  it("is greeted, proves itself, and its cards count once it has said that it had nothing to tell", () => {
    const wire = openWire({ plans: [plan(3)] });
    wire.run(100);
    expect(wire.sent).toEqual([]);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    expect(wire.news()).toEqual(["r3 identity", "r3 online secure", "r3 tamper false", "r3 inputs"]);
    expect(reader(wire).isSecure).toBe(true);
    reader(wire).card(CARD);
    wire.run(200);
    expect(wire.news()).toEqual([CARD_VALUE]);
    reader(wire).keys("25");
    wire.run(200);
    reader(wire).keys("80#");
    reader(wire).tamper(true);
    wire.run(200);
    expect(wire.news()).toEqual(["r3 pin 2580", "r3 tamper true"]);
  });

  it("no card number stands on the wire in clear", () => {
    const wire = online({ plans: [plan(3)] });
    reader(wire).card(CARD);
    wire.run(200);
    expect(wire.news()).toEqual([CARD_VALUE]);
    expect(wire.replied.some((bytes) => Buffer.from(bytes).toString("hex").includes("bd88eb80"))).toBe(false);
  });

  it("sequence numbers: 0 once, then 1, 2, 3, 1, …", () => {
    const wire = online({ plans: [plan(3)] });
    const turns = wire.sent.map((bytes) => (bytes[4] ?? 0) & 3);
    expect(turns.slice(0, 8)).toEqual([0, 1, 2, 3, 1, 2, 3, 1]);
    expect(turns.slice(1)).not.toContain(0);
  });

  it("a lost reply: the same packet again, and the card counts once", () => {
    const wire = online({ plans: [plan(3)] });
    let lost = 0;
    wire.onReply = (bytes) => (lost++ === 0 ? [] : [bytes]);
    reader(wire).card(CARD);
    const before = wire.sent.length;
    wire.run(1_000);
    expect(wire.news()).toEqual([CARD_VALUE]);
    expect(wire.sent[before]).toEqual(wire.sent[before + 1]);
  });

  it.each([
    ["in a session", plan(3)],
    ["in clear", plan(3, { is: "clear" })],
  ])("a reply said twice counts once, %s", (_, one) => {
    const wire = online({ plans: [one] });
    // Once at once, and once more while the next question is already out.
    const pause = Array.from({ length: 8 }, () => new Uint8Array(0));
    wire.onReply = (bytes) => [bytes, bytes, ...pause, bytes];
    reader(wire).card(CARD);
    wire.run(1_000);
    expect(wire.news().filter((one) => !one.startsWith("fault"))).toEqual([CARD_VALUE]);
  });

  it("our own echo on the line is no reply", () => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = (bytes) => [wire.sent.at(-1) ?? bytes, bytes];
    reader(wire).card(CARD);
    wire.run(500);
    expect(wire.news()).toEqual([CARD_VALUE]);
  });
});

describe("what waited in a reader is history", () => {
  it("cards from before the connection, and from before it was plugged in again", () => {
    const wire = openWire({ plans: [plan(3)] });
    reader(wire).card(CARD);
    reader(wire).keys("2580#");
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    expect(wire.news()).toContain(`${CARD_VALUE} old`);
    wire.give({ is: "line", at: wire.at(), up: false, why: "unplugged" });
    expect(wire.news()).toEqual(["r3 offline: unplugged"]);
    reader(wire).card(CARD);
    wire.run(60_000);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    expect(wire.news()).toEqual([
      "r3 identity",
      "r3 online secure",
      "r3 tamper false",
      "r3 inputs",
      `${CARD_VALUE} old`,
    ]);
    reader(wire).card(CARD);
    wire.run(1_000);
    expect(wire.news()).toEqual([CARD_VALUE]);
  });

  it("half a reply before the plug was pulled and half of it after are none, wherever it was cut", () => {
    for (let cut = 1; cut < 16; cut += 1) {
      const wire = online({ plans: [plan(3, { is: "clear" })] });
      let late: Uint8Array | undefined;
      wire.onReply = (bytes) => {
        if (codeOf(bytes) !== REPLIES.raw) return [bytes];
        late = bytes.subarray(cut);
        return [bytes.subarray(0, cut)];
      };
      reader(wire).card(CARD);
      while (late === undefined) wire.run(5);
      wire.run(12);
      wire.give({ is: "line", at: wire.at(), up: false });
      wire.give({ is: "line", at: wire.at(), up: true });
      wire.give({ is: "bytes", at: wire.at(), bytes: late });
      wire.run(1_000);
      expect({ cut, cards: wire.told.filter((out) => out.do === "present") }).toEqual({ cut, cards: [] });
    }
  });

  it("digits from before the pause make the whole PIN old", () => {
    const wire = openWire({ plans: [plan(3)] });
    reader(wire).keys("25");
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    reader(wire).keys("80#");
    wire.run(200);
    expect(wire.news()).toContain("r3 pin 2580 old");
  });

  it("nobody asked for longer than gapMs: what it then tells is as old as that", () => {
    const wire = online({ plans: [plan(3)], timing: { busyForMs: 60_000 } });
    let busy = true;
    wire.onReply = (bytes) =>
      busy ? [encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.busy })] : [bytes];
    wire.run(100);
    reader(wire).card(CARD);
    wire.run(4_000);
    busy = false;
    wire.run(500);
    expect(wire.news()).toEqual([`${CARD_VALUE} old`]);
    reader(wire).card(CARD);
    wire.run(500);
    expect(wire.news()).toEqual([CARD_VALUE]);
  });
});

describe("several readers on one line", () => {
  const plans = [plan(0), plan(7), plan(126, { is: "clear" })];

  it("each is asked in turn, and one that is dead is asked rarely", () => {
    const wire = openWire({ plans });
    reader(wire, 7).mute(true);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(60_000);
    const [first, dead, last] = [sentTo(wire, 0), sentTo(wire, 7), sentTo(wire, 126)];
    expect(wire.news()).toContain("r7 offline: no answer");
    expect(dead).toBeLessThan(15);
    expect(first).toBeGreaterThan(600);
    expect(Math.abs(first - last)).toBeLessThan(60);
    reader(wire, 7).mute(false);
    wire.run(11_000);
    expect(wire.news()).toContain("r7 online secure");
  });

  it("a reader that goes dark is told offline after 8 s, not before, and is found again", () => {
    const wire = online({ plans });
    reader(wire, 0).mute(true);
    wire.run(7_000);
    expect(wire.news()).toEqual([]);
    wire.run(4_000);
    expect(wire.news()).toEqual(["r0 offline: no answer"]);
    wire.run(60_000);
    expect(wire.news().filter((one) => one.startsWith("r0"))).toEqual([]);
    reader(wire, 0).mute(false);
    wire.run(11_000);
    expect(wire.news()).toContain("r0 online secure");
  });

  it("a reader that lost its power for a second makes a new session, and nobody is alarmed", () => {
    const wire = online({ plans });
    reader(wire, 0).restart();
    wire.run(1_000);
    expect(wire.news()).toEqual(["r0 identity", "r0 tamper false", "r0 inputs"]);
    expect(reader(wire, 0).isSecure).toBe(true);
  });

  it("a reply in another one's name is nobody's", () => {
    const wire = online({ plans });
    const forged = encodePacket({ address: 126, reply: true, sequence: 1, code: REPLIES.raw, data: RAW_CARD });
    wire.onReply = (bytes) => (bytes[1] === 0x80 ? [forged, bytes] : [bytes]);
    wire.run(1_000);
    expect(wire.news()).toEqual(["fault wrong-device"]);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.give({ is: "bytes", at: wire.at(), bytes: forged });
    expect(wire.told.some((out) => out.do === "present")).toBe(false);
  });
});

const RAW_CARD = Uint8Array.of(0, 1, 26, 0, 0xbd, 0x88, 0xeb, 0x80);

describe("orders", () => {
  const LED = { code: COMMANDS.led, data: new Uint8Array(14), repeatable: true };
  const OUT = { code: COMMANDS.output, data: outputData(0, 500) };

  it("go before polls, encrypted, and are answered", () => {
    const pulses: number[] = [];
    const wire = online({ plans: [plan(3)], readers: [{ output: (channel) => pulses.push(channel) }] });
    wire.order("r3", LED);
    wire.order("r3", OUT);
    wire.order("r3", { code: 0x6c, data: new Uint8Array(1) });
    wire.order("nobody", LED);
    wire.run(500);
    expect(wire.news()).toEqual(["order 4 failed", "order 1 done", "order 2 done", "order 3 failed", "fault refused"]);
    expect(pulses).toEqual([1]);
    expect(reader(wire).shown).toEqual([`69 ${"00".repeat(14)}`]);
  });

  it("an output whose answer is lost is uncertain and never sent again; the reader begins anew", () => {
    const pulses: number[] = [];
    const wire = online({ plans: [plan(3)], readers: [{ output: (channel) => pulses.push(channel) }] });
    wire.order("r3", OUT);
    wire.order("r3", OUT);
    wire.onReply = () => [];
    wire.run(400);
    wire.onReply = (bytes) => [bytes];
    wire.run(5_000);
    expect(wire.news().slice(0, 2)).toEqual(["order 1 uncertain", "order 2 failed"]);
    expect(pulses).toEqual([1]);
    expect(reader(wire).isSecure).toBe(true);
  });

  it("a light whose answer is lost is shown once by a good reader, and done", () => {
    const wire = online({ plans: [plan(3)] });
    let lost = 0;
    wire.onReply = (bytes) => (lost++ === 0 ? [] : [bytes]);
    wire.order("r3", LED);
    wire.run(1_000);
    expect(wire.news()).toEqual(["order 1 done"]);
    expect(reader(wire).shown).toHaveLength(1);
  });

  it("busy: a light waits, an output doesn't", () => {
    const wire = online({ plans: [plan(3)] });
    let busy = 3;
    wire.onReply = (bytes) =>
      busy-- > 0 ? [encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.busy })] : [bytes];
    wire.order("r3", LED);
    wire.run(1_000);
    expect(wire.news()).toEqual(["order 1 done"]);
    busy = 1;
    wire.order("r3", OUT);
    wire.run(1_000);
    expect(wire.news()[0]).toBe("order 2 uncertain");
  });

  it("for ever busy: given up, what was held has failed", () => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = () => [encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.busy })];
    wire.order("r3", { ...LED, until: wire.at() + 60_000 });
    wire.run(2_000);
    wire.give({ is: "line", at: wire.at(), up: false });
    expect(wire.news()).toEqual(["order 1 failed", "r3 offline: the line is down"]);
    const other = online({ plans: [plan(3)] });
    other.onReply = () => [encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.busy })];
    other.order("r3", { ...LED, until: other.at() + 60_000 });
    other.run(20_000);
    expect(other.news()[0]).toBe("order 1 uncertain");
  });

  it("one that is too late is not carried out", () => {
    const wire = online({ plans: [plan(3), plan(4)] });
    reader(wire, 4).mute(true);
    const before = sentTo(wire, 4);
    while (sentTo(wire, 4) === before) wire.run(1);
    wire.order("r3", { ...OUT, until: wire.at() + 50 });
    wire.order("r3", { ...OUT, until: wire.at() + 9_000 });
    wire.run(1_500);
    expect(wire.news()).toEqual(["order 1 failed", "order 2 done"]);
  });

  it("more than the reader could do are refused", () => {
    const wire = online({ plans: [plan(3)] });
    for (let i = 0; i < 20; i += 1) wire.order("r3", LED);
    wire.run(3_000);
    expect(wire.news().filter((one) => one.endsWith("failed"))).toHaveLength(4);
  });

  it("the line breaks while an output is open: uncertain", () => {
    const wire = online({ plans: [plan(3)] });
    wire.run(20);
    wire.order("r3", OUT);
    while (!wire.sent.slice(-1).some((bytes) => bytes[6] === 0x17)) wire.run(1);
    wire.give({ is: "line", at: wire.at(), up: false });
    expect(wire.news()).toEqual(["order 1 uncertain", "r3 offline: the line is down"]);
    wire.give({ is: "due", at: wire.at() });
    expect(wire.news()).toEqual([]);
  });
});

describe("the secure channel is not to be talked out of", () => {
  const alarm = (why: string) => [`r3 distrust: ${why}`, `r3 offline: ${why}`];
  const refusing = (more: Parameters<typeof openWire>[0]) => {
    const wire = openWire(more);
    wire.give({ is: "line", at: wire.at(), up: true });
    return wire;
  };

  it.each<[string, Uint8Array | undefined, string]>([
    ["a reader that knows another key", KEY.map((byte) => byte ^ 1), "it does not hold the key of this reader"],
    ["a reader without a key", undefined, "it refuses the secure channel: secure channel not supported"],
  ])("%s: an alarm, asked again after a minute, its cards don't count", (_, key, why) => {
    const wire = refusing({ plans: [plan(3)], readers: [{ key, clear: true }] });
    reader(wire).card(CARD);
    wire.run(59_000);
    expect(wire.news()).toEqual(["r3 identity", ...alarm(why)]);
    const before = wire.sent.length;
    wire.run(2_000);
    expect(wire.sent.length).toBeGreaterThan(before);
    expect(wire.told.some((out) => out.do === "present")).toBe(false);
  });

  it.each<[string, (reply: Uint8Array) => Uint8Array, string]>([
    [
      "plays the default key",
      (bytes) => resum(bytes, 7, 0),
      "it answers with another kind of key than it was asked for",
    ],
    ["says another block", (bytes) => resum(bytes, 6, 0x11), "it refuses the secure channel: answers proof"],
  ])("somebody between %s", (_, change, why) => {
    const wire = refusing({ plans: [plan(3)] });
    wire.onReply = (bytes) => [codeOf(bytes) === REPLIES.clientCryptogram ? change(bytes) : bytes];
    wire.run(5_000);
    expect(wire.news()).toEqual(["r3 identity", ...alarm(why)]);
  });

  it.each<[string, (reply: Uint8Array) => Uint8Array, string]>([
    ["isn't accepted", (bytes) => resum(bytes, 7, 0), "it does not accept our proof: answers first-mac"],
    ["says another block", (bytes) => resum(bytes, 6, 0x12), "it does not accept our proof: answers first-mac"],
    ["has a wrong MAC", (bytes) => resum(bytes, 12, 0x5a), "it begins with a wrong MAC"],
    ["is refused", () => nak(3, 9), "it does not accept our proof: record"],
    ["is refused for reasons of its own", () => nak(3, 99), "it does not accept our proof: NAK 99"],
  ])("the end of the handshake %s", (_, change, why) => {
    const wire = refusing({ plans: [plan(3)] });
    wire.onReply = (bytes) => [codeOf(bytes) === REPLIES.firstMac ? change(bytes) : bytes];
    wire.run(5_000);
    expect(wire.news()).toEqual(["r3 identity", ...alarm(why)]);
  });

  it("a card in clear text within a session: an alarm, no card, and the session lives on", () => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = (bytes) => [clearCard(bytes), bytes];
    wire.run(100);
    wire.onReply = (bytes) => [bytes];
    expect(wire.news()).toEqual(["r3 distrust: answered in clear text within a secure session"]);
    reader(wire).card(CARD);
    wire.run(200);
    expect(wire.news()).toEqual([CARD_VALUE]);
    // The alarm ends once nobody has tried for a minute; a new session alone doesn't end it.
    reader(wire).restart();
    wire.run(58_000);
    expect(wire.news()).not.toContain("r3 online secure");
    wire.run(3_000);
    expect(wire.news()).toContain("r3 online secure");
  });

  it("insulted, then gone, then back: the new session ends the alarm", () => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = (bytes) => [clearCard(bytes), bytes];
    wire.run(100);
    wire.onReply = () => [];
    wire.run(12_000);
    wire.onReply = (bytes) => [bytes];
    wire.run(12_000);
    expect(wire.news()).toEqual([
      "r3 distrust: answered in clear text within a secure session",
      "r3 offline: no answer",
      "r3 identity",
      "r3 online secure",
      "r3 tamper false",
      "r3 inputs",
    ]);
    wire.run(60_000);
    expect(wire.news()).not.toContain("r3 online secure");
  });

  it("wrong MACs: one is a fault, three in a row are an alarm", () => {
    const wire = online({ plans: [plan(3)] });
    const wrong = (bytes: Uint8Array) => {
      const sequence = (bytes[4] ?? 0) & 3;
      const mac = () => Uint8Array.of(1, 2, 3, 4);
      return encodePacket({ address: 3, reply: true, sequence, secure: [0x16], code: REPLIES.ack }, mac);
    };
    wire.onReply = (bytes) => [wrong(bytes), bytes];
    wire.run(1_000);
    expect(wire.news()).toEqual(["fault bad-mac"]);
    wire.onReply = (bytes) => [wrong(bytes), wrong(bytes), wrong(bytes), wrong(bytes), bytes];
    wire.run(1_000);
    expect(wire.news().slice(0, 2)).toEqual([
      "fault bad-mac",
      "r3 distrust: answers with wrong MACs within a secure session",
    ]);
    expect(wire.told.filter((out) => out.do === "distrust")).toHaveLength(1);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ["busy", () => encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.busy })],
    ["refusing our sequence", () => nak(0, 4)],
    ["greeting, and no more", (bytes) => (bytes[5] === REPLIES.identity ? bytes : nak(0, 4))],
  ])("somebody who answers for it, for ever %s: it is offline, and said to be", (_, answer) => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = (bytes) => [answer(bytes)];
    wire.run(20_000);
    expect(wire.news()).toContain("r3 offline: no answer");
  });

  it("one handshake that got out of step is no alarm", () => {
    const wire = openWire({ plans: [plan(3)] });
    let once = true;
    wire.onReply = (bytes) => {
      const isFirst = once && codeOf(bytes) === REPLIES.firstMac;
      if (isFirst) once = false;
      return [isFirst ? nak(3, 6) : bytes];
    };
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(2_000);
    expect(wire.news()).toEqual(["r3 identity", "r3 online secure", "r3 tamper false", "r3 inputs"]);
  });

  it("a reader exchanged for one that talks in clear: an alarm, and never a card of it", () => {
    const wire = online({ plans: [plan(3)] });
    wire.onReply = () => [];
    const swapped = online({ plans: [plan(3)], readers: [{ key: undefined, clear: true }] });
    const other = reader(swapped);
    wire.onSend = (bytes) => {
      other.card(CARD);
      const reply = other.hear(bytes);
      if (reply !== undefined) wire.give({ is: "bytes", at: wire.at(), bytes: reply });
      return undefined;
    };
    wire.run(30_000);
    expect(wire.news().filter((one) => !one.startsWith("fault"))).toEqual([
      "r3 identity",
      ...alarm("it refuses the secure channel: secure channel not supported"),
    ]);
    expect(wire.told.some((out) => out.do === "present")).toBe(false);
  });

  it("every reply of a session played again in the next one: no card", () => {
    const wire = online({ plans: [plan(3)] });
    reader(wire).card(CARD);
    wire.run(500);
    expect(wire.news()).toEqual([CARD_VALUE]);
    const recorded = [...wire.replied];
    wire.onReply = (bytes) => [...recorded, bytes];
    wire.run(20_000);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(20_000);
    expect(wire.told.filter((out) => out.do === "present")).toHaveLength(1);
  });

  it("a reader that stood in clear and wants the secure channel says so", () => {
    const wire = openWire({ plans: [plan(3, { is: "clear" })] });
    wire.onReply = () => [nak(0, 6)];
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(1_000);
    expect(wire.news()).toEqual(alarm("it refuses to talk in clear text: secure channel required"));
  });

  it("a sealed answer to a question in clear is none", () => {
    const wire = openWire({ plans: [plan(3, { is: "clear" })] });
    wire.onReply = (bytes) => {
      const sequence = (bytes[4] ?? 0) & 3;
      const mac = () => new Uint8Array(4);
      return [encodePacket({ address: 3, reply: true, sequence, secure: [0x16], code: REPLIES.ack }, mac)];
    };
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(100);
    expect(wire.news()).toEqual(["fault bad-mac"]);
  });
});

function clearCard(bytes: Uint8Array): Uint8Array {
  const sequence = (bytes[4] ?? 0) & 3;
  return encodePacket({ address: 3, reply: true, sequence, code: REPLIES.raw, data: RAW_CARD });
}

const nak = (sequence: number, why: number) =>
  encodePacket({ address: 3, reply: true, sequence, code: REPLIES.nak, data: Uint8Array.of(why) });

/** One byte changed, the CRC made right again. */
function resum(bytes: Uint8Array, at: number, to: number): Uint8Array {
  const packet = decodePacket(Uint8Array.from(bytes, (byte, i) => (i === at ? to : byte)));
  if (packet?.secure === undefined) throw new Error("not a packet of a handshake");
  const { address, reply, sequence, code, data, secure } = packet;
  return encodePacket({ address, reply, sequence, code, data, secure: [secure.type, ...secure.rest] });
}

describe("install mode", () => {
  const installing = (untilMs: number) => plan(3, { is: "secure", key: KEY, installUntil: 1_000 + untilMs });
  const fresh = { key: undefined };

  it("a reader with the default key gets its own, and the mode is over", () => {
    const wire = openWire({ plans: [installing(60_000)], readers: [fresh] });
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(2_000);
    expect(wire.news().slice(0, 4)).toEqual(["r3 identity", "r3 installed", "r3 online secure", "r3 tamper false"]);
    expect(reader(wire).key).toEqual(KEY);
    expect(wire.state().readers[0]).not.toHaveProperty("installUntil");
    // The key never stood on the wire as it is.
    const all = wire.sent.map((bytes) => Buffer.from(bytes).toString("hex")).join();
    expect(all.includes(Buffer.from(KEY).toString("hex"))).toBe(false);
  });

  it("cards shown under the default key don't count", () => {
    const wire = openWire({ plans: [installing(60_000)], readers: [fresh] });
    reader(wire).card(CARD);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(2_000);
    expect(wire.news().filter((one) => one.includes("card"))).toEqual([`${CARD_VALUE} old`]);
  });

  it("after its time the default key is refused like any other", () => {
    const wire = openWire({ plans: [installing(10)], readers: [fresh] });
    wire.run(20);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(2_000);
    expect(reader(wire).key).toBeUndefined();
    expect(wire.news()).toContain("r3 distrust: it refuses the secure channel: secure channel not supported");
  });

  it("after the first success another reader with the default key is refused", () => {
    const wire = openWire({ plans: [installing(600_000)], readers: [fresh] });
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(2_000);
    wire.news();
    const thief = online({ plans: [installing(600_000)], readers: [fresh] });
    const other = reader(thief);
    const second = openWire({ plans: [plan(3)], readers: [fresh] });
    expect(other.key).toEqual(KEY);
    wire.onSend = (bytes) => {
      const reply = reader(second).hear(bytes);
      if (reply !== undefined) wire.give({ is: "bytes", at: wire.at(), bytes: reply });
      return undefined;
    };
    wire.run(10_000);
    expect(reader(second).key).toBeUndefined();
    expect(wire.news()).toContain("r3 distrust: it refuses the secure channel: secure channel not supported");
  });

  it("a reader that takes no key, or not even the default one, is an alarm; it is asked again soon", () => {
    const wire = openWire({ plans: [installing(60_000)], readers: [{ key: KEY.map((byte) => byte ^ 1) }] });
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(2_000);
    expect(wire.news()).toContain("r3 distrust: it refuses the secure channel: secure channel not supported");
    expect(wire.sent.length).toBeGreaterThan(10);
  });

  it("busy when it is given its key: begun anew, the same packet is not sent again", () => {
    const wire = openWire({ plans: [installing(60_000)], readers: [fresh] });
    wire.onReply = (bytes) => [
      wire.sent.at(-1)?.[6] === 0x17
        ? encodePacket({ address: 3, reply: true, sequence: 0, code: REPLIES.busy })
        : bytes,
    ];
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(5_000);
    expect(wire.sent.filter((bytes) => bytes[6] === 0x17)).toHaveLength(1);
    expect(wire.news()).toContain("r3 installed");
  });

  it("the answer to the new key is lost: it isn't sent again, the key already works", () => {
    const wire = openWire({ plans: [installing(60_000)], readers: [fresh] });
    wire.onReply = (bytes) => (reader(wire).key !== undefined && bytes[6] === 0x16 ? [] : [bytes]);
    wire.give({ is: "line", at: wire.at(), up: true });
    wire.run(300);
    wire.onReply = (bytes) => [bytes];
    wire.run(5_000);
    expect(wire.news()).toContain("r3 installed");
    expect(wire.sent.filter((bytes) => bytes[6] === 0x17)).toHaveLength(1);
  });
});
