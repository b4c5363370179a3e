/** A file system of 12 MB in memory, where this user may mount one. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { onTestFinished } from "vitest";

/** Containers often may not: the tests that need it say that they were skipped. */
export function mayMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** Until the test is over. */
export function smallDisk(dir: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", dir], { stdio: "ignore" });
  onTestFinished(() => void execFileSync("umount", ["-l", dir]));
}

/** Takes all the room there is. */
export function fill(file: string): void {
  for (let size = 1 << 20; size >= 4096; ) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch {
      size /= 2;
    }
  }
}
