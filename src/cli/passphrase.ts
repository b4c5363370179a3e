/** The passphrase of a backup: from a file, or asked for without showing it. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { GateError } from "../core/fault.ts";

/** What opens residents' data on a lost USB stick is guessed at without limit. */
const SHORTEST = 12;

/** @throws GateError INPUT_INVALID, SECRET_UNREADABLE */
export async function passphraseFrom(file: string | undefined): Promise<string> {
  const text = file === undefined ? await asked() : readIn(file);
  const passphrase = text.replace(/[\r\n]+$/, "");
  if (passphrase.length < SHORTEST)
    throw new GateError(
      "INPUT_INVALID",
      `the passphrase needs at least ${SHORTEST} characters 口令至少 ${SHORTEST} 个字符`,
    );
  return passphrase;
}

function readIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GateError("SECRET_UNREADABLE", file, { cause });
  }
}

async function asked(): Promise<string> {
  process.stderr.write("口令 Passphrase: ");
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: mute, terminal: process.stdin.isTTY === true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
