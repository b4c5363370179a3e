import { describe, expect, it } from "vitest";
import { planFor } from "../../src/core/decide.ts";
import * as lane from "../../src/core/lane.ts";
import { canary, deadline, start, step } from "../../src/core/site.ts";
import type { Staleness } from "../../src/core/terms.ts";
import {
  arm,
  creditsHeld,
  found,
  LANES,
  moves,
  now,
  openStreet,
  PLAN,
  type PointName,
  RULES,
  words,
} from "./site-street.ts";

const LI = found("li");
const plate = (id: string, value: string) => found(id, { type: "plate", value }, { kind: "vehicle" });
const CAR = plate("car", "皖K12345");

describe("a start", () => {
  it("knows nothing, wants nothing but its supervision, and does nothing", () => {
    const site = start(RULES, 1000);
    expect([...site.lanes.values()].map(lane.barrier)).toEqual(LANES.map(() => "unknown"));
    expect(step(RULES, site, { is: "due", now: now(1000) })[1]).toEqual([]);
    expect([site.fusions.size, site.firsts.size, creditsHeld(site).length]).toEqual([0, 0, 0]);
  });

  it("remembers modes, and nothing moves for them", () => {
    const by = { who: "wang", from: "guard-page" };
    const modes = new Map<string, lane.Mode>([
      ["drive-in", { is: "locked-open", until: 5000, by, id: "row 7" }],
      ["walk", { is: "locked-down", by }],
    ]);
    const site = start(RULES, 0, modes);
    expect(deadline(site)).toBe(5000);
    const [next, effects] = step(RULES, site, { is: "due", now: now(5000) });
    expect(words(effects)).toEqual(["drive-in controlled"]);
    const walk = next.lanes.get("walk");
    expect(walk === undefined ? "" : lane.mode(walk)).toBe("locked-down");
  });

  it("has no deadline where nothing is watched", () => {
    expect(deadline(start({ ...RULES, plan: { ...PLAN, lanes: [] } }, 0))).toBeUndefined();
  });
});

describe("one question, one answer", () => {
  const STALE: readonly Staleness[] = [
    "retained",
    "redelivered",
    "device-says-stored",
    "before-this-connection",
    "already-used",
    "device-clock-unknown",
    "too-old",
    "from-the-future",
  ];
  it.each(STALE)("promise 1: what is %s moves nothing, at no access point", (staleness) => {
    const street = openStreet();
    const points: readonly PointName[] = ["drive-in", "drive-out", "walk", "gate-a", "garage"];
    for (const point of points) {
      for (const who of [LI, CAR]) {
        const effects = street.ask("a1", 1000, point, who, { staleness });
        expect(words(effects)).toEqual(["a1 not-fresh"]);
      }
    }
    expect(deadline(street.site)).toBe(deadline(openStreet().site));
  });

  it.each([
    ["nowhere" as const, LI, "reader-unknown"],
    ["walk" as const, undefined, "credential-not-found"],
    ["walk" as const, found("off", { enabled: false }), "credential-not-enabled"],
  ])("%s: %s", (where, who, outcome) => {
    const effects = openStreet().ask("a1", 1000, where, who);
    expect(words(effects)).toEqual([`a1 ${outcome}`]);
  });

  it("offers an almost-match to the guard and opens nothing", () => {
    const effects = openStreet().ask("a1", 1000, "drive-out", undefined, { near: CAR });
    expect(effects).toMatchObject([{ do: "decided", decision: { is: "denied", ask: true } }]);
  });

  it("raises a blocklisted person and duress, the latter also where it is denied, and not again when told again", () => {
    const street = openStreet();
    const blocked = found("bad", {}, { blocked: true });
    expect(words(street.ask("a1", 1000, "walk", blocked))).toEqual(["a1 blocklisted", "raise blocklisted"]);
    const forced = { report: { duress: true } };
    expect(words(street.ask("a2", 1100, "walk", undefined, forced))).toEqual([
      "a2 credential-not-found",
      "raise duress",
    ]);
    expect(words(street.ask("a3", 1200, "walk", LI, { ...forced, staleness: "already-used" }))).toEqual([
      "a3 not-fresh",
    ]);
    expect(words(street.ask("a4", 1300, "walk", LI, { ...forced, staleness: "too-old" }))).toEqual([
      "a4 not-fresh",
      "raise duress",
    ]);
    expect(words(street.ask("a5", 1400, "nowhere", LI, forced))).toEqual(["a5 reader-unknown"]);
    expect(words(street.ask("a6", 1500, "walk", LI, forced))).toEqual([
      "a6 granted",
      "raise duress",
      "walk open for a6",
    ]);
  });

  it("refuses at a locked-down lane, and grants there in an emergency", () => {
    const street = openStreet();
    street.order(1000, "gate-a", { is: "lock-down" });
    expect(words(street.ask("a1", 1100, "gate-a", LI))).toEqual(["a1 locked-down"]);
    street.order(1200, "gate-a", { is: "emergency" });
    expect(words(street.ask("a2", 1300, "gate-a", LI))).toEqual(["a2 granted"]);
  });
});

