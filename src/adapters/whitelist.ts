/**
 * The resident whitelist: small, written rarely, all or nothing. Before each change the generation that was good is
 * copied beside it, so that a damaged file never stops decisions: they go on from the last good one.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { GateError } from "../core/fault.ts";
import type { Found, HolderId } from "../core/terms.ts";
import type { FaceHolder, FaceList, Whitelist } from "../shell/ports.ts";
import { type Connection, databaseFault, openDatabase } from "./database.ts";
import { FACE_COUNT, FACE_PEOPLE } from "./whitelist-count.ts";
import {
  amendPeople,
  type Generation,
  GONE,
  historyOf,
  type Made,
  type Person,
  peopleIn,
  replacePeople,
  SELECT,
  type Stored,
  timesOf,
} from "./whitelist-people.ts";
import { WHITELIST_MIGRATIONS } from "./whitelist-schema.ts";
import { joinSum, sumOf } from "./whitelist-sum.ts";

/** A code so short is typed, and can carry no signature. */
const SHORT_CODE = 8;

export interface OpenedWhitelist extends Whitelist, FaceList {
  /** Faces of everybody who hasn't left; counted at each question. */
  readonly faceCount: number;
  /** People with a face, also those who have left and whom a terminal may still hold; counted at each question. */
  readonly facePeople: number;
  /** The key that seals what the journal says of a person; undefined = unknown, or erased. */
  keyOf(holder: HolderId): Uint8Array | undefined;
  /** The journal's pseudonym of whoever was found last; undefined = somebody else, or not known. */
  subjectOf(holder: HolderId): string | undefined;
  /** The same as `keyOf`, by the journal's pseudonym. */
  keyOfSubject(subject: string): Uint8Array | undefined;
  /** The newest generation and who made it; undefined = none, or it can't be read now. */
  made(): { readonly number: number; readonly by: string; readonly credentials: number } | undefined;
  /** Everybody, or those of `ids`. */
  people(ids?: readonly HolderId[]): IterableIterator<Person>;
  /** Replaces the whole list in one transaction. Returns the new generation. @throws GateError */
  replaceAll(people: Iterable<Person>, by: string, atWallMs: number, what?: string): number;
  /**
   * Writes these people, new or as they are from now on; everybody else stays. Who they are may be asked of the list inside
   * the transaction that writes them; what is thrown there leaves all as it was. Returns the new generation. @throws GateError
   */
  amend(people: readonly Person[] | ((db: Connection) => readonly Person[]), how: Made): number;
  /** Generations made since then that can be undone, newest first. */
  history(sinceWallMs: number): readonly Generation[];
  /** For what else is kept in this file, beside the list. */
  within<T>(act: (db: Connection) => T): T;
  /** Erases a person and the key; true if there was one. @throws GateError */
  erase(holder: HolderId): boolean;
  /** What was wrong with the newest generation, when an older one serves. */
  readonly damage: string | undefined;
  close(): void;
}

export interface WhitelistDeps {
  readonly file: string;
  /** The class of plates that cameras confuse with this one (core/plates). */
  readonly skeleton: (plate: string) => string;
  /** The journal's pseudonym of a person; without it the journal can't name people in rows of earlier starts. */
  readonly subjectOf?: (holder: HolderId) => string;
  /** Whether a visitor pass's code is one that we gave, for these terms; absent = it isn't looked at. */
  readonly signed?: (pass: Person["id"], found: Found) => boolean;
  readonly onDamage?: (why: string) => void;
  /** A look-up failed without damage (a read error that may pass, a lock): it found nobody, the next one asks again. */
  readonly onFault?: (fault: GateError) => void;
  /** `false`: a damaged file is a fault and stays where it is; only the gate itself puts one aside, because it has it open. */
  readonly repair?: false;
}

