/**
 * The journal: append-only, hash-chained, durable before anybody is told. Appending never throws and never waits for the
 * disk. Rows of one turn are written together, at its end and before anything moves; a row that the disk refuses waits
 * in memory in its place, and what waits is never acknowledged.
 */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import type { GateError } from "../core/fault.ts";
import type { CredentialType, HolderId, Now } from "../core/terms.ts";
import type { Entry, Journal, JournalState, Kept, Row } from "../shell/ports.ts";
import { databaseFault } from "./database.ts";
import { GENESIS, hashOf, type StoredRow } from "./journal-chain.ts";
import { writeMark } from "./journal-mark.ts";
import { openSound, openWritable, rebuildFile } from "./journal-open.ts";
import type { Damage } from "./journal-rebuild.ts";
import { pseudonym, type SealKeys, seal, unsealRow } from "./journal-seal.ts";
import { type Beside, openStore, type Pending } from "./journal-store.ts";
import { openSyncer } from "./journal-sync.ts";
import { dated, offsetIn, toldRow } from "./journal-told.ts";
import { openUsed } from "./journal-used.ts";
import { openWaiting } from "./journal-waiting.ts";
import { keepReserve } from "./reserve.ts";

export interface JournalDeps {
  readonly file: string;
  readonly boot: string;
  /** 32 bytes; makes pseudonyms. */
  readonly siteKey: Uint8Array;
  /** The person's own key, from the whitelist's file; undefined = unknown or erased. */
  readonly keyOf: (holder: HolderId) => Uint8Array | undefined;
  /** The person's pseudonym where it is known already, as `pseudonym` makes it. */
  readonly subjectOf?: (holder: HolderId) => string | undefined;
  /** The same, by pseudonym: for rows of earlier starts. */
  readonly keyOfSubject?: (subject: string) => Uint8Array | undefined;
  /** The site's date of a wall time, YYYY-MM-DD: strangers' rows share their day's key. */
  readonly dateOf?: (wallMs: number) => string;
  readonly onRow?: (row: Row) => void;
}

export interface OpenedJournal extends Journal {
  /** The lane's last mode row, so that a locked-open lane ends on time after a restart. */
  lastOf(kind: "mode", lane: string): Row | undefined;
  /** All that rows have kept (`Entry.keeps`), as the file has it. */
  kept(): readonly Kept[];
  /** Erases the strangers' keys of the days before; what was sealed with them can't be read any more. How many there were. @throws GateError */
  eraseDays(before: string): number;
  /** A checkpoint of the chain, in it and in a small file beside it. */
  mark(): void;
  /** What was found damaged at this start; the next row is to tell it (`damageRow`). */
  readonly damage: Damage | undefined;
}

/** The first row after damage: it declares what was lost, so that the chain verifies across it. */
export function damageRow(damage: Damage): Pick<Entry, "kind" | "open"> {
  const { why, file, kept, lost } = damage;
  return { kind: "fault", open: { code: "DATABASE_DAMAGED", message: why, setAside: file, kept, lost } };
}

/** About 50 MB; a day of a busy gate. */
const MOST_WAITING = 50_000;
/** A row that has no place in the journal: nobody is ever told that it is durable. */
const NEVER = Number.MAX_SAFE_INTEGER;
const RETRY_MS = 1_000;
const RESERVE_BYTES = 8 * 1024 * 1024;
const ROWS_PER_COPY = 1_000;
const NAMES_KEPT = 20_000;

