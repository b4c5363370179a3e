/** A message's bytes → what fields and conditions can point into. Every way of opening is bounded and never throws. */
import { compilePointer, isObject } from "./conditions.ts";
import type { DeviceProfile, PayloadKind } from "./profile.ts";
import type { Source } from "./scope.ts";
import type { DecodeFault } from "./terms.ts";
import { bytesOfBase64, decodeText, INVALID } from "./transforms.ts";
import { parseXml } from "./xml.ts";

const LINES_MAX = 256;
const KEYS_MAX = 256;
const NESTED_MAX = 65_536;

/** What a payload gives; `undefined` = it can't be opened this way. */
type Opened = Pick<Source, "root" | "text"> | undefined;

/** How this profile opens what has come: its kinds of payload in turn, then the documents inside it. */
export function payloadOpener(profile: DeviceProfile): (bare: Source) => Source | DecodeFault {
  const kinds = profile.payload === "bytes" ? [] : [profile.payload].flat();
  const charset = profile.framing?.cut === "line" ? profile.framing.charset : "utf-8";
  const inner = (profile.opens ?? []).map(innerDocument);
  const unwrap = profile.within === undefined ? undefined : compilePointer(profile.within);
  return (whole) => {
    const bytes = profile.multipart === true ? firstDocument(whole.bytes) : whole.bytes;
    const bare = { ...whole, bytes };
    if (kinds.length === 0) return bare;
    const text = decodeText(charset, bytes);
    if (text === INVALID) return unread(kinds, charset);
    for (const kind of kinds) {
      const opened = open(kind, text);
      if (opened === undefined) continue;
      for (const openIn of inner) openIn(opened.root);
      const root = unwrap?.(opened.root) ?? opened.root;
      return { ...bare, ...opened, root };
    }
    return unread(kinds, charset);
  };
}

function unread(kinds: readonly PayloadKind[], charset: string): DecodeFault {
  if (kinds.includes("text")) return { code: "field-invalid", where: "line", message: `this is no ${charset} text` };
  if (kinds.includes("json")) return { code: "not-json", where: "byte 0", message: "this is no JSON document" };
  return { code: "field-invalid", where: "byte 0", message: `this is no ${kinds.join(" or ")}` };
}

function open(kind: PayloadKind, text: string): Opened {
  switch (kind) {
    case "json":
      return json(text);
    case "text":
      return { root: undefined, text };
    case "form":
      return /^[^=&\s<{[]{1,80}=/.test(text) ? rooted(pairs(new URLSearchParams(text.trim()))) : undefined;
    case "kv":
      return keyed(text);
    case "xml":
      return rooted(parseXml(text));
  }
}

function rooted(root: unknown): Opened {
  return root === undefined ? undefined : { root, text: undefined };
}

function json(text: string): Opened {
  try {
    return { root: JSON.parse(text), text: undefined };
  } catch {
    return undefined;
  }
}

/** `fromEntries` defines own properties, whatever their name; the last of a name counts. */
function pairs(entries: Iterable<readonly [string, string]>): unknown {
  const all = [...entries];
  return all.length > KEYS_MAX ? undefined : Object.fromEntries(all);
}

/** `key=value` pairs, with TAB or `&` between them, one record a line: `/lines/0/key`. */
function keyed(text: string): Opened {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0 || lines.length > LINES_MAX) return undefined;
  const records = lines.map((line) => {
    const fields = line.split(/[\t&]/).map((field) => field.split("="));
    return fields.every((field) => field.length > 1)
      ? pairs(fields.map(([key = "", ...value]) => [key.trim(), value.join("=")] as const))
      : undefined;
  });
  return records.includes(undefined) ? undefined : { root: { lines: records }, text: undefined };
}

/** Puts the document that a text holds in the place of the text; what is no document stays as it is. */
function innerDocument({ pointer, as }: NonNullable<DeviceProfile["opens"]>[number]): (root: unknown) => void {
  const slash = pointer.lastIndexOf("/");
  const above = compilePointer(pointer.slice(0, slash));
  const key = pointer.slice(slash + 1);
  return (root) => {
    const here = above(root);
    const text = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
    if (typeof text !== "string" || text.length > NESTED_MAX) return;
    const bytes = as === "json" ? text : bytesOfBase64(text);
    const plain = bytes instanceof Uint8Array ? decodeText("utf-8", bytes) : bytes;
    const opened = plain === INVALID ? undefined : json(plain);
    if (opened !== undefined) Reflect.set(Object(here), key, opened.root);
  };
}

const LATIN = new TextDecoder("latin1");
const PARTS_MAX = 8;
/** How much of a body is searched for the ends of its parts' heads. */
const HEAD_MAX = 2_048;

/** The first part of a multipart body that is no picture. A body that doesn't begin with a boundary is one itself. */
function firstDocument(whole: Uint8Array): Uint8Array {
  if (boundaryOf(whole) === undefined) return whole;
  for (const { head, body } of partsOf(whole))
    if (!/content-type:\s{0,4}(?:image|video|audio|application\/octet)/i.test(head)) return body;
  return NOTHING;
}

const boundaryOf = (body: Uint8Array): string | undefined =>
  /^(?:\r\n)?(--[\w'()+,./:=?-]{1,70})\r\n/.exec(LATIN.decode(body.subarray(0, 80)))?.[1];

/** The parts of a multipart body with what stands at their heads; the first eight. None where it doesn't begin with a boundary. */
export function* partsOf(body: Uint8Array): Generator<{ readonly head: string; readonly body: Uint8Array }> {
  const boundary = boundaryOf(body);
  if (boundary === undefined) return;
  const mark = new TextEncoder().encode(boundary);
  let at = indexOf(body, mark, 0);
  for (let parts = 0; at >= 0 && parts < PARTS_MAX; parts += 1) {
    const from = at + mark.length;
    const next = indexOf(body, mark, from);
    const part = body.subarray(from, next < 0 ? body.length : next);
    const head = /^[\s\S]*?\r\n\r\n/.exec(LATIN.decode(part.subarray(0, HEAD_MAX)))?.[0];
    if (head !== undefined) yield { head, body: part.subarray(head.length) };
    at = next;
  }
}

const NOTHING = new Uint8Array(0);
/** Every boundary begins with one. */
const HYPHEN = 0x2d;

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(HYPHEN, from); at >= 0; at = bytes.indexOf(HYPHEN, at + 1))
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  return -1;
}
