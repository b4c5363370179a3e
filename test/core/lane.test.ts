import { describe, expect, it } from "vitest";
import { mayOpen, others } from "../../src/core/interlock.ts";
import * as lane from "../../src/core/lane.ts";
import { clearSince } from "../../src/core/lane-inputs.ts";
import { follow, NOBODY, type Track } from "../../src/core/lane-track.ts";
import type {
  Author,
  ContactLevel,
  Credit,
  Effect,
  InputRole,
  LaneEvent,
  LanePlan,
  Order,
} from "../../src/core/terms.ts";
import { planOf } from "./lane-storm.ts";

const by: Author = { who: "wang", from: "guard-page" };
const credit = (id: string): Credit => ({ id, direction: "in", slow: false, vehicle: true });
const granted = (at: number, id: string): LaneEvent => ({ is: "granted", at, credit: credit(id) });
const ordered = (at: number, order: Order, id = "o"): LaneEvent => ({ is: "ordered", at, order, by, id });
const sensed = (at: number, input: InputRole, level: ContactLevel): LaneEvent => ({ is: "sensed", at, input, level });

function laneAfter(plan: LanePlan, events: readonly LaneEvent[]): readonly [lane.Lane, readonly Effect[]] {
  let now = lane.start(plan, 0);
  let last: readonly Effect[] = [];
  for (const event of events) [now, last] = lane.step(plan, now, event);
  return [now, last];
}

describe("what the loop and the page read", () => {
  const plan = planOf({});

  it("reads a lane right after a start", () => {
    const now = lane.start(plan, 5);
    expect(lane.barrier(now)).toBe("unknown");
    expect(lane.mode(now)).toBe("controlled");
    expect(lane.safety(plan, now)).toBe("unknown");
    expect(lane.inputLevel(now, "fire")).toBe("unknown");
    expect(lane.credits(now)).toEqual([]);
    expect(lane.alarms(now)).toEqual([]);
    expect(lane.waitsFor(now)).toBeUndefined();
    expect(lane.emergency(now)).toBeUndefined();
    expect(lane.deadline(now)).toBe(5 + plan.times.stuckMs);
  });

  it("reads credits, not one-shot rights", () => {
    const [now] = laneAfter(plan, [ordered(1, { is: "open" }), granted(2, "g1")]);
    expect(lane.credits(now).map((each) => each.id)).toEqual(["g1"]);
    expect(lane.waitsFor(now)).toBeUndefined();
  });

  it("reads an emergency and the mode beneath it", () => {
    const [now] = laneAfter(plan, [ordered(1, { is: "lock-down" }), ordered(2, { is: "emergency" })]);
    expect(lane.mode(now)).toBe("locked-open");
    expect(lane.modeBefore(now).is).toBe("locked-down");
    expect(lane.emergency(now)).toEqual(by);
    expect(lane.emergency(laneAfter(plan, [sensed(1, "fire", "on")])[0])?.who).toBe("fire-input");
  });

  it("reads what a lane waits for", () => {
    const [open] = laneAfter(plan, [
      sensed(1, "limit-open", "on"),
      sensed(1, "limit-closed", "off"),
      ordered(2, { is: "lock-down" }),
    ]);
    expect(lane.waitsFor(open)).toBe("close");
    const [waiting] = lane.step(plan, lane.start(plan, 0), granted(1, "g1"), false);
    expect(lane.waitsFor(waiting)).toBe("open");
    const [stopped] = laneAfter(plan, [ordered(1, { is: "stop" }), ordered(2, { is: "open" })]);
    expect(lane.waitsFor(stopped)).toBe("open");
    expect(lane.waitsFor(laneAfter(plan, [sensed(1, "limit-closed", "on")])[0])).toBeUndefined();
  });

  it("says whether the position is inferred", () => {
    expect(lane.positionIs(plan)).toBe("by-contact");
    expect(lane.positionIs(planOf({ inputs: ["safety-loop"] }))).toBe("by-time");
  });
});

describe("a mode remembered across a restart", () => {
  const plan = planOf({});
  it.each([
    ["ends when it was to end, and moves nothing before", 9000],
    ["that is over already ends in the first step", 1000],
  ])("%s", (_, until) => {
    const now = lane.start(plan, 1000, { is: "locked-open", until, by, id: "o1" });
    expect(lane.deadline(now)).toBe(until);
    const [next, effects] = lane.step(plan, now, { is: "due", at: until });
    expect(effects).toEqual([{ do: "mode", lane: "a", mode: "controlled", by }]);
    expect(lane.mode(next)).toBe("controlled");
  });
});

