/**
 * Lets us acknowledge late without stalling what comes behind. mqtt.js delivers message n+1 only after it has handed its
 * PUBACK for n to the stream; this stream takes it at once and keeps it back until `release`, while all other packets
 * pass. It stands where mqtt.js expects its socket (its public `streamBuilder`).
 */
import { Duplex } from "node:stream";
import { generate, type Packet, parser } from "mqtt-packet";

export interface HeldStream {
  readonly stream: Duplex;
  /** Sends the acknowledgement of this message, now or as soon as mqtt.js has made it; `reason`: MQTT 5, why it wasn't kept. Once for each message: the broker gives its number to another one then. */
  release(messageId: number, reason?: number): void;
  /** Writes a packet now. mqtt.js corks until the next tick, which would put the rest of this turn before the relay. */
  send(packet: Packet): void;
}

export function holdAcknowledgements(socket: Duplex, protocolVersion: 4 | 5): HeldStream {
  const held = new Map<number, Packet>();
  const released = new Map<number, number | undefined>();
  const outgoing = parser({ protocolVersion });
  const send = (packet: Packet) => socket.write(generate(packet, { protocolVersion }));

  outgoing.on("packet", (packet: Packet) => {
    const isAck = packet.cmd === "puback" || packet.cmd === "pubrec";
    if (!isAck || packet.messageId === undefined) return void send(packet);
    if (!released.has(packet.messageId)) return void held.set(packet.messageId, packet);
    const reason = released.get(packet.messageId);
    released.delete(packet.messageId);
    send(withReason(packet, reason));
  });

  const stream = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      outgoing.parse(chunk);
      done();
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on("end", () => stream.push(null));
  socket.on("close", () => stream.destroy());
  socket.on("error", (error) => stream.destroy(error));

  return {
    stream,
    send: (packet) => void send(packet),
    release(messageId, reason) {
      const packet = held.get(messageId);
      if (packet === undefined) {
        released.set(messageId, reason);
        return;
      }
      held.delete(messageId);
      if (!socket.destroyed) send(withReason(packet, reason));
    },
  };
}

function withReason(packet: Packet, reason: number | undefined): Packet {
  return reason === undefined || packet.cmd !== "puback" ? packet : { ...packet, reasonCode: reason };
}
