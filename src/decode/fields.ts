/** Fields: one value drawn from a message and shaped. What can't be read becomes a fault of the scope, with its place. */
import { compileConditions, compilePointer } from "./conditions.ts";
import type { Field, Literal } from "./profile-mapping.ts";
import { compileText, type Getter, type Scope, slotsIn } from "./scope.ts";
import { INVALID, type Shaped, type Step, shape, step, type Value } from "./transforms.ts";

/** Longest text a field may hold; pictures are never fields. */
const TEXT_MAX = 4096;

/** Fields this one draws on. */
export function fieldsUsed(field: Field): string[] {
  if ("text" in field) return slotsIn(field.text);
  if ("if" in field)
    return [...field.if.map((condition) => condition.field), ...[field.value, field.else].flatMap(slotsOf)];
  if ("first" in field) return field.first.flatMap(fieldsUsed);
  return [];
}

/** The field's value; `undefined` when absent, which is a fault unless the field is optional. */
export function compileField(name: string, field: Field): Getter<Value> {
  if ("first" in field) return first(name, field);
  if ("if" in field) {
    const holds = compileConditions(field.if);
    const [value, other] = [written(field.value), written(field.else)];
    return (scope) => (holds(scope) ? value(scope) : other(scope));
  }
  return checked(name, field, rawGetter(field), placeOf(name, field));
}

const slotsOf = (value: Literal | undefined): string[] => (typeof value === "string" ? slotsIn(value) : []);
const written = (value: Literal | undefined): Getter<Value> =>
  typeof value === "string" ? compileText(value) : () => value;

type Drawn = Exclude<Field, { readonly first: unknown } | { readonly if: unknown }>;
type Bytes = Extract<Field, { readonly at: unknown }>;

function rawGetter(field: Drawn): Getter<Shaped> {
  if ("from" in field) {
    const finds = [field.from].flat().map(compilePointer);
    return firstScalar(finds.map((find) => (scope) => find(scope.source.root)));
  }
  if ("item" in field) {
    const find = field.item === "." ? (item: unknown) => item : compilePointer(field.item);
    return firstScalar([(scope) => find(scope.item)]);
  }
  if ("query" in field) return (scope) => scope.source.request?.query.get(field.query);
  if ("text" in field) return compileText(field.text);
  if ("line" in field) return (scope) => scope.source.text;
  return (scope) => fromBytes(field, scope.source.bytes);
}

function firstScalar(finds: readonly Getter<unknown>[]): Getter<Shaped> {
  return (scope) => {
    for (const find of finds) {
      const found = find(scope);
      if (found === undefined || found === null) continue;
      if (typeof found === "string") return found.length > TEXT_MAX ? INVALID : found;
      return typeof found === "number" || typeof found === "boolean" ? found : INVALID;
    }
    return undefined;
  };
}

const SIZES = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4 } as const;

function fromBytes(field: Bytes, bytes: Uint8Array): Shaped {
  const from = field.at < 0 ? bytes.length + field.at : field.at;
  const size = field.type === "bytes" ? (field.length ?? bytes.length - from) : SIZES[field.type];
  if (from < 0 || size < 1 || from + size > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, size);
  const little = field.endian === "little";
  switch (field.type) {
    case "u8":
      return view.getUint8(0);
    case "i8":
      return view.getInt8(0);
    case "u16":
      return view.getUint16(0, little);
    case "i16":
      return view.getInt16(0, little);
    case "u32":
      return view.getUint32(0, little);
    case "bytes":
      return bytes.subarray(from, from + size);
  }
}

function placeOf(name: string, field: Drawn): string {
  if ("from" in field) return typeof field.from === "string" ? field.from : field.from.join(" or ");
  if ("at" in field) return `byte ${field.at}`;
  if ("item" in field) return `each ${field.item}`;
  if ("query" in field) return `?${field.query}`;
  return "line" in field ? "line" : name;
}

function checked(name: string, field: Drawn, raw: Getter<Shaped>, where: string): Getter<Value> {
  const steps: readonly Step[] = (field.as ?? []).map(step);
  return (scope) => {
    const found = raw(scope);
    const shaped = found === INVALID ? INVALID : shape(steps, found, scope.ctx.utcOffsetMin);
    if (shaped !== undefined && shaped !== INVALID) return shaped;
    if (shaped === INVALID && field.lenient !== true) return fail(scope, "field-invalid", where, name);
    if (field.default !== undefined || field.optional === true || field.lenient === true) return field.default;
    return fail(scope, "field-missing", where, name);
  };
}

function first(name: string, field: Extract<Field, { readonly first: unknown }>): Getter<Value> {
  // A choice without a value is no fault: the next one is tried.
  const choices = field.first.map((choice) =>
    compileField(name, "if" in choice ? choice : { ...choice, optional: true }),
  );
  return (scope) => {
    for (const choice of choices) {
      const value = choice(scope);
      if (value !== undefined || scope.faults.length > 0) return value;
    }
    return field.optional === true ? undefined : fail(scope, "field-missing", name, name);
  };
}

function fail(scope: Scope, code: "field-missing" | "field-invalid", where: string, name: string): undefined {
  const what = code === "field-missing" ? "is not there" : "can't be read";
  scope.faults.push({ code, where, message: `\`${name}\` ${what}` });
  return undefined;
}
