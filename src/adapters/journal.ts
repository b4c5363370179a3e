/**
 * The journal: append-only, hash-chained, durable before anybody is told. Appending never throws and never waits for the
 * disk; a row that the disk refuses waits in memory in its place, and what waits is never acknowledged.
 */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { GateError } from "../core/fault.ts";
import type { CredentialType, HolderId } from "../core/terms.ts";
import type { Entry, EntryKind, Journal, JournalState, Row } from "../shell/ports.ts";
import { type Connection, databaseFault, openDatabase } from "./database.ts";
import { GENESIS, hashOf, type StoredRow } from "./journal-chain.ts";
import { JOURNAL_MIGRATIONS } from "./journal-schema.ts";
import { pseudonym, seal, unseal } from "./journal-seal.ts";
import { openSyncer } from "./journal-sync.ts";

export interface JournalDeps {
  readonly file: string;
  readonly boot: string;
  /** 32 bytes; makes pseudonyms. */
  readonly siteKey: Uint8Array;
  /** The person's own key, from the whitelist's file; undefined = unknown or erased. */
  readonly keyOf: (holder: HolderId) => Uint8Array | undefined;
  readonly onRow?: (row: Row) => void;
}

/** The lane's last mode row, so that a locked-open lane ends on time after a restart. */
export interface OpenedJournal extends Journal {
  lastOf(kind: EntryKind, lane: string): Row | undefined;
  /** A checkpoint of the chain, kept beside it. */
  mark(): void;
}

interface Pending {
  readonly row: StoredRow;
  readonly entry: Entry;
}

const MOST_WAITING = 200_000;
const RETRY_MS = 1_000;
const RESERVE_BYTES = 8 * 1024 * 1024;
const ROWS_PER_COPY = 1_000;