/** Opens it; a damaged file is set aside by name and the generation before it serves. @throws GateError DATABASE_NEWER, _BUSY */
export function openWhitelist(deps: WhitelistDeps): OpenedWhitelist {
  const previous = `${deps.file}.previous`;
  let damage: string | undefined;
  let db = openOrFallBack();
  let sql = statements(db);
  let levels = new Map<string, readonly string[]>();
  // Whoever was found is whom the next row is about: the journal needn't ask a second time on the way to the relay.
  let last: Stored | undefined;
  // Our own changes; those of another process are SQLite's to count.
  let changes = 0;

  function openOrFallBack(): Connection {
    try {
      return open(deps.file);
    } catch (cause) {
      const fault = databaseFault(cause, deps.file);
      if (fault.code !== "DATABASE_DAMAGED" || deps.repair === false) throw fault;
      return fallBack(fault.message);
    }
  }

  function fallBack(why: string): Connection {
    damage = why;
    setAside(deps.file);
    if (existsSync(previous)) renameSync(previous, deps.file);
    return open(deps.file);
  }

  function serveBy(fresh: Connection): void {
    db = fresh;
    sql = statements(db);
    levels = new Map();
    last = undefined;
  }

  /** Damage met while running: the same, and the look-up goes on with what was good. */
  function recover(why: string): void {
    if (db.open) db.close();
    serveBy(fallBack(why));
    deps.onDamage?.(why);
  }

  function levelsOf(text: string): readonly string[] {
    const known = levels.get(text);
    if (known !== undefined) return known;
    const parsed = text.split("\n").filter((level) => level !== "");
    levels.set(text, parsed);
    return parsed;
  }

  function foundOf(row: Stored): Found {
    return {
      credential: {
        type: row.type,
        value: row.value,
        enabled: row.enabled === 1,
        ...(row.valid_from === null ? {} : { validFrom: row.valid_from }),
        ...(row.valid_until === null ? {} : { validUntil: row.valid_until }),
        ...(row.max_uses === null ? {} : { maxUses: row.max_uses }),
        ...(row.duress === 1 ? { duress: true } : {}),
        ...(row.times === null ? {} : { times: timesOf(row.times) }),
        ...(row.max_uses === null ? {} : { countedAs: row.id }),
      },
      holder: {
        id: row.id,
        name: row.name,
        kind: row.kind,
        blocked: row.blocked === 1,
        accessLevels: levelsOf(row.levels),
        ...(row.household === null ? {} : { household: row.household }),
        ...(row.blocked_why === null ? {} : { blockedWhy: row.blocked_why }),
        ...(row.slow === 1 ? { slow: true } : {}),
        ...(row.spaces === null ? {} : { spaces: row.spaces }),
      },
    };
  }

  /** A row that isn't as it was written is nobody's; the others go on. */
  function believed(row: Stored): boolean {
    if (isWhole(row)) return true;
    if (damage !== undefined) return false;
    damage = `${deps.file}: a row isn't as it was written; import the list again`;
    deps.onDamage?.(damage);
    return false;
  }

  /** A pass is taken for what it was given out as: a longer life, or one more use, isn't on it. */
  function isSigned(row: Stored, found: Found): boolean {
    if (row.origin !== "pass" || row.type !== "code" || deps.signed === undefined) return true;
    return row.value.length <= SHORT_CODE || deps.signed(row.id, found);
  }

  /**
   * Only damage may bring back the generation before, which may hold people who were taken off since. Any other fault
   * finds nobody this once.
   */
  function guarded<T>(ask: () => T, none: T): T {
    try {
      return ask();
    } catch (cause) {
      try {
        return askAgain(cause, ask);
      } catch (again) {
        deps.onFault?.(databaseFault(again, deps.file));
        return none;
      }
    }
  }

  function askAgain<T>(cause: unknown, ask: () => T): T {
    // Closed by a recovery that couldn't be finished: what kept it from that may have passed.
    if (!db.open) serveBy(open(deps.file));
    else {
      const fault = databaseFault(cause, deps.file);
      if (fault.code !== "DATABASE_DAMAGED") throw fault;
      recover(fault.message);
    }
    return ask();
  }

  /** In one transaction, and the generation that was good is kept beside it first. @throws GateError */
  function change(act: () => number): number {
    changes++;
    try {
      keepPrevious(db, previous);
      levels = new Map();
      last = undefined;
      return db.transaction(act).immediate();
    } catch (cause) {
      throw databaseFault(cause, deps.file);
    }
  }

  return {
    find: (type, value) =>
      guarded(() => {
        const row = sql.find.get(type, value);
        last = row;
        if (row === undefined || !believed(row)) return undefined;
        const found = foundOf(row);
        return isSigned(row, found) ? found : undefined;
      }, undefined),
    near: (plate) => guarded(() => sql.near.all(deps.skeleton(plate), plate).filter(believed).map(foundOf), []),
    get generation() {
      return guarded(() => sql.newest.get()?.number ?? 0, 0);
    },
    get size() {
      return guarded(() => sql.size.get()?.n ?? 0, 0);
    },
    get faceCount() {
      return guarded(() => sql.faceCount.get()?.n ?? 0, 0);
    },
    get facePeople() {
      return guarded(() => sql.facePeople.get()?.n ?? 0, 0);
    },
    keyOf: (holder) => (last?.id === holder ? last.key : guarded(() => sql.key.get(holder)?.key, undefined)),
    subjectOf: (holder) => (last?.id === holder ? (last.subject ?? undefined) : undefined),
    keyOfSubject: (subject) => guarded(() => sql.keyOfSubject.get(subject)?.key, undefined),
    made: () => guarded(() => sql.made.get(), undefined),
    people: (ids) => peopleIn(db, levelsOf, ids),
    get edition() {
      return guarded(() => `${changes} ${db.pragma("data_version", { simple: true })}`, "");
    },
    get whole() {
      return damage === undefined && guarded(() => (sql.newest.get()?.number ?? 0) > 0, false);
    },
    faces(after, most) {
      try {
        const rows = sql.faces.all(after, most);
        if (!rows.every(believed)) throw new GateError("DATABASE_DAMAGED", damage ?? deps.file);
        return rows.map((row) => faceHolder(row, levelsOf(row.levels)));
      } catch (cause) {
        throw databaseFault(cause, deps.file);
      }
    },
    replaceAll: (all, by, atWallMs, what = "import") =>
      change(() => replacePeople(db, deps, all, { by, atWallMs, what })),
    amend: (people, how) =>
      change(() => amendPeople(db, deps, typeof people === "function" ? people(db) : people, how)),
    history: (sinceWallMs) => guarded(() => historyOf(db, sinceWallMs), []),
    within: (act) => act(db),
    erase(holder) {
      last = undefined;
      changes++;
      return db.transaction(() => {
        sql.forgetCredentials.run(holder);
        return sql.forget.run(holder).changes > 0;
      })();
    },
    get damage() {
      return damage;
    },
    close: () => void db.close(),
  };
}

