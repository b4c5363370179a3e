/** A profile compiled into closures once: a frame or message in, a reading out. Never throws, on any input. */

import type { Report } from "../core/terms.ts";
import { compileConditions } from "./conditions.ts";
import { compileField, fieldsUsed } from "./fields.ts";
import { type Framer, framer } from "./frames.ts";
import { compileOutgoing, fieldsOfOutgoing, type Made } from "./outgoing.ts";
import type { DeviceProfile } from "./profile.ts";
import type { Field, MessageKind } from "./profile-mapping.ts";
import { compileReport, fieldsOfReport } from "./reports.ts";
import { type Getter, openScope, paramOf, type Scope, type Source } from "./scope.ts";
import type { DecodeFault, Heard, Outgoing, ReadContext, Reading } from "./terms.ts";
import { compileTopic, type TopicMatch } from "./topics.ts";
import { decodeText, INVALID } from "./transforms.ts";

export interface Reader {
  readonly profile: DeviceProfile;
  /** For serial links; `undefined` where the profile has no framing. */
  readonly framer: Framer | undefined;
  read(heard: Heard, ctx: ReadContext): Reading;
}

/** Compiles a checked profile. Costs about a millisecond; do it once per profile, not per message. */
export function compile(profile: DeviceProfile): Reader {
  const open = opener(profile);
  const kinds = profile.messages.map((kind) => compileKind(kind, profile));
  const kindsOn = remembering((topic: string | undefined) => kinds.filter((kind) => kind.hears(topic)));
  const identify = identity(profile);
  return {
    profile,
    framer: profile.framing === undefined ? undefined : framer(profile.framing),
    read(heard, ctx) {
      const source = open(heard);
      if ("code" in source) return refused(source);
      const scope = openScope(source, ctx);
      identify(scope);
      const kind = scope.faults.length > 0 ? undefined : kindsOn(source.topic).find((kind) => kind.takes(scope));
      const reading = kind?.read(scope);
      const [fault] = scope.faults;
      if (fault !== undefined) return refused(fault);
      return reading ?? refused(NO_KIND);
    },
  };
}

const NO_KIND: DecodeFault = {
  code: "no-kind-matches",
  where: "messages",
  message: "no kind of the profile takes this",
};

function refused(fault: DecodeFault): Reading {
  return { is: "fault", fault };
}

// ── Opening ─────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Frame or message → source, with its payload opened as the profile says. */
export function opener(profile: DeviceProfile): (heard: Heard) => Source | DecodeFault {
  const topics = profile.link.via === "mqtt" ? profile.link.listen.map(compileTopic) : [];
  const capturedIn = remembering((topic: string) => captured(topics, topic));
  const { maxBytes } = profile.link;
  const charset = profile.framing?.cut === "line" ? profile.framing.charset : "utf-8";
  return (heard) => {
    const bytes = heard.via === "frame" ? heard.bytes : heard.payload;
    const topic = heard.via === "frame" ? undefined : heard.topic;
    if (bytes.length > maxBytes)
      return { code: "too-long", where: `byte ${maxBytes}`, message: `longer than ${maxBytes} bytes` };
    const captures = topic === undefined ? NO_CAPTURES : capturedIn(topic);
    if (captures === undefined)
      return { code: "no-kind-matches", where: "topic", message: "this profile doesn't listen to this topic" };
    const bare = { bytes, topic, captures, root: undefined, text: undefined };
    switch (profile.payload) {
      case "bytes":
        return bare;
      case "text": {
        const text = decodeText(charset, bytes);
        if (text !== INVALID) return { ...bare, text };
        return { code: "field-invalid", where: "line", message: `this is no ${charset} text` };
      }
      case "json":
        return json(bare);
    }
  };
}

const NO_CAPTURES: ReadonlyMap<string, string> = new Map();

/** A wall has few topics, and each says the same every time. Bounded, since topics are what devices say. */
function remembering<Key, Told>(ask: (key: Key) => Told): (key: Key) => Told {
  const known = new Map<Key, { readonly told: Told }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.told;
    if (known.size >= TOPICS_KNOWN) known.clear();
    const told = ask(key);
    known.set(key, { told });
    return told;
  };
}

const TOPICS_KNOWN = 512;

function captured(topics: readonly TopicMatch[], topic: string): Source["captures"] | undefined {
  for (const match of topics) {
    const captures = match(topic);
    if (captures !== undefined) return captures;
  }
  return undefined;
}

