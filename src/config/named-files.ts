/** The files that gate.yaml names: secrets, keys, certificates. Where they lie, not what they say. */
import { isAbsolute, relative, resolve } from "node:path";
import type { GateConfig } from "./schema.ts";

/** Keys of gate.yaml whose value is a file's name. */
const NAMING = /File$|^cert$|^key$/;

function named(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    typeof one === "string" && NAMING.test(key) ? [one] : named(one),
  );
}

export interface NamedFiles {
  /** Below gate.yaml's folder, as paths from there. */
  readonly inside: readonly string[];
  /** Elsewhere on this machine, absolute. */
  readonly outside: readonly string[];
}

export function namedFiles(config: GateConfig, folder: string): NamedFiles {
  const all = [...new Set(named(config).map((name) => resolve(folder, name)))].sort();
  const from = all.map((file) => ({ file, path: relative(folder, file) }));
  const isInside = (path: string) => path !== "" && !path.startsWith("..") && !isAbsolute(path);
  return {
    inside: from.filter(({ path }) => isInside(path)).map(({ path }) => path),
    outside: from.filter(({ path }) => !isInside(path)).map(({ file }) => file),
  };
}
