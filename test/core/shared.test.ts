/** Who is where on the whole site: what counts, in whatever order it is heard. */
import { describe, expect, it } from "vitest";
import { compareShared, keyOf, openLedger, spansOf } from "../../src/core/shared.ts";
import {
  anchored,
  compareStamps,
  FARTHEST_MS,
  MOST_COUNT,
  presentMs,
  stampAfter,
} from "../../src/core/shared-stamp.ts";
import type { Shared, Told } from "../../src/core/shared-terms.ts";
import type { Now } from "../../src/core/terms.ts";

const stamp = (ms: number, count = 0) => ({ ms, count });
const person = (subject: string, area?: string): Told => ({
  is: "placed",
  subject,
  vehicle: false,
  ...(area === undefined ? {} : { area }),
});
const car = (subject: string, area: string | undefined, household?: string): Told => ({
  is: "placed",
  subject,
  vehicle: true,
  ...(area === undefined ? {} : { area }),
  ...(household === undefined ? {} : { household }),
});
const said = (origin: string, seq: number, ms: number, told: Told): Shared => ({ origin, seq, stamp: stamp(ms), told });
const at = (mono: number, epochMs: number, trust: Now["wall"]["trust"]): Now => ({
  at: mono,
  wall: { epochMs, trust, date: "2026-11-25", weekday: 3, minute: 0 },
});

describe("a stamp", () => {
  it.each([
    ["the first", 1_000, [], stamp(1_000)],
    ["later by the clock", 2_000, [stamp(1_000, 7)], stamp(2_000)],
    ["by a clock that stands still", 1_000, [stamp(1_000)], stamp(1_000, 1)],
    ["by a clock that lags behind what is known", 5, [stamp(500), stamp(1_000, 3), stamp(800)], stamp(1_000, 4)],
    ["with the counter full", 5, [stamp(1_000, MOST_COUNT)], stamp(1_001)],
    ["by a clock that shows 2300", 2 * FARTHEST_MS, [], stamp(FARTHEST_MS)],
    ["by a clock before 1970", -5, [], stamp(0)],
    ["by half a millisecond", 1_000.4, [], stamp(1_000)],
  ])("%s", (_, ms, known, wanted) => {
    expect(stampAfter(ms, known)).toEqual(wanted);
    for (const one of known) expect(compareStamps(one, stampAfter(ms, known))).toBeLessThan(0);
  });

  it.each([
    ["a clock that is set", at(10, 5_000, "trusted"), { ms: 99_000, at: 0 }, 5_000],
    ["one that holds over", at(10, 5_000, "holdover"), undefined, 5_000],
    ["none: what was known, carried on", at(300, 7, "untrusted"), { ms: 5_000, at: 100 }, 5_200],
    ["none, and nothing known", at(300, 7, "untrusted"), undefined, 0],
  ])("takes its time from %s", (_, now, anchor, wanted) => expect(presentMs(now, anchor)).toBe(wanted));

  it.each([
    ["nothing known before", undefined, 700, 10, { ms: 700, at: 10 }],
    ["a later word", { ms: 500, at: 0 }, 700, 10, { ms: 700, at: 10 }],
    ["an earlier one", { ms: 800, at: 0 }, 700, 10, { ms: 800, at: 0 }],
    ["one beyond all sense", undefined, 9 * FARTHEST_MS, 10, { ms: FARTHEST_MS, at: 10 }],
  ])("is carried on from %s", (_, known, ms, mono, wanted) => expect(anchored(known, ms, mono)).toEqual(wanted));
});

describe("two words on one subject", () => {
  it.each([
    ["by time", said("b/1", 1, 10, person("p")), said("a/1", 9, 20, person("p"))],
    ["of one moment by who said them", said("a/1", 9, 10, person("p")), said("b/1", 1, 10, person("p"))],
    ["of one gate by number", said("a/1", 1, 10, person("p")), said("a/1", 2, 10, person("p"))],
  ])("are told apart %s", (_, earlier, later) => {
    expect(compareShared(earlier, later)).toBeLessThan(0);
    expect(compareShared(later, earlier)).toBeGreaterThan(0);
    expect(compareShared(later, later)).toBe(0);
  });
});

