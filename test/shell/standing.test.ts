/** Where somebody is, as the loop looks it up for the rules: across clock jumps, for people with cars and for cars. */
import { describe, expect, it } from "vitest";
import { openGateLoop, resident } from "./gate.ts";

const MINUTE = 60_000;

describe("timed anti-passback", () => {
  const TIMED = { antiPassback: "timed", timedMs: 10 * MINUTE } as const;
  const zhao = resident("zhao", {});

  it("refuses within its time and lets in after it", () => {
    const gate = openGateLoop(TIMED, [zhao]);
    expect(gate.ask("in", "card", "zhao")).toBe("granted");
    gate.passes("in");
    expect(gate.ask("in", "card", "zhao")).toBe("antipassback-violation");
    gate.clock.to(11 * MINUTE);
    expect(gate.ask("in", "card", "zhao")).toBe("granted");
  });

  it("a clock that was set is no reason to refuse for days, and none to let in within the time", () => {
    const gate = openGateLoop(TIMED, [zhao]);
    gate.ask("in", "card", "zhao");
    gate.passes("in");
    gate.clock.setWall(gate.clock.now().wall.epochMs + 86_400_000, "trusted");
    expect(gate.ask("in", "card", "zhao")).toBe("antipassback-violation");
    gate.clock.setWall(gate.clock.now().wall.epochMs - 30 * 86_400_000, "trusted");
    gate.clock.to(11 * MINUTE);
    expect(gate.ask("in", "card", "zhao")).toBe("granted");
  });

  it("after a power cut without a clock nobody is refused by a time that isn't known", () => {
    const gate = openGateLoop(TIMED, [zhao]);
    // What another start wrote, by a clock that was right.
    gate.journal.append({
      kind: "history",
      now: gate.clock.now(),
      open: {},
      places: { holder: "zhao", vehicle: false, area: "yard" },
    });
    gate.clock.setWall(1_000_000, "untrusted");
    gate.clock.to(MINUTE);
    expect(gate.ask("in", "card", "zhao")).toBe("granted");
  });
});

describe("spaces, as the clerk's list tells them: a resident with a plate", () => {
  const zhao = resident("zhao", { type: "plate", value: "川A11111" }, { household: "1-1-101", spaces: 1 });
  const wife = resident("qian", { type: "plate", value: "川A22222" }, { household: "1-1-101", spaces: 1 });
  const other = resident("sun", { type: "plate", value: "川A33333" }, { household: "1-1-102" });
  const second = resident("zhao", { type: "plate", value: "川A44444" }, { household: "1-1-101", spaces: 1 });

  it("the household's second car finds its space taken", () => {
    const gate = openGateLoop({}, [zhao, wife]);
    expect(gate.ask("in", "plate", "川A11111")).toBe("granted");
    gate.passes("in");
    expect(gate.ask("in", "plate", "川A22222")).toBe("household-quota-used");
    gate.ask("out", "plate", "川A11111");
    gate.passes("out");
    expect(gate.ask("in", "plate", "川A22222")).toBe("granted");
  });

  it("the same person's second car too", () => {
    const gate = openGateLoop({}, [zhao, second]);
    gate.ask("in", "plate", "川A11111");
    gate.passes("in");
    expect(gate.ask("in", "plate", "川A44444")).toBe("household-quota-used");
  });

  it("a full yard is full", () => {
    const gate = openGateLoop({ capacity: 1 }, [zhao, other]);
    gate.ask("in", "plate", "川A11111");
    gate.passes("in");
    expect(gate.ask("in", "plate", "川A33333")).toBe("lane-full");
    // The one inside isn't counted against itself.
    expect(gate.ask("in", "plate", "川A11111")).toBe("granted");
  });

  it("whoever walks in takes no car's space, and an earlier start's cars still count", () => {
    const gate = openGateLoop({ capacity: 1 }, [zhao, other]);
    gate.journal.append({
      kind: "history",
      now: gate.clock.now(),
      open: {},
      places: { holder: "zhao", vehicle: false, household: "1-1-101", area: "yard" },
    });
    expect(gate.ask("in", "plate", "川A11111")).toBe("granted");
    gate.passes("in");
    expect(gate.ask("in", "plate", "川A33333")).toBe("lane-full");
  });
});

describe("a code for two visits", () => {
  it("is used by coming in, not by going out", () => {
    const gate = openGateLoop({}, [
      resident("guest", { type: "code", value: "4711", maxUses: 2 }, { kind: "visitor" }),
    ]);
    for (const way of ["in", "out", "in", "out"] as const) {
      expect(gate.ask(way, "code", "4711")).toBe("granted");
      gate.passes(way);
    }
    expect(gate.ask("in", "code", "4711")).toBe("use-count-exhausted");
  });

  it("is the person's: whatever they come in by, it is one count; and what was counted for one alone stays used", () => {
    const one = (type: "plate" | "code", value: string) =>
      resident("guest", { type, value, maxUses: 3, countedAs: "guest" }, { kind: "visitor" });
    const gate = openGateLoop({}, [one("plate", "川A11111"), one("code", "4711")]);
    gate.journal.append({
      kind: "history",
      now: gate.clock.now(),
      open: {},
      counts: { type: "code", value: "4711" },
    });
    for (const [type, value] of [
      ["plate", "川A11111"],
      ["code", "4711"],
    ] as const) {
      expect(gate.ask("in", type, value)).toBe("granted");
      gate.passes("in");
      gate.clock.to(gate.clock.at() + MINUTE);
      gate.ask("out", type, value);
      gate.passes("out");
      gate.clock.to(gate.clock.at() + MINUTE);
    }
    expect(gate.ask("in", "code", "4711")).toBe("use-count-exhausted");
    gate.clock.to(gate.clock.at() + MINUTE);
    expect(gate.ask("in", "plate", "川A11111")).toBe("granted");
    gate.passes("in");
    gate.clock.to(gate.clock.at() + MINUTE);
    gate.ask("out", "plate", "川A11111");
    gate.passes("out");
    gate.clock.to(gate.clock.at() + MINUTE);
    expect(gate.ask("in", "plate", "川A11111")).toBe("use-count-exhausted");
  });

  it.each(["pin", "code"])("promise 6: a %s that opens again stands in no row, typed rightly or not", (type) => {
    const gate = openGateLoop({}, [
      resident("guest", { type: "pin", value: "482915", maxUses: 9 }, { kind: "visitor" }),
      resident("again", { type: "code", value: "482915", maxUses: 9 }, { kind: "visitor" }),
    ]);
    expect(gate.ask("in", type === "pin" ? "pin" : "code", "482915")).toBe("granted");
    expect(gate.ask("in", type === "pin" ? "pin" : "code", "482916")).toBe("credential-not-found");
    const rows = gate.journal.latest(20).filter(({ kind }) => kind === "decision");
    expect(rows.length).toBe(2);
    expect(rows.map(({ sealed }) => sealed?.value)).toEqual(["••••", "••••"]);
    expect(JSON.stringify(rows)).not.toMatch(/48291[56]/);
  });
});
