/**
 * A change of the list beside a gate at work: on a connection of its own, in slices, in one transaction that holds all of
 * it or nothing. Whoever is looked up meanwhile is found as before; the generation before is kept, as an import keeps it.
 */
import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import Database from "better-sqlite3";
import { GateError } from "../core/fault.ts";
import { type Connection, databaseFault, openDatabase } from "./database.ts";
import type { WhitelistDeps } from "./whitelist.ts";
import { GONE, isSame, keepChanges, type Person, peopleIn, putter, splitLevels } from "./whitelist-people.ts";
import { WHITELIST_MIGRATIONS } from "./whitelist-schema.ts";
import { joinSum, SUM_ALL } from "./whitelist-sum.ts";

export interface ListChange {
  /** The generation that it changes; absent: whatever there is. */
  readonly base?: number;
  /** New or changed people, whole. */
  readonly put: readonly Person[];
  /** Who leaves: suspended. `others` = everybody who isn't in `put`. */
  readonly remove: readonly string[] | "others";
  /** More than a tenth may be suspended. */
  readonly allowRemovals: boolean;
  readonly by: string;
  readonly atWallMs: number;
}

export type ListChanged =
  | { readonly is: "done"; readonly generation: number }
  | { readonly is: "refused"; readonly why: ListRefusal; readonly generation: number };
type ListRefusal = "need-full" | "credential-taken" | "person-unknown" | "too-many-removals";

const A_SLICE = 40;
const LONGEST_WAIT_MS = 2_000;
const TRY_AGAIN_MS = 50;
/** So few may always be suspended, whatever their share; as in an import. */
const FEW = 3;
const LARGEST_SHARE = 0.1;

class Refused extends Error {
  readonly why: ListRefusal;
  constructor(why: ListRefusal) {
    super(why);
    this.why = why;
  }
}

/** @throws GateError DATABASE_…; nothing was changed then */
export async function changeList(
  file: string,
  change: ListChange,
  deps: Required<Pick<WhitelistDeps, "skeleton" | "subjectOf">>,
): Promise<ListChanged> {
  const db = openDatabase(file, { synchronous: "NORMAL", migrations: WHITELIST_MIGRATIONS, join: joinSum });
  try {
    // Nobody waits for a lock on the loop.
    db.pragma("busy_timeout = 0");
    const before = generationOf(db);
    if (change.base !== undefined && change.base !== before)
      return { is: "refused", why: "need-full", generation: before };
    await keepPrevious(db, `${file}.previous`);
    await begin(db, file);
    try {
      const generation = await write(db, change, deps);
      db.exec("COMMIT");
      await onTheDisk(`${file}-wal`);
      return { is: "done", generation };
    } catch (cause) {
      if (db.inTransaction) db.exec("ROLLBACK");
      if (cause instanceof Refused) return { is: "refused", why: cause.why, generation: generationOf(db) };
      throw cause;
    }
  } catch (cause) {
    throw databaseFault(cause, file);
  } finally {
    db.close();
  }
}

const generationOf = (db: Connection): number =>
  db.prepare<[], { n: number | null }>("SELECT max(number) n FROM generation").get()?.n ?? 0;

/** The good generation, whole, under another name; page by page between other work, renamed only when complete. */
async function keepPrevious(db: Connection, previous: string): Promise<void> {
  const half = `${previous}.tmp`;
  await rm(half, { force: true });
  await db.backup(half);
  await rename(half, previous);
}

async function begin(db: Connection, file: string): Promise<void> {
  for (let waited = 0; ; waited += TRY_AGAIN_MS) {
    try {
      db.exec("BEGIN IMMEDIATE");
      return;
    } catch (cause) {
      const busy = cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY");
      if (!busy) throw cause;
      if (waited >= LONGEST_WAIT_MS)
        throw new GateError("DATABASE_BUSY", `${file}: another program changes it`, { cause });
      await wait(TRY_AGAIN_MS);
    }
  }
}

async function write(
  db: Connection,
  change: ListChange,
  deps: Required<Pick<WhitelistDeps, "skeleton" | "subjectOf">>,
): Promise<number> {
  // Somebody else may have changed it while the copy was made.
  if (change.base !== undefined && change.base !== generationOf(db)) throw new Refused("need-full");
  const sql = statements(db);
  const leaving = change.remove === "others" ? othersThan(db, change.put) : change.remove;
  const total = sql.serving.get()?.n ?? 0;
  let suspended = 0;
  const was = new Map<string, Person | undefined>();
  const note = (id: string) => void was.set(id, [...peopleIn(db, splitLevels, [id])][0]);
  for (const [n, id] of leaving.entries()) {
    if (n % A_SLICE === 0) await nextTurn();
    const known = sql.holder.get(id);
    if (known === undefined) throw new Refused("person-unknown");
    note(id);
    if (known.blocked === 0) suspended++;
    sql.suspend.run(goneWhy(known.blocked_why ?? ""), id);
    sql.sums.run(id);
  }
  if (!change.allowRemovals && suspended > FEW && suspended > total * LARGEST_SHARE)
    throw new Refused("too-many-removals");
  // What they carried is free before anybody takes it: two may have changed their cards.
  for (const [n, person] of change.put.entries()) {
    if (n % A_SLICE === 0) await nextTurn();
    note(person.id);
    sql.forgetCredentials.run(person.id);
  }
  const write = putter(db, deps);
  for (const [n, person] of change.put.entries()) {
    if (n % A_SLICE === 0) await nextTurn();
    put(sql, write, person, was.get(person.id));
  }
  sql.emptyHouseholds.run();
  const number = await newGeneration(db, sql, change);
  keepChanges(db, number, await changedOf(db, was), change.atWallMs);
  return number;
}

