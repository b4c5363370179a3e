/**
 * A history edited by somebody with the file, a tool and time: 1,000 edits, deletions, insertions and swaps, half of them
 * by one who knows how a row's own hash is made and makes it anew. Each is found, at the row or the one behind it.
 * `GATEPOST_EDITS=10000 npm test -- test/keeping/journal-edits` is longer; GATEPOST_SEED repeats one.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { hashOf, type StoredRow, verifyChain } from "../../src/adapters/journal-chain.ts";
import { random } from "../../src/simulator/random.ts";
import { decision, durable, open, place } from "./journal-place.ts";

const EDITS = Number(process.env.GATEPOST_EDITS ?? 1_000);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const ROWS = 60;

type Dice = ReturnType<typeof random>;
/** Makes the change and says from which row on the chain can't be right. */
type Edit = (rows: Map<number, StoredRow>, at: number, dice: Dice) => number;

const changed = (row: StoredRow, dice: Dice): StoredRow => {
  const changes: readonly Partial<StoredRow>[] = [
    { open: row.open.replace("granted", "denied") },
    { wall: row.wall + 60_000 },
    { lane: "another" },
    { subject: "ffffffffffffffff" },
    { sealed: Buffer.from([dice.below(256)]) },
    { kind: "history" },
    { boot: "another" },
    { trust: "untrusted" },
  ];
  return { ...row, ...changes[dice.below(changes.length)] };
};

const EDITED: Readonly<Record<string, Edit>> = {
  edit(rows, at, dice) {
    rows.set(at, changed(must(rows, at), dice));
    return at;
  },
  // Its own hash is right again; what the next row covers is another one.
  "edit with a new hash"(rows, at, dice) {
    const row = changed(must(rows, at), dice);
    rows.set(at, { ...row, hash: hashOf(must(rows, at - 1).hash, row) });
    return at + 1;
  },
  deletion(rows, at) {
    rows.delete(at);
    return at;
  },
  // One less, and everybody behind it moves up, their own hashes made anew without the one before.
  "deletion that closes the gap"(rows, at) {
    for (let seq = at; seq < ROWS; seq++) rows.set(seq, { ...must(rows, seq + 1), seq });
    rows.delete(ROWS);
    return at;
  },
  insertion(rows, at, dice) {
    for (let seq = ROWS; seq >= at; seq--) rows.set(seq + 1, { ...must(rows, seq), seq: seq + 1 });
    rows.set(at, { ...changed(must(rows, at + 1), dice), seq: at });
    return at;
  },
  swap(rows, at) {
    const [one, two] = [must(rows, at), must(rows, at + 1)];
    rows.set(at, { ...two, seq: at });
    rows.set(at + 1, { ...one, seq: at + 1 });
    return at;
  },
  "swap with new hashes"(rows, at) {
    const before = must(rows, at - 1).hash;
    const one = { ...must(rows, at + 1), seq: at };
    const first = { ...one, hash: hashOf(before, one) };
    const two = { ...must(rows, at), seq: at + 1 };
    rows.set(at, first);
    rows.set(at + 1, { ...two, hash: hashOf(first.hash, two) });
    return at + 2;
  },
};

function must(rows: ReadonlyMap<number, StoredRow>, seq: number): StoredRow {
  const row = rows.get(seq);
  if (row === undefined) throw new Error(`no row ${seq}`);
  return row;
}

it(`promise 5: ${EDITS} edits, deletions, insertions and swaps, each named at its row (seed ${SEED})`, {
  timeout: 60_000 + EDITS * 50,
}, async () => {
  const dir = place();
  const file = join(dir, "journal.sqlite");
  const journal = open(file);
  for (let n = 1; n <= ROWS; n++) journal.append(decision(n));
  await durable(journal, ROWS);
  await journal.close();
  const copy = join(dir, "copy.sqlite");
  copyFileSync(file, copy);
  const db = new Database(copy);
  db.exec("DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete");
  db.pragma("journal_mode = MEMORY");
  db.pragma("synchronous = OFF");
  const sound = new Map(
    db
      .prepare<[], StoredRow>("SELECT * FROM journal ORDER BY seq")
      .all()
      .map((row) => [row.seq, row]),
  );
  expect(sound.size).toBe(ROWS);
  const columns = Object.keys(must(sound, 1));
  const insert = db.prepare(
    `INSERT INTO journal (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
  );
  const clear = db.prepare("DELETE FROM journal");
  const write = db.transaction((rows: Iterable<StoredRow>) => {
    clear.run();
    for (const row of rows) insert.run(row);
  });
  const dice = random(SEED);
  const kinds = Object.entries(EDITED);
  const wrong: string[] = [];
  for (let n = 0; n < EDITS; n++) {
    const [kind, edit] = kinds[n % kinds.length] ?? ["", () => 0];
    const rows = new Map(sound);
    const at = 2 + dice.below(ROWS - 4);
    const from = edit(rows, at, dice);
    write(rows.values());
    const bad = verifyChain(db).bad?.seq;
    if (bad !== from) wrong.push(`${kind} at ${at}: named ${bad}, not ${from}`);
  }
  write(sound.values());
  expect(verifyChain(db).bad).toBeUndefined();
  db.close();
  expect(wrong).toEqual([]);
});
