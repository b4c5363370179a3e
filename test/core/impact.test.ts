// The impact assessment: what counts as a changed fact, when a new look is due, when a record may be signed.
import { describe, expect, it } from "vitest";
import { filing } from "../../src/core/face-filing.ts";
import { changedFacts, dueOf, type ImpactFacts, isFinished, keptUntil, standing } from "../../src/core/impact.ts";
import { FACTS, WORDS } from "./impact-facts.ts";

const { leaves, held, faces, parity } = FACTS;
const [county] = leaves;
const ground = "省公安厅文件第 7 号";
const CASES: readonly (readonly [what: string, change: Partial<ImpactFacts>, changed: readonly string[]])[] = [
  ["nothing", {}, []],
  ["more of what was there", { held: { ...held, people: 4_000, faces: 1_000 } }, []],
  ["another kind of data", { held: { ...held, phoneEnds: 3 } }, ["kinds"]],
  ["pictures on their way", { held: { ...held, pictures: 3 } }, []],
  ["a kind that has ended", { held: { ...held, cards: 0 } }, []],
  ["another purpose", { purposes: [{ device: "face-1", purpose: "考勤" }] }, ["purposes"]],
  ["another reader", { purposes: [...FACTS.purposes, { device: "face-2", purpose: "住户进出" }] }, ["purposes"]],
  [
    "faces switched on upstream",
    {
      leaves: [...leaves, { to: "viid", address: "10.0.0.8", encrypted: true, what: ["persons", "faces"], ground }],
    },
    ["leaving"],
  ],
  ["another ground", { leaves: leaves.map((one) => ({ ...one, ground })) }, ["leaving"]],
  ["a line in the clear", { leaves: leaves.map((one) => ({ ...one, encrypted: false })) }, ["leaving"]],
  ["a line that has ended", { leaves: [] }, []],
  ["a measure that fell away", { measures: { ...FACTS.measures, consent: "off" } }, ["measures"]],
  ["a measure more", { measures: { ...FACTS.measures, "page-tls": "on" } }, []],
  ["kept longer", { kept: { ...FACTS.kept, strangerDays: 90 } }, ["retention"]],
  [
    "a role that sees more",
    { roles: [{ role: "guard", accounts: 9, codes: 0, rights: ["watch", "people"] }] },
    ["access"],
  ],
  ["another account", { roles: FACTS.roles.map((one) => ({ ...one, accounts: 9 })) }, []],
  ["another terminal", { terminals: [...FACTS.terminals, { device: "face-9", faces: 0 }] }, ["terminals"]],
  ["a point with faces alone", { facesAlone: ["door-in"] }, ["facesAlone"]],
  [
    "others wait longer now",
    { parity: { ...parity, lanes: parity.lanes.map((one) => ({ ...one, is: "others-longer" as const })) } },
    ["waits"],
  ],
  ["a face under 14", { faces: { ...faces, guarded: 1 } }, ["minors"]],
  ["near the filing", { faces: { ...faces, people: 80_000 } }, ["filing"]],
];

describe("what counts as changed since the signed record", () => {
  it.each(CASES)("%s", (_what, change, changed) => {
    const now = { ...FACTS, ...change };
    expect(changedFacts(FACTS, now)).toEqual(changed);
    expect(dueOf(FACTS, now)).toEqual(changed.length === 0 ? { is: "no" } : { is: "changed", facts: changed });
    if (changed.length > 0) expect(standing(now)).not.toBe(standing(FACTS));
  });

  it("names all that has changed, and the first look is due before the first signature", () => {
    const now = { ...FACTS, facesAlone: ["x"], faces: { ...faces, people: 100_000, guarded: 2 } };
    expect(changedFacts(FACTS, now)).toEqual(["facesAlone", "minors", "filing"]);
    expect(dueOf(undefined, now)).toEqual({ is: "never-signed" });
  });

  it("doesn't depend on the order in which facts are named, nor on counts", () => {
    const now = { ...FACTS, leaves: county === undefined ? [] : [county], held: { ...held, people: held.people + 1 } };
    expect(standing({ ...now, purposes: [...FACTS.purposes].reverse() })).toBe(standing(FACTS));
  });
});

it.each([
  [79_999, "below"],
  [80_000, "near"],
  [99_999, "near"],
  [100_000, "due"],
])("%i people with faces stand %s to the filing", (people, wanted) => expect(filing(people)).toBe(wanted));

it.each([
  ["everything said", {}, true],
  ["no conclusion", { conclusion: " " }, false],
  ["nobody who assessed", { assessors: "" }, false],
])("%s: can be signed %s", (_what, change, wanted) => expect(isFinished({ ...WORDS, ...change })).toBe(wanted));

it.each([
  ["2026-11-25T02:00:00.000Z", "2029-11-25T02:00:00.000Z"],
  ["2028-02-29T00:00:00.000Z", "2031-03-01T00:00:00.000Z"],
])("a record of %s is kept until %s at least", (made, until) => {
  expect(new Date(keptUntil(Date.parse(made))).toISOString()).toBe(until);
});
