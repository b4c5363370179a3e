// A lane that the platform locked down is released at its end: across restarts, clocks and emergencies; and nothing moves.
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openCommandStore } from "../../src/adapters/commands.ts";
import { GateError } from "../../src/core/fault.ts";
import { mode } from "../../src/core/lane.ts";
import type { Order } from "../../src/core/terms.ts";
import { openLockEnds } from "../../src/shell/lock-ends.ts";
import { place } from "../keeping/journal-place.ts";
import { openGateLoop } from "./gate.ts";

const COMMAND = { id: "c1", who: "王敏" };
const MINUTE = 60_000;

function openGate() {
  const gate = openGateLoop({}, []);
  const store = openCommandStore({
    file: join(place(), "commands.sqlite"),
    wallMs: 0,
    onTrouble: () => undefined,
    onDamage: () => undefined,
  });
  onTestFinished(() => store.close());
  let ends = openLockEnds({ store, loop: gate.loop, clock: gate.clock });
  const order = (what: Order, from = "platform") => gate.loop.order("in", what, { who: "王敏", from }, "o");
  return {
    ...gate,
    store,
    order,
    lockDown(forMs: number) {
      expect(ends.keep("in", COMMAND, forMs)).toBe(true);
      order({ is: "lock-down" });
    },
    at(ms: number) {
      gate.clock.to(ms);
      ends.turn();
    },
    mode() {
      const lane = gate.loop.state().lanes.get("in");
      return lane === undefined ? undefined : mode(lane);
    },
    /** The lane is remembered as locked down; the program's own memory is gone. */
    restart() {
      ends = openLockEnds({ store, loop: gate.loop, clock: gate.clock });
    },
  };
}

it("promise 1: ends by itself, by the order of whoever began it, and moves nothing", () => {
  const gate = openGate();
  gate.lockDown(10 * MINUTE);
  const moves = gate.moves.length;
  gate.at(10 * MINUTE - 1);
  expect(gate.mode()).toBe("locked-down");
  gate.at(10 * MINUTE);
  expect(gate.mode()).toBe("controlled");
  expect(gate.store.ends()).toEqual([]);
  expect(gate.moves.length).toBe(moves);
  expect(gate.journal.latest(5).find(({ kind }) => kind === "override")?.open).toMatchObject({
    order: "release",
    by: "王敏",
    from: "platform",
  });
});

it("ends across a restart, by the wall clock where it is believed", () => {
  const gate = openGate();
  gate.lockDown(10 * MINUTE);
  gate.at(4 * MINUTE);
  gate.clock.setWall(gate.clock.now().wall.epochMs + 3 * MINUTE, "trusted");
  gate.restart();
  gate.at(7 * MINUTE - 1);
  expect(gate.mode()).toBe("locked-down");
  gate.at(7 * MINUTE);
  expect(gate.mode()).toBe("controlled");
});

it("ends across a restart without a time, by what was left; a jump of the clock makes it no longer", () => {
  for (const [epochMs, trust] of [
    [0, "untrusted"],
    [0, "trusted"],
  ] as const) {
    const gate = openGate();
    gate.lockDown(10 * MINUTE);
    gate.at(4 * MINUTE);
    gate.clock.setWall(epochMs, trust);
    gate.restart();
    gate.at(10 * MINUTE);
    expect(gate.mode()).toBe("controlled");
  }
});

it.each<[string, Order, string]>([
  ["released by the guard", { is: "release" }, "controlled"],
  ["locked down by the guard", { is: "lock-down" }, "locked-down"],
])("%s: it is the guard's now", (_, order, after) => {
  const gate = openGate();
  gate.lockDown(MINUTE);
  gate.order(order, "guard-page");
  gate.at(30_000);
  expect(gate.store.ends()).toEqual([]);
  gate.at(2 * MINUTE);
  expect(gate.mode()).toBe(after);
});

it("an emergency comes first, the end after it", () => {
  const gate = openGate();
  gate.lockDown(MINUTE);
  gate.order({ is: "emergency" }, "guard-page");
  gate.at(2 * MINUTE);
  expect(gate.mode()).toBe("locked-open");
  gate.order({ is: "emergency-end" }, "guard-page");
  expect(gate.mode()).toBe("locked-down");
  gate.at(2 * MINUTE + 1);
  expect(gate.mode()).toBe("controlled");
});

it("an end that can't be kept is told, so that nothing is locked down without one", () => {
  const gate = openGateLoop({}, []);
  const full = (): never => {
    throw new GateError("DATABASE_FULL", "full");
  };
  const store = { ends: full, keepEnd: full, dropEnd: full };
  const ends = openLockEnds({ store, loop: gate.loop, clock: gate.clock });
  expect(ends.keep("in", COMMAND, MINUTE)).toBe(false);
});
