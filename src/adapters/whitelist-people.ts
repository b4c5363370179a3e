/**
 * The people in the whitelist's file: how they are read and written, and what each generation changed of them, so that
 * it can be undone. Everything here runs inside a transaction of `whitelist.ts`.
 */
import { createHash, randomBytes } from "node:crypto";
import type { CredentialType, HolderId, HolderKind, TimeProfile } from "../core/terms.ts";
import type { Connection } from "./database.ts";
import { SUM_ALL } from "./whitelist-sum.ts";

/** A cardholder with all that is theirs, as an import or the clerk's page gives it. */
export interface Person {
  readonly id: HolderId;
  readonly name: string;
  readonly kind: HolderKind;
  /** Building-unit-room. */
  readonly household?: string;
  /** The household's parking spaces. */
  readonly spaces?: number;
  readonly blocked: boolean;
  readonly blockedWhy?: string;
  /** The county has suspended them, and may lift it again; absent = it was somebody at the gate. */
  readonly blockedBy?: "platform";
  readonly slow: boolean;
  readonly levels: readonly string[];
  readonly validFrom?: number;
  readonly validUntil?: number;
  readonly maxUses?: number;
  /** The last four digits of a telephone number, to be found by; more is kept nowhere. */
  readonly phoneEnd?: string;
  /** Until when the parking fee is paid, wall ms: after it the plates are no longer valid, the person still is. */
  readonly parkingUntil?: number;
  /** `list` unless said: a visitor pass and an entry of the blocklist are no rows of the clerk's file. */
  readonly origin?: Origin;
  /** A pass that comes again: when it may be used. */
  readonly times?: Times;
  readonly credentials: readonly Carried[];
}
export type Origin = "list" | "pass" | "barred";

export interface Times {
  /** ISO weekdays, at least one. */
  readonly weekdays: readonly number[];
  /** Minutes of the day. */
  readonly from: number;
  readonly until: number;
}

/** Begins the reason of whoever isn't in the clerk's file any more: suspended here, and gone from the terminals. */
export const GONE = "名单中已无";

export interface Carried {
  readonly type: CredentialType;
  /** As looked up; plates normalised. */
  readonly value: string;
  /** As written in the clerk's file. */
  readonly original: string;
  readonly duress?: boolean;
}

/** Who made a generation, when, and by doing what. */
export interface Made {
  readonly by: string;
  readonly atWallMs: number;
  readonly what: string;
}
export interface Generation {
  readonly number: number;
  readonly atWallMs: number;
  readonly by: string;
  readonly what: string;
  /** How many people it changed. */
  readonly people: number;
}

export interface Stored {
  readonly type: CredentialType;
  readonly value: string;
  readonly enabled: number;
  readonly valid_from: number | null;
  readonly valid_until: number | null;
  readonly max_uses: number | null;
  readonly duress: number;
  readonly id: string;
  readonly name: string;
  readonly kind: HolderKind;
  readonly household: string | null;
  readonly blocked: number;
  readonly blocked_why: string | null;
  readonly slow: number;
  readonly levels: string;
  readonly spaces: number | null;
  readonly sum: number | null;
  readonly key: Uint8Array;
  readonly subject: string | null;
  readonly origin: Origin;
  readonly times: string | null;
}

export const SELECT = `SELECT c.type, c.value, c.enabled, c.valid_from, c.valid_until, c.max_uses, c.duress, h.id, h.name, h.kind,
  h.household, h.blocked, h.blocked_why, h.slow, h.levels, h.key, h.subject, s.spaces, c.sum, h.origin, h.times
  FROM credential c JOIN holder h ON h.id = c.holder LEFT JOIN household s ON s.id = h.household`;

/** How long a generation can be undone. */
export const UNDO_MS = 30 * 86_400_000;

/** `135 480 1080`: weekdays, first and last minute. What can't be read is never. */
export function timesOf(text: string): TimeProfile {
  const found = readTimes(text);
  const windows = found === undefined ? [] : [{ ...found, holidays: "as-weekday" as const }];
  return { id: "pass", windows };
}

