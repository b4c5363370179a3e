/** "History edited", at the edge of a loss: the first row after lost ones is held by the row that declares them. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { damageRow } from "../../src/adapters/journal.ts";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { at, decision, durable, open, place } from "./journal-place.ts";

const ROWS = 30;
const [FIRST_LOST, LAST_LOST] = [11, 14];

/** Changes the file behind the journal's back, triggers and all. */
function tamper(file: string, sql: string): void {
  const db = new Database(file);
  for (const { name } of db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    .all())
    db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  db.close();
}

/** A journal that lost rows in its middle and its tail, and told so. */
async function mended(): Promise<string> {
  const file = join(place(), "journal.sqlite");
  const journal = open(file);
  for (let n = 1; n <= ROWS; n++) journal.append(decision(n));
  await durable(journal, ROWS);
  journal.mark();
  await journal.close();
  tamper(file, `DELETE FROM journal WHERE seq BETWEEN ${FIRST_LOST} AND ${LAST_LOST} OR seq >= ${ROWS - 1}`);
  // What is left doesn't reach the mark: it is set aside and read anew.
  const after = open(file, { boot: "after" });
  if (after.damage === undefined) throw new Error("the damage went unseen");
  const seq = after.append({ ...damageRow(after.damage), now: at(ROWS + 1) });
  await durable(after, seq);
  await after.close();
  return file;
}

it("the declared losses verify", async () => {
  const file = await mended();
  expect(verifyFile(file)).toMatchObject({
    lost: [
      { from: FIRST_LOST, to: LAST_LOST },
      { from: ROWS - 1, to: ROWS },
    ],
  });
  expect(verifyFile(file).bad).toBeUndefined();
});

it.each([
  ["the row after the gap", LAST_LOST + 1],
  ["the one behind it", LAST_LOST + 2],
  ["the one before the gap", FIRST_LOST - 1],
  ["the row that declares the loss", ROWS + 1],
])("%s, edited, is named", async (_what, seq) => {
  const file = await mended();
  const db = new Database(file, { readonly: true });
  const before = db.prepare<[number], { n: number }>("SELECT count(*) n FROM journal WHERE seq = ?").get(seq);
  db.close();
  expect(before?.n).toBe(1);
  tamper(file, `UPDATE journal SET at = at + 1 WHERE seq = ${seq}`);
  expect(verifyFile(file).bad).toMatchObject({ seq, why: "edited" });
});

it("a loss that is widened over a row to hide it is named", async () => {
  const file = await mended();
  tamper(file, `DELETE FROM journal WHERE seq = ${LAST_LOST + 1}`);
  expect(verifyFile(file).bad).toMatchObject({ seq: FIRST_LOST, why: "gap" });
  rmSync(file);
});
