import { describe, expect, it } from "vitest";
import * as lane from "../../src/core/lane.ts";
import { LANES, moves, openStreet, type Street, words } from "./site-street.ts";

const MOVED = ["drive-in", "drive-out", "walk", "gate-a", "gate-b", "garage"];
const modesOf = (street: Street) => Object.fromEntries([...street.site.lanes].map(([id, one]) => [id, lane.mode(one)]));
const openAt = (street: Street) => MOVED.filter((id) => modesOf(street)[id] === "locked-open");

describe("fire at one entrance", () => {
  it("opens the corridor through all of them, whatever interlock and mode say, in one step", () => {
    const street = openStreet();
    street.order(500, "gate-b", { is: "lock-down" });
    const opened = moves(street.sense(1000, "drive-in", "fire", "on"));
    expect(opened).toEqual([
      "drive-in open for fire-input",
      ...MOVED.slice(1).map((id) => `${id} open for fire at drive-in`),
    ]);
    expect(openAt(street)).toEqual(MOVED);
    expect(modesOf(street).iron).toBe("controlled");
  });

  it("restores each as it was when it is over, and closes nothing onto anything", () => {
    const street = openStreet();
    street.order(500, "gate-b", { is: "lock-down" });
    street.sense(1000, "drive-in", "fire", "on");
    street.sense(2000, "drive-out", "safety-loop", "on");
    const ended = street.sense(9000, "drive-in", "fire", "off");
    expect(moves(ended).filter((move) => move.includes("drive-out"))).toEqual([]);
    expect(modesOf(street)).toMatchObject({ "drive-in": "controlled", "gate-b": "locked-down", garage: "controlled" });
  });

  it("a level told again tells nothing: where a person has ended it, the next poll opens nothing", () => {
    const street = openStreet();
    street.sense(1000, "drive-in", "fire", "on");
    street.order(8000, "drive-out", { is: "emergency-end" });
    expect(street.sense(9000, "drive-in", "fire", "on")).toEqual([]);
    expect(openAt(street)).not.toContain("drive-out");
  });

  it("a board that was silent and is back tells the same fire: what a person has ended stays ended", () => {
    const street = openStreet();
    street.sense(1000, "drive-in", "fire", "on");
    street.order(8000, "drive-out", { is: "emergency-end" });
    street.sense(9000, "drive-in", "fire", "unknown");
    expect(moves(street.sense(10_000, "drive-in", "fire", "on"))).toEqual([]);
    expect(openAt(street)).not.toContain("drive-out");
    // The fire still counts: its end is heard, and a new one opens again.
    street.sense(11_000, "drive-in", "fire", "off");
    expect(openAt(street)).toEqual([]);
    street.sense(12_000, "drive-in", "fire", "on");
    expect(openAt(street)).toContain("drive-out");
  });

  it("a cut cable neither opens nor closes anything", () => {
    const calm = openStreet();
    expect(moves(calm.sense(1000, "drive-in", "fire", "unknown"))).toEqual([]);
    expect(openAt(calm)).toEqual([]);
    const burning = openStreet();
    burning.sense(1000, "drive-in", "fire", "on");
    expect(moves(burning.sense(9000, "drive-in", "fire", "unknown"))).toEqual([]);
    expect(openAt(burning)).toEqual(MOVED);
  });

  it.each(["drive-out", "nowhere"])("an input that isn't wired opens nothing: %s", (id) => {
    const street = openStreet();
    expect(street.sense(1000, id, "fire", "on")).toEqual([]);
    expect(openAt(street)).toEqual([]);
  });

  it("of two fire inputs the last one that is off ends it, at every entrance", () => {
    const street = openStreet();
    street.sense(1000, "drive-in", "fire", "on");
    street.sense(2000, "garage", "fire", "on");
    expect(words(street.sense(9000, "drive-in", "fire", "off"))).not.toContain("drive-in controlled");
    expect(openAt(street)).toEqual(MOVED);
    street.sense(12_000, "garage", "fire", "off");
    expect(openAt(street)).toEqual([]);
  });

  it("doesn't end what a person has ordered, before it or in it", () => {
    const street = openStreet();
    street.order(500, "drive-out", { is: "emergency" }, "before");
    street.sense(1000, "drive-in", "fire", "on");
    street.order(2000, "gate-a", { is: "emergency" }, "meanwhile");
    street.sense(9000, "drive-in", "fire", "off");
    expect(openAt(street)).toEqual(["drive-out", "gate-a"]);
  });

  it("says what stands beneath it, so that a restart in the middle doesn't forget it", () => {
    const street = openStreet();
    street.order(500, "gate-a", { is: "lock-down" });
    street.order(600, "drive-out", { is: "lock-open", forMs: 60_000 });
    const told = street
      .sense(1000, "drive-in", "fire", "on")
      .flatMap((effect) => (effect.do === "mode" ? [[effect.lane, effect.beneath]] : []));
    const by = { who: "wang", from: "guard-page" };
    expect(Object.fromEntries(told)).toMatchObject({
      "drive-in": { mode: "controlled" },
      "gate-a": { mode: "locked-down", by },
      "drive-out": { mode: "locked-open", by, untilMs: 60_600 },
    });
  });

  it("knows all lanes of the compound", () => {
    expect(LANES.filter((plan) => plan.kind !== "monitored").map((plan) => plan.id)).toEqual(MOVED);
  });
});