/** @throws GateError when the file can't be opened or is damaged. */
export function openJournal(deps: JournalDeps): OpenedJournal {
  const db = openDatabase(deps.file, { synchronous: "NORMAL", migrations: JOURNAL_MIGRATIONS });
  // No checkpoint, hence no disk sync, on the thread that decides: a worker does it (journal-sync).
  db.pragma("wal_autocheckpoint = 0");
  const sql = statements(db);
  const reserve = `${deps.file}.reserve`;
  keepReserve(reserve);
  const tip = sql.tip.get();
  let lastSeq = tip?.seq ?? 0;
  let lastHash: Uint8Array = tip?.hash ?? GENESIS;
  let waiting: Pending[] = [];
  let why: string | undefined;
  let trouble: string | undefined;
  let retry: NodeJS.Timeout | undefined;
  const hearers: ((state: JournalState) => void)[] = [];
  const names = new Map<HolderId, string>();
  const days = new Map<string, Uint8Array>();
  // The log must exist before it can be synced.
  db.exec(
    "BEGIN IMMEDIATE; INSERT INTO uses(credential, count) VALUES ('', 1) ON CONFLICT DO UPDATE SET count = count + 1; COMMIT",
  );
  const syncer = openSyncer({
    file: deps.file,
    startSeq: lastSeq,
    rowsPerCopy: ROWS_PER_COPY,
    onTrouble(told) {
      trouble = told;
      tellState();
    },
  });

  const state = (): JournalState =>
    waiting.length === 0 && trouble === undefined
      ? { is: "good", waiting: 0 }
      : { is: "failing", waiting: waiting.length, why: why ?? trouble ?? "" };
  const tellState = () => {
    for (const hear of hearers) hear(state());
  };

  function nameOf(holder: HolderId): string {
    const known = names.get(holder);
    if (known !== undefined) return known;
    if (names.size > 20_000) names.clear();
    const name = pseudonym(deps.siteKey, holder);
    names.set(holder, name);
    return name;
  }

  /** People who aren't on the list (a stranger's plate) share the day's key: retention erases the day. */
  function dayKey(day: string): Uint8Array {
    const known = days.get(day) ?? sql.dayKey.get(day)?.key;
    const key = known ?? randomBytes(32);
    if (known === undefined) sql.newDayKey.run(day, key);
    days.set(day, key);
    return key;
  }

  function rowOf(entry: Entry): StoredRow {
    const { now, sealed } = entry;
    const key =
      sealed === undefined
        ? undefined
        : ((entry.subject === undefined ? undefined : deps.keyOf(entry.subject)) ?? dayKey(now.wall.date));
    const row = {
      seq: lastSeq + 1,
      boot: deps.boot,
      at: Math.round(now.at * 1000) / 1000,
      wall: Math.round(now.wall.epochMs),
      trust: now.wall.trust,
      kind: entry.kind,
      lane: entry.lane ?? null,
      open: JSON.stringify(entry.open),
      subject: entry.subject === undefined ? null : nameOf(entry.subject),
      sealed: sealed === undefined || key === undefined ? null : seal(key, sealed),
    };
    const hash = hashOf(lastHash, row);
    lastSeq = row.seq;
    lastHash = hash;
    return { ...row, hash };
  }

  function write({ row, entry }: Pending): void {
    sql.insert.run(
      row.seq,
      row.boot,
      row.at,
      row.wall,
      row.trust,
      row.kind,
      row.lane,
      row.open,
      row.subject,
      row.sealed,
      row.hash,
    );
    if (entry.uses !== undefined) sql.use.run(entry.uses.device, entry.uses.eventId, row.seq);
    if (entry.places !== undefined) {
      const { holder, household, vehicle, area } = entry.places;
      sql.place.run(nameOf(holder), household ?? null, vehicle ? 1 : 0, area ?? null, row.wall);
    }
    if (entry.counts !== undefined) sql.count.run(credentialKey(entry.counts.type, entry.counts.value));
  }

  const credentialKey = (type: CredentialType, value: string) =>
    createHmac("sha256", deps.siteKey).update(`${type} ${value}`).digest("base64").slice(0, 22);

  const writeAll = db.transaction((rows: readonly Pending[]) => {
    for (const row of rows) write(row);
  });

  /** What waits goes first and in order. False: the disk refuses, all of it waits on. */
  function flush(): boolean {
    if (waiting.length === 0) return true;
    try {
      writeAll(waiting);
    } catch (cause) {
      const fault = databaseFault(cause, deps.file);
      why = fault.message;
      if (fault.code === "DATABASE_FULL" && existsSync(reserve)) {
        rmSync(reserve, { force: true });
        return flush();
      }
      return false;
    }
    const last = waiting.at(-1)?.row.seq ?? lastSeq;
    waiting = [];
    syncer.written(last);
    return true;
  }

  function tryAgain(): void {
    retry ??= setTimeout(() => {
      retry = undefined;
      if (flush()) return tellState();
      tryAgain();
    }, RETRY_MS);
    retry.unref();
  }

  function appendAll(entries: readonly Entry[]): number {
    const wasWaiting = waiting.length > 0;
    const fresh: Pending[] = [];
    if (waiting.length + entries.length > MOST_WAITING) {
      throw new GateError("DATABASE_FULL", `${waiting.length} rows wait in memory and the disk still refuses`);
    }
    for (const entry of entries) fresh.push({ entry, row: safeRow(entry) });
    waiting.push(...fresh);
    // While the disk refuses, the timer tries; a full disk must not cost each decision a failed write.
    if (!wasWaiting && !flush()) {
      tellState();
      tryAgain();
    }
    if (deps.onRow !== undefined) for (const one of fresh) deps.onRow(toldNow(one));
    return lastSeq;
  }

  function safeRow(entry: Entry): StoredRow {
    try {
      return rowOf(entry);
    } catch (cause) {
      // Only the day's key touches the disk here: without it the row is written without its sealed part.
      why = databaseFault(cause, deps.file).message;
      const { sealed: _lost, ...rest } = entry;
      return rowOf({ ...rest, open: { ...rest.open, sealedLost: true } });
    }
  }

  /** A row just written: its sealed part is still at hand, nothing has to be parsed or opened on the way to the relay. */
  function toldNow({ row, entry }: Pending): Row {
    return {
      seq: row.seq,
      boot: row.boot,
      at: row.at,
      wallMs: row.wall,
      trust: row.trust,
      kind: entry.kind,
      ...(entry.lane === undefined ? {} : { lane: entry.lane }),
      open: entry.open,
      ...(row.subject === null ? {} : { subject: row.subject }),
      ...(entry.sealed === undefined || row.sealed === null ? {} : { sealed: entry.sealed }),
      hash: Buffer.from(row.hash).toString("hex"),
    };
  }

  function told(row: StoredRow): Row {
    const open: unknown = JSON.parse(row.open);
    const sealed = row.sealed === null ? undefined : openSealed(row, row.sealed);
    return {
      seq: row.seq,
      boot: row.boot,
      at: row.at,
      wallMs: row.wall,
      trust: row.trust,
      kind: kindOf(row.kind),
      ...(row.lane === null ? {} : { lane: row.lane }),
      open: typeof open === "object" && open !== null ? { ...open } : {},
      ...(row.subject === null ? {} : { subject: row.subject }),
      ...(sealed === undefined ? {} : { sealed }),
      hash: Buffer.from(row.hash).toString("hex"),
    };
  }

  const keyBySubject = new Map<string, Uint8Array>();
  function openSealed(row: StoredRow, sealed: Uint8Array): Row["sealed"] {
    const key = row.subject === null ? undefined : subjectKey(row.subject);
    const own = key === undefined ? undefined : unseal(key, sealed);
    if (own !== undefined) return own;
    for (const day of days.values()) {
      const found = unseal(day, sealed);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  function subjectKey(subject: string): Uint8Array | undefined {
    for (const [holder, name] of names) if (name === subject) return deps.keyOf(holder);
    return keyBySubject.get(subject);
  }

  const rowsOf = (found: readonly StoredRow[]): readonly Row[] => found.map(told);
  return {
    boot: deps.boot,
    append: (entry) => appendAll([entry]),
    appendAll,
    whenDurable: (seq, then) => syncer.whenDurable(seq, then),
    get durableSeq() {
      return syncer.durableSeq;
    },
    used: (device, eventId) =>
      sql.used.get(device, eventId) !== undefined ||
      waiting.some(({ entry }) => entry.uses?.device === device && entry.uses.eventId === eventId),
    whereabouts(holder) {
      const found = sql.whereabouts.get(nameOf(holder));
      if (found === undefined) return undefined;
      return { sinceWallMs: found.wall, ...(found.area === null ? {} : { area: found.area }) };
    },
    vehiclesOfHouseholdIn: (household, area, except) => sql.householdIn.get(household, area, nameOf(except))?.n ?? 0,
    vehiclesIn: (area) => sql.vehiclesIn.get(area)?.n ?? 0,
    usesOf: (type, value) => sql.usesOf.get(credentialKey(type, value))?.count ?? 0,
    latest: (count) => rowsOf(sql.latest.all(count)),
    after: (seq, count) => rowsOf(sql.after.all(seq, count)),
    lastOf: (_kind, lane) => {
      const found = sql.lastMode.get(lane);
      return found === undefined ? undefined : told(found);
    },
    mark() {
      sql.mark.run(lastSeq, lastHash);
    },
    state,
    onState: (hear) => void hearers.push(hear),
    async close() {
      clearTimeout(retry);
      flush();
      await syncer.close();
      db.close();
    },
  };
}

function keepReserve(file: string): void {
  if (existsSync(file)) return;
  try {
    writeFileSync(file, Buffer.alloc(RESERVE_BYTES));
  } catch {
    rmSync(file, { force: true }); // no room for a reserve: we go on without, and the disk alarm says why
  }
}

const KINDS: readonly EntryKind[] = [
  "start",
  "stop",
  "decision",
  "history",
  "override",
  "move",
  "outcome",
  "passage",
  "lapsed",
  "alarm",
  "calm",
  "mode",
  "refusal",
  "device",
  "clock",
  "config",
  "whitelist",
  "fault",
];
const kindOf = (kind: string): EntryKind => KINDS.find((one) => one === kind) ?? "fault";

function statements(db: Connection) {
  const row = <A extends unknown[]>(text: string) => db.prepare<A, StoredRow>(text);
  return {
    tip: db.prepare<[], { seq: number; hash: Uint8Array }>("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"),
    insert: db.prepare("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    use: db.prepare("INSERT INTO used VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
    used: db.prepare<[string, string], { seq: number }>("SELECT seq FROM used WHERE device = ? AND event = ?"),
    place: db.prepare(
      "INSERT INTO placed VALUES (?, ?, ?, ?, ?) ON CONFLICT(subject) DO UPDATE SET household = excluded.household, vehicle = excluded.vehicle, area = excluded.area, wall = excluded.wall",
    ),
    whereabouts: db.prepare<[string], { area: string | null; wall: number }>(
      "SELECT area, wall FROM placed WHERE subject = ?",
    ),
    householdIn: db.prepare<[string, string, string], { n: number }>(
      "SELECT count(*) n FROM placed WHERE vehicle = 1 AND household = ? AND area = ? AND subject <> ?",
    ),
    vehiclesIn: db.prepare<[string], { n: number }>("SELECT count(*) n FROM placed WHERE vehicle = 1 AND area = ?"),
    count: db.prepare("INSERT INTO uses VALUES (?, 1) ON CONFLICT(credential) DO UPDATE SET count = count + 1"),
    usesOf: db.prepare<[string], { count: number }>("SELECT count FROM uses WHERE credential = ?"),
    dayKey: db.prepare<[string], { key: Uint8Array }>("SELECT key FROM day_key WHERE day = ?"),
    newDayKey: db.prepare("INSERT INTO day_key VALUES (?, ?) ON CONFLICT DO NOTHING"),
    latest: row<[number]>("SELECT * FROM journal ORDER BY seq DESC LIMIT ?"),
    after: row<[number, number]>("SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"),
    lastMode: row<[string]>("SELECT * FROM journal WHERE kind = 'mode' AND lane = ? ORDER BY seq DESC LIMIT 1"),
    mark: db.prepare("INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO NOTHING"),
  };
}