function readTimes(text: string | null): Times | undefined {
  const [, days, from, until] = /^([1-7]{1,7}) (\d{1,4}) (\d{1,4})$/.exec(text ?? "") ?? [];
  if (days === undefined) return undefined;
  return { weekdays: [...days].map(Number), from: Number(from), until: Number(until) };
}

const writtenTimes = ({ weekdays, from, until }: Times): string =>
  `${[...new Set(weekdays)].sort().join("")} ${from} ${until}`;

interface HolderRow extends Stored {
  readonly phone_end: string | null;
  readonly parking_until: number | null;
  readonly blocked_by: string | null;
}
type CarriedRow = Pick<Stored, "type" | "value" | "duress"> & { readonly original: string };

const HOLDERS = "SELECT h.*, s.spaces FROM holder h LEFT JOIN household s ON s.id = h.household";

/** Everybody, in the order of their ids; or those of `ids`. */
export function* peopleIn(
  db: Connection,
  levelsOf: (text: string) => readonly string[],
  ids?: readonly HolderId[],
): IterableIterator<Person> {
  const carried = db.prepare<[string], CarriedRow>("SELECT * FROM credential WHERE holder = ? ORDER BY type, value");
  if (ids !== undefined) {
    const one = db.prepare<[string], HolderRow>(`${HOLDERS} WHERE h.id = ?`);
    for (const id of ids) {
      const row = one.get(id);
      if (row !== undefined) yield personOf(row, carried.all(id), levelsOf);
    }
    return;
  }
  for (const row of db.prepare<[], HolderRow>(`${HOLDERS} ORDER BY h.id`).all())
    yield personOf(row, carried.all(row.id), levelsOf);
}

function personOf(
  row: HolderRow,
  carried: readonly CarriedRow[],
  levelsOf: (text: string) => readonly string[],
): Person {
  const times = readTimes(row.times);
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    blocked: row.blocked === 1,
    slow: row.slow === 1,
    levels: levelsOf(row.levels),
    ...(row.household === null ? {} : { household: row.household }),
    ...(row.spaces === null ? {} : { spaces: row.spaces }),
    ...(row.blocked_why === null ? {} : { blockedWhy: row.blocked_why }),
    ...(row.blocked_by === "platform" ? { blockedBy: "platform" } : {}),
    ...(row.valid_from === null ? {} : { validFrom: row.valid_from }),
    ...(row.valid_until === null ? {} : { validUntil: row.valid_until }),
    ...(row.max_uses === null ? {} : { maxUses: row.max_uses }),
    ...(row.phone_end === null ? {} : { phoneEnd: row.phone_end }),
    ...(row.parking_until === null ? {} : { parkingUntil: row.parking_until }),
    ...(row.origin === "list" ? {} : { origin: row.origin }),
    ...(times === undefined ? {} : { times }),
    credentials: carried.map((one) => ({
      type: one.type,
      value: one.value,
      original: one.original,
      ...(one.duress === 1 ? { duress: true } : {}),
    })),
  };
}

export interface Writing {
  readonly skeleton: (plate: string) => string;
  readonly subjectOf?: (holder: HolderId) => string;
}

/** The whole list anew. Returns the generation. */
export function replacePeople(db: Connection, writing: Writing, all: Iterable<Person>, how: Made): number {
  const before = new Map([...peopleIn(db, splitLevels)].map((person) => [person.id, person]));
  const keys = new Map(
    db
      .prepare<[], { id: string; key: Uint8Array }>("SELECT id, key FROM holder")
      .all()
      .map((row) => [row.id, row.key]),
  );
  db.exec("DELETE FROM credential; DELETE FROM holder; DELETE FROM household");
  const put = putter(db, writing);
  const changed = new Map<HolderId, Person | undefined>();
  for (const person of all) {
    put(person, keys.get(person.id));
    const was = before.get(person.id);
    before.delete(person.id);
    if (!isSame(was, person)) changed.set(person.id, was);
  }
  for (const [id, was] of before) changed.set(id, was);
  db.exec(SUM_ALL);
  return generation(db, how, changed);
}