/** A damaged file is set aside and read for what it still holds. @throws GateError DATABASE_NEWER, _BUSY, _FULL, _REFUSED */
export function openJournal(deps: JournalDeps): OpenedJournal {
  const { db, damage } = openSound(deps.file);
  const store = openStore(db);
  const reserve = `${deps.file}.reserve`;
  keepReserve(reserve, RESERVE_BYTES);
  let lastSeq = damage?.topSeq ?? store.tip()?.seq ?? 0;
  let flushedSeq = store.tip()?.seq ?? 0;
  let lastHash: Uint8Array = store.tip()?.hash ?? GENESIS;
  const waiting = openWaiting();
  let dropped = 0;
  let lastNow: Now | undefined;
  let marked: Promise<unknown> = Promise.resolve();
  let fault: GateError | undefined;
  let trouble: string | undefined;
  let refusing = false;
  let writing = false;
  let retry: NodeJS.Timeout | undefined;
  const hearers: ((state: JournalState) => void)[] = [];
  const names = new Map<HolderId, string>();
  const days = new Map<string, Uint8Array>();
  const offsets = new Map<string, number>();
  const used = openUsed(store, ask);
  let untold: { readonly row: StoredRow; readonly entry: Entry }[] = [];
  let afterTurn: NodeJS.Immediate | undefined;
  const syncer = openSyncer({
    file: deps.file,
    startSeq: store.tip()?.seq ?? 0,
    rowsPerCopy: ROWS_PER_COPY,
    onTrouble(told) {
      trouble = told;
      tellState();
    },
  });

  const state = (): JournalState => {
    const why = fault?.message ?? trouble;
    const many = refusing ? waiting.rows().length : 0;
    return many === 0 && why === undefined
      ? { is: "good", waiting: 0 }
      : { is: "failing", waiting: many, why: why ?? "" };
  };
  const tellState = () => {
    for (const hear of hearers) hear(state());
  };

  /** Reading a damaged file never stops a decision: `none` stands for what can't be known. */
  function ask<T>(question: () => T, none: T): T {
    try {
      return question();
    } catch (cause) {
      const before = fault;
      fault = databaseFault(cause, deps.file);
      if (before === undefined) tellState();
      return none;
    }
  }

  function nameOf(holder: HolderId): string {
    const known = names.get(holder);
    if (known !== undefined) return known;
    if (names.size > NAMES_KEPT) names.clear();
    const name = deps.subjectOf?.(holder) ?? pseudonym(deps.siteKey, holder);
    names.set(holder, name);
    return name;
  }

  /** People who aren't on the list (a stranger's plate) share the day's key: retention erases the day. */
  function dayKey(day: string): { readonly key: Uint8Array; readonly fresh?: true } {
    const known = days.get(day) ?? ask(() => store.dayKey(day), undefined);
    if (known !== undefined) {
      days.set(day, known);
      return { key: known };
    }
    const key = randomBytes(32);
    days.set(day, key);
    return { key, fresh: true };
  }

  function pendingOf(entry: Entry): Pending {
    const { now, sealed } = entry;
    const own = sealed === undefined || entry.subject === undefined ? undefined : deps.keyOf(entry.subject);
    const day = sealed === undefined || own !== undefined ? undefined : dayKey(now.wall.date);
    const key = own ?? day?.key;
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
    return {
      row: { ...row, hash },
      ...(day?.fresh === true ? { day: { day: now.wall.date, key: day.key } } : {}),
      ...besideOf(entry),
    };
  }

  function besideOf({ now, places, counts, clears, keeps }: Entry): Beside {
    return {
      ...(keeps === undefined ? {} : { keeps }),
      ...(clears === undefined ? {} : { cleared: { area: clears, wall: Math.round(now.wall.epochMs) } }),
      ...(counts === undefined ? {} : { counted: credentialKey(counts.type, counts.value) }),
      ...(places === undefined
        ? {}
        : {
            placed: {
              subject: nameOf(places.holder),
              household: places.household ?? null,
              vehicle: places.vehicle,
              area: places.area ?? null,
              wall: Math.round(now.wall.epochMs),
            },
          }),
    };
  }

  const isCleared = (area: string) => waiting.clearedWallMs(area) !== undefined;
  const credentialKey = (type: CredentialType, value: string) =>
    createHmac("sha256", deps.siteKey).update(`${type} ${value}`).digest("base64").slice(0, 22);

  /** What waits goes first and in order. False: the disk refuses, all of it waits on. */
  function flush(): boolean {
    const rows = waiting.rows();
    const last = rows.at(-1);
    if (last === undefined) return true;
    try {
      store.writeAll(rows);
    } catch (cause) {
      fault = databaseFault(cause, deps.file);
      if (fault.code === "DATABASE_FULL" && existsSync(reserve)) {
        rmSync(reserve, { force: true });
        return flush();
      }
      return false;
    }
    waiting.clear();
    fault = undefined;
    flushedSeq = last.row.seq;
    // The disk is asked after this turn: neither the call nor what stands beside the rows may come before the relay.
    afterTurn ??= setImmediate(finishTurn);
    return true;
  }

  function finishTurn(): void {
    afterTurn = undefined;
    tellRows();
    if (follow(flushedSeq)) syncer.written(flushedSeq);
    else tryAgain();
  }

  /** The table of used events comes to the disk with its rows, in one sync. False: the disk refuses. */
  function follow(seq: number): boolean {
    try {
      used.follow(seq);
      return true;
    } catch (cause) {
      fault = databaseFault(cause, deps.file);
      tellState();
      return false;
    }
  }

  function tellRows(): void {
    const rows = untold;
    untold = [];
    // Its sealed part is still at hand: nothing has to be parsed or opened.
    for (const { row, entry } of rows) deps.onRow?.(toldRow(row, entry.sealed, entry.open));
  }

  function tryAgain(): void {
    retry ??= setTimeout(() => {
      retry = undefined;
      if (!flush() || !follow(flushedSeq)) return tryAgain();
      refusing = false;
      fault = undefined;
      syncer.written(flushedSeq);
      tellState();
      keepReserve(reserve, RESERVE_BYTES);
    }, RETRY_MS);
    retry.unref();
  }

  function appendAll(entries: readonly Entry[]): number {
    lastNow = entries.at(-1)?.now ?? lastNow;
    if (waiting.rows().length + entries.length > MOST_WAITING) {
      // The gate decides on; what it did stays unrecorded and unacknowledged, and the next row written says how much.
      dropped += entries.length;
      // They go with the row that tells of them.
      for (const entry of entries) {
        if (entry.uses !== undefined) used.add(entry.uses.device, entry.uses.eventId, lastSeq + 1);
        const beside = besideOf(entry);
        if (Object.keys(beside).length > 0) waiting.keep(beside);
      }
      return NEVER;
    }
    if (!refusing && used.isFarAhead(lastSeq)) follow(flushedSeq);
    const fresh = entries.map((entry) => (dropped === 0 ? pendingOf(entry) : telling(entry)));
    waiting.add(fresh);
    for (const [n, entry] of entries.entries()) {
      const row = fresh[n]?.row;
      if (row === undefined) continue;
      if (entry.uses !== undefined) used.add(entry.uses.device, entry.uses.eventId, row.seq);
      if (deps.onRow !== undefined) untold.push({ row, entry });
    }
    if (!writing) {
      writing = true;
      queueMicrotask(write);
    }
    return lastSeq;
  }

  /** While the disk refuses, the timer tries; a full disk must not cost each decision a failed write. */
  function write(): void {
    writing = false;
    if (refusing || flush()) return;
    refusing = true;
    tellState();
    tryAgain();
  }

  function telling(entry: Entry): Pending {
    const unrecorded = dropped;
    dropped = 0;
    const pending = pendingOf({ ...entry, open: { ...entry.open, unrecordedBefore: unrecorded } });
    return { ...pending, also: waiting.takeRowless() };
  }

  function told(row: StoredRow): Row {
    return dated(toldRow(row, unsealRow(row, sealKeys)), offsetOf);
  }

  function offsetOf(boot: string): number | undefined {
    const known = offsets.get(boot);
    if (known !== undefined) return known;
    for (const { open } of store.clockRows(boot)) {
      const offsetMs = offsetIn(open);
      if (offsetMs === undefined) continue;
      offsets.set(boot, offsetMs);
      return offsetMs;
    }
    return undefined;
  }

  const sealKeys: SealKeys = {
    keyOfSubject: (subject) => deps.keyOfSubject?.(subject),
    keyOfDay(wallMs) {
      const day = deps.dateOf?.(wallMs);
      return day === undefined ? undefined : (days.get(day) ?? ask(() => store.dayKey(day), undefined));
    },
  };

  /** The damaged file is rebuilt when nobody decides by it any more; what waits in memory goes on where it ends. */
  function rebuildAtEnd(why: string, now: Now): void {
    const firstWaiting = waiting.rows()[0]?.row.seq ?? lastSeq + 1;
    const found = rebuildFile(deps.file, why, firstWaiting - 1);
    const fresh = openWritable(deps.file);
    try {
      const store = openStore(fresh);
      store.writeAll([...waiting.rows(), pendingOf({ ...damageRow(found), now })]);
      used.follow(lastSeq, store);
    } finally {
      fresh.close();
    }
  }

  return {
    boot: deps.boot,
    append: (entry) => appendAll([entry]),
    appendAll,
    write,
    whenDurable(seq, then) {
      if (seq !== NEVER) syncer.whenDurable(seq, then);
    },
    get durableSeq() {
      return syncer.durableSeq;
    },
    used: used.has,
    whereabouts(holder) {
      const subject = nameOf(holder);
      const found = waiting.placed(subject) ?? ask(() => waiting.unlessCleared(store.placed(subject)), undefined);
      if (found === undefined) return undefined;
      return { sinceWallMs: found.wall, ...(found.area === null ? {} : { area: found.area }) };
    },
    vehiclesOfHouseholdIn(household, area, except) {
      const subject = nameOf(except);
      return ask(
        () =>
          (isCleared(area) ? 0 : store.vehiclesOfHouseholdIn(area, household, subject)) +
          waiting.moreVehiclesIn(area, store, (one) => one.household === household && one.subject !== subject),
        0,
      );
    },
    vehiclesIn: (area) =>
      ask(() => (isCleared(area) ? 0 : store.vehiclesIn(area)) + waiting.moreVehiclesIn(area, store, () => true), 0),
    inside: (area) =>
      ask(() => (isCleared(area) ? { people: 0, vehicles: 0 } : store.inside(area)), { people: 0, vehicles: 0 }),
    clearedWallMs: (area) => waiting.clearedWallMs(area) ?? ask(() => store.clearedWallMs(area), undefined),
    // A counted code whose count can't be read has none left: a failure opens nothing.
    usesOf(type, value) {
      const key = credentialKey(type, value);
      return ask(() => store.usesOf(key) + waiting.counted(key), Number.MAX_SAFE_INTEGER);
    },
    latest(count) {
      write();
      return ask(() => store.latest(count).map(told), []);
    },
    newest: (most, wanted) =>
      ask(() => {
        const found: Row[] = [];
        for (const stored of store.newestFirst(most)) {
          const row = toldRow(stored);
          if (!wanted(row)) break;
          found.push(row);
        }
        return found;
      }, []),
    after(seq, count) {
      write();
      return ask(() => store.after(seq, count).map(told), []);
    },
    lastOf(_kind, lane) {
      write();
      return ask(() => {
        const found = store.lastMode(lane);
        return found === undefined ? undefined : told(found);
      }, undefined);
    },
    kept: () => ask(store.kept, []),
    eraseDays(before) {
      for (const day of days.keys()) if (day < before) days.delete(day);
      try {
        return store.eraseDays(before);
      } catch (cause) {
        throw databaseFault(cause, deps.file);
      }
    },
    mark() {
      if (waiting.rows().length > 0 || syncer.durableSeq < lastSeq) return; // the next one will do
      const mark = { seq: lastSeq, hash: Buffer.from(lastHash).toString("hex") };
      ask(() => store.mark(lastSeq, lastHash), undefined);
      marked = marked.then(() => writeMark(deps.file, mark));
    },
    damage,
    state,
    onState: (hear) => void hearers.push(hear),
    async close() {
      clearTimeout(retry);
      refusing = false;
      write();
      clearTimeout(retry);
      clearImmediate(afterTurn);
      tellRows();
      if (follow(flushedSeq)) syncer.written(flushedSeq);
      await Promise.all([syncer.close(), marked]);
      db.close();
      if (fault?.code === "DATABASE_DAMAGED" && lastNow !== undefined) rebuildAtEnd(fault.message, lastNow);
    },
  };
}