describe("a grant becomes a credit", () => {
  it("the decision comes before the movement, names the credit, and the passage ends in a place", () => {
    const street = openStreet();
    const effects = street.ask("a1", 1000, "walk", found("slow", {}, { slow: true }));
    expect(words(effects)).toEqual(["a1 granted", "walk open for a1"]);
    expect(effects[0]).toMatchObject({ credit: { id: "a1", slow: true, vehicle: false, holder: "slow" } });
    street.sense(3000, "walk", "door-contact", "on");
    expect(words(street.sense(5000, "walk", "door-contact", "off"))).toEqual(["walk passed on a1", "slow is yard"]);
    expect(creditsHeld(street.site).length).toBe(0);
  });

  it("leaving is a place too: outside", () => {
    const street = openStreet();
    street.ask("a1", 1000, "drive-out", CAR);
    arm(street, 3000, "drive-out", true);
    street.sense(4000, "drive-out", "safety-loop", "on");
    expect(words(street.sense(6000, "drive-out", "safety-loop", "off"))).toEqual([
      "drive-out passed on a1",
      "car is outside",
      "the vehicle is outside",
    ]);
  });

  it("a credit that nobody used is given up", () => {
    const street = openStreet();
    street.ask("a1", 1000, "walk", LI);
    expect(creditsHeld(street.site).length).toBe(1);
    expect(words(street.due(21_000))).toEqual(["walk lapsed a1"]);
    expect(creditsHeld(street.site).length).toBe(0);
  });

  it("a double tap is one passage: nobody gets in behind on the second tap", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "drive-out", LI))).toEqual(["a1 granted", "drive-out open for a1"]);
    const again = street.ask("a2", 2500, "drive-out", LI);
    expect(words(again)).toEqual(["a2 granted same"]);
    arm(street, 4000, "drive-out", true);
    street.sense(5000, "drive-out", "safety-loop", "on");
    expect(words(street.sense(7000, "drive-out", "safety-loop", "off"))).toEqual([
      "drive-out passed on a2",
      "li is outside",
      "the vehicle is outside",
    ]);
    expect(words(street.due(8000))).toEqual(["drive-out close for passage of a2"]);
  });

  it("a door that nobody pushed in time is unlocked again by the next tap, on that tap's account", () => {
    const street = openStreet();
    street.ask("a1", 1000, "gate-a", LI);
    // The gate was told to open and its contact still says closed after its travel time.
    street.due(7000);
    expect(words(street.ask("a2", 8000, "gate-a", LI))).toEqual(["a2 granted same", "gate-a open for a2"]);
  });

  it("two plates of one owner are two vehicles, each with a passage of its own", () => {
    const street = openStreet();
    const one = plate("owner", "皖K11111");
    const other = plate("owner", "皖K22222");
    expect(words(street.ask("a1", 1000, "drive-out", one))).toEqual(["a1 granted", "drive-out open for a1"]);
    expect(words(street.ask("a2", 2000, "drive-out", other))).toEqual(["a2 granted"]);
    expect(words(street.ask("a3", 2500, "drive-out", one))).toEqual(["a3 granted same"]);
    expect(words(street.ask("a4", 2600, "drive-out", found("owner")))).toEqual(["a4 granted same"]);
    expect(creditsHeld(street.site).length).toBe(2);
  });

  it("the same person at another access point is another passage", () => {
    const street = openStreet();
    street.ask("a1", 1000, "drive-out", LI);
    expect(words(street.ask("a2", 1500, "walk", LI))).toEqual(["a2 granted", "walk open for a2"]);
  });

  it("under a pressed stop button a grant gives nothing, and says so", () => {
    const street = openStreet();
    street.sense(900, "drive-in", "stop", "on");
    const effects = street.ask("a1", 1000, "drive-in", LI);
    expect(words(effects)).toEqual(["a1 granted", "drive-in lapsed a1"]);
    expect(effects[0]).not.toHaveProperty("credit");
    expect(effects[0]).not.toHaveProperty("same");
  });
});

