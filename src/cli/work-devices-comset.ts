/**
 * `gatepost devices --comset`: gives one OSDP reader another address or rate. Said once, to one address, in clear text: a
 * reader that has its own key wants it first, and is set back by hand. What came of it is what the reader itself answers.
 */
import { openSerial } from "../adapters/serial.ts";
import { GateError } from "../core/fault.ts";
import { decodePacket, encodePacket, packets } from "../decode/osdp-packet.ts";
import { COMMANDS, communicationData, nakWords, type Said, said } from "../decode/osdp-words.ts";
import type { SerialLine } from "../shell/ports.ts";
import type { ComsetOptions, ComsetResult } from "./works.ts";

const ANSWER_MS = 1_500;

/** @throws GateError SERIAL_UNAVAILABLE, SERIAL_BUSY */
export async function setCommunication(path: string, wanted: ComsetOptions): Promise<ComsetResult> {
  const { from, address, baud, atBaud } = wanted;
  const form = { path, baud: atBaud, dataBits: 8, parity: "none", stopBits: 1 } as const;
  const line = openSerial(form, { now: () => performance.now(), random: () => 1 });
  try {
    await isUp(line, path);
    const answered = answerOf(line, from);
    const data = communicationData(address, baud);
    await line.write(encodePacket({ address: from, sequence: 0, code: COMMANDS.communication, data }));
    return { path, ...wanted, ...judged(await answered, wanted) };
  } finally {
    await line.close();
  }
}

function judged(answer: Said | undefined, { address, baud }: ComsetOptions): Pick<ComsetResult, "is" | "why"> {
  if (answer === undefined) return { is: "silent", why: "no answer" };
  if (answer.is !== "communication") return { is: "refused", why: nakWords(answer) };
  if (answer.address === address && answer.baud === baud) return { is: "set" };
  return { is: "refused", why: `it says address ${answer.address} at ${answer.baud}` };
}

/** The first whole packet from that address; undefined = none in time. */
function answerOf(line: SerialLine, from: number): Promise<Said | undefined> {
  return new Promise((done) => {
    let state = packets.plugged(performance.now());
    const timer = setTimeout(() => done(undefined), ANSWER_MS);
    line.onBytes((bytes) => {
      const [next, frames] = packets.push(state, bytes, performance.now());
      state = next;
      for (const frame of frames) {
        const packet = decodePacket(frame);
        if (packet === undefined || !packet.reply || packet.address !== from) continue;
        clearTimeout(timer);
        done(said(packet.code, packet.data));
      }
    });
  });
}

export function isUp(line: SerialLine, path: string): Promise<void> {
  return new Promise((up, fail) => {
    line.onState((state) => {
      if (state.is === "up") up();
      if (state.is !== "down") return;
      const why = state.why ?? path;
      const isHeld = /lock port|busy/i.test(why);
      fail(new GateError(isHeld ? "SERIAL_BUSY" : "SERIAL_UNAVAILABLE", why));
    });
  });
}
