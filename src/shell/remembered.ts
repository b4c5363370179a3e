/** A lane's mode across a restart, from its last row: locked open or down it still is, and nothing moves for it. */
import type { Mode } from "../core/lane-terms.ts";
import type { Author, Now } from "../core/terms.ts";
import type { Row } from "./ports.ts";

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
        until: now.at + leftMs(told.untilWallMs, now, maxLockedOpenMs),
        id: "remembered",
      };
    default:
      return undefined;
  }
}

/** With a clock that can't be believed it ends at the longest time a person may order. */
function leftMs(untilWallMs: number, { wall }: Now, most: number): number {
  if (wall.trust === "untrusted") return most;
  return Math.max(0, Math.min(untilWallMs - wall.epochMs, most));
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
