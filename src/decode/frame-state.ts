/** What a framer keeps between two pushes, and what all framers share. */
import type { Millis } from "../core/terms.ts";
import type { DecodeFault } from "./terms.ts";

export interface FrameState {
  /** Bytes of a frame that isn't whole yet. */
  readonly held: Uint8Array;
  /** When the last byte came. */
  readonly heardAt: Millis;
  /** Bytes that belonged to no frame, since the start. */
  readonly skipped: number;
  /** Lines only: outside a line, waiting for a start byte, or for the end of one that was too long. */
  readonly outside: boolean;
}

/** What became of a push: the next state, whole frames in order, and at most one fault of each code. */
export type Pushed = readonly [FrameState, readonly Uint8Array[], readonly DecodeFault[]];

export interface Framer {
  readonly start: FrameState;
  /** The state of a line that has just been plugged in, in the middle of whatever is being said on it. */
  plugged(at: Millis): FrameState;
  /** `bytes` as they came, in any chunking, at monotonic `at`. Empty `bytes` only tell the time. Never throws. */
  push(state: FrameState, bytes: Uint8Array, at: Millis): Pushed;
  /** When to push nothing so that silence is noticed; `undefined` while nothing is held back. */
  deadline(state: FrameState): Millis | undefined;
}

/** Bytes held longer than this beyond their silence are never made into a frame: an old credential must not open. */
export const STALE_MS = 1000;
export const NOTHING = new Uint8Array(0);

export function fault(code: DecodeFault["code"], at: number, message: string): DecodeFault {
  return { code, where: `byte ${at}`, message };
}

export function joined(held: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (held.length === 0) return bytes;
  const both = new Uint8Array(held.length + bytes.length);
  both.set(held);
  both.set(bytes, held.length);
  return both;
}

/** What stands at an offset: a frame of `used` raw bytes, the beginning of one, or nothing of ours. */
export type Found =
  | { readonly is: "frame"; readonly bytes: Uint8Array; readonly used: number }
  | { readonly is: "more" }
  | { readonly is: "junk"; readonly code?: "bad-checksum" | "bad-length" };
/** What stands at `at`, as far as the bytes go. */
export type Measure = (buffer: Uint8Array, at: number) => Found;

/** Whether `buffer` has `wanted` at `at`; `undefined` = so far, but there are too few bytes to say. */
export function begins(buffer: Uint8Array, at: number, wanted: Uint8Array): boolean | undefined {
  const there = buffer.subarray(at, at + wanted.length);
  if (!there.every((byte, index) => byte === wanted[index])) return false;
  return there.length === wanted.length ? true : undefined;
}