/** Whoever is otherwise than before, alone: a full list names everybody, and what it leaves as it was is no change of theirs. */
async function changedOf(
  db: Connection,
  was: ReadonlyMap<string, Person | undefined>,
): Promise<ReadonlyMap<string, Person | undefined>> {
  const changed = new Map(was);
  const ids = [...was.keys()];
  for (let n = 0; n < ids.length; n += A_SLICE) {
    await nextTurn();
    for (const now of peopleIn(db, splitLevels, ids.slice(n, n + A_SLICE)))
      if (isSame(was.get(now.id), now)) changed.delete(now.id);
  }
  return changed;
}

function othersThan(db: Connection, people: readonly Person[]): readonly string[] {
  const listed = new Set(people.map(({ id }) => id));
  return (
    db
      // Visitor passes and the blocklist are this gate's own.
      .prepare<[], { id: string }>("SELECT id FROM holder WHERE origin = 'list'")
      .all()
      .flatMap(({ id }) => (listed.has(id) ? [] : [id]))
  );
}

/** Whoever was barred before and has left now has left too: the terminals go by it. */
const goneWhy = (before: string): string =>
  before.startsWith(GONE) ? before : before === "" ? GONE : `${GONE}；${before}`;

type Statements = ReturnType<typeof statements>;

function put(sql: Statements, write: ReturnType<typeof putter>, person: Person, was: Person | undefined): void {
  for (const { type, value } of person.credentials) {
    const other = sql.carrier.get(type, value);
    // What somebody carried who has left may have gone to another.
    if (other !== undefined && !(other.blocked_why ?? "").startsWith(GONE)) throw new Refused("credential-taken");
    if (other !== undefined) sql.forgetOne.run(type, value);
  }
  // What only the clerk knows stays.
  const { phoneEnd = was?.phoneEnd, parkingUntil = was?.parkingUntil, ...rest } = person;
  const kept = {
    ...rest,
    ...(phoneEnd === undefined ? {} : { phoneEnd }),
    ...(parkingUntil === undefined ? {} : { parkingUntil }),
  };
  write(kept, sql.holder.get(person.id)?.key);
  // The household's spaces stand in the sum of everybody who lives there.
  if (person.household === undefined) sql.sums.run(person.id);
  else sql.householdSums.run(person.household);
}

async function newGeneration(db: Connection, sql: Statements, { by, atWallMs }: ListChange): Promise<number> {
  const sum = createHash("sha256");
  let count = 0;
  let last = { type: "", value: "" };
  for (;;) {
    const some = sql.some.all(last.type, last.value);
    for (const one of some) sum.update(`${one.type}\0${one.value}\0${one.holder}\0`);
    count += some.length;
    const end = some.at(-1);
    if (end === undefined) break;
    last = end;
    await nextTurn();
  }
  sql.generation.run(atWallMs, by, count, sum.digest("hex"), "platform");
  return generationOf(db);
}

/** The log, synced in the thread pool: what is answered after this is there after a power cut. */
async function onTheDisk(log: string): Promise<void> {
  const handle = await open(log, "r+");
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function statements(db: Connection) {
  return {
    serving: db.prepare<[], { n: number }>("SELECT count(*) n FROM holder WHERE blocked = 0"),
    holder: db.prepare<[string], { blocked: number; blocked_why: string | null; key: Uint8Array }>(
      "SELECT blocked, blocked_why, key FROM holder WHERE id = ?",
    ),
    suspend: db.prepare<[string, string]>("UPDATE holder SET blocked = 1, blocked_why = ? WHERE id = ?"),
    sums: db.prepare<[string]>(`${SUM_ALL} WHERE holder = ?`),
    householdSums: db.prepare<[string]>(`${SUM_ALL} WHERE holder IN (SELECT id FROM holder WHERE household = ?)`),
    forgetCredentials: db.prepare<[string]>("DELETE FROM credential WHERE holder = ?"),
    forgetOne: db.prepare<[string, string]>("DELETE FROM credential WHERE type = ? AND value = ?"),
    carrier: db.prepare<[string, string], { blocked_why: string | null }>(
      "SELECT h.blocked_why FROM credential c JOIN holder h ON h.id = c.holder WHERE c.type = ? AND c.value = ?",
    ),
    emptyHouseholds: db.prepare(
      "DELETE FROM household WHERE id NOT IN (SELECT household FROM holder WHERE household IS NOT NULL)",
    ),
    some: db.prepare<[string, string], { type: string; value: string; holder: string }>(
      "SELECT type, value, holder FROM credential WHERE (type, value) > (?, ?) ORDER BY type, value LIMIT 500",
    ),
    generation: db.prepare("INSERT INTO generation(made, made_by, credentials, checksum, what) VALUES (?, ?, ?, ?, ?)"),
  };
}
