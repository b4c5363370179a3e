/** Conditions as small data. All of a list must hold; there is no other logic. */
import { matcher } from "./patterns.ts";
import type { Condition, Literal } from "./profile-mapping.ts";
import { compileText, type Getter, type Scope } from "./scope.ts";
import { compileTopic } from "./topics.ts";

type Scalar = string | number | boolean;

/** Whether all conditions hold. */
export function compileConditions(conditions: readonly Condition[]): Getter<boolean> {
  const tests = conditions.map(compileCondition);
  return (scope) => {
    for (const test of tests) if (!test(scope)) return false;
    return true;
  };
}

function compileCondition(condition: Condition): Getter<boolean> {
  if ("pointer" in condition) {
    const find = compilePointer(condition.pointer);
    return compare(condition, (scope) => scalar(find(scope.source.root)));
  }
  if ("field" in condition) {
    const name = condition.field;
    return compare(condition, (scope) => scalar(scope.values.get(name)));
  }
  if ("byte" in condition) {
    const { byte, mask = 0xff } = condition;
    return compare(condition, (scope) => {
      const there = scope.source.bytes.at(byte);
      return there === undefined ? undefined : there & mask;
    });
  }
  if ("query" in condition) return compare(condition, ({ source }) => source.request?.query.get(condition.query));
  if ("method" in condition) return ({ source }) => source.request?.method === condition.method;
  if ("status" in condition) return ({ source }) => source.status === condition.status;
  if ("asked" in condition) return ({ ctx }) => ctx.asked === condition.asked;
  if ("topic" in condition) {
    const match = compileTopic(condition.topic);
    return ({ source }) => source.topic !== undefined && match(source.topic) !== undefined;
  }
  if ("text" in condition) {
    const match = matcher(condition.text.matches);
    return ({ source }) => source.text !== undefined && match(source.text) !== undefined;
  }
  if ("echo" in condition) return ({ sent, source }) => sent !== undefined && sameBytes(sent, source.bytes);
  const { minLength = 0, maxLength = Number.MAX_SAFE_INTEGER } = condition;
  return ({ source }) => source.bytes.length >= minLength && source.bytes.length <= maxLength;
}

interface Comparison {
  readonly equals?: Literal | undefined;
  readonly oneOf?: readonly Literal[] | undefined;
  readonly noneOf?: readonly Literal[] | undefined;
  readonly present?: boolean | undefined;
  readonly matches?: string | undefined;
  readonly atLeast?: number | string | undefined;
  readonly below?: number | string | undefined;
}

/** The parts of one comparison must all hold. Values are compared as text, since devices send 1 and "1" for the same. */
function compare(rule: Comparison, find: Getter<Scalar | undefined>): Getter<boolean> {
  const tests: ((found: Scalar | undefined, scope: Scope) => boolean)[] = [];
  const { equals, oneOf, noneOf, present, matches } = rule;
  if (equals !== undefined) {
    const wanted = compileText(String(equals));
    tests.push((found, scope) => found !== undefined && String(found) === String(wanted(scope)));
  }
  if (oneOf !== undefined) {
    const texts = new Set(oneOf.map(String));
    tests.push((found) => texts.has(String(found)));
  }
  if (noneOf !== undefined) {
    const texts = new Set(noneOf.map(String));
    tests.push((found) => found === undefined || !texts.has(String(found)));
  }
  if (present !== undefined) tests.push((found) => (found !== undefined) === present);
  if (matches !== undefined) {
    const match = matcher(matches);
    tests.push((found) => found !== undefined && match(String(found)) !== undefined);
  }
  if (rule.atLeast !== undefined) tests.push(bounded(rule.atLeast, (found, limit) => found >= limit));
  if (rule.below !== undefined) tests.push(bounded(rule.below, (found, limit) => found < limit));
  return (scope) => {
    const found = find(scope);
    for (const test of tests) if (!test(found, scope)) return false;
    return true;
  };
}

function bounded(written: number | string, holds: (found: number, limit: number) => boolean) {
  const limit = compileText(String(written));
  return (found: Scalar | undefined, scope: Scope): boolean => holds(amount(found), amount(limit(scope)));
}

/** A number, also as text; anything else compares with nothing. */
function amount(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : Number.NaN;
}

function scalar(value: unknown): Scalar | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

/** A JSON pointer (RFC 6901 without escapes); own properties only, so that nothing of a prototype is ever seen. */
export function compilePointer(pointer: string): (root: unknown) => unknown {
  const steps = pointer.split("/").slice(1);
  return (root) => {
    let here: unknown = root;
    for (const key of steps) {
      if (!isObject(here) || !Object.hasOwn(here, key)) return undefined;
      here = here[key];
    }
    return here;
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
