/** The emergency corridor: fire at one entrance opens all of them, and its end restores each as it was. */
import * as lane from "./lane.ts";
import { stepLane } from "./site-lanes.ts";
import type { Site, SiteRules, Stepped } from "./site-terms.ts";
import type { Author, ContactLevel, LaneId, LanePlan, Millis, Order } from "./terms.ts";

const FIRE_PANEL: Author = { who: "fire", from: "fire-input" };

/**
 * A fire input's level. A level told again tells nothing, and neither does an input that isn't wired: a person who has
 * ended the emergency at a lane is not overruled by the next poll. Every lane is told, also one that has a fire input of
 * its own: so the corridor ends everywhere, and only when the last fire input is off.
 */
export function fire(rules: SiteRules, site: Site, at: LaneId, level: ContactLevel, when: Millis): Stepped {
  const there = site.lanes.get(at);
  if (there?.inputs.fire === undefined || lane.inputLevel(there, "fire") === level) return [site, []];
  // Its input was silent for a while and says again what was known: nobody who has ended it is overruled.
  const known = level === "on" && there.emergency.fire !== undefined;
  const stepped = stepLane(rules, site, at, { is: "sensed", at: when, input: "fire", level });
  if (known) return stepped;
  switch (level) {
    case "on":
      return tellAll(rules, stepped, { is: "emergency" }, `fire at ${at}`, when, (order) => order === undefined);
    case "off":
      if (rules.plan.lanes.some((plan) => burnsAt(stepped[0], plan))) return stepped;
      // What a person has ordered as an emergency is not ended by a fire panel that goes quiet.
      return tellAll(
        rules,
        stepped,
        { is: "emergency-end" },
        `end of fire at ${at}`,
        when,
        (order) => order?.from === FIRE_PANEL.from,
      );
    case "unknown":
      return stepped;
  }
}

/** Its own input said so; one whose cable was cut since still counts. */
function burnsAt(site: Site, plan: LanePlan): boolean {
  return site.lanes.get(plan.id)?.emergency.fire !== undefined;
}

function tellAll(
  rules: SiteRules,
  stepped: Stepped,
  order: Order,
  id: string,
  at: Millis,
  concerns: (orderedBy: Author | undefined) => boolean,
): Stepped {
  let [site, effects] = stepped;
  for (const plan of rules.plan.lanes) {
    const one = site.lanes.get(plan.id);
    // A monitored gate has nothing that could be opened or restored.
    if (plan.kind === "monitored" || one === undefined || !concerns(one.emergency.order)) continue;
    const [next, more] = stepLane(rules, site, plan.id, { is: "ordered", at, order, by: FIRE_PANEL, id });
    site = next;
    effects = [...effects, ...more];
  }
  return [site, effects];
}
