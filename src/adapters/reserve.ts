/** Room on the disk that is kept back, so that a full one does not end what must go on. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { GateError } from "../core/fault.ts";

/** SQLite asks for 32 KB beside each database before it reads a word, and for a page or two of log. */
const START_BYTES = 512 * 1024;

/** Keeps `bytes` in a file of that name; none when there is no room for it, and the disk alarm says why. */
export function keepReserve(file: string, bytes = START_BYTES): void {
  if (existsSync(file)) return;
  try {
    writeFileSync(file, Buffer.alloc(bytes));
  } catch {
    rmSync(file, { force: true });
  }
}

/** Opens; on a full disk once more, with the reserve given up. @throws what `open` throws */
export function openWithReserve<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof GateError) || cause.code !== "DATABASE_FULL" || !existsSync(file)) throw cause;
    rmSync(file, { force: true });
    return open();
  }
}
