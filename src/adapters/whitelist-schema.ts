/** The whitelist's schema. Released migrations are never edited. */
import type { Migration } from "./database.ts";
import { SUM_ALL, SUM_ALL_BEFORE } from "./whitelist-sum.ts";

export const WHITELIST_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE household(id TEXT PRIMARY KEY, spaces INTEGER) WITHOUT ROWID;
CREATE TABLE holder(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, household TEXT, blocked INTEGER NOT NULL, blocked_why TEXT,
  slow INTEGER NOT NULL, levels TEXT NOT NULL, key BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE credential(
  type TEXT NOT NULL, value TEXT NOT NULL, original TEXT NOT NULL, skeleton TEXT, holder TEXT NOT NULL,
  enabled INTEGER NOT NULL, valid_from INTEGER, valid_until INTEGER, max_uses INTEGER, duress INTEGER NOT NULL,
  PRIMARY KEY(type, value)
) WITHOUT ROWID;
CREATE INDEX credential_skeleton ON credential(skeleton) WHERE skeleton IS NOT NULL;
CREATE INDEX credential_holder ON credential(holder);
CREATE TABLE generation(
  number INTEGER PRIMARY KEY AUTOINCREMENT, made INTEGER NOT NULL, made_by TEXT NOT NULL, credentials INTEGER NOT NULL, checksum TEXT NOT NULL
);
`,
  },
  {
    // The journal's pseudonym of a person: the key of a row is found by it after a restart.
    version: 2,
    sql: `
ALTER TABLE holder ADD COLUMN subject TEXT;
CREATE INDEX holder_subject ON holder(subject) WHERE subject IS NOT NULL;
`,
  },
  {
    // What is on the disk is believed only as it was written.
    version: 3,
    sql: `ALTER TABLE credential ADD COLUMN sum INTEGER; ${SUM_ALL_BEFORE};`,
  },
  {
    // What a clerk keeps of people beside their credentials; what each generation changed, so that it can be undone.
    version: 4,
    sql: `
ALTER TABLE holder ADD COLUMN valid_from INTEGER;
ALTER TABLE holder ADD COLUMN valid_until INTEGER;
ALTER TABLE holder ADD COLUMN max_uses INTEGER;
ALTER TABLE holder ADD COLUMN phone_end TEXT;
ALTER TABLE holder ADD COLUMN parking_until INTEGER;
ALTER TABLE holder ADD COLUMN origin TEXT NOT NULL DEFAULT 'list';
ALTER TABLE holder ADD COLUMN times TEXT;
UPDATE holder SET
  valid_from = (SELECT c.valid_from FROM credential c WHERE c.holder = holder.id LIMIT 1),
  valid_until = (SELECT c.valid_until FROM credential c WHERE c.holder = holder.id LIMIT 1),
  max_uses = (SELECT c.max_uses FROM credential c WHERE c.holder = holder.id LIMIT 1);
${SUM_ALL};
ALTER TABLE generation ADD COLUMN what TEXT;
CREATE TABLE change(generation INTEGER NOT NULL, holder TEXT NOT NULL, was TEXT, PRIMARY KEY(generation, holder)) WITHOUT ROWID;
CREATE INDEX change_holder ON change(holder);
`,
  },
  {
    // Who has suspended somebody: the county may lift its own suspension, and nobody else's.
    version: 5,
    sql: "ALTER TABLE holder ADD COLUMN blocked_by TEXT",
  },
  {
    // The clerk's own list of reasons for an opening by hand; none = the configuration's.
    version: 6,
    sql: `
CREATE TABLE reason_list(edition INTEGER PRIMARY KEY, made INTEGER NOT NULL, made_by TEXT NOT NULL);
CREATE TABLE reason(place INTEGER PRIMARY KEY, zh TEXT NOT NULL UNIQUE, en TEXT NOT NULL, retired INTEGER NOT NULL);
`,
  },
];