describe("two credentials", () => {
  const face = found("li", { type: "face", value: "f1" });
  it("open together in time, whatever their order, and once", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "garage", face))).toEqual(["a1 waiting"]);
    expect(words(street.ask("a2", 2000, "garage", LI))).toEqual(["a2 granted", "garage open for a2"]);
    expect(street.site.firsts.size).toBe(0);
  });
  it("don't when they are of the same kind, or the second is late; what is over is forgotten", () => {
    const street = openStreet();
    street.ask("a1", 1000, "garage", face);
    expect(words(street.ask("a2", 2000, "garage", face))).toEqual(["a2 waiting"]);
    expect(words(street.ask("a3", 12_100, "garage", LI))).toEqual(["a3 waiting"]);
    expect(words(street.ask("a4", 30_000, "garage", found("wu")))).toEqual(["a4 waiting"]);
    expect([...street.site.firsts.keys()]).toEqual(["garage wu"]);
  });
});

describe("reads of one vehicle", () => {
  const read = (value: string, confidence?: number) => ({
    report: { claim: { type: "plate" as const, value }, ...(confidence === undefined ? {} : { confidence }) },
  });

  it("a sure read of a known plate opens at once, and its other reads only have rows", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "drive-in", CAR, read("皖K12345", 0.9)))).toEqual([
      "a1 granted",
      "drive-in open for a1",
    ]);
    for (const at of [1100, 1500, 2500]) {
      expect(words(street.ask(`a${at}`, at, "drive-in", CAR, read("皖K12345", 0.9)))).toEqual([`a${at} merged`]);
    }
  });

  it("reads of nobody known are decided once, by the surest of them, when the vehicle is read to the end", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "drive-in", undefined, read("京A00000", 0.82)))).toEqual(["a1 merged"]);
    expect(words(street.ask("a2", 1100, "drive-in", undefined, read("京A00000", 0.97)))).toEqual(["a2 merged"]);
    expect(words(street.ask("a3", 1200, "drive-in", undefined, read("京A00000")))).toEqual(["a3 merged"]);
    expect(words(street.ask("a4", 1210, "drive-in", undefined, read("京A00000", 0.3)))).toEqual(["a4 merged"]);
    expect(street.site.fusions.get("drive-in")?.asked.map((one) => one.id)).toEqual(["a2"]);
    expect(deadline(street.site)).toBe(1510);
    expect(street.due(1509)).toEqual([]);
    const effects = street.due(1510);
    expect(words(effects)).toEqual(["a2 credential-not-found"]);
    expect(effects).toMatchObject([{ asked: { now: { at: 1510 } } }]);
    expect(street.site.fusions.get("drive-in")?.asked).toEqual([]);
  });

  it("keeps no more than one question for each spelling, however long a camera chatters", () => {
    const street = openStreet();
    for (let i = 0; i < 500; i += 1) {
      street.ask(`a${i}`, 1000 + i, "drive-in", undefined, read(i % 2 === 0 ? "京A00000" : "京A0O000", 0.9));
    }
    expect(street.site.fusions.get("drive-in")?.asked.length).toBeLessThanOrEqual(2);
  });

  it("an unsure read of a known plate doesn't open, neither at once nor when its time is over", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "drive-in", CAR, read("皖K12345", 0.5)))).toEqual(["a1 merged"]);
    expect(words(street.due(1300))).toEqual(["a1 low-confidence"]);
  });

  it("a vehicle read right at last gets its opening", () => {
    const street = openStreet();
    street.ask("a1", 1000, "drive-in", CAR, read("皖K12345", 0.5));
    street.due(1300);
    expect(words(street.ask("a2", 1400, "drive-in", CAR, read("皖K12345", 0.9)))).toEqual([
      "a2 granted",
      "drive-in open for a2",
    ]);
  });

  it("the second car two seconds later has its own", () => {
    const street = openStreet();
    street.ask("a1", 1000, "drive-in", CAR, read("皖K12345", 0.9));
    expect(words(street.ask("a2", 3000, "drive-in", plate("next", "苏B98761"), read("苏B98761", 0.9)))).toEqual([
      "a2 granted",
    ]);
    expect(creditsHeld(street.site).length).toBe(2);
  });

  it("a read from the past is written as history and takes nothing from the car that stands there now", () => {
    const street = openStreet();
    const old = { ...read("皖K12345", 0.9), staleness: "too-old" as const };
    expect(words(street.ask("a1", 1000, "drive-in", CAR, old))).toEqual(["a1 not-fresh"]);
    expect(words(street.ask("a2", 1100, "drive-in", CAR, read("皖K12345", 0.9)))).toEqual([
      "a2 granted",
      "drive-in open for a2",
    ]);
  });

  it("a plate told with a space or in small letters is the same one", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "drive-in", CAR, read("皖k·12345", 0.9)))).toEqual([
      "a1 granted",
      "drive-in open for a1",
    ]);
  });

  it("a card at a camera's access point is decided at once", () => {
    expect(words(openStreet().ask("a1", 1000, "drive-in", LI))).toEqual(["a1 granted", "drive-in open for a1"]);
  });
});

