/** Templates of what is sent → bytes and topic. */
import { checksumBytes } from "./checksums.ts";
import { fromHex } from "./profile-framing.ts";
import type { OutgoingTemplate } from "./profile-mapping.ts";
import { compileJson, compileText, type Getter, slotsIn, slotsInJson } from "./scope.ts";
import type { Outgoing } from "./terms.ts";
import type { Value } from "./transforms.ts";

type ByteTemplate = Extract<OutgoingTemplate, { readonly bytes: unknown }>;
type Part = ByteTemplate["bytes"][number];

/** What is to be sent, or why it can't be: a slot without a value, or a value too great for its place. */
export type Made = { readonly is: "made"; readonly out: Outgoing } | { readonly is: "unfit"; readonly where: string };

/** Fields and arguments the template draws on. */
export function fieldsOfOutgoing(template: OutgoingTemplate): string[] {
  if ("json" in template) return [...slotsIn(template.topic), ...slotsInJson(template.json)];
  return template.bytes.flatMap((part) => {
    if (typeof part === "string") return [];
    return slotsIn("value" in part ? part.value : part.text);
  });
}

/** `escapes` are applied to all bytes after the frame's start, where the framing has one. */
export function compileOutgoing(template: OutgoingTemplate, escapes?: Escape): Getter<Made> {
  if ("bytes" in template) return bytesOf(template, escapes);
  const topicOf = compileText(template.topic);
  const jsonOf = compileJson(template.json);
  const encoder = new TextEncoder();
  return (scope) => {
    const topic = topicOf(scope);
    // A value with a wildcard or a level more would speak to another device.
    if (topic === undefined || /[+#\0]/.test(String(topic))) return { is: "unfit", where: "topic" };
    return { is: "made", out: { topic: String(topic), bytes: encoder.encode(JSON.stringify(jsonOf(scope))) } };
  };
}

export interface Escape {
  /** Start bytes are sent as they are. */
  readonly after: number;
  readonly mark: number;
  /** Bytes that must not stand bare inside a frame: the mark and the start bytes. */
  readonly bytes: ReadonlySet<number>;
  readonly xor: number;
}

function bytesOf(template: ByteTemplate, escapes: Escape | undefined): Getter<Made> {
  const parts = template.bytes.map(compilePart);
  const { checksum } = template;
  return (scope) => {
    const bytes: number[] = [];
    for (const [index, part] of parts.entries()) {
      const made = part(scope);
      if (made === undefined) return { is: "unfit", where: `part ${index}` };
      for (const byte of made) bytes.push(byte);
    }
    if (checksum !== undefined)
      bytes.push(...checksumBytes(checksum.algo, Uint8Array.from(bytes.slice(checksum.from)), checksum.endian));
    return { is: "made", out: { bytes: Uint8Array.from(escapes === undefined ? bytes : escaped(bytes, escapes)) } };
  };
}

function escaped(bytes: readonly number[], rule: Escape): number[] {
  return bytes.flatMap((byte, index) =>
    index >= rule.after && rule.bytes.has(byte) ? [rule.mark, byte ^ rule.xor] : [byte],
  );
}

function compilePart(part: Part): Getter<Iterable<number> | undefined> {
  if (typeof part === "string") {
    const bytes = fromHex(part);
    return () => bytes;
  }
  if ("text" in part) {
    const textOf = compileText(part.text);
    return (scope) => padded(textOf(scope), part.pad);
  }
  const numberOf = compileText(part.value);
  const { type, endian, by = 1, plus = 0 } = part;
  return (scope) => {
    const value = numberOf(scope);
    if (typeof value !== "number") return undefined;
    return integerBytes(Math.round(value * by) + plus, { u8: 1, u16: 2, u32: 4 }[type], endian === "little");
  };
}

function padded(text: Value, pad: number | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const bytes = new TextEncoder().encode(String(text));
  if (pad === undefined) return bytes;
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