describe("guards", () => {
  it("a guard that isn't wired is never clear", () => {
    const plan = planOf({ inputs: ["limit-closed"], guards: ["radar"] });
    const now = lane.start(plan, 0);
    expect(lane.safety(plan, now)).toBe("unknown");
    expect(clearSince(plan, now)).toBe(Number.POSITIVE_INFINITY);
  });

  it("a loop that only guards is a tailgater's too", () => {
    const plan = planOf({
      inputs: ["limit-closed", "limit-open", "loop-outer", "loop-inner", "safety-loop"],
      guards: ["safety-loop"],
    });
    const open = [ordered(1, { is: "open" }), sensed(2000, "limit-open", "on"), sensed(2000, "limit-closed", "off")];
    const [, effects] = laneAfter(plan, [
      ...open,
      sensed(3000, "safety-loop", "off"),
      ordered(4000, { is: "close" }),
      sensed(5500, "safety-loop", "on"),
    ]);
    expect(effects).toEqual([
      { do: "raise", lane: "a", alarm: "tailgate" },
      { do: "move", lane: "a", command: "open", cause: "safety reopen of o" },
    ]);
  });
});

describe("the track of a vehicle between two loops", () => {
  const plan = planOf({ inputs: ["loop-outer", "loop-inner"], guards: ["loop-outer", "loop-inner"] });
  const was = { first: "loop-outer", since: 0, accused: false } as const;
  const rows: readonly (readonly [string, Track, InputRole, ContactLevel, string, string | undefined])[] = [
    ["leaves nobody", NOBODY, "loop-outer", "off", "nobody", undefined],
    ["on the first, told again", { ...was, is: "on-first", both: false }, "loop-outer", "on", "on-first", undefined],
    [
      "on the first, second still clear",
      { ...was, is: "on-first", both: false },
      "loop-inner",
      "off",
      "on-first",
      undefined,
    ],
    ["on both, told again", { ...was, is: "on-both" }, "loop-inner", "on", "on-both", undefined],
    ["on the second, first still clear", { ...was, is: "on-second" }, "loop-outer", "off", "on-second", undefined],
    ["on the second, told again", { ...was, is: "on-second" }, "loop-inner", "on", "on-second", undefined],
    ["on the second, through", { ...was, is: "on-second" }, "loop-inner", "off", "nobody", "in"],
    ["followed, told again", { ...was, is: "followed" }, "loop-inner", "on", "followed", undefined],
    ["followed, the follower backs off", { ...was, is: "followed" }, "loop-outer", "off", "on-second", undefined],
    ["followed, through", { ...was, is: "followed" }, "loop-inner", "off", "on-first", "in"],
    ["between, told again", { ...was, is: "between", until: 9 }, "loop-outer", "off", "between", undefined],
    ["between, back on the first", { ...was, is: "between", until: 9 }, "loop-outer", "on", "on-first", undefined],
    ["between, in time", { ...was, is: "between", until: 9 }, "loop-inner", "on", "on-second", undefined],
    ["between, too late", { ...was, is: "between", until: 3 }, "loop-inner", "on", "on-first", undefined],
    ["silence tells nothing", { ...was, is: "on-both" }, "loop-inner", "unknown", "on-both", undefined],
  ];
  it.each(rows)("%s", (_, track, role, level, is, passed) => {
    const seen = follow(plan, track, role, level, 5);
    expect([seen.track.is, seen.passed]).toEqual([is, passed]);
  });
});

describe("interlock", () => {
  const plans = [
    planOf({ id: "a", interlock: "pair" }),
    planOf({ id: "b", interlock: "pair" }),
    planOf({ id: "c" }),
    planOf({ id: "d", interlock: "blind", inputs: ["safety-loop"] }),
    planOf({ id: "e", interlock: "blind", inputs: ["safety-loop"] }),
  ];
  const start = (id: string, level: ContactLevel): readonly [string, lane.Lane] => {
    const plan = plans.find((each) => each.id === id) ?? planOf({});
    return [id, lane.step(plan, lane.start(plan, 0), sensed(1, "limit-closed", level))[0]];
  };

  it("knows the others of a group", () => {
    expect(others(plans, "a").map((plan) => plan.id)).toEqual(["b"]);
    expect(others(plans, "c")).toEqual([]);
    expect(others(plans, "nobody")).toEqual([]);
  });

  it.each([
    ["the other is closed", [start("b", "on")], "a", true],
    ["the other is open", [start("b", "off")], "a", false],
    ["the other's contact is silent", [start("b", "unknown")], "a", false],
    ["the other isn't there", [], "a", false],
    ["it has no group", [], "c", true],
    ["the other has no contacts and is untouched", [start("e", "off")], "d", true],
  ])("%s", (_, lanes, id, expected) => {
    expect(mayOpen(plans, new Map(lanes), id)).toBe(expected);
  });
});
