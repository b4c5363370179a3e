/** An input that chatters at 1 kHz: few rows, no passages or movements made of noise, and believed again once it is still. */
import { expect, it } from "vitest";
import { MOST_CHANGES, STILL_MS } from "../../src/core/chatter.ts";
import type { InputRole } from "../../src/core/terms.ts";
import { openGateLoop, resident } from "./gate.ts";

const INPUTS: readonly InputRole[] = ["limit-closed", "limit-open", "loop-inner"];

it.each(INPUTS)("a minute of %s at 1 kHz leaves few rows and moves nothing", (input) => {
  const gate = openGateLoop({}, []);
  const before = gate.journal.latest(1_000).length;
  for (let ms = 1; ms <= 60_000; ms++) {
    gate.clock.to(ms);
    gate.loop.sense("in", input, ms % 2 === 0 ? "off" : "on");
  }
  const rows = gate.journal.latest(1_000).slice(0, -before || undefined);
  expect(rows.length).toBeLessThanOrEqual(2 * MOST_CHANGES);
  expect(gate.moves).toEqual([]);
  expect(gate.loop.alarms.standing()).toContainEqual(
    expect.objectContaining({ kind: "sensor-jumping", lane: "in", detail: input, count: 1 }),
  );
});

it("the other inputs are believed meanwhile, and this one again when it has kept still", () => {
  const gate = openGateLoop({}, [resident("zhao", {})]);
  for (let ms = 1; ms <= 1_000; ms++) {
    gate.clock.to(ms);
    gate.loop.sense("out", "loop-inner", ms % 2 === 0 ? "off" : "on");
  }
  const level = () => gate.loop.state().lanes.get("out")?.inputs["loop-inner"]?.level;
  expect(level()).toBe("unknown");
  expect(gate.ask("in", "card", "zhao")).toBe("granted");
  gate.passes("in");
  expect(gate.moves).toEqual(["in open", "in close"]);
  gate.clock.to(1_000 + STILL_MS);
  expect(level()).toBe("off");
  expect(gate.loop.alarms.standing().map(({ kind }) => kind)).not.toContain("sensor-jumping");
});

it("promise 2: no arm comes down while its loop jumps", () => {
  const gate = openGateLoop({}, [resident("zhao", {})]);
  gate.ask("in", "card", "zhao");
  gate.loop.sense("in", "limit-closed", "off");
  gate.loop.sense("in", "limit-open", "on");
  const end = gate.clock.now().at + 90_000;
  for (let ms = gate.clock.now().at; ms <= end; ms++) {
    gate.clock.to(ms);
    gate.loop.sense("in", "loop-inner", ms % 2 === 0 ? "off" : "on");
  }
  expect(gate.moves).toEqual(["in open"]);
});