describe("two gates with a space between them", () => {
  it("the second waits for the first to close, and goes then by itself", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "gate-a", LI))).toEqual(["a1 granted", "gate-a open for a1"]);
    arm(street, 3000, "gate-a", true);
    expect(words(street.ask("a2", 3500, "gate-b", LI))).toEqual(["a2 granted"]);
    expect(words(street.order(3600, "gate-b", { is: "open" }))).toEqual(["gate-b refuses interlocked"]);
    street.sense(4000, "gate-a", "photocell", "on");
    street.sense(5000, "gate-a", "photocell", "off");
    expect(words(street.due(6000))).toContain("gate-a close for passage of a1");
    expect(moves(arm(street, 8000, "gate-a", false))).toEqual(["gate-b open for a2"]);
  });
});

describe("the iron gate", () => {
  it("is never moved: a grant there ends at once, an order is refused, an opening is counted", () => {
    const street = openStreet();
    expect(words(street.ask("a1", 1000, "iron", LI))).toEqual(["a1 granted", "iron lapsed a1"]);
    expect(words(street.order(1100, "iron", { is: "open" }))).toEqual(["iron refuses no-such-output"]);
    expect(words(street.sense(1200, "iron", "door-contact", "on"))).toContain("iron passed on nothing");
  });
});

describe("the outcome of a command", () => {
  it("reaches its lane; one for a lane that doesn't exist reaches nobody", () => {
    const street = openStreet();
    street.ask("a1", 1000, "walk", LI);
    const failed = { is: "commanded", at: 1200, command: "open", outcome: "failed" } as const;
    expect(words(street.happen({ ...failed, lane: "walk" }))).toContain("raise command-failed");
    expect(street.happen({ ...failed, lane: "nowhere" })).toEqual([]);
  });
});

describe("the canary", () => {
  it("is not found, by the real rules", () => {
    expect(canary(RULES, now(0), "gatepost-canary", undefined)).toMatchObject({ reason: "credential-not-found" });
    expect(canary(RULES, now(0), "gatepost-canary", LI)).toMatchObject({ is: "granted" });
  });
  it("is answered where there are no access points: a watched iron gate decides too", () => {
    const plan = { ...PLAN, accessPoints: [] };
    expect(canary({ ...RULES, plan, deciding: planFor(plan) }, now(0), "x", undefined)).toMatchObject({
      reason: "credential-not-found",
    });
  });
});
