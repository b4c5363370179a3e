/** Templates of what is sent → bytes, with the topic or the status that goes with them. */
import { checksumBytes } from "./checksums.ts";
import { encodeGbk } from "./gbk.ts";
import { compileRequest, fieldsOfRequest } from "./outgoing-request.ts";
import { fromHex, toHex } from "./profile-framing.ts";
import type {
  AnswerTemplate,
  BytePart,
  ByteTemplate,
  MadeRule,
  OutgoingTemplate,
  PlainPart,
} from "./profile-outgoing.ts";
import { compileJson, compileText, type Getter, slotsIn, slotsInJson } from "./scope.ts";
import type { Outgoing } from "./terms.ts";
import type { Value } from "./transforms.ts";

/** What is to be sent, or why it can't be: a slot without a value, or a value too great for its place. */
export type Made = { readonly is: "made"; readonly out: Outgoing } | { readonly is: "unfit"; readonly where: string };

/** Fields and arguments the template draws on. */
export function fieldsOfOutgoing(template: OutgoingTemplate): string[] {
  if ("bytes" in template) return fieldsOfBytes(template);
  if ("request" in template) return fieldsOfRequest(template.request);
  if ("topic" in template) return [...slotsIn(template.topic), ...slotsInJson(template.json)];
  if ("json" in template.answer) return slotsInJson(template.answer.json);
  return "text" in template.answer ? slotsIn(template.answer.text) : [];
}

export function fieldsOfBytes(template: Pick<ByteTemplate, "bytes">): string[] {
  return template.bytes
    .flatMap((part) => (typeof part === "object" && "counted" in part ? part.counted : [part]))
    .flatMap((part) => {
      if (typeof part === "string") return [];
      return slotsIn("value" in part ? part.value : part.text);
    });
}

/** `escapes` are applied to all bytes after the frame's start, where the framing has one. */
export function compileOutgoing(template: OutgoingTemplate, escapes?: Escape): Getter<Made> {
  if ("bytes" in template) return bytesOf(template, escapes);
  if ("answer" in template) return answerOf(template.answer, template.to);
  if ("request" in template) return compileRequest(template.request);
  const topicOf = compileText(template.topic);
  const jsonOf = compileJson(template.json);
  return (scope) => {
    const topic = topicOf(scope);
    // A value with a wildcard or a level more would speak to another device.
    if (topic === undefined || /[+#\0]/.test(String(topic))) return { is: "unfit", where: "topic" };
    return { is: "made", out: { topic: String(topic), bytes: UTF8.encode(JSON.stringify(jsonOf(scope))) } };
  };
}

const UTF8 = new TextEncoder();

/** The answer to a request. A text with a slot that has no value can't be made. */
export function answerOf(rule: AnswerTemplate, to?: string): Getter<Made> {
  const { status, headers = {} } = rule;
  const bodyOf = compileBody(rule);
  const type = "json" in rule ? "application/json" : "text" in rule ? rule.type : "";
  const answer = { status, type, headers, ...(to === undefined ? {} : { to }) };
  return (scope) => {
    const body = bodyOf(scope);
    return body === undefined
      ? { is: "unfit", where: "answer" }
      : { is: "made", out: { answer, bytes: UTF8.encode(String(body)) } };
  };
}

function compileBody(rule: AnswerTemplate): Getter<Value> {
  if ("text" in rule) return compileText(rule.text);
  if ("empty" in rule) return () => "";
  const jsonOf = compileJson(rule.json);
  return (scope) => JSON.stringify(jsonOf(scope));
}

/** Bytes made into a value: base64 or hex for a place that takes text, or how many they are. */
export function compileMade(rule: MadeRule): Getter<Value> {
  const make = bytesOf(rule, undefined);
  return (scope) => {
    const made = make(scope);
    if (made.is === "unfit") return undefined;
    const { bytes } = made.out;
    if (rule.as === "length") return bytes.length;
    return rule.as === "hex" ? toHex(bytes).replaceAll(" ", "") : btoa(String.fromCharCode(...bytes));
  };
}

export interface Escape {
  /** Start bytes are sent as they are. */
  readonly after: number;
  readonly mark: number;
  /** Bytes that must not stand bare inside a frame: the mark, the start bytes and the end bytes. */
  readonly bytes: ReadonlySet<number>;
  readonly xor: number;
}

function bytesOf(template: ByteTemplate, escapes: Escape | undefined): Getter<Made> {
  const parts = template.bytes.map(compilePart);
  const { checksum } = template;
  const end = template.end === undefined ? [] : fromHex(template.end);
  return (scope) => {
    const bytes: number[] = [];
    for (const [index, part] of parts.entries()) {
      const made = part(scope);
      if (made === undefined) return { is: "unfit", where: `part ${index}` };
      for (const byte of made) bytes.push(byte);
    }
    if (checksum !== undefined)
      bytes.push(...checksumBytes(checksum.algo, Uint8Array.from(bytes.slice(checksum.from)), checksum.endian));
    const body = escapes === undefined ? bytes : escaped(bytes, escapes);
    return { is: "made", out: { bytes: Uint8Array.from([...body, ...end]) } };
  };
}

function escaped(bytes: readonly number[], rule: Escape): number[] {
  return bytes.flatMap((byte, index) =>
    index >= rule.after && rule.bytes.has(byte) ? [rule.mark, byte ^ rule.xor] : [byte],
  );
}

function compilePart(part: BytePart): Getter<Iterable<number> | undefined> {
  if (typeof part === "string" || !("counted" in part)) return compilePlain(part);
  const inner = part.counted.map(compilePlain);
  const { type, endian, plus = 0 } = part;
  return (scope) => {
    const bytes: number[] = [];
    for (const one of inner) {
      const made = one(scope);
      if (made === undefined) return undefined;
      bytes.push(...made);
    }
    const head = integerBytes(bytes.length + plus, SIZES[type], endian === "little");
    return head === undefined ? undefined : [...head, ...bytes];
  };
}

const SIZES = { u8: 1, u16: 2, u32: 4 } as const;

function compilePlain(part: PlainPart): Getter<Iterable<number> | undefined> {
  if (typeof part === "string") {
    const bytes = fromHex(part);
    return () => bytes;
  }
  if ("text" in part) {
    const textOf = compileText(part.text);
    const encode = part.charset === "gbk" ? encodeGbk : (text: string) => UTF8.encode(text);
    return (scope) => {
      const text = textOf(scope);
      return text === undefined ? undefined : padded(encode(String(text)), part.pad);
    };
  }
  const numberOf = compileText(part.value);
  const { type, endian, by = 1, plus = 0 } = part;
  return (scope) => {
    const value = numberOf(scope);
    if (typeof value !== "number") return undefined;
    return integerBytes(Math.round(value * by) + plus, SIZES[type], endian === "little");
  };
}

function padded(bytes: Uint8Array | undefined, pad: number | undefined): Uint8Array | undefined {
  if (pad === undefined || bytes === undefined) return bytes;
  if (bytes.length > pad) return undefined;
  const whole = new Uint8Array(pad);
  whole.set(bytes);
  return whole;
}

function integerBytes(value: number, size: number, little: boolean): number[] | undefined {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * size)) return undefined;
  const bytes = Array.from({ length: size }, (_, index) => Math.floor(value / 2 ** (8 * index)) & 0xff);
  return little ? bytes : bytes.reverse();
}
