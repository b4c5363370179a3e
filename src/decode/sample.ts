/** Runs a profile's own samples: they are its test, and the lint's. */
import { type Encode, encoder } from "./encode.ts";
import { joined, NOTHING } from "./frame-state.ts";
import type { ContactProfile, DeviceProfile } from "./profile.ts";
import { fromHex, toHex } from "./profile-framing.ts";
import type { Expected, HeardSample, Sample } from "./profile-samples.ts";
import { compile, type Reader } from "./reader.ts";
import { compileRoster, type Roster } from "./roster.ts";
import type { DecodeFault, Heard, Outgoing, ReadContext, Reading } from "./terms.ts";
import { completeParams } from "./topics.ts";

/** The moment and ids that samples are written for: China's offset, 2026-11-07 07:09:44 UTC. */
export const SAMPLE_CONTEXT = { utcOffsetMin: 480, newId: () => "id-1", wallMs: 1_794_035_384_000 } as const;
const CHUNK_MS = 1;

export interface SampleRun {
  readonly name: string;
  readonly expected: unknown;
  readonly got: unknown;
  readonly passed: boolean;
  /** The kinds of message that were read. */
  readonly kinds: readonly string[];
}

/** Runs all samples of a profile, in order. Never throws. */
export function runSamples(profile: DeviceProfile): SampleRun[] {
  const reader = compile(profile);
  const encode = encoder(profile);
  const roster = compileRoster(profile);
  return profile.samples.map((sample) => runSample(sample, reader, encode, roster));
}

/** What a sample's context is for this profile: its own parameters over the profile's defaults. */
export function sampleContext(profile: DeviceProfile, own: ReadContext["params"] | undefined): ReadContext {
  return { ...SAMPLE_CONTEXT, params: completeParams(profile, own ?? {}).params };
}

function runSample(sample: Sample, reader: Reader, encode: Encode, roster: Roster | undefined): SampleRun {
  const ctx = sampleContext(reader.profile, sample.params);
  const { name } = sample;
  if ("command" in sample) {
    const got = { ...sentBy(sample, encode, ctx, reader), tells: toldBy(sample, roster, reader) };
    const expected = {
      ...("hex" in sample.expect ? { hex: toHex(fromHex(sample.expect.hex)) } : sample.expect),
      replies: (sample.replies ?? []).map((reply) => reply.means),
      tells: (sample.replies ?? []).map((reply) => reply.tells ?? null),
    };
    return { name, expected, got, passed: same(expected, got), kinds: [] };
  }
  const outcomes = hearSample(sample.heard, reader, ctx);
  const expected = Array.isArray(sample.expect) ? sample.expect : [sample.expect];
  const got = outcomes.map((outcome, index) => outcomeAsData(outcome, expected[index]));
  const kinds = outcomes.flatMap((outcome) => (outcome.is === "read" ? [outcome.kind] : []));
  return { name, expected: expected.map(normal), got, passed: same(expected.map(normal), got), kinds };
}

/** What the reader makes of a sample; the faults of the framer only where no frame came out. */
export function hearSample(heard: HeardSample, reader: Reader, ctx: ReadContext): Reading[] {
  const moment = "asked" in heard && heard.asked !== undefined ? { ...ctx, asked: heard.asked } : ctx;
  if (!("hex" in heard)) return [reader.read(messageOf(heard), moment)];
  const chunks = (typeof heard.hex === "string" ? [heard.hex] : heard.hex).map(fromHex);
  const { frames, faults } = cutSample(chunks, reader);
  if (frames.length > 0) return frames.map((bytes) => reader.read({ via: "frame", bytes }, moment));
  // The first fault tells what was wrong; what follows is its tail.
  return faults.slice(0, 1).map((fault) => ({ is: "fault", fault }));
}

/** A sample's message, request or answer, as its link would give it. */
export function messageOf(heard: Exclude<HeardSample, { readonly hex: unknown }>): Heard {
  const payload = new TextEncoder().encode("text" in heard ? heard.text : JSON.stringify(heard.json));
  if ("topic" in heard) return { via: "message", topic: heard.topic, payload };
  if ("status" in heard) return { via: "answer", status: heard.status, payload };
  const { method, path, query } = heard;
  return { via: "request", method, path, query, payload };
}

