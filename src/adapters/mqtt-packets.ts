/**
 * MQTT control packets as bytes (MQTT 3.1.1 and 5, 2.2: a type, a length in 1 to 4 bytes, the rest): cutting them out of
 * a stream, and the two that stand between a report and its relay. All others are mqtt-packet's work.
 */

/** Gives each whole packet to `take`, in order; false = what came is no MQTT, and nothing more can be cut from it. */
export type Cutter = (chunk: Buffer, take: (packet: Buffer) => void) => boolean;

/** A big picture comes in many chunks: they are put together once, when all of it is here. */
export function openCutter(): Cutter {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wanted = 0;

  return (chunk, take) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wanted) return true;
    let bytes = held.length === 1 ? chunk : Buffer.concat(held, heldBytes);
    for (;;) {
      const length = lengthOf(bytes);
      if (length === "malformed") return false;
      if (length === "unknown" || length > bytes.length) {
        held = bytes.length === 0 ? [] : [bytes];
        heldBytes = bytes.length;
        wanted = length === "unknown" ? 0 : length;
        return true;
      }
      take(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
  };
}

/** Of the packet that begins here, head included. */
function lengthOf(bytes: Buffer): number | "unknown" | "malformed" {
  let rest = 0;
  for (let n = 0; n < 4; n++) {
    const byte = bytes[1 + n];
    if (byte === undefined) return "unknown";
    rest += (byte & 0x7f) * 0x80 ** n;
    if (byte < 0x80) return 2 + n + rest;
  }
  return "malformed";
}

/** A message of QoS 0, not retained (MQTT 3.3). @param topic without wildcards */
export function publishPacket(topic: string, payload: Uint8Array, version: 4 | 5): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const rest = 2 + topicBytes + (version === 5 ? 1 : 0) + payload.length;
  const head = lengthBytes(rest);
  const packet = Buffer.allocUnsafe(1 + head.length + rest);
  packet[0] = 0x30;
  packet.set(head, 1);
  const at = packet.writeUInt16BE(topicBytes, 1 + head.length);
  packet.write(topic, at);
  // MQTT 5: no properties.
  if (version === 5) packet[at + topicBytes] = 0;
  packet.set(payload, packet.length - payload.length);
  return packet;
}

export interface Numbered {
  /** Without wildcards. */
  readonly topic: string;
  readonly payload: string;
  readonly number: number;
  readonly retain?: true;
}

/** Messages of QoS 1 (MQTT 3.3), one behind the other in one piece: nothing is copied on the way. */
export function numberedPackets(messages: readonly Numbered[], version: 4 | 5): Buffer {
  const properties = version === 5 ? 1 : 0;
  const sizes = messages.map(({ topic, payload }) => {
    const rest = 2 + Buffer.byteLength(topic) + 2 + properties + Buffer.byteLength(payload);
    const head = lengthBytes(rest);
    return { head, all: 1 + head.length + rest };
  });
  const packets = Buffer.allocUnsafe(sizes.reduce((sum, { all }) => sum + all, 0));
  let at = 0;
  for (const [n, { topic, payload, number, retain }] of messages.entries()) {
    const head = sizes[n]?.head ?? [];
    packets[at] = retain === true ? 0x33 : 0x32;
    packets.set(head, at + 1);
    const begin = at + 1 + head.length;
    const topicBytes = packets.write(topic, begin + 2);
    packets.writeUInt16BE(topicBytes, begin);
    at = packets.writeUInt16BE(number, begin + 2 + topicBytes);
    // MQTT 5: no properties.
    if (version === 5) packets[at] = 0;
    at += properties + packets.write(payload, at + properties);
  }
  return packets;
}

/** Number and reason code of a PUBACK in MQTT 5 (3.4); undefined when it is none. Without a reason it means success. */
export function pubackOf(packet: Uint8Array): { readonly messageId: number; readonly reason: number } | undefined {
  if ((packet[0] ?? 0) >> 4 !== 4 || packet.length < 4) return undefined;
  return { messageId: ((packet[2] ?? 0) << 8) | (packet[3] ?? 0), reason: packet[4] ?? 0 };
}

/** Acknowledges a message of QoS 1 (MQTT 3.4); `reason` in MQTT 5 alone. */
export function pubackPacket(messageId: number, reason?: number): Buffer {
  const id = [messageId >> 8, messageId & 0xff];
  return Buffer.from(reason === undefined ? [0x40, 2, ...id] : [0x40, 4, ...id, reason, 0]);
}

function lengthBytes(length: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 0x80)) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest % 0x80) + 0x80);
  }
}
