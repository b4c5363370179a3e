/**
 * The mark: number and hash of a row that is on the disk for sure, in a small file beside the journal. It tells after
 * damage how far the journal had come, so that no number is given twice, and it shows a tail that was cut off.
 */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";

export interface Mark {
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

const nameOf = (file: string) => `${file}.mark`;

/** Undefined when there is none, or it isn't one. */
export function readMark(file: string): Mark | undefined {
  try {
    const [seq, hash] = readFileSync(nameOf(file), "utf8").trim().split(" ");
    if (!/^\d{1,15}$/.test(seq ?? "") || !/^[0-9a-f]{64}$/.test(hash ?? "")) return undefined;
    return { seq: Number(seq), hash: hash ?? "" };
  } catch {
    return undefined; // none yet, or it can't be read: the journal then speaks for itself
  }
}

/** False when the disk refuses: the mark before it stays. */
export async function writeMark(file: string, mark: Mark): Promise<boolean> {
  const half = `${nameOf(file)}.tmp`;
  try {
    await writeFile(half, `${mark.seq} ${mark.hash}\n`);
    await rename(half, nameOf(file));
    return true;
  } catch {
    return false; // the journal's own state tells of the disk
  }
}
