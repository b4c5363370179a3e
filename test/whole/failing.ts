/** Calls that fail when a test says so: fail.c and chip.c as they are preloaded, and what they share with us (calls.h). */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Place, top } from "./place.ts";

const NAME_BYTES = 24;

/** Compiles one of them into the place. Returns its path, for LD_PRELOAD. */
export function preload(place: Place, name: "fail" | "chip"): string {
  const made = join(place.dir, `${name}.so`);
  execFileSync("gcc", ["-shared", "-fPIC", "-O2", "-o", made, join(top, "test/whole", `${name}.c`), "-ldl"]);
  return made;
}

/** struct control: five words, two names. */
const BYTES = 5 * 8 + 2 * NAME_BYTES;

export interface Control {
  /** For GATEPOST_FAIL_CONTROL. */
  readonly file: string;
  /** So far. */
  calls(): number;
  failed(): number;
  /** The last two that failed. */
  names(): readonly string[];
  /** The n-th call from now fails, and the `then`-th after it. */
  arm(n: number, then: number, error: number): void;
  close(): void;
}

export function openControl(place: Place): Control {
  const file = join(place.dir, "control");
  writeFileSync(file, Buffer.alloc(BYTES));
  const fd = openSync(file, "r+");
  const word = (n: number) => {
    const bytes = Buffer.alloc(8);
    readSync(fd, bytes, 0, 8, n * 8);
    return Number(bytes.readBigInt64LE());
  };
  const set = (n: number, value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(fd, bytes, 0, 8, n * 8);
  };
  return {
    file,
    calls: () => word(0),
    failed: () => word(4),
    names() {
      const bytes = Buffer.alloc(2 * NAME_BYTES);
      readSync(fd, bytes, 0, bytes.length, 40);
      return bytes.toString("latin1").split(/\0+/).filter(Boolean);
    },
    arm(n, then, error) {
      set(3, error);
      const first = word(0) + n;
      set(2, first + then);
      set(1, first);
    },
    close: () => closeSync(fd),
  };
}
