/** The consents' file, with a real one: the newest word counts, and a guardian's ends. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forgetConsents, needsGuardian, openConsents } from "../../src/adapters/consents.ts";
import { place } from "./journal-place.ts";

const AGREED = { face: "R-1", notice: "2026-1", agreedBy: "林秀兰", how: "signed", takenBy: "周建国" };

it("the newest word counts, also for whoever has the file open already, and each is another edition", () => {
  const file = join(place(), "consents.sqlite");
  const gate = openConsents(file, () => 2026);
  const clerk = openConsents(file, () => 2026);
  const editions = [gate.edition];
  expect(gate.consentOf("R-1")).toBe("none");
  clerk.record(AGREED, 1);
  editions.push(gate.edition);
  expect([gate.consentOf("R-1"), gate.consentOf("R-2")]).toEqual(["recorded", "none"]);
  clerk.withdraw("R-1", "周建国", 2);
  editions.push(gate.edition);
  expect(gate.consentOf("R-1")).toBe("withdrawn");
  clerk.record(AGREED, 3);
  editions.push(gate.edition);
  expect(gate.consentOf("R-1")).toBe("recorded");
  forgetConsents(file, "P-1", ["R-1"]);
  expect(clerk.rows("P-1", ["R-1"])).toEqual([]);
  editions.push(gate.edition);
  expect(gate.consentOf("R-1")).toBe("none");
  expect(new Set(editions).size).toBe(4); // nothing there is nothing there, before and after
  clerk.close();
  gate.close();
  expect([gate.consentOf("R-1"), gate.edition]).toEqual(["none", ""]);
  const again = openConsents(file, () => 2026);
  expect(again.consentOf("R-1")).toBe("none");
  again.close();
});

describe("a child", () => {
  it("a guardian's word ends when the child is of age, and that is another edition", () => {
    let year = 2026;
    const consents = openConsents(join(place(), "consents.sqlite"), () => year);
    consents.record({ ...AGREED, guardian: "林建国", birthYear: 2016 }, 1);
    const before = consents.edition;
    year = 2030;
    expect(consents.consentOf("R-1")).toBe("recorded");
    year = 2031;
    expect(consents.consentOf("R-1")).toBe("none");
    expect(consents.edition).not.toBe(before);
    consents.close();
  });

  it.each([
    [2011, false],
    [2012, true],
    [2020, true],
    [1960, false],
  ])("born in %d, in 2026: needs a guardian is %s", (born, needs) => {
    expect(needsGuardian(born, 2026)).toBe(needs);
  });
});

it("a file that is no database is a fault with a code", () => {
  expect(() => openConsents(import.meta.dirname, () => 2026)).toThrow(/DATABASE_/);
});
