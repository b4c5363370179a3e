import { execFileSync } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { at, decision, durable, open, PERSON_KEY, place } from "./journal-place.ts";
import { fill, mayMount, smallDisk } from "./small-disk.ts";

async function written(file: string, rows: number): Promise<void> {
  const journal = open(file);
  for (let n = 1; n <= rows; n++) journal.append(decision(n));
  await durable(journal, rows);
  journal.mark();
  await journal.close();
}

/** Someone with the file and a tool: the triggers are gone first. */
function tamper(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(`DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete; ${sql}`);
  db.close();
}

describe("promise 5: the chain names the first row that was touched", () => {
  const EDITS: readonly (readonly [string, string, string])[] = [
    ["the boot", "UPDATE journal SET boot = 'other' WHERE seq = 5", "edited"],
    ["the monotonic time", "UPDATE journal SET at = at + 0.001 WHERE seq = 5", "edited"],
    ["the wall time", "UPDATE journal SET wall = wall + 1 WHERE seq = 5", "edited"],
    ["the clock's trust", "UPDATE journal SET trust = 'untrusted' WHERE seq = 5", "edited"],
    ["the kind", "UPDATE journal SET kind = 'history' WHERE seq = 5", "edited"],
    ["the lane", "UPDATE journal SET lane = NULL WHERE seq = 5", "edited"],
    ["the outcome", "UPDATE journal SET open = replace(open, 'granted', 'denied') WHERE seq = 5", "edited"],
    ["the subject", "UPDATE journal SET subject = 'ffffffffffffffff' WHERE seq = 5", "edited"],
    ["the sealed part", "UPDATE journal SET sealed = x'00' WHERE seq = 5", "edited"],
    ["the hash", "UPDATE journal SET hash = zeroblob(32) WHERE seq = 5", "edited"],
    ["a row taken out", "DELETE FROM journal WHERE seq = 5", "gap"],
    ["the first rows taken out", "DELETE FROM journal WHERE seq <= 5", "gap"],
    ["rows put in another order", "UPDATE journal SET seq = 1000 WHERE seq = 5", "gap"],
  ];
  it.each(EDITS)("%s", async (_what, sql, why) => {
    const file = join(place(), "journal.sqlite");
    await written(file, 9);
    expect(verifyFile(file).bad).toBeUndefined();
    tamper(file, sql);
    expect(verifyFile(file).bad).toMatchObject({ seq: sql.includes("<= 5") ? 1 : 5, why });
  });

  it("a tail that was cut off, by the mark beside the file", async () => {
    const file = join(place(), "journal.sqlite");
    await written(file, 9);
    tamper(file, "DELETE FROM journal WHERE seq > 6; DELETE FROM checkpoint");
    expect(verifyFile(file).bad).toMatchObject({ seq: 7, why: "cut-tail" });
  });

  it("a chain recomputed from a changed row on, by the mark beside the file", async () => {
    const dir = place();
    const file = join(dir, "journal.sqlite");
    await written(file, 9);
    const forged = join(dir, "forged.sqlite");
    const other = open(forged);
    for (let n = 1; n <= 9; n++) other.append(decision(n + 100));
    await other.close();
    execFileSync("cp", [forged, file]);
    expect(verifyFile(file).bad).toMatchObject({ seq: 9, why: "edited" });
  });

  it("the triggers refuse a change and a deletion", async () => {
    const file = join(place(), "journal.sqlite");
    await written(file, 3);
    const db = new Database(file);
    onTestFinished(() => void db.close());
    expect(() => db.exec("UPDATE journal SET kind = 'history'")).toThrow("append-only");
    expect(() => db.exec("DELETE FROM journal")).toThrow("append-only");
  });
});

