/**
 * Takes the messages that a broker sends out of the stream before mqtt.js sees it: mqtt.js delivers message n+1 only
 * after n was acknowledged, and one slow disk would stall every device behind it. It keeps the session (connecting,
 * subscribing, the keep-alive); messages come straight to us, and we acknowledge each by its number when its row is on
 * the disk. It stands where mqtt.js expects its socket (its public `streamBuilder`).
 */
import { Duplex } from "node:stream";
import { type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { drop } from "./drop.ts";
import { openCutter, pubackOf, pubackPacket, publishPacket } from "./mqtt-packets.ts";

const GOODBYE_MS = 500;

export interface PublishLine {
  /** What mqtt.js gets for a socket: everything but messages. */
  readonly stream: Duplex;
  /** Acknowledges a message of QoS 1; `reason`: MQTT 5, why it wasn't kept. Once for each: the broker gives its number to another one then. */
  acknowledge(messageId: number, reason?: number): void;
  /** Sends a message of QoS 0 now. mqtt.js corks until the next tick, which would put the rest of this turn before the relay. */
  send(topic: string, payload: Uint8Array): void;
  /** Sends packets that the caller has made. */
  write(packets: Buffer): void;
}

/** Takes an acknowledgement of the caller's own messages; false = it isn't one, mqtt.js is to have it. */
export type HearAnswer = (messageId: number, reason: number) => boolean;

export function openPublishLine(
  socket: Duplex,
  protocolVersion: 4 | 5,
  hear: (message: IPublishPacket) => void,
  answered: HearAnswer = () => false,
): PublishLine {
  const messages = parser({ protocolVersion });
  const cut = openCutter();
  const end = (error?: Error) => void stream.destroy(error);

  messages.on("packet", (packet: Packet) => {
    if (packet.cmd === "publish") hear(packet);
  });
  messages.on("error", end);

  const stream = new Duplex({
    read: () => undefined, // what is left for mqtt.js is small and never paused
    write(chunk: Buffer, _encoding, done) {
      socket.write(chunk);
      done();
    },
    writev(chunks, done) {
      socket.cork();
      for (const { chunk } of chunks) socket.write(chunk);
      socket.uncork();
      done();
    },
    final(done) {
      if (socket.destroyed) return done();
      // A broker closes when it has read our goodbye, and all that was before it. One that doesn't gets nothing later.
      const late = setTimeout(() => drop(socket), GOODBYE_MS);
      socket.once("close", () => {
        clearTimeout(late);
        done();
      });
      socket.end();
    },
    destroy(error, done) {
      drop(socket);
      done(error);
    },
  });

  socket.on("data", (chunk: Buffer) => {
    const sound = cut(chunk, (packet) => {
      const answer = pubackOf(packet);
      if (isPublish(packet)) messages.parse(packet);
      else if (answer === undefined || !answered(answer.messageId, answer.reason)) stream.push(packet);
    });
    if (!sound) end(new Error("the broker sent what is no MQTT"));
  });
  socket.on("end", () => stream.push(null));
  socket.on("close", () => end());
  socket.on("error", end);

  function write(packet: Buffer): void {
    if (!socket.destroyed) socket.write(packet);
  }
  return {
    stream,
    write,
    send: (topic, payload) => write(publishPacket(topic, payload, protocolVersion)),
    acknowledge: (messageId, reason) => write(pubackPacket(messageId, reason)),
  };
}

/** MQTT 2.2.1: the packet's type stands in the upper four bits. */
const isPublish = (packet: Uint8Array) => (packet[0] ?? 0) >> 4 === 3;
