/** Which keys may stand at a path of gate.yaml, read from its own JSON Schema: for "did you mean". */
import type { Path } from "./problem.ts";
import { gateJsonSchema } from "./schema.ts";

/** Known keys at `path`; empty where keys are free or there is no group. */
export function keysAt(path: Path): readonly string[] {
  let here: unknown = gateJsonSchema();
  for (const step of path)
    here = typeof step === "number" ? member(here, "items") : member(member(here, "properties"), step);
  const properties = member(here, "properties");
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function member(group: unknown, key: string): unknown {
  if (typeof group !== "object" || group === null || !Object.hasOwn(group, key)) return undefined;
  return Object.getOwnPropertyDescriptor(group, key)?.value;
}
