/** A configuration put in its place so that a power cut at any moment leaves the old file or the new one, each whole. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { GateError } from "../core/fault.ts";

/** With the rights of the file `like`, or of a configuration's folder. @throws GateError CONFIG_NOT_APPLIED; nothing has changed then */
export function putWhole(file: string, text: string, like = file): void {
  const half = `${file}.tmp`;
  try {
    const fd = openSync(half, "w", 0o600);
    try {
      own(fd, file, like);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(half, file);
    syncFolder(dirname(file));
  } catch (cause) {
    rmSync(half, { force: true });
    if (!(cause instanceof Error)) throw cause;
    throw new GateError("CONFIG_NOT_APPLIED", `${cause.message}; as root 用 sudo 再试`, { cause });
  }
}

/** The service reads it and can't change it. */
function own(fd: number, file: string, like: string): void {
  const found = statSync(like, { throwIfNoEntry: false });
  fchmodSync(fd, (found?.mode ?? 0o640) & 0o777);
  if (process.getuid?.() === 0) fchownSync(fd, found?.uid ?? 0, found?.gid ?? statSync(dirname(file)).gid);
}

/** The new name too must hold over a power cut. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
