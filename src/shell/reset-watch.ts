/** The areas' daily reset: what was counted wrong during the day (a passage nobody saw) doesn't add up for ever. */
import { isResetDue, lastResetMs } from "../core/area.ts";
import type { AreaId, SitePlan } from "../core/terms.ts";
import type { Loop } from "./loop.ts";
import type { Clock, Journal } from "./ports.ts";

export interface ResetWatchDeps {
  readonly plan: SitePlan;
  readonly clock: Clock;
  readonly journal: Pick<Journal, "clearedWallMs">;
  readonly loop: Pick<Loop, "amnesty">;
  readonly newId: () => string;
}

const AUTHOR = { who: "系统", from: "daily-reset" };
const WHY = "每日清零";

/** `look` is to be called every minute. */
export function openResetWatch(deps: ResetWatchDeps): { look(): void } {
  // An area that was never cleared is counted from the first look on.
  const begun = new Map<AreaId, number>();
  return {
    look() {
      const { wall } = deps.clock.now();
      if (wall.trust === "untrusted") return;
      for (const area of deps.plan.areas) {
        const cleared = deps.journal.clearedWallMs(area.id) ?? begun.get(area.id);
        if (cleared === undefined) begun.set(area.id, wall.epochMs);
        else if (isResetDue(area, cleared, wall))
          deps.loop.amnesty(area.id, AUTHOR, WHY, deps.newId(), lastResetMs(area, wall));
      }
    },
  };
}