/** Everything below holds in whatever order the same records come: each case is tried in all orders. */
function orders<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length < 2) return [all];
  return all.flatMap((one, n) => orders(all.toSpliced(n, 1)).map((rest) => [one, ...rest]));
}

function ledgerOf(records: readonly Shared[]) {
  const ledger = openLedger();
  for (const one of records) ledger.receive({ origin: one.origin, from: 0, upTo: one.seq, records: [one] });
  return ledger;
}

describe("who is inside", () => {
  it.each([
    ["in by one gate", [said("a/1", 1, 10, person("p", "yard"))], { p: "yard", people: 1, vehicles: 0, household: 0 }],
    [
      "in by one gate, out by another",
      [said("a/1", 1, 10, person("p", "yard")), said("b/1", 1, 20, person("p"))],
      { p: undefined, people: 0, vehicles: 0, household: 0 },
    ],
    [
      "a car changes areas and household",
      [said("a/1", 1, 10, car("p", "yard", "h1")), said("b/1", 1, 20, car("p", "yard", "h"))],
      { p: "yard", people: 0, vehicles: 1, household: 1 },
    ],
    [
      "an amnesty between two entries",
      [
        said("a/1", 1, 10, person("p", "yard")),
        said("b/1", 1, 20, { is: "cleared", area: "yard" }),
        said("c/1", 1, 30, car("q", "yard")),
      ],
      { p: undefined, people: 0, vehicles: 1, household: 0 },
    ],
    [
      "two amnesties, the newer one counts",
      [
        said("a/1", 1, 30, { is: "cleared", area: "yard" }),
        said("b/1", 1, 10, { is: "cleared", area: "yard" }),
        said("c/1", 1, 20, person("p", "yard")),
      ],
      { p: undefined, people: 0, vehicles: 0, household: 0 },
    ],
    [
      "an entry heard after the amnesty that it came before, and then out",
      [
        said("a/1", 1, 30, { is: "cleared", area: "yard" }),
        said("b/1", 1, 10, person("p", "yard")),
        said("c/1", 1, 40, person("p")),
      ],
      { p: undefined, people: 0, vehicles: 0, household: 0 },
    ],
    [
      "somebody erased",
      [said("a/1", 1, 10, person("p", "yard")), said("b/1", 1, 20, { is: "erased", subject: "p" })],
      { p: undefined, people: 0, vehicles: 0, household: 0 },
    ],
    [
      "seen again after having been erased",
      [said("a/1", 1, 20, { is: "erased", subject: "p" }), said("b/1", 1, 30, person("p", "yard"))],
      { p: "yard", people: 1, vehicles: 0, household: 0 },
    ],
    [
      "an erasure of somebody never seen",
      [said("a/1", 1, 20, { is: "erased", subject: "x" })],
      { p: undefined, people: 0, vehicles: 0, household: 0 },
    ],
  ] satisfies [string, Shared[], Record<string, unknown>][])("%s", (_, records, wanted) => {
    for (const order of orders(records)) {
      const ledger = ledgerOf(order);
      expect(ledger.sum()).toBe(ledgerOf(records).sum());
      expect({
        p: ledger.whereabouts("p")?.area,
        people: ledger.peopleIn("yard"),
        vehicles: ledger.vehiclesIn("yard"),
        household: ledger.vehiclesOfHouseholdIn("h", "yard", "other"),
      }).toEqual(wanted);
    }
  });

  it("a vehicle takes no space from itself", () => {
    const ledger = ledgerOf([said("a/1", 1, 10, car("p", "yard", "h")), said("a/1", 2, 11, car("q", "yard", "h"))]);
    expect(ledger.vehiclesOfHouseholdIn("h", "yard", "p")).toBe(1);
    expect(ledger.vehiclesOfHouseholdIn("h", "garage", "p")).toBe(0);
  });

  it("says who saw it, and nothing of whom nobody knows", () => {
    const ledger = ledgerOf([
      said("a/1", 1, 10, person("p", "yard")),
      said("b/1", 1, 9, { is: "erased", subject: "q" }),
    ]);
    expect(ledger.whereabouts("p")).toEqual({ area: "yard", origin: "a/1", stamp: stamp(10) });
    expect(ledger.whereabouts("q")).toBeUndefined();
    expect(ledger.whereabouts("r")).toBeUndefined();
    expect(ledger.latest(keyOf(person("p")))?.seq).toBe(1);
    expect(ledger.all()).toHaveLength(2);
  });
});

