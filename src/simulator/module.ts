/** A serial face module (EF AA frames, 115200 8N1) as its own side of the wire: it answers VERIFY when a face comes. */
import { checksum } from "../decode/checksums.ts";

const REPLY = 0x00;
const NOTE = 0x01;
const VERIFY = 0x12;
const OK = 0;
const REJECTED = 1;
const UNLOCK_OK = 0xc8;

export interface FaceModule {
  /** Bytes from the host; the module keeps quiet until it has something to say. */
  hear(bytes: Uint8Array): void;
  /** A face it knows as user `userId` with this name; `undefined` = a stranger. Sent at once. */
  face(known: { readonly userId: number; readonly name: string } | undefined): void;
}

export function openFaceModule(say: (bytes: Uint8Array) => void): FaceModule {
  say(frame(NOTE, [0]));
  return {
    hear() {
      // VERIFY, GETSTATUS and the rest need no other answer here: the module reports faces when it sees them.
    },
    face(known) {
      if (known === undefined) {
        say(frame(REPLY, [VERIFY, REJECTED]));
        return;
      }
      const name = new Uint8Array(32);
      name.set(new TextEncoder().encode(known.name).subarray(0, 32));
      say(frame(REPLY, [VERIFY, OK, known.userId >> 8, known.userId & 0xff, ...name, 0, UNLOCK_OK]));
    },
  };
}

function frame(message: number, body: readonly number[]): Uint8Array {
  const inner = Uint8Array.from([message, body.length >> 8, body.length & 0xff, ...body]);
  return Uint8Array.from([0xef, 0xaa, ...inner, checksum("xor8", inner)]);
}
