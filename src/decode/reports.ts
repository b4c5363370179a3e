/** Report templates → reports. Every value is checked against core's types here, at the border, and nowhere after. */
import type { Claim, ContactLevel, Presented, Report, Stranger } from "../core/terms.ts";
import { compileConditions } from "./conditions.ts";
import type { ReportTemplate } from "./profile-mapping.ts";
import { compileText, type Getter, type Scope, slotsIn } from "./scope.ts";
import type { Value } from "./transforms.ts";

/** The report, or `undefined` when its `when` doesn't hold. Values that don't fit become faults of the scope. */
export function compileReport(template: ReportTemplate): Getter<Report | undefined> {
  const make = maker(template);
  if (template.when === undefined) return make;
  const holds = compileConditions(template.when);
  return (scope) => (holds(scope) ? make(scope) : undefined);
}

/** Fields a report draws on. */
export function fieldsOfReport(template: ReportTemplate): string[] {
  const conditions = (template.when ?? []).map((condition) => condition.field);
  return [...conditions, ...textsOf(template).flatMap(slotsIn)];
}

function textsOf(node: unknown): string[] {
  if (typeof node === "string") return [node];
  return typeof node === "object" && node !== null ? Object.values(node).flatMap(textsOf) : [];
}

function maker(template: ReportTemplate): Getter<Report> {
  switch (template.is) {
    case "presented":
      return presented(template);
    case "stranger":
      return stranger(template);
    case "heartbeat":
    case "online": {
      const { is } = template;
      const time = timeOf(template.deviceTimeMs);
      return (scope) => {
        const deviceTimeMs = time(scope);
        return deviceTimeMs === undefined ? { is } : { is, deviceTimeMs };
      };
    }
    case "offline":
      return () => ({ is: "offline" });
    case "inputs":
      return inputs(template);
    case "reply": {
      const to = required("to", textOf(template.to, "to"), "");
      const ok = required("ok", booleanOf(template.ok, "ok"), false);
      const code = textOf(template.code, "code");
      return (scope) => {
        const why = code(scope);
        return { is: "reply", to: to(scope), ok: ok(scope), ...(why === undefined ? {} : { code: why }) };
      };
    }
    case "ignored": {
      const why = required("why", textOf(template.why, "why"), "");
      return (scope) => ({ is: "ignored", why: why(scope) });
    }
  }
}

type Of<Kind extends ReportTemplate["is"]> = Extract<ReportTemplate, { readonly is: Kind }>;

const CLAIMS = ["face", "plate", "card", "pin", "code"] as const;

function presented(template: Of<"presented">): Getter<Presented> {
  const type = required("claim.type", wordOf(template.claim.type, "claim.type", CLAIMS), "code");
  const value = required("claim.value", textOf(template.claim.value, "claim.value"), "");
  const live = required("live", booleanOf(template.live, "live"), false);
  const eventId = textOf(template.eventId, "eventId");
  const confidence = confidenceOf(template.confidence);
  const liveness = wordOf(template.liveness, "liveness", ["passed", "failed"] as const);
  const verdict = wordOf(template.verdict, "verdict", ["allow", "refuse"] as const);
  const direction = wordOf(template.direction, "direction", ["in", "out"] as const);
  const time = timeOf(template.deviceTimeMs);
  const duress = booleanOf(template.duress, "duress");
  const plateColour = textOf(template.plateColour, "plateColour");
  return (scope) => {
    const claim: Claim = { type: type(scope), value: value(scope) };
    const report: Draft<Presented> = { is: "presented", claim, live: live(scope) };
    const id = eventId(scope);
    if (id !== undefined) report.eventId = id;
    const score = confidence(scope);
    if (score !== undefined) report.confidence = score;
    const alive = liveness(scope);
    if (alive !== undefined) report.liveness = alive;
    const said = verdict(scope);
    if (said !== undefined) report.verdict = said;
    const way = direction(scope);
    if (way !== undefined) report.direction = way;
    const deviceTimeMs = time(scope);
    if (deviceTimeMs !== undefined) report.deviceTimeMs = deviceTimeMs;
    const forced = duress(scope);
    if (forced !== undefined) report.duress = forced;
    const colour = plateColour(scope);
    if (colour !== undefined) report.plateColour = colour;
    return report;
  };
}

