/** Which alarms stand, since when, how often, and who has seen them. Kept by the loop; told to the page. */
import type { AlarmKind, LaneId } from "../core/terms.ts";
import type { AlarmView } from "./ports.ts";

export interface Alarms {
  /** True when it did not stand already: only then is a row worth writing. */
  raise(kind: AlarmKind, lane: LaneId | undefined, wallMs: number, detail?: string): boolean;
  /** True when it stood. */
  calm(kind: AlarmKind, lane: LaneId | undefined): boolean;
  /** False when there is no such alarm. */
  acknowledge(id: string, by: string): boolean;
  standing(): readonly AlarmView[];
}

export function openAlarms(): Alarms {
  const byId = new Map<string, AlarmView>();
  const idOf = (kind: AlarmKind, lane: LaneId | undefined) => (lane === undefined ? kind : `${lane}.${kind}`);
  return {
    raise(kind, lane, wallMs, detail) {
      const id = idOf(kind, lane);
      const stood = byId.get(id);
      // An acknowledged alarm that comes again is news again.
      const isNew = stood === undefined || stood.acknowledgedBy !== undefined;
      byId.set(id, {
        id,
        kind,
        sinceWallMs: isNew ? wallMs : stood.sinceWallMs,
        count: (stood?.count ?? 0) + 1,
        ...(lane === undefined ? {} : { lane }),
        ...(detail === undefined ? {} : { detail }),
      });
      return isNew;
    },
    calm: (kind, lane) => byId.delete(idOf(kind, lane)),
    acknowledge(id, by) {
      const stood = byId.get(id);
      if (stood === undefined) return false;
      byId.set(id, { ...stood, acknowledgedBy: by });
      return true;
    },
    standing: () => [...byId.values()],
  };
}
