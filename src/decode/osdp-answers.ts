/**
 * What a reader's reply means to the control panel. Either the reply is the answer to what was asked, and the reader moves
 * on; or it is not to be believed, and we wait on for the true one until its time is up.
 */
import type { Millis } from "../core/terms.ts";
import { cardClaim, typed } from "./osdp-credentials.ts";
import { capable, challenged, identified, proved } from "./osdp-handshake.ts";
import { hasMac, type Packet } from "./osdp-packet.ts";
import { distrust, leave, silent } from "./osdp-reader.ts";
import { openReply } from "./osdp-secure.ts";
import type { Ask, In, Out, Phase, ReaderState, ReaderStep, Tools } from "./osdp-terms.ts";
import { NAK_SEQUENCE, nakWords, REPLIES, type Said, said } from "./osdp-words.ts";

/** `ignored`: not the answer, wait on. */
export type Heard = { readonly is: "ignored" | "answered"; readonly step: ReaderStep };

const ignored = (reader: ReaderState, ...outs: readonly Out[]): Heard => ({ is: "ignored", step: [reader, outs] });
const answered = (step: ReaderStep): Heard => ({ is: "answered", step });

function fault(reader: ReaderState, code: string, message: string): Out {
  return { do: "fault", device: reader.plan.device, code, message };
}

/** A packet from the reader that was asked. */
export function hear(tools: Tools, reader: ReaderState, asked: Ask, packet: Packet, at: Millis): Heard {
  const isNak = packet.code === REPLIES.nak && packet.mac === undefined;
  if (packet.code === REPLIES.busy && packet.mac === undefined) return answered(busy(tools, reader, asked, at));
  // A reader that was restarted knows neither our sequence nor our session: both begin anew.
  if (isNak && packet.data[0] === NAK_SEQUENCE) return answered(anew(reader, asked, at));
  if (packet.sequence !== asked.sequence) return ignored(reader, fault(reader, "wrong-sequence", `${packet.sequence}`));
  const { session } = asked;
  if (session === undefined) {
    if (hasMac(packet.secure?.type)) return ignored(reader, fault(reader, "bad-mac", "a session that isn't"));
    // What anybody could say before the handshake is through is no sign that the reader is there.
    const believed = reader.plan.security.is === "clear" ? { ...reader, heardAt: at } : reader;
    return answered(take(tools, believed, asked, packet, packet.data, at));
  }
  const opened = openReply(tools.cipher, session, packet);
  if (opened !== undefined) {
    const [next, data] = opened;
    const phase: Phase = reader.phase.is === "online" ? { ...reader.phase, session: next } : reader.phase;
    const [trusted, outs] = forgiven(tools, { ...reader, phase, heardAt: at, badMacs: 0 }, at);
    const [moved, more] = take(tools, trusted, asked, packet, data, at);
    return answered([moved, [...outs, ...more]]);
  }
  if (packet.secure !== undefined) return badMac(reader, at);
  if (isNak) return answered(anew(reader, asked, at));
  // Silently falling back to clear text is what an attacker would have it do.
  return insulted(reader, "answered in clear text within a secure session", at);
}

const MANY_BAD_MACS = 3;

/** One may be chance, an echo or a late answer; more are somebody who tries. */
function badMac(reader: ReaderState, at: Millis): Heard {
  const next = { ...reader, badMacs: reader.badMacs + 1 };
  const told = fault(reader, "bad-mac", "not from whoever holds the key");
  if (next.badMacs < MANY_BAD_MACS) return ignored(next, told);
  const { step } = insulted(next, "answers with wrong MACs within a secure session", at);
  return ignored(step[0], told, ...step[1]);
}

/** Somebody speaks in its name, and can't. Its session lives on: the true answer is still to come. */
function insulted(reader: ReaderState, why: string, at: Millis): Heard {
  const next = { ...reader, insultedAt: at };
  if (reader.insultedAt !== undefined) return ignored(next);
  return ignored(next, { do: "distrust", device: reader.plan.device, why });
}

/** The alarm stands until nobody has tried for a while. */
function forgiven(tools: Tools, reader: ReaderState, at: Millis): ReaderStep {
  const { insultedAt, ...rest } = reader;
  if (insultedAt === undefined || at - insultedAt < tools.timing.distrustMs) return [reader, []];
  return [rest, [{ do: "online", device: reader.plan.device, secure: true }]];
}