/** Chunks through the framer, and then silence. Without framing each chunk is a frame. */
export function cutSample(
  chunks: readonly Uint8Array[],
  reader: Reader,
): {
  readonly frames: readonly Uint8Array[];
  readonly faults: readonly DecodeFault[];
  /** Bytes that belonged to no frame. */
  readonly skipped: number;
} {
  const { framer } = reader;
  if (framer === undefined) return { frames: chunks, faults: [], skipped: 0 };
  let state = framer.start;
  let at = CHUNK_MS;
  const frames: Uint8Array[] = [];
  const faults: DecodeFault[] = [];
  const hear = (bytes: Uint8Array): void => {
    const [next, cut, found] = framer.push(state, bytes, at);
    state = next;
    frames.push(...cut);
    faults.push(...found);
  };
  for (const chunk of chunks) {
    hear(chunk);
    at += CHUNK_MS;
  }
  at = framer.deadline(state) ?? at;
  hear(new Uint8Array(0));
  return { frames, faults, skipped: state.skipped };
}

type CommandSample = Extract<Sample, { readonly command: string }>;

/** What the roster reads in the replies of which the sample says so. */
function toldBy({ command, replies = [] }: CommandSample, roster: Roster | undefined, reader: Reader): unknown[] {
  return replies.map(({ heard, tells }) =>
    tells === undefined ? null : (roster?.told(asHeard(heard, reader), command) ?? "no roster"),
  );
}

function sentBy(sample: CommandSample, encode: Encode, ctx: ReadContext, reader: Reader): object {
  try {
    const command = encode(sample.command, sample.args ?? {}, ctx);
    const replies = (sample.replies ?? []).map(
      ({ heard }) => command.expects?.matches(asHeard(heard, reader)) ?? "none",
    );
    return { ...outgoingAsData(command.out), replies };
  } catch (cause) {
    return { fault: String(cause) };
  }
}

/** A reply as its link would give it: bytes are cut as on the line, escapes undone. What is no whole frame stays as it is. */
function asHeard(heard: HeardSample, reader: Reader): Heard {
  if (!("hex" in heard)) return messageOf(heard);
  const chunks = [heard.hex].flat().map(fromHex);
  const bytes = cutSample(chunks, reader).frames[0] ?? chunks.reduce<Uint8Array>(joined, NOTHING);
  return { via: "frame", bytes };
}

export function outcomeAsData(outcome: Reading, expected: Expected | undefined): unknown {
  if (outcome.is === "fault") {
    const { code, where } = outcome.fault;
    return expected !== undefined && "where" in expected ? { fault: code, where } : { fault: code };
  }
  return { kind: outcome.kind, reports: outcome.reports, answers: outcome.answers.map(outgoingAsData) };
}

function outgoingAsData({ topic, answer, request, bytes }: Outgoing): Record<string, unknown> {
  if (request !== undefined)
    return { request: `${request.method} ${request.target}`, ...bodyAsData(request.type, bytes) };
  if (topic === undefined && answer === undefined) return { hex: toHex(bytes) };
  const text = new TextDecoder().decode(bytes);
  const head = answer === undefined ? { topic } : { status: answer.status };
  return answer === undefined || answer.type === "application/json"
    ? { ...head, json: JSON.parse(text) }
    : { ...head, text };
}

function bodyAsData(type: string, bytes: Uint8Array): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes);
  if (type === "") return {};
  if (type.endsWith("json")) return { json: JSON.parse(text) };
  return type.endsWith("urlencoded") ? { form: Object.fromEntries(new URLSearchParams(text)) } : { text };
}

export function normal(expected: Expected): unknown {
  if ("fault" in expected) return expected;
  const answers = (expected.answers ?? []).map((answer) =>
    answer.hex === undefined ? answer : { hex: toHex(fromHex(answer.hex)) },
  );
  return { ...expected, answers };
}

/** Same data, whatever the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => [key, sorted(child)]);
}

/** Runs the samples of a barrier wired by contacts. */
export function runContactSamples(profile: ContactProfile): SampleRun[] {
  return profile.samples.map((sample) => {
    const { name, expect: expected } = sample;
    const got = "command" in sample ? pulseOf(profile, sample.command) : levelOf(profile, sample.input, sample.line);
    return { name, expected, got, passed: same(expected, got), kinds: [] };
  });
}

function pulseOf(profile: ContactProfile, command: "open" | "close" | "stop"): unknown {
  const output = profile.outputs[command];
  return output === undefined ? undefined : { line: output.activeLow ? "low" : "high", pulseMs: output.pulseMs };
}

function levelOf(profile: ContactProfile, role: keyof ContactProfile["inputs"], line: "low" | "high"): unknown {
  const contact = profile.inputs[role];
  if (contact === undefined) return undefined;
  return (line === "low") === contact.activeLow ? "on" : "off";
}
