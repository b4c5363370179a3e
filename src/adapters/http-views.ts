/** What the lock screen may show: the lanes and what ails them, and nobody's name, plate or number. */
import type { SiteView } from "../shell/desk.ts";

export function unnamed(view: SiteView): SiteView {
  return {
    ...view,
    lanes: view.lanes.map(({ by: _by, ...lane }) => lane),
    alarms: view.alarms.map(({ detail: _detail, acknowledgedBy: _by, ...alarm }) => alarm),
    areas: [],
    shift: { ...counted(view), openings: [] },
  };
}

function counted({ shift: { guard: _guard, ...shift } }: SiteView): SiteView["shift"] {
  return shift;
}