function stranger(template: Of<"stranger">): Getter<Stranger> {
  const live = required("live", booleanOf(template.live, "live"), false);
  const eventId = textOf(template.eventId, "eventId");
  const time = timeOf(template.deviceTimeMs);
  return (scope) => {
    const report: Draft<Stranger> = { is: "stranger", live: live(scope) };
    const id = eventId(scope);
    if (id !== undefined) report.eventId = id;
    const deviceTimeMs = time(scope);
    if (deviceTimeMs !== undefined) report.deviceTimeMs = deviceTimeMs;
    return report;
  };
}

const LEVELS = ["on", "off", "unknown"] as const;
type Inputs = Extract<Report, { readonly is: "inputs" }>;

function inputs(template: Of<"inputs">): Getter<Inputs> {
  const { levels } = template;
  if ("bits" in levels) {
    const bits = required("levels.bits", numberOf(levels.bits, "levels.bits"), 0);
    const channels = Array.from({ length: levels.count }, (_, index) => index);
    return (scope) => {
      const word = bits(scope);
      const level = (index: number): ContactLevel => ((word >>> index) & 1 ? "on" : "off");
      return {
        is: "inputs",
        levels: channels.map((index) => ({ channel: levels.first + index, level: level(index) })),
      };
    };
  }
  const each = levels.map((entry) => ({
    channel: required("channel", numberOf(entry.channel, "channel"), 0),
    level: required("level", wordOf(entry.level, "level", LEVELS), "unknown"),
  }));
  return (scope) => ({
    is: "inputs",
    levels: each.map((entry) => ({ channel: entry.channel(scope), level: entry.level(scope) })),
  });
}

// ── Values of a type ────────────────────────────────────────────────────────────────────────────────────────────────
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** A template's value as written: a literal, a slot, or nothing. */
type Written = string | number | boolean | undefined;

/** What a value may be: the type when it fits, `undefined` when it doesn't. */
type Fit<T> = (value: Exclude<Value, undefined>) => T | undefined;

function typed<T>(written: Written, where: string, as: Fit<T>): Getter<T | undefined> {
  const get: Getter<Value> = typeof written === "string" ? compileText(written) : () => written;
  return (scope) => {
    const value = get(scope);
    if (value === undefined) return undefined;
    const fitting = as(value);
    if (fitting === undefined)
      scope.faults.push({ code: "field-invalid", where, message: `\`${where}\` can't have this value` });
    return fitting;
  };
}

/** Texts of devices are attackers' input: 1..256 characters, none of them a control character. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,256}$/u;

function textOf(written: Written, where: string): Getter<string | undefined> {
  return typed(written, where, (value) => {
    const text = value instanceof Uint8Array ? "" : String(value);
    return PRINTABLE.test(text) ? text : undefined;
  });
}

function booleanOf(written: Written, where: string): Getter<boolean | undefined> {
  return typed(written, where, (value) => (typeof value === "boolean" ? value : undefined));
}

function numberOf(written: Written, where: string): Getter<number | undefined> {
  return typed(written, where, (value) => (isCount(value) ? value : undefined));
}

function isCount(value: Value): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function confidenceOf(written: Written): Getter<number | undefined> {
  return typed(written, "confidence", (value) =>
    typeof value === "number" && value >= 0 && value <= 1 ? value : undefined,
  );
}

function timeOf(written: Written): Getter<number | undefined> {
  return typed(written, "deviceTimeMs", (value) => (isCount(value) ? value : undefined));
}

function wordOf<const Words extends readonly string[]>(
  written: Written,
  where: string,
  words: Words,
): Getter<Words[number] | undefined> {
  return typed<Words[number]>(written, where, (value) => words.find((word) => word === value));
}

/** A value that must be there. What stands in for it is never seen: the fault ends the reading. */
function required<T>(where: string, get: Getter<T | undefined>, otherwise: T): Getter<T> {
  return (scope: Scope) => {
    const value = get(scope);
    if (value !== undefined) return value;
    scope.faults.push({ code: "field-missing", where, message: `\`${where}\` has no value` });
    return otherwise;
  };
}
