/** gate.yaml → the plan that the rules work by. */
import type { AccessPointPlan, InputRole, LanePlan, LaneTimes, SitePlan, TimeProfile } from "../core/terms.ts";
import type { ProfileDefaults, ProfileDefaultsOf } from "./profiles.ts";
import type { AccessPointConfig, GateConfig, LaneConfig } from "./schema.ts";
import { minuteOf, weekdaysOf } from "./schema-access.ts";
import { GUARD_ROLES, INPUT_ROLES } from "./schema-lane.ts";

const VEHICLE_TIMES: LaneTimes = {
  travelMs: 10_000,
  accessMs: 15_000,
  longAccessMs: 30_000,
  clearMs: 1000,
  heldMs: 60_000,
  preAlarmMs: 15_000,
  stuckMs: 120_000,
  gapMs: 1000,
};

/** What times a lane has when nobody says otherwise. */
export const USUAL_TIMES: Readonly<Record<LaneConfig["kind"], LaneTimes>> = {
  vehicle: VEHICLE_TIMES,
  pedestrian: {
    ...VEHICLE_TIMES,
    travelMs: 5000,
    accessMs: 5000,
    longAccessMs: 15_000,
    heldMs: 30_000,
    preAlarmMs: 10_000,
  },
  // An iron gate is walked through at leisure; propped for two minutes is a stone.
  monitored: { ...VEHICLE_TIMES, heldMs: 120_000, preAlarmMs: 30_000 },
};

/** A lane's times: gate.yaml before the barrier's profile before the usual ones. */
export function laneTimes(lane: LaneConfig, defaults: ProfileDefaults | undefined): LaneTimes {
  const usual = USUAL_TIMES[lane.kind];
  const ofProfile = defaults?.times;
  const time = (name: keyof LaneTimes): number => lane.times[name] ?? ofProfile?.[name] ?? usual[name];
  const heldMs = time("heldMs");
  return {
    travelMs: time("travelMs"),
    accessMs: time("accessMs"),
    // A usual time yields to one that was set: nobody has to set both.
    longAccessMs: lane.times.longAccessMs ?? Math.max(time("accessMs"), time("longAccessMs")),
    clearMs: time("clearMs"),
    heldMs,
    preAlarmMs: lane.times.preAlarmMs ?? Math.min(Math.floor(heldMs / 2), time("preAlarmMs")),
    stuckMs: time("stuckMs"),
    gapMs: time("gapMs"),
  };
}

/** Roles that are wired, in the order of the glossary. */
export function wiredRoles(lane: LaneConfig): readonly InputRole[] {
  return INPUT_ROLES.filter((role) => lane.inputs[role] !== undefined);
}

/** What must be clear before a close: as written, or everything wired that sees under or beside the arm. */
export function guardsOf(lane: LaneConfig): readonly InputRole[] {
  return lane.guards ?? GUARD_ROLES.filter((role) => lane.inputs[role] !== undefined);
}

/** The plan of a checked configuration. Never fails: references were checked by the loader. */
export function sitePlan(config: GateConfig, profileDefaults: ProfileDefaultsOf): SitePlan {
  const points = config.lanes.flatMap((lane) => lane.accessPoints.map((point) => accessPointPlan(lane, point)));
  return {
    id: config.site.id,
    name: config.site.name,
    lanes: config.lanes.map((lane) => lanePlan(lane, barrierDefaults(lane, profileDefaults))),
    accessPoints: points,
    areas: config.areas.map((area) => ({
      id: area.id,
      antiPassback: area.antiPassback,
      timedMs: (area.timedMinutes ?? 0) * 60_000,
      ...(area.capacity === undefined ? {} : { capacity: area.capacity }),
      ...(area.name === undefined ? {} : { name: area.name }),
      // 24:00 is the next day's first minute.
      ...(area.resetAt === undefined ? {} : { resetMinute: minuteOf(area.resetAt) % 1440 }),
    })),
    accessLevels: config.accessLevels.map((level) => ({
      id: level.id,
      accessPoints: level.accessPoints === "all" ? points.map((point) => point.id) : level.accessPoints,
      ...(level.timeProfile === undefined ? {} : { timeProfile: level.timeProfile }),
      ...(level.name === undefined ? {} : { name: level.name }),
    })),
    timeProfiles: config.timeProfiles.map(timeProfile),
    holidays: config.site.holidays,
    graceDays: config.site.graceDays,
  };
}

/** The defaults of a lane's barrier, if it has one. */
export function barrierDefaults(lane: LaneConfig, profileDefaults: ProfileDefaultsOf): ProfileDefaults | undefined {
  return lane.barrier === undefined ? undefined : profileDefaults(lane.barrier.profile);
}

function lanePlan(lane: LaneConfig, defaults: ProfileDefaults | undefined): LanePlan {
  return {
    id: lane.id,
    kind: lane.kind,
    name: lane.name,
    inputs: wiredRoles(lane),
    guards: guardsOf(lane),
    canClose: lane.outputs.close !== undefined,
    canStop: lane.outputs.stop !== undefined,
    times: laneTimes(lane, defaults),
    maxLockedOpenMs: lane.maxLockedOpenMinutes * 60_000,
    ...(lane.interlock === undefined ? {} : { interlock: lane.interlock }),
  };
}

function accessPointPlan(lane: LaneConfig, point: AccessPointConfig): AccessPointPlan {
  return {
    id: point.id,
    lane: lane.id,
    direction: point.direction,
    readers: point.readers,
    minConfidence: point.minConfidence,
    liveness: point.liveness,
    freshMs: Math.round(point.freshSeconds * 1000),
    plateQuietMs: point.plateQuietMs,
    plateMaxMs: point.plateMaxMs,
    ...(point.from === undefined ? {} : { from: point.from }),
    ...(point.to === undefined ? {} : { to: point.to }),
    ...(point.secondWithinSeconds === undefined
      ? {}
      : { secondWithinMs: Math.round(point.secondWithinSeconds * 1000) }),
  };
}

/** A time profile as decisions use it. */
export function timeProfile(profile: GateConfig["timeProfiles"][number]): TimeProfile {
  return {
    id: profile.id,
    windows: profile.windows.map((window) => ({
      weekdays: weekdaysOf(window.days),
      holidays: window.holidays,
      from: minuteOf(window.from),
      until: minuteOf(window.until),
    })),
    ...(profile.firstDate === undefined ? {} : { firstDate: profile.firstDate }),
    ...(profile.lastDate === undefined ? {} : { lastDate: profile.lastDate }),
  };
}
