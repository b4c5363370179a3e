/** The loop with a real journal, a clock and a list that a test holds in its hand; one lane in, one out, one area. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import type { Mode } from "../../src/core/lane.ts";
import { confusable } from "../../src/core/plates.ts";
import type { AccessPointPlan, AreaPlan, Found, LanePlan, Presented, SitePlan } from "../../src/core/terms.ts";
import { openLoop, type Step } from "../../src/shell/loop.ts";
import type { Row } from "../../src/shell/ports.ts";
import type { Sharing } from "../../src/shell/sharing.ts";
import { open, place, SITE_KEY } from "../keeping/journal-place.ts";
import { type HandClock, handClock } from "./hand-clock.ts";

const LANE: LanePlan = {
  id: "in",
  kind: "vehicle",
  name: "in",
  inputs: ["limit-closed", "limit-open", "loop-inner"],
  guards: ["loop-inner"],
  canClose: true,
  canStop: false,
  times: {
    travelMs: 6_000,
    accessMs: 20_000,
    longAccessMs: 45_000,
    clearMs: 1_000,
    heldMs: 60_000,
    preAlarmMs: 15_000,
    stuckMs: 120_000,
    gapMs: 500,
  },
  maxLockedOpenMs: 600_000,
};

function planOf(yard: Partial<AreaPlan>, reads: Partial<AccessPointPlan> = {}): SitePlan {
  const point = {
    minConfidence: 0.8,
    liveness: "unless-silent",
    freshMs: 3_000,
    plateQuietMs: 0,
    plateMaxMs: 0,
    ...reads,
  } as const;
  return {
    id: "site",
    name: "site",
    lanes: [LANE, { ...LANE, id: "out", name: "out" }],
    accessPoints: [
      { ...point, id: "in", lane: "in", direction: "in", readers: ["reader-in"], to: "yard" },
      { ...point, id: "out", lane: "out", direction: "out", readers: ["reader-out"], from: "yard" },
    ],
    areas: [{ id: "yard", antiPassback: "off", timedMs: 0, ...yard }],
    accessLevels: [{ id: "all", accessPoints: ["in", "out"] }],
    timeProfiles: [],
    holidays: [],
    graceDays: 0,
  };
}

/** The same street without anybody on the list, as a start finds it that remembers modes. */
export function loopOn(clock: HandClock, journal: ReturnType<typeof open>, modes: ReadonlyMap<string, Mode>) {
  let ids = 0;
  const plan = planOf({});
  return openLoop({
    plan: { ...plan, lanes: plan.lanes.map((lane) => ({ ...lane, maxLockedOpenMs: 3_600_000 })) },
    clock,
    whitelist: () => ({ find: () => undefined, near: () => [], generation: 1, size: 0 }),
    journal,
    move: () => undefined,
    newId: () => `d${++ids}`,
    atEndOfTurn: (then) => then(),
    pseudonym: (text) => text,
    watcher: { stepped: () => undefined, changed: () => undefined },
    modes,
  });
}

type Opened = ReturnType<typeof open>;

export function openGateLoop(
  yard: Partial<AreaPlan>,
  people: readonly Found[],
  more: {
    readonly file?: string;
    readonly boot?: string;
    readonly onRow?: (row: Row) => void;
    /** What the site's other gates see. */
    readonly share?: (parts: { readonly clock: HandClock; readonly journal: Opened }) => Sharing;
    readonly stepped?: (step: Step) => void;
    /** How its access points gather the reads of a plate. */
    readonly point?: Pick<AccessPointPlan, "plateQuietMs" | "plateMaxMs">;
    readonly asked?: (device: string, id: string) => void;
    /** As the program ends its turns, instead of at once. */
    readonly atEndOfTurn?: (then: () => void) => void;
    /** As the output would be told, in the very turn. */
    readonly onMove?: (lane: string, command: string) => void;
  } = {},
) {
  const clock = handClock();
  const journal = open(more.file ?? join(place(), "journal.sqlite"), {
    ...(more.boot === undefined ? {} : { boot: more.boot }),
    ...(more.onRow === undefined ? {} : { onRow: more.onRow }),
  });
  const sharing = more.share?.({ clock, journal });
  const moves: string[] = [];
  let ids = 0;
  const loop = openLoop({
    plan: planOf(yard, more.point),
    clock,
    whitelist: () => ({
      find: (type, value) => people.find(({ credential }) => credential.type === type && credential.value === value),
      near: (plate) => people.filter(({ credential }) => confusable(credential.value, plate) !== undefined),
      generation: 1,
      size: people.length,
    }),
    journal,
    move(lane, command) {
      moves.push(`${lane} ${command}`);
      more.onMove?.(lane, command);
    },
    newId: () => `d${++ids}`,
    atEndOfTurn: more.atEndOfTurn ?? ((then) => then()),
    pseudonym: (text) => pseudonym(SITE_KEY, text),
    watcher: {
      asked: (device, id) => more.asked?.(device, id),
      stepped: (step) => more.stepped?.(step),
      changed: () => undefined,
    },
    ...(sharing === undefined ? {} : { sharing }),
  });
  let ended: Promise<void> | undefined;
  const end = () => {
    loop.close();
    ended ??= journal.close();
    return ended;
  };
  onTestFinished(end);
  for (const lane of ["in", "out"]) {
    loop.sense(lane, "limit-closed", "on");
    loop.sense(lane, "limit-open", "off");
    loop.sense(lane, "loop-inner", "off");
  }

  return {
    plan: planOf(yard, more.point),
    clock,
    journal,
    loop,
    moves,
    /** The machine is switched off. */
    end,
    /** Presents it, and says how it was decided. */
    ask(way: "in" | "out", type: Presented["claim"]["type"], value: string): string {
      loop.hear(
        { device: `reader-${way}`, epoch: 1, retained: false, redelivered: false, beforeConnection: false },
        { is: "presented", claim: { type, value }, live: true },
      );
      const row = journal.latest(20).find((one) => one.kind === "decision");
      return String(row?.open.reason ?? row?.open.outcome);
    },
    /** The arm goes up, somebody drives over the loop, the arm comes down. */
    passes(way: "in" | "out") {
      loop.sense(way, "limit-closed", "off");
      loop.sense(way, "limit-open", "on");
      loop.sense(way, "loop-inner", "on");
      clock.to(clock.now().at + 3_000);
      loop.sense(way, "loop-inner", "off");
      clock.to(clock.now().at + 2_000);
      loop.sense(way, "limit-open", "off");
      loop.sense(way, "limit-closed", "on");
    },
  };
}

export function resident(
  id: string,
  credential: Partial<Found["credential"]>,
  holder: Partial<Found["holder"]> = {},
): Found {
  return {
    credential: { type: "card", value: id, enabled: true, ...credential },
    holder: { id, name: id, kind: "resident", blocked: false, accessLevels: ["all"], ...holder },
  };
}