describe("this gate's own words", () => {
  it("are later than all they change, whatever its clock says", () => {
    const ledger = ledgerOf([
      said("b/1", 1, 900, person("p", "yard")),
      said("b/1", 2, 950, car("c", "yard")),
      said("b/1", 3, 990, { is: "cleared", area: "garage" }),
    ]);
    const own = (told: Told) => ledger.record("a/1", told, ledger.stampFor(told, 5));
    expect(own(person("p"))).toMatchObject({ seq: 1, stamp: stamp(900, 1) });
    expect(own(car("c", "garage"))).toMatchObject({ seq: 2, stamp: stamp(990, 1) });
    expect(ledger.vehiclesIn("garage")).toBe(1);
    expect(own({ is: "cleared", area: "garage" })).toMatchObject({ seq: 3, stamp: stamp(990, 2) });
    expect(ledger.vehiclesIn("garage")).toBe(0);
    expect(own({ is: "erased", subject: "p" })).toMatchObject({ seq: 4, stamp: stamp(900, 2) });
    expect(own({ is: "erased", subject: "nobody" })).toMatchObject({ seq: 5, stamp: stamp(5) });
    expect(ledger.heads.get("a/1")).toBe(5);
  });

  it("a reset as of the night leaves inside whoever came in since", () => {
    const ledger = ledgerOf([said("b/1", 1, 100, person("p", "yard")), said("b/1", 2, 300, person("q", "yard"))]);
    ledger.record("a/1", { is: "cleared", area: "yard" }, stamp(200));
    expect(ledger.whereabouts("p")).not.toHaveProperty("area");
    expect(ledger.whereabouts("q")?.area).toBe("yard");
    expect(ledger.peopleIn("yard")).toBe(1);
  });
});

describe("what was missed", () => {
  it("is refused until what is before it is there; twice is once", () => {
    const ledger = openLedger();
    const [one, two] = [said("a/1", 1, 10, person("p", "yard")), said("a/1", 2, 20, person("q", "yard"))];
    const second = { origin: "a/1", from: 1, upTo: 2, records: [two] };
    expect(ledger.receive(second)).toBeUndefined();
    expect(ledger.peopleIn("yard")).toBe(0);
    expect(ledger.receive({ origin: "a/1", from: 0, upTo: 1, records: [one] })).toEqual([one]);
    expect(ledger.receive(second)).toEqual([two]);
    expect(ledger.receive(second)).toEqual([]);
    expect(ledger.receive({ origin: "a/1", from: 0, upTo: 1, records: [one] })).toEqual([]);
    expect([...ledger.heads]).toEqual([["a/1", 2]]);
  });

  it("is known again after a restart", () => {
    const before = ledgerOf([said("a/1", 1, 10, person("p", "yard")), said("b/1", 4, 20, person("q", "yard"))]);
    const ledger = openLedger();
    ledger.restore(before.all(), before.heads);
    expect(ledger.heads).toEqual(before.heads);
    expect(ledger.peopleIn("yard")).toBe(2);
  });

  it("goes in pieces, without what has been replaced, and each says up to where it is whole", () => {
    const ledger = openLedger();
    for (let n = 1; n <= 7; n++) ledger.record("a/1", person(`p${n % 5}`, "yard"), stamp(n));
    const spans = spansOf(ledger, "a/1", 2, 7, 2);
    expect(spans.map(({ from, upTo, records }) => [from, upTo, records.map(({ seq }) => seq)])).toEqual([
      [2, 4, [3, 4]],
      [4, 6, [5, 6]],
      [6, 7, [7]],
    ]);
    expect(spansOf(ledger, "a/1", 0, 2, 2)).toEqual([{ origin: "a/1", from: 0, upTo: 2, records: [] }]);
    expect(spansOf(ledger, "a/1", 3, 5, 2)).toMatchObject([{ from: 3, upTo: 5, records: [{ seq: 4 }, { seq: 5 }] }]);
  });
});
