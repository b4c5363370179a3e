/** Packets cut out of a stream, whatever the chunks; judged by mqtt-packet's own writer. */
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { openCutter, pubackPacket, publishPacket } from "../../src/adapters/mqtt-packets.ts";

const publish = (payload: string): Packet => ({
  cmd: "publish",
  topic: "street/a",
  payload,
  qos: 1,
  messageId: 7,
  dup: false,
  retain: false,
});
/** Remaining lengths of one, two and three bytes, and a packet without any rest. */
const PACKETS: readonly Buffer[] = [
  generate({ cmd: "pingresp" }),
  generate(publish("a")),
  generate(publish("b".repeat(200))),
  generate(publish("c".repeat(20_000))),
  generate({ cmd: "puback", messageId: 7 }),
];
const STREAM = Buffer.concat(PACKETS);

function cutBy(sizes: (at: number) => number): readonly string[] {
  const cut = openCutter();
  const found: string[] = [];
  for (let at = 0; at < STREAM.length; ) {
    const next = Math.min(STREAM.length, at + sizes(at));
    expect(cut(STREAM.subarray(at, next), (packet) => found.push(packet.toString("hex")))).toBe(true);
    at = next;
  }
  return found;
}
const WHOLE = PACKETS.map((packet) => packet.toString("hex"));

it.each([1, 2, 3, 7, 64, 1460, 100_000])("chunks of %i bytes", (size) => {
  expect(cutBy(() => size)).toEqual(WHOLE);
});

it("cut in two at any byte", () => {
  for (let at = 1; at < 600; at++) expect(cutBy((from) => (from === 0 ? at : STREAM.length))).toEqual(WHOLE);
});

it("a length of more than four bytes is no MQTT", () => {
  const taken: Buffer[] = [];
  expect(openCutter()(Buffer.from("30ffffffff01", "hex"), (packet) => taken.push(packet))).toBe(false);
  expect(taken).toEqual([]);
});

it("a big packet in small chunks costs no more than its size", () => {
  const big = generate(publish("p".repeat(2_000_000)));
  const cut = openCutter();
  const found: number[] = [];
  for (let at = 0; at < big.length; at += 1460) cut(big.subarray(at, at + 1460), (packet) => found.push(packet.length));
  expect(found).toEqual([big.length]);
});

describe("what we write ourselves is what mqtt-packet writes", () => {
  const LENGTHS = [0, 1, 100, 114, 115, 116, 127, 128, 16_369, 16_370, 16_371, 16_372, 16_384, 2_100_000];
  it.each([4, 5] as const)("messages of MQTT %i, across the bounds of the length's bytes", (protocolVersion) => {
    for (const length of LENGTHS) {
      for (const topic of ["mqtt/face/1", "门岗/一号"]) {
        const payload = Buffer.alloc(length, 0x61);
        const theirs = generate(
          { cmd: "publish", topic, payload, qos: 0, dup: false, retain: false },
          { protocolVersion },
        );
        expect(publishPacket(topic, payload, protocolVersion).equals(theirs)).toBe(true);
      }
    }
  });

  it("acknowledgements, with and without a reason", () => {
    for (const messageId of [1, 255, 256, 65_535]) {
      expect(pubackPacket(messageId)).toEqual(generate({ cmd: "puback", messageId }, { protocolVersion: 4 }));
      expect(pubackPacket(messageId, 0x97)).toEqual(
        generate({ cmd: "puback", messageId, reasonCode: 0x97 }, { protocolVersion: 5 }),
      );
    }
  });
});
