/** The decision: one guard clause per rule, in the order of `DENIALS`; the first that says no names the reason. */
import { isFull, isQuotaUsed, violates } from "./area.ts";
import { permits } from "./schedule.ts";
import type {
  AccessLevelId,
  AccessPointId,
  AccessPointPlan,
  AreaId,
  AreaPlan,
  Decision,
  Denial,
  Found,
  LaneId,
  Millis,
  Note,
  Now,
  Presented,
  Question,
  SitePlan,
  TimeProfile,
} from "./terms.ts";

const DAY_MS = 86_400_000;

/** The site's rules, laid out so that a decision looks things up and searches nothing. */
export interface DecidingPlan {
  /** The levels that name an access point, and when they hold there. */
  readonly levelsAt: ReadonlyMap<AccessPointId, ReadonlyMap<AccessLevelId, TimeProfile | "always">>;
  readonly areas: ReadonlyMap<AreaId, AreaPlan>;
  readonly vehicleLanes: ReadonlySet<LaneId>;
  readonly holidays: ReadonlySet<string>;
  readonly graceDays: number;
}

/** Built once from a valid site plan. A level that names a time profile which doesn't exist never holds. */
export function planFor(site: SitePlan): DecidingPlan {
  const profiles = new Map(site.timeProfiles.map((profile) => [profile.id, profile]));
  const levelsAt = new Map<AccessPointId, Map<AccessLevelId, TimeProfile | "always">>();
  for (const level of site.accessLevels) {
    const when =
      level.timeProfile === undefined
        ? "always"
        : (profiles.get(level.timeProfile) ?? { id: level.timeProfile, windows: [] });
    for (const accessPoint of level.accessPoints) {
      const levels = levelsAt.get(accessPoint) ?? new Map<AccessLevelId, TimeProfile | "always">();
      levelsAt.set(accessPoint, levels.set(level.id, when));
    }
  }
  return {
    levelsAt,
    areas: new Map(site.areas.map((area) => [area.id, area])),
    vehicleLanes: new Set(site.lanes.filter((lane) => lane.kind === "vehicle").map((lane) => lane.id)),
    holidays: new Set(site.holidays),
    graceDays: site.graceDays,
  };
}

/** Whether the passage is a vehicle's: a plate, a household's vehicle, or whatever comes through a vehicle lane. */
export function isVehicle(plan: DecidingPlan, accessPoint: AccessPointPlan, found: Found): boolean {
  return (
    found.credential.type === "plate" || found.holder.kind === "vehicle" || plan.vehicleLanes.has(accessPoint.lane)
  );
}

/** Whether it was presented under duress, by the device's or the whitelist's word; raised silently, granted or not. */
export function isUnderDuress(report: Presented, found: Found | undefined): boolean {
  return report.duress === true || found?.credential.duress === true;
}

/**
 * Whether a read of a plate needs no further reads to be decided by (`core/fuse`): it stands on the whitelist exactly as
 * read, and is sure enough. Whatever `decide` can grant is decisive, so that one vehicle is never granted twice.
 */
export function isDecisive(accessPoint: AccessPointPlan, report: Presented, found: Found | undefined): boolean {
  return found !== undefined && !isUnsure(accessPoint, report);
}

