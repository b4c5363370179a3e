/** Lists of people for the bench: ours by our own adapter, and the same people in the plain table the scripts ask. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import { siteKey } from "../../src/adapters/keys.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import type { Person } from "../../src/adapters/whitelist-people.ts";
import { WHITELIST_MIGRATIONS } from "../../src/adapters/whitelist-schema.ts";
import { skeleton } from "../../src/core/plates.ts";

/** The face id of person `i`. */
export const faceOf = (i: number): string => `R-${String(i).padStart(7, "0")}`;

/** These have a card, too: the same one twice within 2 s counts once at a reader. */
export const CARDS_OF: readonly number[] = [7, 8];
const cardNumber = (i: number) => String(i).padStart(10, "0");

/** A prime step walks the whole list, so that look-ups don't all meet the same warm page. */
export const wander =
  (count: number) =>
  (i: number): string =>
    faceOf((i * 7_919) % count);

function* people(count: number): Generator<Person> {
  for (let i = 0; i < count; i++) {
    const face = faceOf(i);
    yield {
      id: face,
      name: `住户${i}`,
      kind: "resident",
      household: `${Math.floor(i / 300)}-1-${(i % 300) + 101}`,
      blocked: false,
      slow: false,
      levels: ["residents"],
      credentials: [
        { type: "face", value: face, original: face },
        ...(CARDS_OF.includes(i) ? [{ type: "card" as const, value: cardNumber(i), original: cardNumber(i) }] : []),
      ],
    };
  }
}

/** Puts `count` people where the gate looks for them; made once and kept for the next run. */
export function ourList(cache: string, dataDir: string, count: number): void {
  // A list knows its people by the site's pseudonyms, as one that the clerk imported does.
  const key = siteKey(join(cache, "site.key"));
  const made = JSON.stringify([WHITELIST_MIGRATIONS, CARDS_OF]);
  const form = createHash("sha256").update(key).update(made).digest("hex").slice(0, 8);
  const kept = join(cache, `whitelist-${count}-${form}.sqlite`);
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(kept)) {
    const half = `${kept}.tmp`;
    for (const end of ["", "-wal", "-shm", ".previous"]) rmSync(half + end, { force: true });
    const list = openWhitelist({ file: half, skeleton, subjectOf: (holder) => pseudonym(key, holder) });
    list.replaceAll(people(count), "bench", Date.now());
    list.close();
    rmSync(`${half}.previous`, { force: true });
    renameSync(half, kept);
  }
  copyFileSync(kept, join(dataDir, "whitelist.sqlite"));
  copyFileSync(join(cache, "site.key"), join(dataDir, "site.key"));
}

/** The same people for the scripts. Returns the file. */
export function theirList(cache: string, count: number): string {
  const kept = join(cache, `people-${count}.sqlite`);
  if (existsSync(kept)) return kept;
  const half = `${kept}.tmp`;
  rmSync(half, { force: true });
  const db = new Database(half);
  db.pragma("journal_mode = OFF");
  db.exec("CREATE TABLE credential(value TEXT PRIMARY KEY, holder TEXT NOT NULL) WITHOUT ROWID");
  const insert = db.prepare("INSERT INTO credential VALUES (?, ?)");
  db.transaction(() => {
    for (let i = 0; i < count; i++) insert.run(faceOf(i), faceOf(i));
  })();
  db.close();
  renameSync(half, kept);
  return kept;
}
