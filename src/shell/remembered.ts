/**
 * A lane's mode across a restart, from its last row: locked open or down it still is, and nothing moves for it. While
 * the clock can't be believed, a row within each minute tells what is left (`heldRows`), and a start counts a minute
 * against it: however often the power fails, the lane is open no longer in all than was ordered.
 */
import * as lane from "../core/lane.ts";
import type { Mode } from "../core/lane-terms.ts";
import type { Site } from "../core/site.ts";
import type { Author, Now } from "../core/terms.ts";
import type { Entry, Row } from "./ports.ts";

/** A lane may have been open for so long since its last row, and no longer. */
export const UNTOLD_MS = 60_000;

/** `maxLockedOpenMs`: the longest time a person may order; undefined = controlled. An emergency ends with the start: its fire input or a person begins it anew, and what lay beneath it counts. */
export function rememberedMode(last: Row, now: Now, maxLockedOpenMs: number): Mode | undefined {
  const { open } = last;
  const told = isFields(open.beneath) ? open.beneath : open;
  const by: Author = { who: text(told.by ?? open.by), from: text(told.from ?? open.from) };
  switch (told.mode) {
    case "locked-down":
      return { is: "locked-down", by };
    case "locked-open":
      // Without an end it isn't one of ours: a lane is never open for ever.
      if (typeof told.untilWallMs !== "number") return undefined;
      return {
        is: "locked-open",
        by,
        until: now.at + leftMs(told.untilWallMs, last, now, maxLockedOpenMs),
        id: "remembered",
      };
    default:
      return undefined;
  }
}

/** By wall times where both can be believed; else by the time that was left when the row was written. */
function leftMs(untilWallMs: number, last: Row, { wall }: Now, most: number): number {
  const believed = wall.trust !== "untrusted" && last.trust !== "untrusted";
  const left = believed ? untilWallMs - wall.epochMs : untilWallMs - last.wallMs - UNTOLD_MS;
  return Math.max(0, Math.min(left, most));
}

/** What is left of each lane that is locked open, for a start that will not know the time. */
export function heldRows(site: Site, now: Now): readonly Omit<Entry, "now">[] {
  return [...site.lanes].flatMap(([id, one]) => {
    const mode = lane.modeBefore(one);
    if (mode.is !== "locked-open") return [];
    const untilWallMs = Math.round(now.wall.epochMs + mode.until - now.at);
    return [
      {
        kind: "mode",
        lane: id,
        open: { mode: mode.is, by: mode.by.who, from: mode.by.from, untilWallMs, still: true },
      },
    ];
  });
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
