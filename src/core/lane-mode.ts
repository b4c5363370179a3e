/** Changes a lane's mode, by the table, and tells it. */
import { excusePassing } from "./lane-rights.ts";
import type { Mode, Turn } from "./lane-terms.ts";
import { type ModeTrigger, modeAfter } from "./mode-table.ts";
import type { Author, LaneMode } from "./terms.ts";

export function announce(turn: Turn, mode: LaneMode, by: Author, untilMs?: number) {
  const effect = { do: "mode", lane: turn.plan.id, mode, by } as const;
  turn.effects.push(untilMs === undefined ? effect : { ...effect, untilMs });
}

/** The mode beneath, without a word; undefined where the trigger means nothing. `until` counts for a lane held open. */
export function setMode(
  turn: Turn,
  trigger: ModeTrigger,
  by: Author,
  id: string,
  until: number = turn.at,
): LaneMode | undefined {
  const before = turn.lane.mode.is;
  const after = modeAfter(before, trigger);
  if (after === undefined) return undefined;
  if (before === "locked-open") excusePassing(turn);
  turn.lane = { ...turn.lane, mode: modeOf(after, by, id, until) };
  return after;
}

/** Sets it and tells it. */
export function changeMode(turn: Turn, trigger: ModeTrigger, by: Author, id: string, until?: number) {
  const after = setMode(turn, trigger, by, id, until);
  if (after !== undefined) announce(turn, after, by, after === "locked-open" ? until : undefined);
}

function modeOf(is: LaneMode, by: Author, id: string, until: number): Mode {
  switch (is) {
    case "controlled":
      return { is };
    case "locked-open":
      return { is, until, by, id };
    case "locked-down":
      return { is, by };
  }
}
