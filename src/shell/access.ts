/** The configuration's access levels as the clerk is shown them: which lanes, when, and whether the holidays are there. */
import { yearsUnpublished } from "../core/holidays.ts";
import type { AccessLevel, Now, SitePlan } from "../core/terms.ts";
import type { AccessView, LevelView } from "./register.ts";

type Plan = Pick<SitePlan, "lanes" | "accessPoints" | "accessLevels" | "timeProfiles" | "holidays">;

/** @param now a clock that nobody believes names no year: nothing is told of it then */
export function accessView(
  plan: Plan,
  now: Pick<Now, "wall">,
): Omit<AccessView, "levels"> & {
  readonly levels: readonly Omit<LevelView, "holders">[];
} {
  const { date, trust } = now.wall;
  return {
    levels: plan.accessLevels.map((level) => levelView(plan, level)),
    holidays: plan.holidays,
    unpublished: trust === "untrusted" ? [] : yearsUnpublished(plan.timeProfiles, plan.holidays, date),
  };
}

function levelView(plan: Plan, level: AccessLevel): Omit<LevelView, "holders"> {
  const times = plan.timeProfiles.find(({ id }) => id === level.timeProfile);
  return {
    id: level.id,
    ...(level.name === undefined ? {} : { name: level.name }),
    everywhere: plan.accessPoints.every(({ id }) => level.accessPoints.includes(id)),
    lanes: plan.lanes.flatMap(({ id, name }) => {
      const points = plan.accessPoints.filter(({ lane }) => lane === id);
      const open = points.filter((point) => level.accessPoints.includes(point.id));
      if (open.length === 0) return [];
      const [first] = open;
      const only = open.length < points.length && open.every(({ direction }) => direction === first?.direction);
      return [{ id, name, ...(only && first !== undefined ? { only: first.direction } : {}) }];
    }),
    ...(times === undefined ? {} : { times }),
  };
}
