/** The site's own key: 32 random bytes, made at the first start, readable by us alone. */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { GateError } from "../core/fault.ts";

const BYTES = 32;

/** @throws GateError SECRET_UNREADABLE */
export function siteKey(file: string): Uint8Array {
  try {
    if (existsSync(file)) {
      const key = readFileSync(file);
      if (key.length !== BYTES) throw new GateError("SECRET_UNREADABLE", `${file} is not a key of ${BYTES} bytes`);
      return key;
    }
    const key = randomBytes(BYTES);
    const half = `${file}.tmp`;
    const fd = openSync(half, "w", 0o600);
    writeSync(fd, key);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(half, file);
    return key;
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError("SECRET_UNREADABLE", `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
