// Alarms have a life and a deadline; overdue ones get a yellow card, then a red one, each once.
import { describe, expect, it } from "vitest";
import { alarmKey, DEADLINES_MS, type LifeEvent, live, overdue, type Standing } from "../../src/core/alarm-life.ts";
import { ALARMS } from "../../src/core/terms.ts";

const NONE: Standing = new Map();
const standingAfter = (...events: readonly LifeEvent[]) => events.reduce<Standing>(live, NONE);
const propped: LifeEvent = { is: "raised", at: 0, alarm: "held-open", lane: "iron", seq: 7 };
const HELD = DEADLINES_MS["held-open"];
const cards = (standing: Standing, at: number) =>
  overdue(standing, at).map(({ stands, card }) => `${stands.alarm} ${card}`);
const carded = (card: "yellow" | "red", at: number): LifeEvent => ({
  is: "carded",
  at,
  alarm: "held-open",
  lane: "iron",
  card,
});

describe("cards", () => {
  it.each([
    ["in time", [propped], HELD - 1, []],
    ["past its deadline", [propped], HELD, ["held-open yellow"]],
    ["past it, and told already", [propped, carded("yellow", HELD)], HELD + 1, []],
    ["past twice its deadline", [propped, carded("yellow", HELD)], 2 * HELD, ["held-open red"]],
    ["red, and told already", [propped, carded("red", 2 * HELD)], 9 * HELD, []],
    ["never looked at until far too late", [propped], 5 * HELD, ["held-open red"]],
    ["raised again: its time runs on", [propped, { ...propped, at: HELD - 1, seq: 9 }], HELD, ["held-open yellow"]],
  ] as const)("%s", (_, events, at, expected) => expect(cards(standingAfter(...events), at)).toEqual(expected));

  it("tells the row that raised it, and the deadline", () =>
    expect(overdue(standingAfter(propped), HELD)[0]).toMatchObject({
      stands: { raisedSeq: 7, lane: "iron" },
      deadlineMs: HELD,
    }));
});

describe("acknowledged", () => {
  it("what goes on gets its time once more, and its card is taken off", () => {
    const seen = standingAfter(propped, carded("yellow", HELD), {
      is: "acknowledged",
      at: HELD + 5,
      alarm: "held-open",
      lane: "iron",
    });
    expect(cards(seen, 2 * HELD)).toEqual([]);
    expect(cards(seen, 2 * HELD + 5)).toEqual(["held-open yellow"]);
  });
  it("what was over in a moment is over with it", () => {
    const seen = standingAfter(
      { is: "raised", at: 0, alarm: "tailgate", seq: 1 },
      { is: "acknowledged", at: 5, alarm: "tailgate" },
    );
    expect([...seen]).toEqual([]);
  });
});

it("resolved is gone; what nobody raised changes nothing", () => {
  expect(standingAfter(propped, { is: "resolved", at: 5, alarm: "held-open", lane: "iron" }).size).toBe(0);
  expect(standingAfter({ is: "resolved", at: 5, alarm: "disk-low" })).toBe(NONE);
});

it("a start makes what stood before it old, until it is raised again", () => {
  const before = standingAfter(propped, { is: "started", at: 100 });
  expect(before.get(alarmKey("held-open", "iron"))?.old).toBe(true);
  expect(live(before, { ...propped, at: 200, seq: 12 }).get("iron.held-open")).toMatchObject({
    old: false,
    raisedSeq: 7,
  });
});

it("every kind of alarm has a deadline", () => {
  for (const alarm of ALARMS) expect(DEADLINES_MS[alarm]).toBeGreaterThan(0);
});
