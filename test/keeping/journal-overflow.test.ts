/** Promises 1 and 3 when the disk refuses for so long that no more rows fit into memory: what was used stays used. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { at, decision, durable, open, place } from "./journal-place.ts";

const MORE_THAN_FIT = 50_010;

it("an event id and a use of a code count even where their row finds no place", async () => {
  const file = join(place(), "journal.sqlite");
  const journal = open(file);
  // Somebody else writes and doesn't end: to us the same as a disk that takes nothing.
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  for (let n = 1; n <= MORE_THAN_FIT; n++) journal.append({ kind: "decision", now: at(n), open: {} });
  expect(journal.usesOf("code", "4711")).toBe(0);
  journal.append({
    ...decision(60_001),
    counts: { type: "code", value: "4711" },
    places: { holder: "late", vehicle: true, household: "1-1-101", area: "yard" },
  });
  expect(journal.used("face-1", "e60001")).toBe(true);
  expect(journal.usesOf("code", "4711")).toBe(1);
  expect(journal.whereabouts("late")).toMatchObject({ area: "yard" });
  expect(journal.vehiclesIn("yard")).toBe(1);

  other.exec("ROLLBACK");
  other.close();
  let last = 0;
  await expect
    .poll(
      () => {
        last = journal.append({ kind: "decision", now: at(70_000), open: {} });
        return last;
      },
      { timeout: 10_000 },
    )
    .toBeLessThan(Number.MAX_SAFE_INTEGER);
  await durable(journal, last);
  // Once there is room, what was used is kept in the file, so that the next start knows it.
  await journal.close();
  const next = open(file);
  expect(next.used("face-1", "e60001")).toBe(true);
  expect(next.usesOf("code", "4711")).toBe(1);
  expect(next.vehiclesIn("yard")).toBe(1);
  await next.close();
  expect(verifyFile(file).bad).toBeUndefined();
}, 60_000);
