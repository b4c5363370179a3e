/** The tables of modes and of the clock's trust: complete, reachable, and what docs/generated shows. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BELIEF_CHANGES, beliefAfter, CLOCK_TRIGGERS, clockDiagram, TRUST } from "../../src/core/clock-trust.ts";
import { start, step } from "../../src/core/lane.ts";
import { MODE_CHANGES, MODE_TRIGGERS, modeAfter, modeDiagram } from "../../src/core/mode-table.ts";
import type { LaneEvent, LanePlan, Order } from "../../src/core/terms.ts";
import { planOf } from "./lane-storm.ts";

it.each([
  ["mode.md", modeDiagram()],
  ["clock.md", clockDiagram()],
])("docs/generated/%s is drawn from the table (vitest -u draws it anew)", async (name, drawn) => {
  await expect(drawn).toMatchFileSnapshot(fileURLToPath(new URL(`../../docs/generated/${name}`, import.meta.url)));
});

it("every trigger has a row, and no two rows say different things of one", () => {
  for (const [rows, triggers] of [
    [MODE_CHANGES, MODE_TRIGGERS],
    [BELIEF_CHANGES, CLOCK_TRIGGERS],
  ] as const) {
    expect(new Set(rows.map(({ by }) => by))).toEqual(new Set(Object.keys(triggers)));
    expect(new Set(rows.map(({ from, by }) => `${from} ${by}`)).size).toBe(rows.length);
  }
});

describe("a lane changes its mode as the table says", () => {
  const ORDERS: Readonly<Record<string, Order>> = {
    "lock-open": { is: "lock-open", forMs: 1_000 },
    "lock-down": { is: "lock-down" },
    release: { is: "release" },
  };
  // A gate that is only watched refuses nothing, so that each row of these orders is met.
  const watched: LanePlan = { ...planOf({ inputs: ["door-contact"], guards: [] }), kind: "monitored", canClose: false };
  const by = { who: "guard", from: "guard-page" };
  const ordered = (order: Order, at: number): LaneEvent => ({ is: "ordered", at, order, by, id: "o" });
  const CASES = (["controlled", "locked-open", "locked-down"] as const).flatMap((from) =>
    Object.keys(ORDERS).map((name) => [from, name] as const),
  );
  it.each(CASES)("%s, %s", (from, name) => {
    const order = ORDERS[name];
    if (order === undefined) throw new Error(name);
    const plan = watched;
    let lane = start(plan, 0);
    if (from !== "controlled")
      [lane] = step(
        plan,
        lane,
        ordered(from === "locked-open" ? { is: "lock-open", forMs: 9_000 } : { is: "lock-down" }, 1),
      );
    expect(lane.mode.is).toBe(from);
    const [after, effects] = step(plan, lane, ordered(order, 2));
    const told = MODE_CHANGES.find((row) => row.from === from && row.by === name)?.to;
    expect(after.mode.is).toBe(told ?? from);
    expect(effects.some((effect) => effect.do === "mode")).toBe(told !== undefined);
  });
  it("a trigger without a row means nothing", () => {
    expect(modeAfter("controlled", "release")).toBeUndefined();
    expect(modeAfter("locked-down", "time-over")).toBeUndefined();
  });
});

it("only a time source, or one kept from before, is believed; a hand is not", () => {
  expect(beliefAfter("moved", "set-since-boot")).toBe("moved");
  expect(beliefAfter("moved", "lets-go")).toBe("moved");
  expect(beliefAfter("unset", "stepped")).toBe("unset");
  expect(TRUST[beliefAfter("kept", "stepped")]).toBe("untrusted");
  expect(TRUST[beliefAfter("moved", "steers")]).toBe("trusted");
});
