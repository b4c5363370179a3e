/** The reads of one camera before they are decided: one vehicle, one question, one row for each read. */
import { isDecisive } from "./decide.ts";
import * as fuse from "./fuse.ts";
import { normalise } from "./plates.ts";
import { resolve } from "./site-grants.ts";
import type { Asked, Fusing, Site, SiteEffect, SiteRules, Stepped } from "./site-terms.ts";
import type { AccessPointPlan, Now } from "./terms.ts";

/** Decides at once, or gathers a plate's reads first where its access point wants that. */
export function ask(rules: SiteRules, site: Site, asked: Asked): Stepped {
  const point = asked.accessPoint;
  const fused = point !== undefined && point.plateMaxMs > 0 && asked.report.claim.type === "plate";
  // History is written as it comes; only what is happening now is one of several reads of a vehicle.
  if (!fused || asked.staleness !== undefined) return resolve(rules, site, asked);
  const before = site.fusions.get(point.id) ?? { state: fuse.NO_READS, asked: [] };
  const [after, effects] = fuseStep(rules, site, point, { ...before, asked: [...before.asked, asked] }, asked.now, {
    is: "read",
    at: asked.now.at,
    report: asked.report,
    decisive: isDecisive(point, asked.report, asked.found),
  });
  // Each read has its row: what a camera is told is kept, is kept.
  const decidedNow = effects.some((effect) => effect.do === "decided" && effect.asked.id === asked.id);
  return [after, decidedNow ? effects : [{ do: "merged", asked }, ...effects]];
}

/** The vehicles that no further read came of in time. */
export function dueVehicles(rules: SiteRules, site: Site, point: AccessPointPlan, now: Now): Stepped {
  const fusing = site.fusions.get(point.id);
  if (fusing === undefined || (fuse.deadline(fusing.state) ?? Number.POSITIVE_INFINITY) > now.at) return [site, []];
  return fuseStep(rules, site, point, fusing, now, { is: "due", at: now.at });
}

function fuseStep(
  rules: SiteRules,
  site: Site,
  point: AccessPointPlan,
  before: Fusing,
  now: Now,
  event: fuse.FuseEvent,
): Stepped {
  const plan = { quietMs: point.plateQuietMs, maxMs: point.plateMaxMs };
  const [state, verdicts] = fuse.step(plan, before.state, event);
  const asked = bestOfEach(state, before.asked);
  let next: Site = { ...site, fusions: new Map(site.fusions).set(point.id, { state, asked }) };
  const effects: SiteEffect[] = [];
  // What is decided without being decisive is decided by its surest read; a decisive read is the newest of its plate.
  const reads = verdicts.flatMap(({ report, decisive }) => {
    const same = before.asked.filter((one) => plateOf(one) === report.claim.value);
    return decisive ? same.slice(-1) : surest(same);
  });
  for (const read of reads) {
    const [after, more] = resolve(rules, next, { ...read, now });
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

/** One question for each spelling of the vehicles still gathered: what is kept stays as small as the street. */
function bestOfEach(state: fuse.FuseState, asked: readonly Asked[]): readonly Asked[] {
  const plates = state.gathering.flatMap((vehicle) => vehicle.spellings.map((spelling) => spelling.plate));
  return plates.flatMap((plate) => surest(asked.filter((one) => plateOf(one) === plate)));
}

function surest(asked: readonly Asked[]): readonly Asked[] {
  return [...asked].sort((left, right) => sureness(right) - sureness(left)).slice(0, 1);
}

/** A read without a confidence counts half, as in `core/fuse`. */
function sureness(asked: Asked): number {
  return asked.report.confidence ?? 0.5;
}

function plateOf(asked: Asked): string {
  return normalise(asked.report.claim.value);
}
