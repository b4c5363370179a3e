/** Devices on a serial line, which several may share: bytes are cut into frames once, and each frame finds its device. */
import type { FrameState } from "../decode/frames.ts";
import type { Heard, Outgoing, Reading } from "../decode/terms.ts";
import { type Conversation, openConversation } from "./conversation.ts";
import type { Clock, SerialLine } from "./ports.ts";
import type { Kept, Wall, WallDevice } from "./wall.ts";

const NO_BYTES = new Uint8Array(0);

export function joinLine(wall: Wall, line: SerialLine, members: readonly WallDevice[], clock: Clock): void {
  const framer = members.map((one) => one.reader.framer).find((found) => found !== undefined);
  if (framer === undefined) return;
  const send = (out: Outgoing) => line.write(out.bytes);
  const talk = openConversation(send, clock);
  const ones = members.map((device) => wall.keep(device, talk, line.state()));
  let state: FrameState = framer.plugged(clock.at());
  let epoch = 0;
  let callOff: (() => void) | undefined;

  function push(bytes: Uint8Array): void {
    if (framer === undefined || wall.closed()) return;
    const [next, frames, faults] = framer.push(state, bytes, clock.at());
    const skipped = next.skipped - state.skipped;
    state = next;
    for (const one of ones) one.skipped += skipped;
    for (const fault of faults) {
      wall.faulty(ones[0], fault);
      wall.heard(ones[0], { via: "bytes", bytes }, { is: "fault", fault });
    }
    for (const frame of frames) hearFrame(wall, ones, talk, send, { frame, epoch });
    callOff?.();
    const at = framer.deadline(state);
    callOff = at === undefined ? undefined : clock.wakeAt(at, () => push(NO_BYTES));
  }

  line.onBytes(push);
  line.onState((now) => {
    if (now.is === "up") epoch++;
    // A half frame from before the plug was pulled must never be finished: by bytes from after, or by the silence since.
    state = { ...framer.plugged(clock.at()), skipped: state.skipped + state.held.length };
    for (const one of ones) {
      one.link = now;
      one.last = undefined;
      if (now.is === "down") wall.silence(one, now.why ?? "the line is down");
    }
    talk.reset(now.is === "up");
  });
  talk.reset(line.state().is === "up");
}

function hearFrame(
  wall: Wall,
  ones: readonly Kept[],
  talk: Conversation,
  send: (out: Outgoing) => Promise<void>,
  { frame, epoch }: { readonly frame: Uint8Array; readonly epoch: number },
): void {
  const heard: Heard = { via: "frame", bytes: frame };
  const asked = talk.asked();
  talk.hear(heard);
  let fault: (Reading & { readonly is: "fault" }) | undefined;
  for (const one of ones) {
    const own = wall.context(one.device);
    const reading = one.device.reader.read(heard, asked === undefined ? own : { ...own, asked });
    if (reading.is === "fault") {
      fault ??= reading;
      continue;
    }
    one.heard++;
    const marks = { epoch, retained: false, redelivered: false, beforeConnection: false };
    const seq = wall.report(one, reading, { device: one.device.id, ...marks });
    wall.heard(one, heard, reading);
    return wall.acknowledge(one, seq, reading.answers, send);
  }
  if (fault === undefined) return;
  wall.faulty(ones[0], fault.fault);
  wall.heard(ones[0], heard, fault);
}
