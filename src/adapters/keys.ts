/**
 * The site's own key: 32 random bytes, made at the first start, readable by us alone. Kept twice: without it no pseudonym
 * and no counted use is found again, so a damaged file is mended from its copy and never replaced by a new key.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { GateError } from "../core/fault.ts";

const BYTES = 32;

/** @throws GateError SECRET_UNREADABLE */
export function siteKey(file: string): Uint8Array {
  const places = [file, `${file}.copy`];
  try {
    const there = places.filter((one) => existsSync(one));
    const found = there.map((one) => readFileSync(one)).find((key) => key.length === BYTES);
    if (found === undefined && there.length > 0)
      throw new GateError("SECRET_UNREADABLE", `neither of ${places.join(", ")} is a key of ${BYTES} bytes`);
    const key = found ?? randomBytes(BYTES);
    for (const one of places) if (!isKey(one, key)) keep(one, key, found !== undefined);
    return key;
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError("SECRET_UNREADABLE", `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

const isKey = (file: string, key: Uint8Array): boolean => existsSync(file) && readFileSync(file).equals(key);

/** `spare`: there is another one that serves, so a full disk is no reason not to start. */
function keep(file: string, key: Uint8Array, spare: boolean): void {
  const half = `${file}.tmp`;
  try {
    const fd = openSync(half, "w", 0o600);
    try {
      writeSync(fd, key);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(half, file);
  } catch (cause) {
    if (!spare) throw cause;
  }
}
