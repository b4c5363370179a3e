/** What a profile's rules can see while one frame or message is read, and the texts with slots that draw on it. */
import type { Template } from "./profile-outgoing.ts";
import type { DecodeFault, ReadContext } from "./terms.ts";
import type { Value } from "./transforms.ts";

/** A frame or message after its payload has been opened. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly topic: string | undefined;
  readonly captures: ReadonlyMap<string, string>;
  /** The document, however it was written: JSON, form, XML, keys and values. */
  readonly root: unknown;
  /** The line, for `payload: "text"`. */
  readonly text: string | undefined;
  /** Of an HTTP request. */
  readonly request?: { readonly method: string; readonly query: ReadonlyMap<string, string> } | undefined;
  /** Of the answer to a request of ours. */
  readonly status?: number | undefined;
}

export interface Scope {
  readonly source: Source;
  readonly ctx: ReadContext;
  readonly values: Map<string, Value>;
  /** What went wrong so far; the first one is the reading's fault. */
  readonly faults: DecodeFault[];
  /** The command whose reply is looked for. */
  readonly sent?: Uint8Array;
  /** The element that `each` is at. */
  readonly item?: unknown;
  /** Lists that stand in for a slot of a JSON template. */
  readonly lists?: ReadonlyMap<string, readonly unknown[]>;
  /** One fresh id for all `{newId}` of a scope; made when first asked for. */
  newId(): string;
}

export const NO_SOURCE: Source = {
  bytes: new Uint8Array(0),
  topic: undefined,
  captures: new Map(),
  root: undefined,
  text: undefined,
};

export function openScope(source: Source, ctx: ReadContext): Scope {
  let id: string | undefined;
  return {
    source,
    ctx,
    values: new Map(),
    faults: [],
    newId() {
      id ??= ctx.newId();
      return id;
    },
  };
}

export type Getter<T> = (scope: Scope) => T;

/** The device's parameter; own properties only. */
export function paramOf(ctx: ReadContext, name: string): string | number | undefined {
  return Object.hasOwn(ctx.params, name) ? ctx.params[name] : undefined;
}

const SLOT = /\{([a-z][A-Za-z0-9.]*)\}/g;

/** Names of the fields a text with slots draws on; parameters, topic captures and the like are not among them. */
export function slotsIn(text: string): string[] {
  return [...text.matchAll(SLOT)]
    .map((match) => match[0].slice(1, -1))
    .filter((name) => !name.includes(".") && name !== "newId" && name !== "wallS");
}

function slot(name: string): Getter<Value> {
  if (name === "newId") return (scope) => scope.newId();
  if (name === "wallS")
    return (scope) => (scope.ctx.wallMs === undefined ? undefined : Math.floor(scope.ctx.wallMs / 1000));
  if (name.startsWith("param.")) return (scope) => paramOf(scope.ctx, name.slice(6));
  if (name.startsWith("topic.")) return (scope) => scope.source.captures.get(name.slice(6));
  return (scope) => scope.values.get(name);
}

/** A text with slots. One slot alone keeps its type; a text with a slot that has no value has none itself. */
export function compileText(text: string): Getter<Value> {
  const parts = text.split(SLOT);
  const getters = parts.map((part, index) => (index % 2 === 1 ? slot(part) : undefined));
  const [, only] = getters;
  if (only === undefined) return () => text;
  if (parts.length === 3 && parts[0] === "" && parts[2] === "") return only;
  return (scope) => {
    let whole = "";
    for (const [index, part] of parts.entries()) {
      const getter = getters[index];
      const value = getter === undefined ? part : getter(scope);
      if (value === undefined) return undefined;
      whole += String(value);
    }
    return whole;
  };
}

/** The same as a text, with each slot's value written as its place needs it. */
export function compileWritten(text: string, write: (value: string) => string): Getter<string | undefined> {
  const parts = text.split(SLOT).map((part, index) => (index % 2 === 1 ? slot(part) : part));
  return (scope) => {
    let whole = "";
    for (const part of parts) {
      const value = typeof part === "string" ? part : part(scope);
      if (value === undefined) return undefined;
      whole += typeof part === "string" ? part : write(String(value));
    }
    return whole;
  };
}

/** A JSON template; keys and list entries whose slot has no value are left out. */
export function compileJson(node: Template): Getter<unknown> {
  if (typeof node === "string") return compileSlot(node);
  if (typeof node !== "object" || node === null) return () => node;
  if (isList(node)) {
    const entries = node.map(compileJson);
    return (scope) => entries.map((entry) => entry(scope)).filter((value) => value !== undefined);
  }
  const entries = Object.entries(node).map(([key, child]) => [key, compileJson(child)] as const);
  return (scope) => {
    const object: Record<string, unknown> = {};
    for (const [key, entry] of entries) {
      const value = entry(scope);
      if (value !== undefined) object[key] = value;
    }
    return object;
  };
}

function compileSlot(text: string): Getter<unknown> {
  const [, only] = /^\{([a-z][A-Za-z0-9]*)\}$/.exec(text) ?? [];
  const textOf = compileText(text);
  return only === undefined ? textOf : (scope) => scope.lists?.get(only) ?? textOf(scope);
}

function isList(node: Template): node is readonly Template[] {
  return Array.isArray(node);
}

/** All slots of a template. */
export function slotsInJson(node: Template): string[] {
  if (typeof node === "string") return slotsIn(node);
  if (typeof node !== "object" || node === null) return [];
  return (isList(node) ? node : Object.values(node)).flatMap(slotsInJson);
}
