/** A test's title as it stands in the source, and as a run tells it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Shown } from "./rows.ts";

const HOLES = /\$\{[^}]*\}|%[sidfjo]|\$[a-z][\w.]*/g;

/** What stands for a hole (`${…}`, `%s`, `$name`) is anything. */
export function titlePattern(title: string): RegExp {
  const fixed = title.split(HOLES).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join(".*?")}$`);
}

/** What is wrong with a row's word on a test: its file, title, seed or size isn't (or isn't any more) what the source says. */
export function wrongIn(top: string, { file, title, seed, size }: Shown): readonly string[] {
  let source: string;
  try {
    source = readFileSync(join(top, file), "utf8");
  } catch {
    return [`${file} isn't there`];
  }
  const numbers = source.replace(/(?<=\d)_(?=\d)/g, "");
  const wrong: string[] = [];
  if (!['"', "`"].some((quote) => source.includes(`${quote}${title}${quote}`))) wrong.push(`no test "${title}"`);
  if (seed !== undefined && !new RegExp(`\\b${seed}\\b`).test(numbers)) wrong.push(`no seed ${seed}`);
  if (size?.full !== undefined && !numbers.includes(`process.env.${size.full.variable} ?? ${size.short})`))
    wrong.push(`no ${size.full.variable} that is ${size.short} by itself`);
  const part = size?.full?.parts?.variable;
  if (part !== undefined && !source.includes(`process.env.${part} ?? "1/1")`))
    wrong.push(`no ${part} that is 1/1 by itself`);
  return wrong.map((what) => `${file}: ${what}`);
}