/** Without a new wait: sequence and session begin anew. An open order's outcome is unknown. */
function anew(reader: ReaderState, asked: Ask, at: Millis): ReaderStep {
  const [left, outs] = leave(reader, at);
  return [left, [...orderOf(asked, "uncertain"), ...outs]];
}

const orderOf = ({ order }: Ask, outcome: "done" | "failed" | "uncertain"): readonly Out[] =>
  order === undefined ? [] : [{ do: "answer", order: order.id, outcome }];

/** The same request later, while others are asked; but never what moves something. */
function busy(tools: Tools, reader: ReaderState, asked: Ask, at: Millis): ReaderStep {
  const { busyMs, busyForMs } = tools.timing;
  const mayWait = asked.what !== "key" && asked.order?.repeatable !== false;
  if (!mayWait || at - asked.firstAt > busyForMs) return silent(tools, reader, asked, at);
  return [{ ...reader, held: { ask: { ...asked, sent: 0 }, again: at + busyMs } }, []];
}

function take(tools: Tools, reader: ReaderState, asked: Ask, packet: Packet, data: Uint8Array, at: Millis): ReaderStep {
  const answer = said(packet.code, data);
  const { phase } = reader;
  switch (phase.is) {
    case "greeting":
      return phase.step === "identify" ? identified(tools, reader, answer, at) : capable(tools, reader, answer, at);
    case "challenging":
      return challenged(tools, reader, phase, { answer, packet }, at);
    case "proving":
      return proved(tools, reader, phase, { answer, packet }, at);
    case "keying":
      // Asked anew at once, with its new key.
      if (answer.is === "ack") return leave(reader, at);
      return distrust(tools, reader, `it does not take a key: ${nakWords(answer)}`, at);
    case "online":
      return online(tools, reader, phase, { asked, answer }, at);
    case "away":
      return [reader, []]; // nobody was asked
  }
}

// ── Online ──────────────────────────────────────────────────────────────────────────────────────────────────────────
function online(
  tools: Tools,
  reader: ReaderState,
  phase: In<"online">,
  { asked, answer }: { readonly asked: Ask; readonly answer: Said },
  at: Millis,
): ReaderStep {
  if (asked.what === "order") {
    const refusal = answer.is === "nak" ? [fault(reader, "refused", nakWords(answer))] : [];
    return [reader, [...orderOf(asked, answer.is === "nak" ? "failed" : "done"), ...refusal]];
  }
  if (asked.what !== "poll") return [reader, statusOuts(reader, answer)];
  // An empty answer: nothing waits in it any more, so what comes next has happened since. But whatever it gathered while
  // nobody asked may be as old as the pause was long.
  const isEmpty = answer.is === "ack";
  const isFresh = phase.drained && at - phase.answeredAt <= tools.timing.gapMs;
  const next: In<"online"> = {
    ...phase,
    // A repeated question may get the answer that was lost: it tells of the moment when it was asked first.
    answeredAt: asked.firstAt,
    drained: isFresh || isEmpty,
    ...(isEmpty ? {} : { pollAt: at }),
  };
  return polled({ ...reader, phase: next }, answer, { at, old: !isFresh });
}

function polled(reader: ReaderState, answer: Said, now: { readonly at: Millis; readonly old: boolean }): ReaderStep {
  const { device, cards, pins } = reader.plan;
  const present = (claim: Extract<Out, { readonly do: "present" }>["claim"], old: boolean): Out => ({
    do: "present",
    device,
    claim,
    old,
  });
  if (answer.is === "card") {
    const claim = cardClaim(answer.bits, cards);
    return [reader, ["is" in claim ? fault(reader, "field-invalid", claim.why) : present(claim, now.old)]];
  }
  if (answer.is === "text") return [reader, [present({ type: "card", value: answer.text }, now.old)]];
  if (answer.is === "keys") {
    const [pin, done] = typed(reader.pin, answer.keys, now, pins);
    return [{ ...reader, pin }, done.map(({ claim, old }) => present(claim, old))];
  }
  return [reader, statusOuts(reader, answer)];
}

function statusOuts(reader: ReaderState, answer: Said): readonly Out[] {
  const { device } = reader.plan;
  if (answer.is === "local") return [{ do: "local", device, tamper: answer.tamper, power: answer.power }];
  if (answer.is === "inputs") return [{ do: "inputs", device, on: answer.on }];
  if (answer.is === "outputs" || answer.is === "ack") return [];
  return [fault(reader, "no-kind-matches", nakWords(answer))];
}
