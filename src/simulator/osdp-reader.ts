/**
 * A reader on an OSDP bus as its own side of the wire: it answers polls with what was presented, keeps a secure channel,
 * takes a new key, and shows lights. Its packets and its cryptography are its own, so that it can't agree with the control
 * panel's mistakes.
 */
import { createDecipheriv } from "node:crypto";
import { checksum } from "../decode/checksums.ts";
import { ecb, encrypt, flipped, type Keys, macOf, packet, padded } from "./osdp-wire.ts";

export interface OsdpReaderSettings {
  readonly address: number;
  /** The key it was given; absent = it has only the one it came with. */
  readonly key?: Uint8Array;
  /** Whether it talks of cards in clear text at all. */
  readonly clear?: boolean;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => number;
  /** A relay of it closed for so long. */
  readonly output?: (channel: number, ms: number) => void;
}

export interface OsdpReader {
  /** Bytes from the bus; what it answers. */
  hear(bytes: Uint8Array): Uint8Array | undefined;
  /** Somebody holds a card to it: bits from the left, as on Wiegand wires. Kept until it is asked. */
  card(bits: string): void;
  /** Keys pressed, with `#` and `*`. */
  keys(text: string): void;
  tamper(isOpen: boolean): void;
  /** Its supply fails while true. */
  power(isFailing: boolean): void;
  /** Loses its session as after a power cut; what was presented stays in it. */
  restart(): void;
  /** It doesn't answer while true, as when unplugged. */
  mute(isMute: boolean): void;
  readonly key: Uint8Array | undefined;
  /** All LED, buzzer and text commands it carried out, as hex of their data. */
  readonly shown: readonly string[];
  readonly isSecure: boolean;
  /** It has answered a poll with nothing since its last greeting. */
  readonly emptied: boolean;
}

const DEFAULT_KEY = Buffer.from("303132333435363738393a3b3c3d3e3f", "hex");
const ACK = 0x40;
const NAK = 0x41;
const OPEN_TO_ALL = new Set([0x61, 0x62, 0x76, 0x77]);
/** Half a command that is never finished is forgotten. */
const GAP_MS = 100;

type Reply = readonly [code: number, data?: Uint8Array, block?: readonly number[]];

