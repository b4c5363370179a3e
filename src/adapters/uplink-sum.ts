/** A text with its sum in front: a file that was cut short or changed is known as such. */
import { createHash } from "node:crypto";

const sumOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

export const summed = (text: string): string => `${sumOf(text)} ${text}\n`;

/** Undefined when it isn't whole. */
export function whole(line: string): string | undefined {
  const text = line.trimEnd();
  const rest = text.slice(17);
  return text.startsWith(`${sumOf(rest)} `) ? rest : undefined;
}
