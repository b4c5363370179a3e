/**
 * Pictures on their way from the clerk to the terminals: files that we alone may read, named by nobody, overwritten
 * before they are deleted. What a picture shows is never looked at: its size and kind are read from its head.
 */
import { createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { open, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { GateError } from "../core/fault.ts";
import type { OnHand, Pictures } from "../shell/ports.ts";

const LEAST_BYTES = 1_000;
const MOST_BYTES = 1_048_576;
const LEAST_SIDE = 80;
const MOST_SIDE = 4_096;

export type PictureFault = "too-small" | "too-large" | "not-jpeg" | "bad-size";

/** Why no terminal would take it; undefined = it looks like a JPEG of a fitting size. */
export function pictureFault(bytes: Uint8Array): PictureFault | undefined {
  if (bytes.length > MOST_BYTES) return "too-large";
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return "not-jpeg";
  if (bytes.length < LEAST_BYTES) return "too-small";
  const size = jpegSize(bytes);
  if (size === undefined) return "not-jpeg";
  const [least, most] = [Math.min(...size), Math.max(...size)];
  return least < LEAST_SIDE || most > MOST_SIDE ? "bad-size" : undefined;
}

/** Width and height from the frame header, by the segments before it; no pixel is decoded. */
export function jpegSize(bytes: Uint8Array): readonly [width: number, height: number] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = view.getUint8(at + 1);
    // Fill bytes may stand before a marker.
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** SOF0..SOF15, without the tables (DHT, JPG, DAC) that stand among their numbers. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Stands for a face id in a file's name. */
export const faceMark = (face: string): string => createHash("sha256").update(face).digest("hex").slice(0, 32);

/** Puts a picture that has no fault on its way; on the disk when it returns. @throws GateError DATABASE_REFUSED */
export function keepPicture(folder: string, face: string, bytes: Uint8Array): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const name = join(folder, `${faceMark(face)}-${randomBytes(4).toString("hex")}.jpg`);
    const half = `${name}.half`;
    const file = openSync(half, "wx", 0o600);
    try {
      writeSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(half, name);
    const there = openSync(folder, "r");
    fsyncSync(there);
    closeSync(there);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GateError("DATABASE_REFUSED", `${folder}: ${why}`, { cause });
  }
}

const NAME = /^([0-9a-f]{32})-([0-9a-f]{8})\.jpg$/;
const HALF_MS = 60_000;

export function openPictures(folder: string): Pictures {
  const pathOf = (one: Pick<OnHand, "mark" | "picture">) => join(folder, `${one.mark}-${one.picture}.jpg`);
  return {
    markOf: faceMark,
    async onHand(wallMs) {
      if (!existsSync(folder)) return [];
      const found: OnHand[] = [];
      for (const name of await readdir(folder)) {
        const [, mark, picture] = NAME.exec(name) ?? [];
        const told = await stat(join(folder, name)).catch(() => undefined);
        if (told === undefined) continue;
        if (mark !== undefined && picture !== undefined) found.push({ mark, picture, sinceMs: told.mtimeMs });
        // Half written by a process that died.
        else if (wallMs - told.mtimeMs > HALF_MS) await wiped(join(folder, name));
      }
      return found;
    },
    async read(one) {
      const bytes = await readFile(pathOf(one)).catch(() => undefined);
      return bytes === undefined || pictureFault(bytes) !== undefined ? undefined : bytes.toString("base64");
    },
    drop: (one) => wiped(pathOf(one)),
  };
}

/** Zeros over it first. An SD card may keep the old blocks all the same: that is why none stays long. */
async function wiped(path: string): Promise<void> {
  try {
    const file = await open(path, "r+");
    try {
      const { size } = await file.stat();
      await file.write(Buffer.alloc(size), 0, size, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await unlink(path);
  } catch {
    // Gone already, or a disk that refuses: it is tried again at the next look.
  }
}