/** These people alone. Returns the generation. */
export function amendPeople(db: Connection, writing: Writing, people: readonly Person[], how: Made): number {
  const ids = people.map(({ id }) => id);
  const before = new Map([...peopleIn(db, splitLevels, ids)].map((person) => [person.id, person]));
  const key = db.prepare<[string], { key: Uint8Array }>("SELECT key FROM holder WHERE id = ?");
  const drop = db.prepare("DELETE FROM credential WHERE holder = ?");
  for (const id of ids) drop.run(id);
  const put = putter(db, writing);
  for (const person of people) put(person, key.get(person.id)?.key);
  db.exec("DELETE FROM household WHERE id NOT IN (SELECT household FROM holder WHERE household IS NOT NULL)");
  // The spaces are the household's: the sums of all who live there say them. In one go: a list is thousands of people.
  db.prepare(
    `${SUM_ALL} WHERE credential.holder IN (SELECT id FROM holder
      WHERE id IN (SELECT value FROM json_each(?)) OR household IN (SELECT value FROM json_each(?)))`,
  ).run(JSON.stringify(ids), JSON.stringify(people.flatMap(({ household }) => household ?? [])));
  const changed = people.filter((person) => !isSame(before.get(person.id), person));
  return generation(db, how, new Map(changed.map(({ id }) => [id, before.get(id)])));
}

/** Whether somebody is as before, in all that decides; how a number was written doesn't count. */
export const isSame = (was: Person | undefined, now: Person): boolean =>
  was !== undefined && JSON.stringify(inOrder(was)) === JSON.stringify(inOrder(now));
const inOrder = (person: Person) =>
  Object.entries({
    ...person,
    origin: person.origin ?? "list",
    credentials: person.credentials.map(({ type, value, duress = false }) => `${type} ${value} ${duress}`).sort(),
  }).sort(([a], [b]) => (a < b ? -1 : 1));

