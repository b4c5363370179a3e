/** A yes from whoever sits before the terminal. */
import { createInterface } from "node:readline/promises";
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { type Lang, say } from "./verb.ts";

/** Without a terminal nobody can say it: that is a no, and the option that stands for it is named. */
export async function isConfirmed(question: Words, lang: Lang): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    process.stderr.write(`${say(words("这里没有人能回答：加 --yes", "Nobody can answer here: add --yes"), lang)}\n`);
    return false;
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|是|好)$/i.test((await lines.question(`${say(question, lang)} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
