/** Lines of text out of a byte stream: terminators, an optional start byte, silence, and a bound on the length. */
import type { Millis } from "../core/terms.ts";
import { type Framer, type FrameState, fault, joined, NOTHING, type Pushed, STALE_MS } from "./frame-state.ts";
import type { LineFraming } from "./profile-framing.ts";
import type { DecodeFault } from "./terms.ts";

/** The framer of a line reader. */
export function lines(framing: LineFraming): Framer {
  const begin = framing.start === undefined ? undefined : Number.parseInt(framing.start, 16);
  const ends = new Set(framing.ends.map((end) => Number.parseInt(end, 16)));
  const start: FrameState = { held: NOTHING, heardAt: 0, skipped: 0, outside: begin !== undefined };
  const { idleMs, maxLength } = framing;

  function cut(state: FrameState, bytes: Uint8Array): Pushed {
    const buffer = joined(state.held, bytes);
    const frames: Uint8Array[] = [];
    const faults: DecodeFault[] = [];
    let { outside, skipped } = state;
    let from = 0;
    let index = -1;
    for (const byte of buffer) {
      index += 1;
      if (byte === begin) {
        skipped += index - from;
        outside = false;
        from = index + 1;
      } else if (ends.has(byte)) {
        const text = outside ? NOTHING : trimmed(framing, buffer.subarray(from, index));
        if (text.length > 0) frames.push(text.slice());
        outside = begin !== undefined;
        from = index + 1;
      } else if (outside) {
        skipped += 1;
        from = index + 1;
      } else if (index - from >= maxLength) {
        if (faults.length === 0) faults.push(fault("overflow", index, `no end of line within ${maxLength} bytes`));
        skipped += index + 1 - from;
        outside = true;
        from = index + 1;
      }
    }
    return [{ held: buffer.slice(from), heardAt: state.heardAt, skipped, outside }, frames, faults];
  }

  /** Silence: the line ends here, or what there is of it is given up. */
  function silent(state: FrameState, late: Millis): Pushed {
    const reset = { ...state, held: NOTHING, outside: start.outside };
    if (state.held.length === 0) return [reset, [], []];
    const text = trimmed(framing, state.held);
    if (framing.idleEnds && late <= idleMs + STALE_MS) return [reset, text.length > 0 ? [text.slice()] : [], []];
    const lost = fault("idle-gap", 0, `${state.held.length} bytes without an end of line`);
    return [{ ...reset, skipped: state.skipped + state.held.length }, [], [lost]];
  }

  return {
    start,
    // The tail of a line would be a line: of a card's number, another card's. It ends with its end, or with silence.
    plugged: (at) => ({ ...start, heardAt: at, outside: true }),
    deadline: (state) => (state.held.length === 0 ? undefined : state.heardAt + idleMs),
    push(state, bytes, at) {
      const late = at - state.heardAt;
      const [quiet, ended, lost]: Pushed = late >= idleMs ? silent(state, late) : [state, [], []];
      const [next, frames, faults] = cut(quiet, bytes);
      const heardAt = bytes.length === 0 ? state.heardAt : at;
      return [{ ...next, heardAt }, [...ended, ...frames], [...lost, ...faults]];
    },
  };
}

function trimmed(framing: LineFraming, bytes: Uint8Array): Uint8Array {
  if (!framing.trim) return bytes;
  const first = bytes.findIndex((byte) => byte > 0x20);
  if (first < 0) return NOTHING;
  return bytes.subarray(first, bytes.findLastIndex((byte) => byte > 0x20) + 1);
}
