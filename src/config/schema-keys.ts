/** What gate.yaml's own JSON Schema says of a path: which keys may stand there, for "did you mean", and what one means. */
import type { Path, Words } from "./problem.ts";
import { gateJsonSchema } from "./schema.ts";

/** Known keys at `path`; empty where keys are free or there is no group. */
export function keysAt(path: Path): readonly string[] {
  let here: unknown = gateJsonSchema();
  for (const step of path)
    here = typeof step === "number" ? member(here, "items") : member(member(here, "properties"), step);
  const properties = member(here, "properties");
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

/** The schema's note on a path, parted into its two languages; undefined where it has none. Makes the schema anew: look up many at once. */
export function notes(paths: readonly Path[]): readonly (Words | undefined)[] {
  const schema = gateJsonSchema();
  return paths.map((path) => {
    const found = path.reduce<unknown>((here, step) => childOf(here, step), schema);
    const told = member(found, "description");
    // English to its last full stop, then Chinese (which may begin with a word like GPIO).
    const parts = typeof told === "string" ? /^([^\u3000-\u9fff\uff00-\uffef]*)\. (.+)$/s.exec(told) : null;
    return parts === null ? undefined : { en: parts[1] ?? "", zh: parts[2] ?? "" };
  });
}

function childOf(here: unknown, step: string | number): unknown {
  if (typeof step === "number") return member(here, "items");
  const choices = member(here, "anyOf");
  const found = member(member(here, "properties"), step);
  if (found !== undefined || !Array.isArray(choices)) return found;
  return choices.map((one) => childOf(one, step)).find((one) => one !== undefined);
}

function member(group: unknown, key: string): unknown {
  if (typeof group !== "object" || group === null || !Object.hasOwn(group, key)) return undefined;
  return Object.getOwnPropertyDescriptor(group, key)?.value;
}
