/**
 * How a reader is met: who it is, what it can, and the proof of both sides that they hold its key. Nothing it says before
 * that is through counts for anything.
 */
import type { Millis } from "../core/terms.ts";
import type { Packet } from "./osdp-packet.ts";
import { distrust, isInstalling, keyBit, leave } from "./osdp-reader.ts";
import { BLOCKS, clientCryptogram, DEFAULT_KEY, firstMac, same, serverCryptogram, sessionKeys } from "./osdp-secure.ts";
import type { In, KeyKind, Out, Phase, ReaderState, ReaderStep, Tools } from "./osdp-terms.ts";
import { nakWords, type Said } from "./osdp-words.ts";

// ── Getting to know it ──────────────────────────────────────────────────────────────────────────────────────────────
export function identified(tools: Tools, reader: ReaderState, answer: Said, at: Millis): ReaderStep {
  if (answer.is === "nak" && reader.plan.security.is === "clear")
    return distrust(tools, reader, `it refuses to talk in clear text: ${nakWords(answer)}`, at);
  const outs: readonly Out[] =
    answer.is === "identity" ? [{ do: "identity", device: reader.plan.device, identity: answer.identity }] : [];
  return [{ ...reader, phase: { is: "greeting", step: "capabilities" } }, outs];
}

export function capable(tools: Tools, reader: ReaderState, answer: Said, at: Millis): ReaderStep {
  const inputs = answer.is === "capabilities" ? answer.inputs : 0;
  if (reader.plan.security.is === "clear") return begin(reader, inputs, at, undefined);
  return [{ ...reader, phase: challenge(tools, "own", inputs) }, []];
}

const challenge = (tools: Tools, key: KeyKind, inputs: number): Phase => ({
  is: "challenging",
  key,
  inputs,
  rndA: tools.draw(8),
});

function begin(
  reader: ReaderState,
  inputs: number,
  at: Millis,
  session: Extract<Phase, { readonly is: "online" }>["session"],
): ReaderStep {
  const { installUntil, insultedAt, ...rest } = reader;
  const { device } = reader.plan;
  // An alarm that stands for an insult goes on standing over a new session; `online` would end it.
  const insult = insultedAt === undefined || reader.told !== "online" ? {} : { insultedAt };
  const outs: readonly Out[] = [
    ...(installUntil === undefined ? [] : [{ do: "installed", device } as const]),
    ...(reader.told === "online" ? [] : [{ do: "online", device, secure: session !== undefined } as const]),
  ];
  const phase: Phase = {
    is: "online",
    ...(session === undefined ? {} : { session }),
    drained: false,
    answeredAt: at,
    pollAt: at,
    statusAt: at,
    inputsAt: inputs === 0 ? Number.POSITIVE_INFINITY : at,
  };
  return [{ ...rest, ...insult, phase, tries: 0, refusals: 0, heardAt: at, told: "online" }, outs];
}

// ── The secure channel ──────────────────────────────────────────────────────────────────────────────────────────────
export interface Reply {
  readonly answer: Said;
  readonly packet: Packet;
}
export function challenged(
  tools: Tools,
  reader: ReaderState,
  phase: In<"challenging">,
  reply: Reply,
  at: Millis,
): ReaderStep {
  const { key, inputs, rndA } = phase;
  const { answer, packet } = reply;
  const refuse = (why: string) => refused(tools, reader, { key, inputs, why }, at);
  if (answer.is !== "proof" || packet.secure?.type !== BLOCKS.clientCryptogram)
    return refuse(`it refuses the secure channel: ${nakWords(answer)}`);
  if (packet.secure.rest[0] !== keyBit(key)) return refuse("it answers with another kind of key than it was asked for");
  const { cipher } = tools;
  const keys = sessionKeys(cipher, keyOf(reader, key), rndA);
  if (!same(answer.cryptogram, clientCryptogram(cipher, keys, rndA, answer.rndB)))
    return refuse("it does not hold the key of this reader");
  const cryptogram = serverCryptogram(cipher, keys, rndA, answer.rndB);
  return [{ ...reader, phase: { is: "proving", key, inputs, keys, cryptogram } }, []];
}

export function proved(tools: Tools, reader: ReaderState, phase: In<"proving">, reply: Reply, at: Millis): ReaderStep {
  const { key, inputs, keys, cryptogram } = phase;
  const { answer, packet } = reply;
  const refuse = (why: string) => refused(tools, reader, { key, inputs, why }, at);
  if (answer.is !== "first-mac" || packet.secure?.type !== BLOCKS.firstMac || packet.secure.rest[0] !== 1)
    return refuse(`it does not accept our proof: ${nakWords(answer)}`);
  if (!same(answer.mac, firstMac(tools.cipher, keys, cryptogram))) return refuse("it begins with a wrong MAC");
  const session = { keys, commandMac: new Uint8Array(16), replyMac: answer.mac };
  if (key === "own") return begin(reader, inputs, at, session);
  return [{ ...reader, phase: { is: "keying", session, newKey: keyOf(reader, "own") } }, []];
}

/** The default key is tried once its own has failed, and only in install mode. */
function refused(
  tools: Tools,
  reader: ReaderState,
  refusal: { readonly key: KeyKind; readonly inputs: number; readonly why: string },
  at: Millis,
): ReaderStep {
  const { key, inputs, why } = refusal;
  if (key === "own" && isInstalling(reader, at)) return [{ ...reader, phase: challenge(tools, "default", inputs) }, []];
  const next = { ...reader, refusals: reader.refusals + 1 };
  // Once may be a handshake that got out of step on a bad line; greeted anew, it can show that it was.
  return next.refusals === 1 ? leave(next, at + tools.timing.awayMs) : distrust(tools, next, why, at);
}

function keyOf({ plan }: ReaderState, key: KeyKind): Uint8Array {
  return key === "own" && plan.security.is === "secure" ? plan.security.key : DEFAULT_KEY;
}
