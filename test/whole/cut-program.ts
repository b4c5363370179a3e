/**
 * What power-cut-files.test.ts cuts the power of: the product's own cursor file and migrations, doing their work on the
 * disk that remembers. Each line it prints is something that was told.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { putWhole } from "../../src/adapters/config-file.ts";
import { type Connection, openDatabase } from "../../src/adapters/database.ts";
import { JOURNAL_MIGRATIONS } from "../../src/adapters/journal-schema.ts";
import { openCursorFile } from "../../src/adapters/uplink-cursors.ts";
import { WHITELIST_MIGRATIONS } from "../../src/adapters/whitelist-schema.ts";
import { joinSum } from "../../src/adapters/whitelist-sum.ts";
import { configurationOf } from "./configuration-of.ts";

const [scene = "", dir = ""] = process.argv.slice(2);
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** As the uplink keeps it: soon, the newest alone, and once more at the end. */
async function cursors(): Promise<void> {
  let n = 0;
  for (let start = 0; start < 6; start++) {
    const file = openCursorFile(join(dir, "cursor.json"), Number);
    say(`found ${file.found ?? 0}`);
    for (let move = 0; move < 40; move++) {
      file.keep(++n);
      say(`kept ${n}`);
      await pause(10);
    }
    await file.close();
    say(`closed ${n}`);
  }
}

function fillJournal(db: Connection): void {
  const insert = db.prepare(
    "INSERT INTO journal VALUES (?, 'boot', 1, 1, 'trusted', 'clock', NULL, '{}', NULL, NULL, x'00')",
  );
  for (let seq = 1; seq <= 200; seq++) insert.run(seq);
}

function fillList(db: Connection): void {
  const person = db.prepare(
    "INSERT INTO holder(id, name, kind, blocked, slow, levels, key) VALUES (?, '', 'resident', 0, 0, '', x'00')",
  );
  const card = db.prepare(
    "INSERT INTO credential(type, value, original, holder, enabled, duress) VALUES ('card', ?, ?, ?, 1, 0)",
  );
  for (let n = 1; n <= 200; n++) {
    person.run(`R-${n}`);
    card.run(`${n}`, `${n}`, `R-${n}`);
  }
}

/** A file of each earlier version is opened by today's program. */
function migrations(): void {
  for (const [name, all, fill] of [
    ["journal", JOURNAL_MIGRATIONS, fillJournal],
    ["whitelist", WHITELIST_MIGRATIONS, fillList],
  ] as const) {
    for (let version = 1; version < all.length; version++) {
      const file = join(dir, `${name}-${version}.sqlite`);
      const settings = { synchronous: "FULL", join: joinSum } as const;
      const old = openDatabase(file, { ...settings, migrations: all.slice(0, version) });
      old.transaction(() => fill(old))();
      old.close();
      say(`old ${name} ${version}`);
      openDatabase(file, { ...settings, migrations: all }).close();
      say(`new ${name} ${version}`);
    }
  }
}

/** As `gatepost config apply` does it, again and again: the one in force is kept first, then the next takes its place. */
function configurations(): void {
  // Below the folder that is watched, so that its own sync counts too.
  mkdirSync(join(dir, "etc"));
  const file = join(dir, "etc", "gate.yaml");
  for (let n = 1; n <= 20; n++) {
    if (n > 1) putWhole(`${file}.previous`, configurationOf(n - 1));
    putWhole(file, configurationOf(n));
    say(`laid ${n}`);
  }
}

if (scene === "cursors") await cursors();
else if (scene === "configurations") configurations();
else migrations();