export function openOsdpReader(settings: OsdpReaderSettings): OsdpReader {
  const { random } = settings;
  let { address } = settings;
  let renamed: number | undefined;
  let key = settings.key;
  let held: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let heldAt = 0;
  let emptied = false;
  let isMute = false;
  let isTampered = false;
  let isFailing = false;
  const local = () => Buffer.from([isTampered ? 1 : 0, isFailing ? 1 : 0]);
  let sequence = 0;
  let last: { readonly command: Buffer; readonly reply: Buffer } | undefined;
  let proving: { readonly keys: Keys; readonly rndA: Buffer; readonly rndB: Uint8Array } | undefined;
  let session: { readonly keys: Keys; commandMac: Buffer; replyMac: Buffer } | undefined;
  const waiting: Reply[] = [];
  const shown: string[] = [];

  function obey(code: number, data: Buffer): Reply {
    switch (code) {
      case 0x60:
        emptied ||= waiting.length === 0;
        return waiting.shift() ?? [ACK];
      case 0x61:
        emptied = false;
        return [0x45, Buffer.from("0a0b0c020178563412010409", "hex")];
      case 0x62:
        return [0x46, Buffer.from("010104020101040402", "hex")];
      case 0x64:
        return [0x48, local()];
      case 0x65:
        return [0x49, Buffer.alloc(4)];
      case 0x68:
        settings.output?.((data[0] ?? 0) + 1, data.readUInt16LE(2) * 100);
        return [0x4a, Buffer.from([1, 0])];
      case 0x69:
      case 0x6a:
      case 0x6b:
        shown.push(`${code.toString(16)} ${data.toString("hex")}`);
        return [ACK];
      case 0x6e:
        // It answers as it was, and is another one from then on.
        renamed = data[0];
        return [0x54, data];
      case 0x75:
        if (session === undefined || data.length !== 18) return [NAK, Buffer.from([6])];
        key = Uint8Array.from(data.subarray(2));
        return [ACK];
      default:
        return [NAK, Buffer.from([3])];
    }
  }

  function challenge(data: Buffer, kind: number): Reply {
    const scbk = kind === 0 ? DEFAULT_KEY : key;
    if (scbk === undefined || (kind === 0 && key !== undefined)) return [NAK, Buffer.from([5])];
    const rndA = Buffer.from(data);
    const rndB = random(8);
    const derive = (head: string) =>
      ecb(scbk, Buffer.concat([Buffer.from(head, "hex"), rndA.subarray(0, 6), Buffer.alloc(8)]));
    const keys = { enc: derive("0182"), mac1: derive("0101"), mac2: derive("0102") };
    proving = { keys, rndA, rndB };
    const cryptogram = ecb(keys.enc, Buffer.concat([rndA, rndB]));
    return [0x76, Buffer.concat([Buffer.from("0a0b0c0278563412", "hex"), rndB, cryptogram]), [0x12, kind]];
  }

  function accept(data: Buffer): Reply {
    if (proving === undefined) return [NAK, Buffer.from([6])];
    const { keys, rndA, rndB } = proving;
    proving = undefined;
    if (!ecb(keys.enc, Buffer.concat([rndB, rndA])).equals(data)) return [NAK, Buffer.from([6])];
    const replyMac = ecb(keys.mac2, ecb(keys.mac1, data));
    session = { keys, commandMac: Buffer.alloc(16), replyMac };
    return [0x78, replyMac, [0x14, 1]];
  }

  /** The command's data in clear, once its MAC holds; the chain moves on with it. */
  function unseal(command: Buffer, type: number, data: Buffer): Buffer | undefined {
    if (session === undefined) return undefined;
    const { keys, replyMac } = session;
    const covered = command.subarray(0, command.length - 6);
    const mac = macOf(keys, replyMac, covered);
    if (!mac.subarray(0, 4).equals(command.subarray(-6, -2))) return undefined;
    session.commandMac = mac;
    if (type === 0x15) return data;
    const cipher = createDecipheriv("aes-128-cbc", keys.enc, flipped(replyMac)).setAutoPadding(false);
    const plain = Buffer.concat([cipher.update(data), cipher.final()]);
    return plain.subarray(0, plain.lastIndexOf(0x80));
  }

  function replyTo(command: Buffer): Buffer {
    const control = command[4] ?? 0;
    const block = (control & 8) === 0 ? Buffer.alloc(0) : command.subarray(5, 5 + (command[5] ?? 0));
    const type = block[1] ?? 0;
    const code = command[5 + block.length] ?? 0;
    const isSealed = type >= 0x15;
    const body = command.subarray(6 + block.length, command.length - (isSealed ? 6 : 2));
    const answer = (reply: Reply) => wrap(control & 3, reply, isSealed);
    if (isSealed) {
      const data = unseal(command, type, body);
      if (data === undefined) {
        session = undefined;
        return wrap(control & 3, [NAK, Buffer.from([6])], false);
      }
      return answer(obey(code, data));
    }
    session = undefined;
    if (code === 0x76) return answer(challenge(body, block[2] ?? 0));
    if (code === 0x77) return answer(accept(body));
    if (settings.clear !== true && !OPEN_TO_ALL.has(code)) return answer([NAK, Buffer.from([6])]);
    return answer(obey(code, body));
  }

  function wrap(turn: number, [code, data = Buffer.alloc(0), block]: Reply, isSealed: boolean): Buffer {
    if (!isSealed || session === undefined) return packet(address, turn, block ?? [], [code, ...data]);
    const { keys, commandMac } = session;
    const sealed = data.length === 0 ? data : encrypt(keys.enc, flipped(commandMac), padded(data));
    const made = packet(address, turn, [data.length === 0 ? 0x16 : 0x18], [code, ...sealed], (covered) => {
      const mac = macOf(keys, commandMac, covered);
      if (session !== undefined) session.replyMac = mac;
      return mac.subarray(0, 4);
    });
    return made;
  }

  function take(command: Buffer): Buffer | undefined {
    const turn = (command[4] ?? 0) & 3;
    // Asked the same again: its answer was lost on the way. It says it again and does nothing a second time.
    if (turn !== 0 && last?.command.equals(command) === true) return last.reply;
    if (turn !== 0 && turn !== (sequence === 3 ? 1 : sequence + 1)) return packet(address, turn, [], [NAK, 4]);
    sequence = turn;
    const reply = replyTo(command);
    last = { command: Buffer.from(command), reply };
    return reply;
  }

  return {
    hear(bytes) {
      const at = settings.now();
      held = Buffer.concat([at - heldAt > GAP_MS ? Buffer.alloc(0) : held, bytes]);
      heldAt = at;
      let reply: Buffer | undefined;
      while (held.length >= 8) {
        const length = held.readUInt16LE(2);
        if (held[0] === 0x53 && length >= 8 && length < 300) {
          if (held.length < length) break;
          const one = held.subarray(0, length);
          if (checksum("crc16-osdp", one.subarray(0, -2)) === one.readUInt16LE(length - 2)) {
            if (one[1] === address) reply = take(one);
            address = renamed ?? address;
            renamed = undefined;
            held = held.subarray(length);
            continue;
          }
        }
        held = held.subarray(1);
      }
      return isMute ? undefined : reply;
    },
    card(bits) {
      const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
      for (const [i, bit] of [...bits].entries())
        if (bit === "1") bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (0x80 >> (i & 7));
      waiting.push([0x50, Buffer.concat([Buffer.from([0, 1, bits.length & 0xff, bits.length >> 8]), bytes])]);
    },
    keys(text) {
      const typed = Buffer.from(text.replaceAll("*", "\x7f").replaceAll("#", "\r"), "latin1");
      waiting.push([0x53, Buffer.concat([Buffer.from([0, typed.length]), typed])]);
    },
    tamper(isOpen) {
      isTampered = isOpen;
      waiting.push([0x48, local()]);
    },
    power(is) {
      isFailing = is;
      waiting.push([0x48, local()]);
    },
    restart() {
      session = undefined;
      proving = undefined;
      last = undefined;
      sequence = 0;
    },
    mute(is) {
      isMute = is;
    },
    get key() {
      return key;
    },
    shown,
    get emptied() {
      return emptied;
    },
    get isSecure() {
      return session !== undefined;
    },
  };
}
