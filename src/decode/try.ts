/** Tries a profile on what a technician pastes: lines of text, hex lines, MQTT messages, or bare payloads. Pure. */

import { joined, NOTHING } from "./frame-state.ts";
import { type Finding, isDevice, parseProfile } from "./load.ts";
import { fromHex, type LineFraming, toHex } from "./profile-framing.ts";
import type { Reader } from "./reader.ts";
import { cutSample } from "./sample.ts";
import type { DecodeFault, Heard, ReadContext, Reading } from "./terms.ts";

/** What became of one piece of the text. */
export interface Tried {
  /** Line of the text it began on, from 1. */
  readonly line: number;
  /** The frame in hex, or the message's topic. */
  readonly heard: string;
  readonly reading: Reading;
  /** Plain words for a technician; the same thing in Chinese and English. */
  readonly zh: string;
  readonly en: string;
}

export interface TryOptions {
  /** For bare payloads: the topic they came on, or the path with its query. */
  readonly topic?: string;
  /** The text is bytes in hex, also where the profile reads lines of text (a card number may look like hex). */
  readonly hex?: boolean;
}

export interface TriedAll {
  readonly tried: readonly Tried[];
  /** Bytes that belonged to no frame. */
  readonly skipped: number;
}

/**
 * Reads `text` with a profile. For a serial profile of text lines each line is one line of the device, unless
 * `options.hex`. Else it may be lines of hex (one byte stream, in any chunking), one JSON document or one a line:
 * `{ "topic": …, "payload": … }`, `{ "path": …, "query": …, "payload": … }`, or a bare payload with `options.topic`.
 * Never throws.
 */
export function tryProfile(reader: Reader, text: string, ctx: ReadContext, options: TryOptions = {}): TriedAll {
  const { framing, payload } = reader.profile;
  const lines = text.split(/\r?\n/).map((content, index) => ({ content, line: index + 1 }));
  if (framing?.cut === "line" && payload !== "bytes" && options.hex !== true)
    return tryText(reader, framing, lines, ctx);
  const filled = lines
    .map(({ content, line }) => ({ content: content.trim(), line }))
    .filter(({ content }) => content !== "" && !content.startsWith("#"));
  if (options.hex === true) return tryBytes(reader, filled, ctx);
  const whole = asJson(text);
  if (whole !== undefined)
    return messages(
      (Array.isArray(whole) ? whole : [whole]).map((entry) => tryMessage(reader, entry, 1, ctx, options)),
    );
  if (filled.length > 0 && filled.every(({ content }) => isHex(content))) return tryBytes(reader, filled, ctx);
  // A form, lines of keys or XML: one payload as it stands.
  if (framing === undefined && payload !== "text" && options.topic !== undefined && !filled.every(looksLikeJson))
    return messages([tryMessage(reader, text, 1, ctx, options)]);
  return messages(
    filled.map(({ content, line }) => {
      const entry = asJson(content);
      if (entry !== undefined) return tryMessage(reader, entry, line, ctx, options);
      if (payload === "text" && options.topic !== undefined) return tryMessage(reader, content, line, ctx, options);
      return unreadable(content, line);
    }),
  );
}

/** A message is read whole or not at all: no byte of it is passed over. */
const messages = (tried: readonly Tried[]): TriedAll => ({ tried, skipped: 0 });

/** Each line as the device sends it: behind its start byte, before its first end byte. Nothing in it is a remark. */
function tryText(reader: Reader, framing: LineFraming, lines: readonly Line[], ctx: ReadContext): TriedAll {
  const around = (byte: string | undefined): Uint8Array => (byte === undefined ? NOTHING : fromHex(byte));
  let skipped = 0;
  const tried = lines.flatMap(({ content, line }): readonly Tried[] => {
    if (content === "") return [];
    if (framing.charset !== "utf-8" && /[^\x20-\x7e]/.test(content)) {
      const message = `not ASCII, and this device's text is ${framing.charset}: give it in hex`;
      return [told(line, content, { is: "fault", fault: { code: "field-invalid", where: `line ${line}`, message } })];
    }
    const text = new TextEncoder().encode(content);
    const cut = cutSample([joined(joined(around(framing.start), text), around(framing.ends[0]))], reader);
    skipped += cut.skipped;
    return [
      ...cut.frames.map((bytes) => told(line, content, reader.read({ via: "frame", bytes }, ctx))),
      ...cut.faults.map((fault) => told(line, content, { is: "fault", fault })),
    ];
  });
  return { tried, skipped };
}

