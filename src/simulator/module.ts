/**
 * A serial face module (EF AA frames, 115200 8N1) as its own side of the wire. It looks at faces only while it has been
 * told to VERIFY: it answers who it was, or "timeout" when nobody came. One command at a time.
 */
import { checksum } from "../decode/checksums.ts";

const REPLY = 0x00;
const NOTE = 0x01;
const RESET = 0x10;
const GET_STATUS = 0x11;
const VERIFY = 0x12;
const OK = 0;
const REJECTED = 1;
const ABORTED = 2;
const UNKNOWN_COMMAND = 5;
const TIMED_OUT = 13;
const IDLE = 0;
const BUSY = 1;
const UNLOCK_OK = 0xc8;
/** start (2), message, length (2), … checksum */
const HEAD = 5;
const AROUND = HEAD + 1;
/** How long somebody stands before it, ms: longer than the pause between two VERIFY of a host. */
const STANDS_MS = 3_000;

/** A face that it knows as user `userId` with this name; `undefined` = a stranger. */
export type Shown = { readonly userId: number; readonly name: string } | undefined;

export interface FaceModule {
  /** Bytes from the host. */
  hear(bytes: Uint8Array): void;
  /** Somebody steps before it for some seconds. True: it was looking and said so; false: nobody had told it to look. */
  face(shown: Shown): Promise<boolean>;
  close(): void;
}

export function openFaceModule(say: (bytes: Uint8Array) => void): FaceModule {
  let kept: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  let looking: NodeJS.Timeout | undefined;
  let standing:
    | { readonly shown: Shown; readonly seen: (was: boolean) => void; readonly leave: NodeJS.Timeout }
    | undefined;

  function reply(command: number, result: number, ...data: readonly number[]): void {
    say(frame(REPLY, [command, result, ...data]));
  }

  function stopLooking(): boolean {
    const was = looking !== undefined;
    clearTimeout(looking);
    looking = undefined;
    return was;
  }

  function leave(seen: boolean): void {
    if (standing === undefined) return;
    clearTimeout(standing.leave);
    standing.seen(seen);
    standing = undefined;
  }

  /** Somebody stands there and it looks: it says who, once. */
  function compare(): void {
    if (standing === undefined || !stopLooking()) return;
    const { shown } = standing;
    if (shown === undefined) reply(VERIFY, REJECTED);
    else {
      const name = new Uint8Array(32);
      name.set(new TextEncoder().encode(shown.name).subarray(0, 32));
      reply(VERIFY, OK, shown.userId >> 8, shown.userId & 0xff, ...name, 0, UNLOCK_OK);
    }
    leave(true);
  }

  function obey(command: number, data: Uint8Array): void {
    if (command === RESET) {
      if (stopLooking()) reply(VERIFY, ABORTED);
      return reply(RESET, OK);
    }
    if (command === GET_STATUS) return reply(GET_STATUS, OK, looking === undefined ? IDLE : BUSY);
    if (command !== VERIFY) return reply(command, UNKNOWN_COMMAND);
    stopLooking();
    const timeoutS = data[1] ?? 10;
    looking = setTimeout(() => {
      stopLooking();
      reply(VERIFY, TIMED_OUT);
    }, timeoutS * 1_000);
    compare();
  }

  say(frame(NOTE, [0]));
  return {
    hear(bytes) {
      kept = Uint8Array.from([...kept, ...bytes]);
      while (kept.length >= AROUND) {
        const length = AROUND + ((kept[3] ?? 0) << 8) + (kept[4] ?? 0);
        const isStart = kept[0] === 0xef && kept[1] === 0xaa;
        if (isStart && kept.length < length && length < 1_024) return;
        if (isStart && checksum("xor8", kept.subarray(2, length - 1)) === kept[length - 1]) {
          obey(kept[2] ?? 0, kept.subarray(HEAD, length - 1));
          kept = kept.slice(length);
        } else kept = kept.slice(1);
      }
    },
    face(shown) {
      leave(false);
      return new Promise((seen) => {
        standing = { shown, seen, leave: setTimeout(() => leave(false), STANDS_MS) };
        compare();
      });
    },
    close() {
      stopLooking();
      leave(false);
    },
  };
}

function frame(message: number, body: readonly number[]): Uint8Array {
  const inner = Uint8Array.from([message, body.length >> 8, body.length & 0xff, ...body]);
  return Uint8Array.from([0xef, 0xaa, ...inner, checksum("xor8", inner)]);
}