/** Granted, waiting for the second credential, or the first reason that says no. */
export function decide(plan: DecidingPlan, question: Question): Decision {
  const { now, accessPoint, report, found, standing } = question;
  if (question.staleness !== undefined) return notFresh(question.staleness);
  if (accessPoint === undefined) return deny("reader-unknown");
  if (isUnsure(accessPoint, report)) return deny("low-confidence");
  if (isUnproven(accessPoint, report)) return deny("no-liveness");
  if (found === undefined) return deny("credential-not-found", question.almost === true);
  if (found.holder.blocked) return deny("blocklisted");
  if (!found.credential.enabled) return deny("credential-not-enabled");

  const holds = holdingAt(plan, accessPoint, found);
  if (now.wall.trust === "untrusted" && isLimited(found, holds)) return deny("clock-untrusted", true);
  const validity = validityOf(plan, found, now);
  if (validity === "not-active") return deny("credential-not-active");
  if (validity === "expired") return deny("credential-expired");
  if (report.verdict === "refuse") return deny("device-refused");

  if (question.mode === "locked-down") return deny("locked-down");
  if (holds.length === 0) return deny("unauthorized");
  if (!holds.some((when) => when === "always" || permits(when, now.wall, plan.holidays))) {
    return deny("not-permitted-at-this-time");
  }
  const { times } = found.credential;
  if (times !== undefined && !permits(times, now.wall, plan.holidays)) return deny("not-permitted-at-this-time");
  const until = secondWantedUntil(question, accessPoint);
  if (until !== undefined) return { is: "waiting", reason: "needs-second-credential", until };

  const to = accessPoint.to === undefined ? undefined : plan.areas.get(accessPoint.to);
  const violation = violates(to, standing, now.at);
  // What another entrance saw and couldn't tell may make it untrue: the guard is asked.
  const apart = standing.apart !== undefined;
  if (violation === "hard" && standing.apart !== "soft") return deny("antipassback-violation", apart);
  const vehicle = isVehicle(plan, accessPoint, found);
  if (vehicle && isFull(to, standing)) return deny("lane-full", apart);
  if (vehicle && isQuotaUsed(to, found.holder.spaces, standing)) return deny("household-quota-used", apart);
  if (isUsedUp(accessPoint, found, standing.uses)) return deny("use-count-exhausted");

  return {
    is: "granted",
    notes: notesOf([
      ["antipassback-soft", violation === "soft"],
      ["entrances-apart", violation === "hard"],
      ["duress", isUnderDuress(report, found)],
      ["in-grace", validity === "in-grace"],
      ["clock-holdover", now.wall.trust === "holdover"],
    ]),
  };
}

function deny(reason: Denial, ask = false): Decision {
  return { is: "denied", reason, ask };
}

function notFresh(staleness: NonNullable<Question["staleness"]>): Decision {
  // Somebody may well be standing there; only the device's clock can't say so. The guard can.
  return { is: "denied", reason: "not-fresh", staleness, ask: staleness === "device-clock-unknown" };
}

/** A device that tells no confidence has none to fall short of. Written so that one that is no number falls short. */
function isUnsure(accessPoint: AccessPointPlan, report: Presented): boolean {
  const judged = report.claim.type === "face" || report.claim.type === "plate";
  return judged && report.confidence !== undefined && !(report.confidence >= accessPoint.minConfidence);
}

function isUnproven(accessPoint: AccessPointPlan, report: Presented): boolean {
  if (report.claim.type !== "face" || report.liveness === "passed") return false;
  return accessPoint.liveness === "required" || report.liveness === "failed";
}

/** When the holder's levels hold at this access point; empty = no level names it. */
function holdingAt(
  plan: DecidingPlan,
  accessPoint: AccessPointPlan,
  found: Found,
): readonly (TimeProfile | "always")[] {
  const levels = plan.levelsAt.get(accessPoint.id);
  return found.holder.accessLevels.map((level) => levels?.get(level)).filter((when) => when !== undefined);
}

/** Whether this decision needs to know what day or time it is. */
function isLimited(found: Found, holds: readonly (TimeProfile | "always")[]): boolean {
  const { validFrom, validUntil, times } = found.credential;
  if (validFrom !== undefined || validUntil !== undefined || times !== undefined) return true;
  return holds.length > 0 && !holds.includes("always");
}

function validityOf(plan: DecidingPlan, found: Found, now: Now): "valid" | "in-grace" | "not-active" | "expired" {
  const { validFrom, validUntil } = found.credential;
  const { epochMs } = now.wall;
  if (validFrom !== undefined && epochMs < validFrom) return "not-active";
  if (validUntil === undefined || epochMs < validUntil) return "valid";
  const inGrace = found.holder.kind === "resident" && epochMs < validUntil + plan.graceDays * DAY_MS;
  return inGrace ? "in-grace" : "expired";
}

/** Until when we wait for a second credential; undefined when none is wanted or this is it. */
function secondWantedUntil(question: Question, accessPoint: AccessPointPlan): Millis | undefined {
  if (accessPoint.secondWithinMs === undefined) return undefined;
  const { first, now, report } = question;
  const isSecond =
    first !== undefined && first.type !== report.claim.type && now.at - first.at <= accessPoint.secondWithinMs;
  return isSecond ? undefined : now.at + accessPoint.secondWithinMs;
}

/** Uses are counted and limited on the way in: a one-time visitor isn't locked in. */
function isUsedUp(accessPoint: AccessPointPlan, found: Found, uses: number): boolean {
  const { maxUses } = found.credential;
  return accessPoint.direction === "in" && maxUses !== undefined && uses >= maxUses;
}

function notesOf(candidates: readonly (readonly [Note, boolean])[]): readonly Note[] {
  return candidates.filter(([, holds]) => holds).map(([note]) => note);
}
