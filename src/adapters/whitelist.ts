/**
 * The resident whitelist: small, written rarely, all or nothing. Before each change the generation that was good is
 * copied beside it, so that a damaged file never stops decisions: they go on from the last good one.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { GateError } from "../core/fault.ts";
import type { CredentialType, Found, HolderId, HolderKind } from "../core/terms.ts";
import type { FaceHolder, FaceList, Whitelist } from "../shell/ports.ts";
import { type Connection, databaseFault, openDatabase } from "./database.ts";
import { WHITELIST_MIGRATIONS } from "./whitelist-schema.ts";
import { joinSum, SUM_ALL, sumOf } from "./whitelist-sum.ts";

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
  readonly slow: boolean;
  readonly levels: readonly string[];
  readonly validFrom?: number;
  readonly validUntil?: number;
  readonly maxUses?: number;
  readonly credentials: readonly Carried[];
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

export interface OpenedWhitelist extends Whitelist, FaceList {
  /** Faces of everybody who hasn't left; counted at each question. */
  readonly faceCount: number;
  /** The key that seals what the journal says of a person; undefined = unknown, or erased. */
  keyOf(holder: HolderId): Uint8Array | undefined;
  /** The journal's pseudonym of whoever was found last; undefined = somebody else, or not known. */
  subjectOf(holder: HolderId): string | undefined;
  /** The same as `keyOf`, by the journal's pseudonym. */
  keyOfSubject(subject: string): Uint8Array | undefined;
  /** The newest generation and who made it; undefined = none, or it can't be read now. */
  made(): { readonly number: number; readonly by: string; readonly credentials: number } | undefined;
  people(): IterableIterator<Person>;
  /** Replaces the whole list in one transaction. Returns the new generation. @throws GateError */
  replaceAll(people: Iterable<Person>, by: string, atWallMs: number): number;
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
  readonly onDamage?: (why: string) => void;
  /** A look-up failed without damage (a read error that may pass, a lock): it found nobody, the next one asks again. */
  readonly onFault?: (fault: GateError) => void;
  /** `false`: a damaged file is a fault and stays where it is; only the gate itself puts one aside, because it has it open. */
  readonly repair?: false;
}

interface Stored {
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
}

