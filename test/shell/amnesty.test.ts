/** Amnesty and daily reset: who counts as inside begins anew, across restarts and with a disk that takes nothing. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openResetWatch } from "../../src/shell/reset-watch.ts";
import { at, open, place } from "../keeping/journal-place.ts";
import { openGateLoop, resident } from "./gate.ts";

const guard = { who: "王师傅", from: "guard-page" };
const HARD = { antiPassback: "hard", timedMs: 0, capacity: 1 } as const;
const zhao = resident("zhao", { type: "plate", value: "川A11111" }, { household: "1-1-101", spaces: 1 });
const wife = resident("qian", { type: "plate", value: "川A22222" }, { household: "1-1-101", spaces: 1 });
const other = resident("sun", { type: "plate", value: "川A33333" }, { household: "1-1-102" });

describe("an amnesty", () => {
  it("lets in again whoever counted as inside, and gives back room and spaces", () => {
    const gate = openGateLoop(HARD, [zhao, wife, other]);
    gate.ask("in", "plate", "川A11111");
    gate.passes("in");
    expect(gate.ask("in", "plate", "川A11111")).toBe("antipassback-violation");
    expect(gate.ask("in", "plate", "川A22222")).toBe("lane-full");
    expect(gate.journal.inside("yard")).toEqual({ people: 1, vehicles: 1 });
    const before = gate.moves.length;
    gate.loop.amnesty("yard", guard, "数不对", "tap");
    expect(gate.moves.length).toBe(before);
    expect(gate.journal.latest(1)[0]).toMatchObject({
      kind: "amnesty",
      open: { area: "yard", by: "王师傅", from: "guard-page", why: "数不对", people: 1, vehicles: 1 },
    });
    expect(gate.ask("in", "plate", "川A22222")).toBe("granted");
    gate.passes("in");
    // The space is taken again, by whoever came in after it.
    expect(gate.ask("in", "plate", "川A33333")).toBe("lane-full");
    expect(gate.journal.inside("yard")).toEqual({ people: 1, vehicles: 1 });
  });

  it("another area's people stay where they are", () => {
    const gate = openGateLoop(HARD, [zhao]);
    gate.ask("in", "plate", "川A11111");
    gate.passes("in");
    gate.loop.amnesty("garage", guard, "数不对", "tap");
    expect(gate.ask("in", "plate", "川A11111")).toBe("antipassback-violation");
  });

  it("holds after a restart", async () => {
    const file = join(place(), "journal.sqlite");
    const inYard = { holder: "car", vehicle: true, household: "1-1-101", area: "yard" };
    const first = open(file);
    first.append({ kind: "history", now: at(1), open: {}, places: inYard });
    first.append({ kind: "amnesty", now: at(2), open: {}, clears: "yard" });
    await first.close();
    const next = open(file, { boot: "next" });
    expect(next.vehiclesIn("yard")).toBe(0);
    expect(next.whereabouts("car")).not.toHaveProperty("area");
    expect(next.clearedWallMs("yard")).toBe(at(2).wall.epochMs);
    expect(next.clearedWallMs("garage")).toBeUndefined();
    await next.close();
  });

  it("counts at once while the disk takes nothing, and once it does", async () => {
    const file = join(place(), "journal.sqlite");
    const journal = open(file);
    const car = (n: number) => ({ holder: `car${n}`, vehicle: true, household: "1-1-101", area: "yard" });
    for (const n of [1, 2]) journal.append({ kind: "history", now: at(n), open: {}, places: car(n) });
    journal.write();
    const hand = new Database(file);
    hand.exec("BEGIN IMMEDIATE");
    journal.append({ kind: "history", now: at(3), open: {}, places: car(3) });
    journal.append({ kind: "amnesty", now: at(4), open: {}, clears: "yard" });
    journal.append({ kind: "history", now: at(5), open: {}, places: car(2) });
    journal.write();
    const told = () => [
      journal.vehiclesIn("yard"),
      journal.vehiclesOfHouseholdIn("1-1-101", "yard", "car2"),
      journal.whereabouts("car1")?.area,
      journal.whereabouts("car2")?.area,
      journal.whereabouts("car3")?.area,
    ];
    const wanted = [1, 0, undefined, "yard", undefined];
    expect(told()).toEqual(wanted);
    expect(journal.state().is).toBe("failing");
    hand.exec("ROLLBACK");
    hand.close();
    await expect.poll(() => journal.state().is, { timeout: 10_000 }).toBe("good");
    expect(told()).toEqual(wanted);
    await journal.close();
  }, 20_000);
});

it("the daily reset comes once a day, is made up for after a night without power, and never without a clock", () => {
  const gate = openGateLoop({ resetMinute: 720 }, []);
  const rows = () => gate.journal.latest(50).filter((row) => row.kind === "amnesty").length;
  const plan = {
    id: "site",
    name: "site",
    lanes: [],
    accessPoints: [],
    areas: [{ id: "yard", antiPassback: "soft", timedMs: 0, resetMinute: 720 }],
    accessLevels: [],
    timeProfiles: [],
    holidays: [],
    graceDays: 0,
  } as const;
  const watch = () =>
    openResetWatch({ plan, clock: gate.clock, journal: gate.journal, loop: gate.loop, newId: () => "id" });
  const start = gate.clock.now().wall.epochMs;
  // The hand clock always shows 12:00: each day is the minute of the reset.
  const first = watch();
  first.look();
  first.look();
  expect(rows()).toBe(0);
  gate.clock.setWall(start + 86_400_000, "trusted");
  first.look();
  first.look();
  expect(rows()).toBe(1);
  expect(gate.journal.latest(1)[0]?.open).toMatchObject({ by: "系统", from: "daily-reset", why: "每日清零" });
  gate.clock.setWall(start + 5 * 86_400_000, "untrusted");
  const next = watch();
  next.look();
  expect(rows()).toBe(1);
  gate.clock.setWall(start + 5 * 86_400_000, "holdover");
  next.look();
  next.look();
  expect(rows()).toBe(2);
});