interface Line {
  readonly content: string;
  readonly line: number;
}

const looksLikeJson = ({ content }: Line): boolean => asJson(content) !== undefined;

function isHex(text: string): boolean {
  return /^(?:[0-9A-Fa-f]{2}[ :]?)+$/.test(text);
}

function tryBytes(reader: Reader, lines: readonly Line[], ctx: ReadContext): TriedAll {
  const chunks = lines.map(({ content }) => fromHex(content.replaceAll(":", " ")));
  const { frames, faults, skipped } = cutSample(chunks, reader);
  const cut = frames.map((bytes) => told(1, toHex(bytes), reader.read({ via: "frame", bytes }, ctx)));
  return { tried: [...cut, ...faults.map((fault) => told(1, "bytes", { is: "fault", fault }))], skipped };
}

function tryMessage(reader: Reader, entry: unknown, line: number, ctx: ReadContext, options: TryOptions): Tried {
  const { place, method, payload } = messageIn(entry, options.topic);
  if (place === undefined) {
    const message = 'say the topic: { "topic": …, "payload": … }';
    return told(line, "message", { is: "fault", fault: { code: "no-kind-matches", where: "topic", message } });
  }
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const bytes = new TextEncoder().encode(text);
  return told(line, place, reader.read(heardAt(reader, place, method, bytes), ctx));
}

function heardAt(reader: Reader, place: string, method: string, payload: Uint8Array): Heard {
  if (reader.profile.link.via !== "http") return { via: "message", topic: place, payload };
  const [path = "", ...query] = place.replace(/^\//, "").split("?");
  return { via: "request", method, path, query: query.join("?"), payload };
}

interface Placed {
  readonly place: string | undefined;
  readonly method: string;
  readonly payload: unknown;
}

/** A message with its topic, or a request with path, query and method; else the entry is the payload itself. */
function messageIn(entry: unknown, topic: string | undefined): Placed {
  if (typeof entry !== "object" || entry === null) return { place: topic, method: "POST", payload: entry };
  const found = new Map<string, unknown>(Object.entries(entry));
  const own = found.get("topic") ?? found.get("path");
  if (typeof own !== "string" || !found.has("payload")) return { place: topic, method: "POST", payload: entry };
  const query = found.has("query") ? `?${String(found.get("query"))}` : "";
  return { place: own + query, method: String(found.get("method") ?? "POST"), payload: found.get("payload") };
}

function unreadable(content: string, line: number): Tried {
  const fault: DecodeFault = { code: "not-json", where: `line ${line}`, message: "this is neither hex nor JSON" };
  return told(line, content.slice(0, 60), { is: "fault", fault });
}

function asJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const FAULT_ZH: { readonly [code in DecodeFault["code"]]: string } = {
  "not-json": "不是有效的 JSON",
  "too-long": "内容太长",
  "no-kind-matches": "档案里没有对应的消息类型",
  "field-missing": "缺少字段",
  "field-invalid": "字段的值不对",
  "wrong-device": "设备编号不符",
  "another-device": "说的是另一台设备",
  "bad-checksum": "校验和不对",
  "bad-length": "长度不对",
  overflow: "太长而没有结束符",
  "idle-gap": "数据中断，只收到一半",
};

function told(line: number, heard: string, reading: Reading): Tried {
  if (reading.is === "fault") {
    const { code, where, message } = reading.fault;
    return { line, heard, reading, zh: `${FAULT_ZH[code]}（位置 ${where}）`, en: `${code} at ${where}: ${message}` };
  }
  const reports = reading.reports.map((report) => report.is).join(", ");
  const sent = reading.answers.length;
  return {
    line,
    heard,
    reading,
    zh: `识别为 ${reading.kind}：${reports}${sent > 0 ? `；回复 ${sent} 条` : ""}`,
    en: `read as ${reading.kind}: ${reports}${sent > 0 ? `; ${sent} answer(s)` : ""}`,
  };
}

/** Whether a file is a profile that can be tried: the reader's profile, or what is wrong. */
export function deviceProfileIn(text: string, name: string) {
  const loaded = parseProfile(text, name);
  if (loaded.is === "errors") return loaded;
  if (isDevice(loaded.profile)) return { is: "device", profile: loaded.profile } as const;
  const errors: readonly Finding[] = [
    {
      where: "/form",
      message: "a dry-contact profile has no messages to decode",
      hint: "try its wiring on the I/O page",
    },
  ];
  return { is: "errors", errors } as const;
}
