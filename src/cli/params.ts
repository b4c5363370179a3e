/** `NAME=VALUE` options. */
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { plain } from "./verb.ts";

/** Parameters by name; the first one that isn't `NAME=VALUE` is the complaint. */
export function paramsOf(
  texts: readonly string[],
): { readonly params: Readonly<Record<string, string>> } | { readonly wrong: Words } {
  const pairs = texts.map((text) => /^([A-Za-z][A-Za-z0-9]*)=(.*)$/s.exec(text));
  const wrong = texts.find((_, index) => pairs[index] === null);
  if (wrong !== undefined) {
    const shown = plain(wrong);
    return { wrong: words(`“${shown}”要写成 NAME=VALUE`, `\`${shown}\` must be NAME=VALUE`) };
  }
  return { params: Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""])) };
}
