/** What an OSDP reader's bytes mean by its profile: its samples' test, and `gatepost decode`'s answer. */
import type { Report } from "../core/terms.ts";
import { cardClaim, NO_PIN, typed } from "./osdp-credentials.ts";
import { decodePacket, type Packet, packets } from "./osdp-packet.ts";
import { NAKS, type Said, said } from "./osdp-words.ts";
import type { OsdpProfile } from "./profile.ts";
import { fromHex } from "./profile-framing.ts";
import { normal, outcomeAsData, type SampleRun, same } from "./sample.ts";
import type { DecodeFault, Reading } from "./terms.ts";

/** Every packet in these bytes; where there is none, why. What is encrypted is told as such. Never throws. */
export function readOsdp(profile: OsdpProfile, chunks: readonly Uint8Array[]): readonly Reading[] {
  let state = packets.start;
  const readings: Reading[] = [];
  const faults: DecodeFault[] = [];
  for (const chunk of [...chunks, undefined]) {
    const at = chunk === undefined ? (packets.deadline(state) ?? 1) : 1;
    const [next, frames, found] = packets.push(state, chunk ?? new Uint8Array(0), at);
    state = next;
    faults.push(...found);
    readings.push(...frames.map((frame) => readingOf(profile, decodePacket(frame))));
  }
  // The first fault tells what was wrong; what follows is its tail.
  return readings.length > 0 ? readings : faults.slice(0, 1).map((fault) => ({ is: "fault", fault }));
}

const refused = (where: string, message: string): Reading => ({
  is: "fault",
  fault: { code: "field-invalid", where, message },
});
const ignored = (kind: string, why: string): Reading => ({
  is: "read",
  kind,
  reports: [{ is: "ignored", why }],
  answers: [],
});

function readingOf(profile: OsdpProfile, packet: Packet | undefined): Reading {
  if (packet === undefined) return refused("byte 5", "the security block doesn't fit");
  const code = packet.code.toString(16);
  if (!packet.reply) return ignored("command", `command ${code} to ${packet.address}`);
  if (packet.mac !== undefined && packet.data.length > 0) return ignored("encrypted", `reply ${code}`);
  const answer = said(packet.code, packet.data);
  if (answer.is === "malformed") return refused("data", `reply ${code} contradicts itself`);
  return spoken(profile, answer);
}

function spoken(profile: OsdpProfile, answer: Said): Reading {
  const read = (reports: readonly Report[]): Reading => ({ is: "read", kind: answer.is, reports, answers: [] });
  if (answer.is === "card") {
    const claim = cardClaim(answer.bits, profile.cards);
    return "is" in claim ? refused("bits", claim.why) : read([{ is: "presented", claim, live: true }]);
  }
  if (answer.is === "text") return read([{ is: "presented", claim: { type: "card", value: answer.text }, live: true }]);
  if (answer.is === "keys") {
    const [, done] = typed(NO_PIN, answer.keys, { at: 0, old: false }, profile.pins);
    return read(done.map(({ claim }) => ({ is: "presented", claim, live: true })));
  }
  if (answer.is === "inputs") {
    const levels = answer.on.map((on, i) => ({ channel: i + 1, level: on ? ("on" as const) : ("off" as const) }));
    return read([{ is: "inputs", levels }]);
  }
  return ignored(answer.is, wordsOf(answer));
}

function wordsOf(answer: Said): string {
  if (answer.is === "nak") return NAKS[answer.why] ?? String(answer.why);
  if (answer.is === "local")
    return `tamper ${answer.tamper ? "yes" : "no"}, power ${answer.power ? "failing" : "good"}`;
  if (answer.is === "identity") return `firmware ${answer.identity.firmware}, serial ${answer.identity.serial}`;
  return answer.is;
}

/** Runs a reader's samples, in order. Never throws. */
export function runOsdpSamples(profile: OsdpProfile): SampleRun[] {
  return profile.samples.map(({ name, heard, expect }) => {
    const outcomes = readOsdp(profile, [heard.hex].flat().map(fromHex));
    const expected = [normal(expect)];
    const got = outcomes.map((outcome) => outcomeAsData(outcome, expect));
    const kinds = outcomes.flatMap((outcome) => (outcome.is === "read" ? [outcome.kind] : []));
    return { name, expected, got, passed: same(expected, got), kinds };
  });
}
