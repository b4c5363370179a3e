/**
 * Where files from the platform are laid down for the running gate, by `gatepost bundle import`. A file is taken once; what
 * became of it is left beside, under its name and `.told`. Off the loop, small, and never in front of a decision.
 */
import { mkdirSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replace } from "./uplink-cursors.ts";

/** Receipts are a line for each stream; what is larger, packed or unpacked, is none. Bytes. */
export const LARGEST_INBOX_FILE = 64 * 1024;
const AT_ONCE = 8;
export const CARRIED = ".gpb";
export const TOLD = ".told";

export interface Inbox {
  /** Hands what has come, one after the other, to `take`; its answer is written beside before the file goes. */
  turn(take: (bytes: Uint8Array) => unknown): Promise<void>;
}

/** Made by the gate, so that the gate may empty it. */
export function openInbox(folder: string): Inbox {
  mkdirSync(folder, { recursive: true, mode: 0o770 });
  let busy = false;

  async function one(name: string, take: (bytes: Uint8Array) => unknown): Promise<void> {
    const file = join(folder, name);
    const { size } = await stat(file);
    const bytes = size > LARGEST_INBOX_FILE ? new Uint8Array(0) : await readFile(file);
    const told = take(bytes);
    await replace(join(folder, `${name}${TOLD}`), `${JSON.stringify(told)}\n`, 0o644);
    await rm(file);
  }

  return {
    async turn(take) {
      if (busy) return;
      busy = true;
      try {
        const names = (await readdir(folder)).filter((name) => name.endsWith(CARRIED)).sort();
        for (const name of names.slice(0, AT_ONCE)) await one(name, take);
      } catch {
        // A full disk, or a file that somebody takes away under our hand: the next turn looks again.
      } finally {
        busy = false;
      }
    },
  };
}

/** Lays a file down for the gate, whole or not at all. What it holds is sealed: the gate's own user must be able to read it. */
export const layDown = (folder: string, name: string, bytes: Uint8Array): Promise<void> =>
  replace(join(folder, name), bytes, 0o644);
