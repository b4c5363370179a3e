/**
 * How far each stream has been taken by the platform: one small file, replaced whole. Written off the loop and never in
 * front of it: a cursor that is older than the truth costs messages sent twice, which the platform knows by their number.
 */
import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { summed, whole } from "./uplink-sum.ts";

export interface CursorFile<Kept> {
  readonly found: Kept | undefined;
  /** Soon, and only the newest. */
  keep(kept: Kept): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

const TOGETHER_MS = 200;

/** @param read takes what was written; undefined = it isn't one, and everything is sent again from the beginning */
export function openCursorFile<Kept>(file: string, read: (json: unknown) => Kept | undefined): CursorFile<Kept> {
  let next: Kept | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function write(): void {
    timer = undefined;
    writing = writing.then(async () => {
      if (next === undefined) return;
      const text = JSON.stringify(next);
      next = undefined;
      try {
        await replace(file, summed(text));
      } catch {
        // A full disk: the file of before stays, the next move tries again; the journal's own state tells of the disk.
      }
    });
  }

  return {
    found: readBack(file, read),
    keep(kept) {
      next = kept;
      timer ??= setTimeout(write, TOGETHER_MS);
      timer.unref();
    },
    async close() {
      clearTimeout(timer);
      write();
      await writing;
    },
  };
}

/** The old file or the new one, never half of it. */
export async function replace(file: string, what: string | Uint8Array, mode = 0o600): Promise<void> {
  const half = `${file}.tmp`;
  const handle = await open(half, "w", mode);
  try {
    await handle.writeFile(what);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(half, file);
}

function readBack<Kept>(file: string, read: (json: unknown) => Kept | undefined): Kept | undefined {
  try {
    const text = whole(readFileSync(file, "utf8"));
    return text === undefined ? undefined : read(JSON.parse(text));
  } catch {
    return undefined; // none yet, or it can't be read
  }
}
