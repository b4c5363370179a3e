/**
 * The topics that Home Assistant was told of, one a line: what has left gate.yaml since is withdrawn there at the next
 * start. Kept here and not asked of the broker: our user there needs to read nothing, and nobody there can feed us a list.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { GateError } from "../core/fault.ts";

/** In the data folder. */
export const ANNOUNCED_FILE = "home-announced.txt";
/** Some years of a large site's changes; beyond it the oldest are forgotten. */
const MOST = 2_000;
/** Those of our own making alone: whatever has become of the file, no wildcard and no odd byte comes out of it. */
const TOPIC = /^[A-Za-z0-9_/-]{1,300}$/;

/** Newest first; none where nothing was told yet. @throws GateError DATABASE_REFUSED */
export function announcedBefore(file: string): readonly string[] {
  try {
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => TOPIC.test(line))
      .slice(0, MOST);
  } catch (cause) {
    throw new GateError("DATABASE_REFUSED", `${file} can't be read`, { cause });
  }
}

/**
 * To be called before any of `now` is told. Those of before stay behind them, so that one that the broker was never told
 * to forget is withdrawn again at the start after. @throws GateError DATABASE_REFUSED
 */
export function keepAnnounced(file: string, now: readonly string[], before: readonly string[]): void {
  const lines = [...new Set([...now, ...before])].slice(0, MOST);
  if (lines.length === before.length && lines.every((line, n) => line === before[n])) return;
  try {
    writeFileSync(`${file}.new`, `${lines.join("\n")}\n`, { mode: 0o640, flush: true });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    throw new GateError("DATABASE_REFUSED", `${file} can't be written`, { cause });
  }
}
