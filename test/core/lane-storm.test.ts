import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { start, step } from "../../src/core/lane.ts";
import { diagram, TRANSITIONS, type Transition } from "../../src/core/lane-table.ts";
import type { ContactLevel, LaneEvent, LanePlan } from "../../src/core/terms.ts";
import { PLANS, planOf, storm } from "./lane-storm.ts";

const STEPS = Number(process.env.STEPS ?? 1_000_000);
const SEEDS = [1, 20260101];
const observed = new Set<Transition>();

describe("storms over the lane: promises 1 and 2 in every step", () => {
  it.each(PLANS.flatMap((plan) => SEEDS.map((seed) => ({ name: plan.id, seed, plan }))))(
    "$name, seed $seed",
    ({ plan, seed }) => {
      const { moves, rows } = storm(plan, seed, STEPS / (PLANS.length * SEEDS.length));
      for (const row of rows) observed.add(row);
      if (plan.kind === "monitored") expect(moves).toBe(0);
      else expect(moves).toBeGreaterThan(100);
    },
    60_000,
  );

  it("observed every row of the transition table", () => {
    const missing = TRANSITIONS.filter((row) => !observed.has(row)).map((row) => `${row.from} ${row.by} ${row.to}`);
    expect(missing).toEqual([]);
  });

  it("has one row per state and trigger", () => {
    expect(new Set(TRANSITIONS.map((row) => `${row.from} ${row.by}`)).size).toBe(TRANSITIONS.length);
  });

  it("is what docs/generated/lane.md shows", () => {
    const shown = readFileSync(new URL("../../docs/generated/lane.md", import.meta.url), "utf8");
    expect(shown).toBe(diagram());
  });
});

// ── Promise 2, every combination ────────────────────────────────────────────────────────────────────────────────────
const THREE: LanePlan = planOf({
  inputs: ["limit-closed", "limit-open", "loop-outer", "loop-inner", "photocell"],
  guards: ["loop-outer", "loop-inner", "photocell"],
});
const LEVELS: readonly ContactLevel[] = ["on", "off", "unknown"];

/** Ways to each barrier state, and in some of them a close is wanted already. */
const PATHS: Readonly<Record<string, readonly (readonly [number, LaneEvent])[]>> = (() => {
  const sensed = (input: "limit-closed" | "limit-open", level: ContactLevel): LaneEvent => ({
    is: "sensed",
    at: 0,
    input,
    level,
  });
  const by = { who: "wang", from: "guard-page" };
  const order = (is: "open" | "close" | "stop" | "lock-down"): LaneEvent => ({
    is: "ordered",
    at: 0,
    order: { is },
    by,
    id: is,
  });
  const closed: readonly (readonly [number, LaneEvent])[] = [
    [1, sensed("limit-closed", "on")],
    [2, sensed("limit-open", "off")],
  ];
  const opening = [...closed, [10, order("open")]] as const;
  const open = [...opening, [2000, sensed("limit-closed", "off")], [3000, sensed("limit-open", "on")]] as const;
  return {
    unknown: [],
    closed,
    opening,
    open,
    stopped: [...open, [4000, order("stop")]],
    "open, a close waits": [...open, [4000, order("lock-down")]],
    "silent, a close waits": [...open, [4000, order("lock-down")], [4100, sensed("limit-open", "unknown")]],
  };
})();

describe("promise 2: a close is commanded only when every guard is clear", () => {
  const combinations = LEVELS.flatMap((a) => LEVELS.flatMap((b) => LEVELS.map((c) => [a, b, c] as const)));

  it.each(Object.keys(PATHS))("from %s, all 27 levels of three guards", (name) => {
    let closes = 0;
    for (const [outer, inner, photocell] of combinations) {
      let lane = start(THREE, 0);
      const commands: string[] = [];
      const give = (event: LaneEvent): void => {
        const [next, effects] = step(THREE, lane, event);
        lane = next;
        for (const effect of effects) if (effect.do === "move") commands.push(effect.command);
      };
      for (const [at, event] of PATHS[name] ?? []) give({ ...event, at });
      give({ is: "sensed", at: 5000, input: "loop-outer", level: outer });
      give({ is: "sensed", at: 5000, input: "loop-inner", level: inner });
      give({ is: "sensed", at: 5000, input: "photocell", level: photocell });
      give({ is: "ordered", at: 5500, order: { is: "close" }, by: { who: "wang", from: "console" }, id: "c" });
      for (const at of [6000, 9000, 40_000]) give({ is: "due", at });
      const clear = outer === "off" && inner === "off" && photocell === "off";
      const sent = commands.filter((command) => command === "close").length;
      if (!clear) expect({ outer, inner, photocell, sent }).toEqual({ outer, inner, photocell, sent: 0 });
      closes += sent;
    }
    if (name === "closed") expect(closes).toBe(0);
    else expect(closes).toBeGreaterThanOrEqual(1);
  });
});
