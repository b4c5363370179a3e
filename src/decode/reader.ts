/** A profile compiled into closures once: a frame or message in, a reading out. Never throws, on any input. */
import type { Report } from "../core/terms.ts";
import { compileConditions } from "./conditions.ts";
import { compileEach } from "./each.ts";
import { compileField, fieldsUsed } from "./fields.ts";
import { type Framer, framer } from "./frames.ts";
import { answerOf, compileOutgoing, fieldsOfOutgoing, type Made } from "./outgoing.ts";
import { payloadOpener } from "./payloads.ts";
import type { DeviceProfile } from "./profile.ts";
import type { Field, MessageKind } from "./profile-mapping.ts";
import { compileReport, fieldsOfReport } from "./reports.ts";
import { type Getter, NO_SOURCE, openScope, paramOf, type Scope, type Source } from "./scope.ts";
import type { DecodeFault, Heard, Outgoing, ReadContext, Reading } from "./terms.ts";
import { compileTopic, type TopicMatch } from "./topics.ts";

export interface Reader {
  readonly profile: DeviceProfile;
  /** For serial links; `undefined` where the profile has no framing. */
  readonly framer: Framer | undefined;
  /** HTTP: the answer to what can't be read. */
  readonly unread: Outgoing;
  read(heard: Heard, ctx: ReadContext): Reading;
}

/** Compiles a checked profile. Costs about a millisecond; do it once per profile, not per message. */
export function compile(profile: DeviceProfile): Reader {
  const open = opener(profile);
  const kinds = profile.messages.map((kind) => compileKind(kind, profile));
  const kindsOn = remembering((topic: string | undefined) => kinds.filter((kind) => kind.hears(topic)));
  // An answer is read only as what was asked for, so that none passes for what the device says of itself.
  const asking = kinds.filter((kind) => kind.isAsked);
  const identify = identity(profile);
  return {
    profile,
    framer: profile.framing === undefined ? undefined : framer(profile.framing),
    unread: unreadAnswer(profile),
    read(heard, ctx) {
      const source = open(heard);
      if ("code" in source) return refused(source);
      const scope = openScope(source, ctx);
      const proofs = identify(scope);
      const among = heard.via === "answer" ? asking : kindsOn(source.topic);
      const kind = scope.faults.length > 0 ? undefined : among.find((kind) => kind.takes(scope));
      // Whoever answers is whom we called.
      if (heard.via !== "answer" && proofs === 0 && kind !== undefined && kind.forAll !== true)
        return refused(wrongDevice("identity"));
      const reading = kind?.read(scope);
      const [fault] = scope.faults;
      if (fault !== undefined) return refused(fault);
      return reading ?? refused(NO_KIND);
    },
  };
}

const BAD_REQUEST: Outgoing = { answer: { status: 400, type: "", headers: {} }, bytes: new Uint8Array(0) };

/** Said without knowing anything of the message, so a slot has no value in it. */
function unreadAnswer({ link }: DeviceProfile): Outgoing {
  if (link.via !== "http" || link.unread === undefined) return BAD_REQUEST;
  const made = answerOf(link.unread)(openScope(NO_SOURCE, { utcOffsetMin: 0, params: {}, newId: String }));
  return made.is === "made" ? made.out : BAD_REQUEST;
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
  const topics = patternsOf(profile).map(compileTopic);
  const capturedIn = remembering((topic: string) => captured(topics, topic));
  const { maxBytes } = profile.link;
  const open = payloadOpener(profile);
  return (heard) => {
    const bytes = heard.via === "frame" ? heard.bytes : heard.payload;
    if (bytes.length > maxBytes)
      return { code: "too-long", where: `byte ${maxBytes}`, message: `longer than ${maxBytes} bytes` };
    const topic = topicOf(heard);
    const captures = topic === undefined ? NO_CAPTURES : capturedIn(topic);
    if (captures === undefined)
      return { code: "no-kind-matches", where: "topic", message: "this profile doesn't listen to this topic" };
    const request =
      heard.via === "request"
        ? { method: heard.method, query: new Map(new URLSearchParams(heard.query.slice(0, QUERY_MAX))) }
        : undefined;
    const status = heard.via === "answer" ? heard.status : undefined;
    return open({ bytes, topic, captures, root: undefined, text: undefined, request, status });
  };
}

