/** The journal's schema. Released migrations are never edited. */
import type { Migration } from "./database.ts";

export const JOURNAL_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE journal(
  seq INTEGER PRIMARY KEY,
  boot TEXT NOT NULL,
  at REAL NOT NULL,
  wall INTEGER NOT NULL,
  trust TEXT NOT NULL,
  kind TEXT NOT NULL,
  lane TEXT,
  open TEXT NOT NULL,
  subject TEXT,
  sealed BLOB,
  hash BLOB NOT NULL
);
CREATE INDEX journal_mode ON journal(lane, seq) WHERE kind = 'mode';
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE used(device TEXT NOT NULL, event TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(device, event)) WITHOUT ROWID;
CREATE TABLE placed(subject TEXT PRIMARY KEY, household TEXT, vehicle INTEGER NOT NULL, area TEXT, wall INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX placed_area ON placed(area, vehicle);
CREATE TABLE uses(credential TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE day_key(day TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE checkpoint(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
`,
  },
  {
    // The worker that copies the log makes the first commit after it, so that the new log's header is synced over there.
    version: 2,
    sql: `
CREATE TABLE copied(one INTEGER PRIMARY KEY CHECK(one = 1), times INTEGER NOT NULL);
INSERT INTO copied VALUES (1, 0);
`,
  },
  {
    // When each area was last cleared: the daily reset is due once.
    version: 3,
    sql: `
CREATE TABLE cleared(area TEXT PRIMARY KEY, wall INTEGER NOT NULL, seq INTEGER NOT NULL, boot TEXT NOT NULL) WITHOUT ROWID;
`,
  },
  {
    // Rows without a clock are dated by their start's clock row.
    version: 4,
    sql: `
CREATE INDEX journal_clock ON journal(boot, seq) WHERE kind = 'clock';
`,
  },
  {
    // What the gates of the site know of who is where, by key.
    version: 5,
    sql: `
CREATE TABLE kept(key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
`,
  },
];