function json(bare: Source): Source | DecodeFault {
  const text = decodeText("utf-8", bare.bytes);
  if (text === INVALID) return { code: "not-json", where: "byte 0", message: "this is no UTF-8 text" };
  try {
    return { ...bare, root: JSON.parse(text) };
  } catch {
    return { code: "not-json", where: "byte 0", message: "this is no JSON document" };
  }
}

// ── Who says it ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** Every id that is there must be the device's own, and where the profile names places for it, one must be there. */
function identity(profile: DeviceProfile): Getter<void> {
  const places = (profile.identity ?? []).map(({ param, field }, index) => {
    const name = `identity ${index}`;
    return {
      param,
      where: name,
      get: compileField(name, "first" in field || "if" in field ? field : { ...field, optional: true }),
    };
  });
  return (scope) => {
    let proofs = 0;
    for (const [name, value] of scope.source.captures) {
      proofs += 1;
      if (value !== String(paramOf(scope.ctx, name))) scope.faults.push(wrongDevice(`topic {${name}}`));
    }
    for (const { param, where, get } of places) {
      const value = get(scope);
      if (value === undefined) continue;
      proofs += 1;
      if (String(value) !== String(paramOf(scope.ctx, param))) scope.faults.push(wrongDevice(where));
    }
    if (places.length > 0 && proofs === 0) scope.faults.push(wrongDevice("identity"));
  };
}

function wrongDevice(where: string): DecodeFault {
  return { code: "wrong-device", where, message: "this speaks for another device, or for none" };
}

// ── Kinds ───────────────────────────────────────────────────────────────────────────────────────────────────────────
interface Kind {
  /** Whether it may take what comes on this topic; a frame has none. */
  readonly hears: (topic: string | undefined) => boolean;
  readonly takes: Getter<boolean>;
  readonly read: Getter<Reading>;
}

function compileKind(kind: MessageKind, profile: DeviceProfile): Kind {
  const topics = kind.when.flatMap((condition) => ("topic" in condition ? [compileTopic(condition.topic)] : []));
  const takes = compileConditions(kind.when.filter((condition) => !("topic" in condition)));
  const fields = neededFields(kind, profile).map(([name, field]) => ({ name, get: compileField(name, field) }));
  const reports = (kind.reports ?? []).map(compileReport);
  const answersOf = compileAnswers(kind);
  const ignored: readonly Report[] | undefined =
    kind.ignore === undefined ? undefined : [{ is: "ignored", why: kind.ignore }];

  function read(scope: Scope): Reading {
    for (const { name, get } of fields) scope.values.set(name, get(scope));
    // A fault ends the reading: nothing is reported or answered on half of the fields.
    const made = scope.faults.length > 0 ? [] : reports.map((report) => report(scope)).filter(isThere);
    return {
      is: "read",
      kind: kind.kind,
      reports: ignored ?? made,
      // Made when somebody asks: they are sent after the row is on the disk, and must not come before the relay.
      get answers() {
        return answersOf(scope);
      },
    };
  }
  return { hears: (topic) => topics.every((match) => topic !== undefined && match(topic) !== undefined), takes, read };
}

function compileAnswers(kind: MessageKind): Getter<readonly Outgoing[]> {
  const answers = (kind.answers ?? []).map((answer) => ({
    holds: compileConditions(answer.when ?? []),
    make: compileOutgoing(answer.out),
  }));
  return (scope) => {
    const sent: Outgoing[] = [];
    for (const { holds, make } of answers) {
      const answer: Made | undefined = holds(scope) ? make(scope) : undefined;
      if (answer?.is === "made") sent.push(answer.out);
    }
    return sent;
  };
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** The fields a kind's reports and answers draw on, each after those it needs itself. Cycles and unknown names are left out: `lint` names them. */
export function neededFields(kind: MessageKind, profile: DeviceProfile): [string, Field][] {
  const known = new Map(Object.entries({ ...profile.fields, ...kind.fields }));
  const ordered = new Map<string, Field>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    const field = known.get(name);
    if (field === undefined || visiting.has(name)) return;
    visiting.add(name);
    for (const used of fieldsUsed(field)) visit(used);
    ordered.set(name, field);
  };
  for (const name of namesUsed(kind)) visit(name);
  return [...ordered];
}

/** Names of the fields that a kind's reports and answers draw on directly. */
export function namesUsed(kind: MessageKind): string[] {
  const answers = kind.answers ?? [];
  return [
    ...(kind.reports ?? []).flatMap(fieldsOfReport),
    ...answers.flatMap((answer) => (answer.when ?? []).map((condition) => condition.field)),
    ...answers.flatMap((answer) => fieldsOfOutgoing(answer.out)),
  ];
}