const QUERY_MAX = 2_048;

function patternsOf({ link }: DeviceProfile): readonly string[] {
  if (link.via === "mqtt") return link.listen;
  return link.via === "http" ? link.paths : [];
}

function topicOf(heard: Heard): string | undefined {
  if (heard.via === "message") return heard.topic;
  return heard.via === "request" ? heard.path : undefined;
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

// ── Who says it ─────────────────────────────────────────────────────────────────────────────────────────────────────
/**
 * Every id that is there must be the device's own. How many there were: where the profile names places for them, none
 * is as bad as a wrong one. `undefined` = it names no place.
 */
function identity(profile: DeviceProfile): Getter<number | undefined> {
  const places = (profile.identity ?? []).map(({ param, field, hub }, index) => {
    const name = `identity ${index}`;
    return {
      param,
      hub,
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
    for (const { param, hub, where, get } of places) {
      const value = get(scope);
      if (value === undefined) continue;
      proofs += 1;
      if (String(value) === String(paramOf(scope.ctx, param))) continue;
      scope.faults.push({ ...wrongDevice(where), ...(hub === true ? { code: "another-device" } : {}) });
    }
    return places.length > 0 ? proofs : undefined;
  };
}

function wrongDevice(where: string): DecodeFault {
  return { code: "wrong-device", where, message: "this speaks for another device, or for none" };
}

// ── Kinds ───────────────────────────────────────────────────────────────────────────────────────────────────────────
interface Kind {
  readonly forAll: true | undefined;
  /** It reads the answer to one of our commands. */
  readonly isAsked: boolean;
  /** Whether it may take what comes on this topic; a frame has none. */
  readonly hears: (topic: string | undefined) => boolean;
  readonly takes: Getter<boolean>;
  readonly read: Getter<Reading>;
}

function compileKind(kind: MessageKind, profile: DeviceProfile): Kind {
  const topics = kind.when.flatMap((condition) => ("topic" in condition ? [compileTopic(condition.topic)] : []));
  const takes = compileConditions(kind.when.filter((condition) => !("topic" in condition)));
  const { each, holdMs, forAll } = kind;
  const getters = (of: MessageKind) =>
    neededFields(of, profile).map(([name, field]) => ({ name, get: compileField(name, field) }));
  // With a list, what the answer needs is in the message itself, and the rest in each element.
  const fields = getters(each === undefined ? kind : { ...kind, reports: undefined });
  const reports = (kind.reports ?? []).map(compileReport);
  const list = each === undefined ? undefined : compileEach(each, getters({ ...kind, answers: undefined }), reports);
  const answersOf = compileAnswers(kind);
  const ignored: readonly Report[] | undefined =
    kind.ignore === undefined ? undefined : [{ is: "ignored", why: kind.ignore }];
  const marks = { ...(forAll === undefined ? {} : { forAll }), ...(holdMs === undefined ? {} : { holdMs }) };

  function read(scope: Scope): Reading {
    for (const { name, get } of fields) scope.values.set(name, get(scope));
    // A fault ends the reading: nothing is reported or answered on half of the fields.
    const sound = scope.faults.length === 0;
    const made = sound ? (list?.(scope) ?? reports.map((report) => report(scope))).filter(isThere) : [];
    return {
      is: "read",
      kind: kind.kind,
      reports: ignored ?? made,
      // Made when somebody asks: they are sent after the row is on the disk, and must not come before the relay.
      get answers() {
        return answersOf(scope);
      },
      ...marks,
    };
  }
  const hears = (topic: string | undefined) =>
    topics.every((match) => topic !== undefined && match(topic) !== undefined);
  return { hears, takes, read, forAll, isAsked: kind.when.some((condition) => "asked" in condition) };
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