/** Writes one person whole; the credentials of before must be gone. `key`: the person's own, where there is one already. */
export function putter(db: Connection, writing: Writing): (person: Person, key: Uint8Array | undefined) => void {
  const household = db.prepare(
    "INSERT INTO household VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET spaces = coalesce(excluded.spaces, spaces)",
  );
  const holder =
    db.prepare(`INSERT OR REPLACE INTO holder(id, name, kind, household, blocked, blocked_why, slow, levels, key,
    subject, valid_from, valid_until, max_uses, phone_end, parking_until, origin, times, blocked_by)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const credential = db.prepare("INSERT INTO credential VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, NULL)");
  return (person, key) => {
    if (person.household !== undefined) household.run(person.household, person.spaces ?? null);
    holder.run(
      person.id,
      person.name,
      person.kind,
      person.household ?? null,
      person.blocked ? 1 : 0,
      person.blockedWhy ?? null,
      person.slow ? 1 : 0,
      person.levels.join("\n"),
      key ?? randomBytes(32),
      writing.subjectOf?.(person.id) ?? null,
      person.validFrom ?? null,
      person.validUntil ?? null,
      person.maxUses ?? null,
      person.phoneEnd ?? null,
      person.parkingUntil ?? null,
      person.origin ?? "list",
      person.times === undefined ? null : writtenTimes(person.times),
      person.blocked ? (person.blockedBy ?? null) : null,
    );
    for (const one of person.credentials)
      credential.run(
        one.type,
        one.value,
        one.original,
        one.type === "plate" ? writing.skeleton(one.value) : null,
        person.id,
        person.validFrom ?? null,
        endOf(person, one),
        person.maxUses ?? null,
        one.duress === true ? 1 : 0,
      );
  };
}

/** A plate ends with its parking fee, if that is sooner. */
function endOf({ validUntil, parkingUntil, blocked, origin }: Person, { type }: Carried): number | null {
  if (type !== "plate" || parkingUntil === undefined || blocked || origin !== undefined) return validUntil ?? null;
  return Math.min(validUntil ?? parkingUntil, parkingUntil);
}

export const splitLevels = (text: string): readonly string[] => text.split("\n").filter((level) => level !== "");

function generation(db: Connection, how: Made, changed: ReadonlyMap<HolderId, Person | undefined>): number {
  const sum = createHash("sha256");
  let count = 0;
  const all = db.prepare<[], { type: string; value: string; holder: string }>(
    "SELECT type, value, holder FROM credential ORDER BY type, value",
  );
  for (const one of all.iterate()) {
    sum.update(`${one.type}\0${one.value}\0${one.holder}\0`);
    count++;
  }
  db.prepare("INSERT INTO generation(made, made_by, credentials, checksum, what) VALUES (?, ?, ?, ?, ?)").run(
    how.atWallMs,
    how.by,
    count,
    sum.digest("hex"),
    how.what,
  );
  const number = db.prepare<[], { n: number }>("SELECT max(number) n FROM generation").get()?.n ?? 0;
  keepChanges(db, number, changed, how.atWallMs);
  return number;
}

/** What the people of a generation were before it, so that it can be undone for a month. */
export function keepChanges(
  db: Connection,
  number: number,
  changed: ReadonlyMap<HolderId, Person | undefined>,
  atWallMs: number,
): void {
  const keep = db.prepare("INSERT INTO change VALUES (?, ?, ?)");
  for (const [id, was] of changed) keep.run(number, id, was === undefined ? null : JSON.stringify(was));
  db.prepare("DELETE FROM change WHERE generation IN (SELECT number FROM generation WHERE made < ?)").run(
    atWallMs - UNDO_MS,
  );
}

/** Generations made since then whose change is still kept, newest first. */
export function historyOf(db: Connection, sinceWallMs: number): readonly Generation[] {
  return db
    .prepare<[number], Generation>(
      `SELECT g.number, g.made atWallMs, g.made_by "by", coalesce(g.what, 'import') what,
        (SELECT count(*) FROM change c WHERE c.generation = g.number) people
       FROM generation g WHERE g.made >= ? AND people > 0 ORDER BY g.number DESC LIMIT 200`,
    )
    .all(sinceWallMs);
}

/**
 * The people of a generation as they were before it; whoever was new then is as one who has left the list. Whoever was
 * changed again since stays as they are (`kept`); nobody gets back what somebody else carries now.
 */
export function undoingOf(
  db: Connection,
  number: number,
): { readonly people: readonly Person[]; readonly kept: number } | undefined {
  const rows = db
    .prepare<[number, number], { holder: string; was: string | null; later: number }>(
      `SELECT holder, was, EXISTS(SELECT 1 FROM change l WHERE l.holder = c.holder AND l.generation > ?) later
       FROM change c WHERE generation = ?`,
    )
    .all(number, number);
  if (rows.length === 0) return undefined;
  const due = rows.filter((row) => row.later === 0);
  const now = new Map(
    [
      ...peopleIn(
        db,
        splitLevels,
        due.map((row) => row.holder),
      ),
    ].map((one) => [one.id, one]),
  );
  const back = due.flatMap(({ holder, was }) => {
    const before: unknown = was === null ? undefined : JSON.parse(was);
    if (isPerson(before)) return [before];
    const current = now.get(holder);
    return current === undefined ? [] : [{ ...current, blocked: true, blockedWhy: GONE, credentials: [] }];
  });
  const ids = new Set(back.map(({ id }) => id));
  const owner = db.prepare<[string, string], { holder: string }>(
    "SELECT holder FROM credential WHERE type = ? AND value = ?",
  );
  const free = ({ type, value }: Carried): boolean => {
    const holder = owner.get(type, value)?.holder;
    return holder === undefined || ids.has(holder);
  };
  return {
    people: back.map((person) => ({ ...person, credentials: person.credentials.filter(free) })),
    kept: rows.length - due.length,
  };
}

/** Of our own file; enough to tell a person from damage. */
function isPerson(value: unknown): value is Person {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "credentials" in value &&
    Array.isArray(value.credentials)
  );
}
