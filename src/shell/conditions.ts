/**
 * Alarms that say how something stands, not that something happened: raised once when it begins, calm when it ends.
 * Looked at again and again, they must not come anew after somebody has seen them.
 */
import type { AlarmKind, LaneId } from "../core/terms.ts";
import type { Loop } from "./loop.ts";

export interface Conditions {
  /** `detail` = it is so, in plain words (none are needed: empty); undefined = it isn't, or no more. */
  stands(alarm: AlarmKind, detail: string | undefined, lane?: LaneId): void;
}

export function openConditions(loop: Pick<Loop, "raise" | "calm">): Conditions {
  const standing = new Map<string, string>();
  return {
    stands(alarm, detail, lane) {
      const key = `${lane ?? ""} ${alarm}`;
      if (standing.get(key) === detail) return;
      if (detail === undefined) {
        standing.delete(key);
        loop.calm(alarm, lane);
        return;
      }
      standing.set(key, detail);
      loop.raise(alarm, lane, detail === "" ? undefined : detail);
    },
  };
}