function open(file: string): Connection {
  const db = openDatabase(file, { synchronous: "FULL", migrations: WHITELIST_MIGRATIONS, join: joinSum });
  db.prepare(`${SELECT} LIMIT 1`).get();
  return db;
}

function faceHolder(row: Stored, levels: readonly string[]): FaceHolder {
  return {
    face: row.value,
    holder: row.id,
    name: row.name,
    blocked: row.blocked === 1 || row.enabled !== 1,
    levels,
    ...(row.valid_from === null ? {} : { from: row.valid_from }),
    ...(row.valid_until === null ? {} : { until: row.valid_until }),
  };
}

function isWhole(row: Stored): boolean {
  const { type, value, enabled, valid_from, valid_until, max_uses, duress } = row;
  const { id, name, kind, household, blocked, blocked_why, slow, levels, spaces, origin, times } = row;
  const credential = [type, value, enabled, valid_from, valid_until, max_uses, duress];
  const holder = [id, name, kind, household, blocked, blocked_why, slow, levels, spaces, origin, times];
  return sumOf([...credential, ...holder]) === row.sum;
}

/** The good generation, whole, under another name; renamed into place only when complete. */
function keepPrevious(db: Connection, previous: string): void {
  const half = `${previous}.tmp`;
  rmSync(half, { force: true });
  db.prepare("VACUUM INTO ?").run(half);
  renameSync(half, previous);
}

function setAside(file: string): void {
  for (const end of ["", "-wal", "-shm"]) {
    if (existsSync(file + end)) renameSync(file + end, `${file}.damaged${end}`);
  }
}

function statements(db: Connection) {
  return {
    find: db.prepare<[string, string], Stored>(`${SELECT} WHERE c.type = ? AND c.value = ?`),
    near: db.prepare<[string, string], Stored>(
      `${SELECT} WHERE c.skeleton = ? AND c.value <> ? AND c.enabled = 1 LIMIT 5`,
    ),
    faces: db.prepare<[string, number], Stored>(
      `${SELECT} WHERE c.type = 'face' AND c.value > ? AND coalesce(h.blocked_why, '') NOT LIKE '${GONE}%'
        ORDER BY c.value LIMIT ?`,
    ),
    faceCount: db.prepare<[], { n: number }>(FACE_COUNT),
    facePeople: db.prepare<[], { n: number }>(FACE_PEOPLE),
    newest: db.prepare<[], { number: number }>("SELECT max(number) number FROM generation"),
    made: db.prepare<[], { number: number; by: string; credentials: number }>(
      "SELECT number, made_by by, credentials FROM generation ORDER BY number DESC LIMIT 1",
    ),
    size: db.prepare<[], { n: number }>("SELECT count(*) n FROM credential"),
    key: db.prepare<[string], { key: Uint8Array }>("SELECT key FROM holder WHERE id = ?"),
    keyOfSubject: db.prepare<[string], { key: Uint8Array }>("SELECT key FROM holder WHERE subject = ?"),
    forget: db.prepare("DELETE FROM holder WHERE id = ?"),
    forgetCredentials: db.prepare("DELETE FROM credential WHERE holder = ?"),
  };
}
