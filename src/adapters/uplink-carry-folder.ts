/** A stick's folder: parts by name, each whole or not there; what was pulled out half-written is written again. */
import type { KeyObject } from "node:crypto";
import { closeSync, fdatasyncSync, fsyncSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "../core/fault.ts";
import { LARGEST_FILE, type ReadHeader, type Seal, verifiedHeader } from "./uplink-carry-file.ts";
import { replace } from "./uplink-cursors.ts";

const EXTENSION = ".gpb";

/** Names that any file system takes, in the order of the rows. */
export function partName(site: string, gate: string, holds: string, first?: number, last?: number): string {
  const place = `gatepost_${site}_${gate}_${holds}`;
  if (first === undefined || last === undefined) return `${place}${EXTENSION}`;
  return `${place}_${String(first).padStart(12, "0")}-${last}${EXTENSION}`;
}

/** Every file of ours in a folder, by name. @throws GateError BUNDLE_REFUSED */
export function carriedFiles(folder: string): readonly string[] {
  try {
    if (statSync(folder).isFile()) return [folder];
    return readdirSync(folder)
      .filter((name) => name.endsWith(EXTENSION))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    throw refused(folder, cause);
  }
}

/** @throws GateError BUNDLE_REFUSED, BUNDLE_DAMAGED (too large to be one) */
export function carriedBytes(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > LARGEST_FILE)
      throw new GateError("BUNDLE_DAMAGED", `${file}: ${size} bytes, no file of ours is so large`);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw refused(file, cause);
  }
}

/** The headers of what we wrote ourselves and is whole; what isn't is as good as not there. */
export function wholeParts<Header extends Seal>(
  folder: string,
  begin: string,
  by: KeyObject,
  read: ReadHeader<Header>,
): readonly Header[] {
  return carriedFiles(folder).flatMap((file) => {
    if (!file.startsWith(join(folder, begin))) return [];
    try {
      return [verifiedHeader(carriedBytes(file), by, read)];
    } catch {
      return [];
    }
  });
}

/** Writes it under another name first; on the stick for sure when this resolves. @throws GateError BUNDLE_REFUSED */
export async function putPart(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  try {
    await replace(join(folder, name), bytes, 0o644);
    const place = openSync(folder, "r");
    try {
      fsyncSync(place);
    } catch {
      // Some file systems of sticks can't; the file itself is on it.
    } finally {
      closeSync(place);
    }
  } catch (cause) {
    throw refused(folder, cause);
  }
}

/**
 * Brings what a running gate has written to the disk, so that nobody is told of a row that a power cut could still take.
 * @throws GateError DATABASE_REFUSED
 */
export function settleOnDisk(database: string): void {
  for (const file of [`${database}-wal`, database]) {
    let fd: number;
    try {
      fd = openSync(file, "r+");
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") continue;
      throw new GateError("DATABASE_REFUSED", `${file}: ${cause instanceof Error ? cause.message : ""}`, { cause });
    }
    try {
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

const refused = (where: string, cause: unknown) =>
  new GateError("BUNDLE_REFUSED", `${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