describe("what was written is known after a restart", () => {
  it("used event ids, whereabouts, counts and modes", async () => {
    const file = join(place(), "journal.sqlite");
    await written(file, 40);
    const journal = open(file, { boot: "second" });
    expect(journal.used("face-1", "e40")).toBe(true);
    expect(journal.used("face-2", "e40")).toBe(false);
    expect(journal.used("face-1", "e41")).toBe(false);
    expect(journal.whereabouts("car40")).toEqual({ area: "yard", sinceWallMs: at(40).wall.epochMs });
    expect(journal.vehiclesIn("yard")).toBe(8);
    expect(journal.vehiclesOfHouseholdIn("1-1-101", "yard", "car5")).toBe(7);
    expect(journal.usesOf("code", "1234")).toBe(5);
    expect(journal.append(decision(41))).toBe(41);
    await journal.close();
    expect(verifyFile(file)).toMatchObject({ rows: 41, lost: [] });
  });

  it("promise 1: an event id is used up for its own device alone, before a restart and after it", async () => {
    const file = join(place(), "journal.sqlite");
    await written(file, 3);
    const again = open(file, { boot: "next" });
    expect([again.used("face-1", "e2"), again.used("face-2", "e2")]).toEqual([true, false]);
    again.append({ ...decision(4), uses: { device: "face-1", eventId: "e4" } });
    expect([again.used("face-1", "e4"), again.used("face-2", "e4")]).toEqual([true, false]);
    await again.close();
  });

  it("a row of an earlier start names the person while the key exists, and a stranger by the day's key", async () => {
    const file = join(place(), "journal.sqlite");
    await written(file, 4);
    const keyOfSubject = () => PERSON_KEY;
    const second = open(file, { keyOfSubject });
    expect(second.after(0, 9).map((row) => row.sealed?.value)).toEqual(["plate 1", "plate 2", "plate 3", "plate 4"]);
    await second.close();
    const erased = open(file, { keyOf: () => undefined, keyOfSubject: () => undefined });
    expect(erased.after(0, 9).map((row) => row.sealed?.value)).toEqual(["plate 1", "plate 2", undefined, "plate 4"]);
    await erased.close();
    expect(verifyFile(file).bad).toBeUndefined();
  });
});

describe("promise 4: nobody is told before the disk has it", () => {
  it("told in order, each once, never before the durable number has reached it", async () => {
    const journal = open(join(place(), "journal.sqlite"));
    const told: number[] = [];
    for (let n = 1; n <= 200; n++) {
      const seq = journal.append(decision(n));
      journal.whenDurable(seq, () => {
        expect(journal.durableSeq).toBeGreaterThanOrEqual(seq);
        told.push(seq);
      });
    }
    expect(told).toEqual([]);
    await durable(journal, 200);
    expect(told).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    await journal.close();
  });
});

describe("promise 3 and 4: a full disk", () => {
  it.runIf(mayMount())(
    "decisions go on, nothing is told, nothing is used twice; with room again all is written",
    async () => {
      const dir = place();
      smallDisk(dir);
      const file = join(dir, "journal.sqlite");
      const journal = open(file);
      journal.append(decision(1));
      await durable(journal, 1);
      const stone = join(dir, "stone");
      // Everything but the reserve is taken, and the reserve is given up by itself.
      fill(stone);
      let n = 1;
      while (journal.state().is === "good" && n < 50_000) {
        n++;
        journal.append(decision(n));
        journal.write();
      }
      expect(journal.state().is).toBe("failing");
      expect(() => statSync(`${file}.reserve`)).toThrow();
      const last = journal.append(decision(n + 1));
      let told = false;
      journal.whenDurable(last, () => {
        told = true;
      });
      expect(journal.used("face-1", `e${n + 1}`)).toBe(true);
      expect(journal.usesOf("code", "1234")).toBe(Math.floor((n + 1) / 7));
      expect(journal.vehiclesIn("yard")).toBe(Math.floor((n + 1) / 5));
      expect(told).toBe(false);
      rmSync(stone);
      await durable(journal, last);
      expect(told).toBe(true);
      expect(journal.state()).toEqual({ is: "good", waiting: 0 });
      await journal.close();
      expect(verifyFile(file)).toMatchObject({ rows: n + 1, lastSeq: n + 1 });
      expect(verifyFile(file).bad).toBeUndefined();
    },
  );
});
