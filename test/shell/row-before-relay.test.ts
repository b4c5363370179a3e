/** Promises 1 and 4: whatever moves, another reader of the file finds its reason there already. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { place } from "../keeping/journal-place.ts";
import { openGateLoop, resident } from "./gate.ts";

/** The kinds of rows that stand in the file at the moment of each move. */
function standingAtMoves() {
  const file = join(place(), "journal.sqlite");
  const found: string[][] = [];
  const zhao = resident("zhao", { type: "plate", value: "川A11111" });
  const gate = openGateLoop({}, [zhao], {
    file,
    onMove() {
      const kinds: unknown[] = reader.prepare("SELECT kind FROM journal ORDER BY seq").pluck().all();
      found.push(kinds.map(String));
    },
  });
  const reader = new Database(file, { readonly: true });
  onTestFinished(() => void reader.close());
  return { gate, found };
}

it("promise 1: a grant's row stands in the file when its relay is told", () => {
  const { gate, found } = standingAtMoves();
  gate.ask("in", "plate", "川A11111");
  expect(gate.moves).toEqual(["in open"]);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain("decision");
});

it("promise 1: so does a guard's order, and so does what closes the arm", () => {
  const { gate, found } = standingAtMoves();
  gate.loop.order("out", { is: "open" }, { who: "王师傅", from: "guard-page" }, "tap");
  expect(gate.moves).toEqual(["out open"]);
  expect(found[0]).toContain("override");
  gate.passes("out");
  expect(gate.moves).toEqual(["out open", "out close"]);
  expect(found[1]).toContain("passage");
});