const SELECT = `SELECT c.type, c.value, c.enabled, c.valid_from, c.valid_until, c.max_uses, c.duress, h.id, h.name, h.kind,
  h.household, h.blocked, h.blocked_why, h.slow, h.levels, h.key, h.subject, s.spaces, c.sum
  FROM credential c JOIN holder h ON h.id = c.holder LEFT JOIN household s ON s.id = h.household`;

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

  function* people(): IterableIterator<Person> {
    for (const row of sql.holders.all()) {
      const carried = sql.carried.all(row.id);
      const first = carried[0];
      yield {
        id: row.id,
        name: row.name,
        kind: row.kind,
        blocked: row.blocked === 1,
        slow: row.slow === 1,
        levels: levelsOf(row.levels),
        ...(row.household === null ? {} : { household: row.household }),
        ...(row.spaces === null ? {} : { spaces: row.spaces }),
        ...(row.blocked_why === null ? {} : { blockedWhy: row.blocked_why }),
        ...(first?.valid_from == null ? {} : { validFrom: first.valid_from }),
        ...(first?.valid_until == null ? {} : { validUntil: first.valid_until }),
        ...(first?.max_uses == null ? {} : { maxUses: first.max_uses }),
        credentials: carried.map((one) => ({
          type: one.type,
          value: one.value,
          original: one.original,
          ...(one.duress === 1 ? { duress: true } : {}),
        })),
      };
    }
  }

  function write(all: Iterable<Person>, by: string, atWallMs: number): number {
    const keys = new Map(sql.keys.all().map((row) => [row.id, row.key]));
    const sum = createHash("sha256");
    let count = 0;
    db.exec("DELETE FROM credential; DELETE FROM holder; DELETE FROM household");
    for (const person of all) {
      if (person.household !== undefined) sql.household.run(person.household, person.spaces ?? null);
      sql.holder.run(
        person.id,
        person.name,
        person.kind,
        person.household ?? null,
        person.blocked ? 1 : 0,
        person.blockedWhy ?? null,
        person.slow ? 1 : 0,
        person.levels.join("\n"),
        keys.get(person.id) ?? randomBytes(32),
        deps.subjectOf?.(person.id) ?? null,
      );
      for (const one of person.credentials) {
        const look = one.type === "plate" ? deps.skeleton(one.value) : null;
        sql.credential.run(
          one.type,
          one.value,
          one.original,
          look,
          person.id,
          person.validFrom ?? null,
          person.validUntil ?? null,
          person.maxUses ?? null,
          one.duress === true ? 1 : 0,
        );
        sum.update(`${one.type}\0${one.value}\0${person.id}\0`);
        count++;
      }
    }
    db.exec(SUM_ALL);
    sql.generation.run(atWallMs, by, count, sum.digest("hex"));
    return sql.newest.get()?.number ?? 0;
  }

  return {
    find: (type, value) =>
      guarded(() => {
        const row = sql.find.get(type, value);
        last = row;
        return row === undefined || !believed(row) ? undefined : foundOf(row);
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
    keyOf: (holder) => (last?.id === holder ? last.key : guarded(() => sql.key.get(holder)?.key, undefined)),
    subjectOf: (holder) => (last?.id === holder ? (last.subject ?? undefined) : undefined),
    keyOfSubject: (subject) => guarded(() => sql.keyOfSubject.get(subject)?.key, undefined),
    made: () => guarded(() => sql.made.get(), undefined),
    people,
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
    replaceAll(all, by, atWallMs) {
      changes++;
      try {
        keepPrevious(db, previous);
        levels = new Map();
        last = undefined;
        return db.transaction(() => write(all, by, atWallMs))();
      } catch (cause) {
        throw databaseFault(cause, deps.file);
      }
    },
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
  const { id, name, kind, household, blocked, blocked_why, slow, levels, spaces } = row;
  const credential = [type, value, enabled, valid_from, valid_until, max_uses, duress];
  const holder = [id, name, kind, household, blocked, blocked_why, slow, levels, spaces];
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
    faceCount: db.prepare<[], { n: number }>(
      `SELECT count(*) n FROM credential c JOIN holder h ON h.id = c.holder
        WHERE c.type = 'face' AND coalesce(h.blocked_why, '') NOT LIKE '${GONE}%'`,
    ),
    newest: db.prepare<[], { number: number }>("SELECT max(number) number FROM generation"),
    made: db.prepare<[], { number: number; by: string; credentials: number }>(
      "SELECT number, made_by by, credentials FROM generation ORDER BY number DESC LIMIT 1",
    ),
    size: db.prepare<[], { n: number }>("SELECT count(*) n FROM credential"),
    key: db.prepare<[string], { key: Uint8Array }>("SELECT key FROM holder WHERE id = ?"),
    keyOfSubject: db.prepare<[string], { key: Uint8Array }>("SELECT key FROM holder WHERE subject = ?"),
    keys: db.prepare<[], { id: string; key: Uint8Array }>("SELECT id, key FROM holder"),
    holders: db.prepare<[], Stored>(
      "SELECT h.*, s.spaces FROM holder h LEFT JOIN household s ON s.id = h.household ORDER BY h.id",
    ),
    carried: db.prepare<[string], Stored & { original: string }>(
      "SELECT * FROM credential WHERE holder = ? ORDER BY type, value",
    ),
    household: db.prepare(
      "INSERT INTO household VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET spaces = coalesce(excluded.spaces, spaces)",
    ),
    holder: db.prepare("INSERT INTO holder VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    credential: db.prepare("INSERT INTO credential VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, NULL)"),
    generation: db.prepare("INSERT INTO generation(made, made_by, credentials, checksum) VALUES (?, ?, ?, ?)"),
    forget: db.prepare("DELETE FROM holder WHERE id = ?"),
    forgetCredentials: db.prepare("DELETE FROM credential WHERE holder = ?"),
  };
}
