/**
 * Which reader keys have worked once. Install mode is over for a key that has: also after a restart, when whoever forgot
 * to take `installMinutes` out of gate.yaml would open it again.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "../core/fault.ts";
import type { DeviceId } from "../core/terms.ts";

export interface Installed {
  /** Whether this reader has worked with this key. */
  has(device: DeviceId, key: Uint8Array): boolean;
  /** @throws GateError DATABASE_REFUSED when it can't be kept */
  add(device: DeviceId, key: Uint8Array): void;
}

export function openInstalled(dataDir: string): Installed {
  const folder = join(dataDir, "osdp-installed");
  const printOf = (device: DeviceId, key: Uint8Array) => createHash("sha256").update(device).update(key).digest("hex");
  return {
    has(device, key) {
      try {
        return readFileSync(join(folder, device), "utf8").trim() === printOf(device, key);
      } catch {
        return false; // never installed yet, or the file is gone: the window is short either way
      }
    },
    add(device, key) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o750 });
        writeFileSync(join(folder, device), `${printOf(device, key)}\n`, { mode: 0o640, flush: true });
      } catch (cause) {
        throw new GateError("DATABASE_REFUSED", `${folder}: install mode of ${device} could not be ended for good`, {
          cause,
        });
      }
    },
  };
}
