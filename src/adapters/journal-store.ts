/** The journal's statements on one connection. Everything here may throw SQLite's errors. */
import type { Kept } from "../shell/ports.ts";
import type { Connection } from "./database.ts";
import type { StoredRow } from "./journal-chain.ts";
import { CLOCK_ROWS } from "./journal-told.ts";

/** What a row changes beside itself. */
export interface Beside {
  readonly placed?: Placed;
  /** A credential, as its keyed hash. */
  readonly counted?: string;
  readonly cleared?: Cleared;
  readonly keeps?: readonly Kept[];
}
export interface Cleared {
  readonly area: string;
  readonly wall: number;
}
/** A row with what is written in the same transaction. */
export interface Pending extends Beside {
  readonly row: StoredRow;
  /** What rows before it changed that found no place themselves. */
  readonly also?: readonly Beside[];
  /** The strangers' key of a day, while the file may not have it. */
  readonly day?: { readonly day: string; readonly key: Uint8Array };
}
/** A device's event id that stands in a row. */
export interface Used {
  readonly device: string;
  readonly event: string;
  readonly seq: number;
}
export interface Placed {
  readonly subject: string;
  readonly household: string | null;
  readonly vehicle: boolean;
  readonly area: string | null;
  readonly wall: number;
}
export type Store = ReturnType<typeof openStore>;

const CELLS = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const PLACED = "subject, household, vehicle, area, wall";

const cells = (row: StoredRow) =>
  [
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
  ] as const;
const isBare = ({ placed, counted, cleared, keeps, day, also }: Pending) =>
  also === undefined &&
  placed === undefined &&
  counted === undefined &&
  cleared === undefined &&
  keeps === undefined &&
  day === undefined;

export function openStore(db: Connection) {
  const insert = db.prepare(`INSERT INTO journal VALUES ${CELLS}`);
  const insertTwo = db.prepare(`INSERT INTO journal VALUES ${CELLS}, ${CELLS}`);
  const use = db.prepare("INSERT INTO used VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const place = db.prepare(
    `INSERT INTO placed(${PLACED}) VALUES (?, ?, ?, ?, ?) ON CONFLICT(subject) DO UPDATE SET
     household = excluded.household, vehicle = excluded.vehicle, area = excluded.area, wall = excluded.wall`,
  );
  const count = db.prepare("INSERT INTO uses VALUES (?, 1) ON CONFLICT(credential) DO UPDATE SET count = count + 1");
  // Kept as somebody whose place isn't known: a file that is rebuilt after damage takes the newest word of each.
  const clearArea = db.prepare("UPDATE placed SET area = NULL, wall = ? WHERE area = ?");
  const noteCleared = db.prepare(
    `INSERT INTO cleared VALUES (?, ?, ?, ?) ON CONFLICT(area) DO UPDATE SET
     wall = excluded.wall, seq = excluded.seq, boot = excluded.boot`,
  );
  const keep = db.prepare("INSERT INTO kept VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET text = excluded.text");
  const kept = db.prepare<[], Kept>("SELECT key, text FROM kept");
  const clearedAt = db.prepare<[string], { wall: number }>("SELECT wall FROM cleared WHERE area = ?");
  const inside = db.prepare<[string], { people: number; vehicles: number }>(
    "SELECT count(*) - total(vehicle) people, total(vehicle) vehicles FROM placed WHERE area = ?",
  );
  const newDay = db.prepare("INSERT INTO day_key VALUES (?, ?) ON CONFLICT DO NOTHING");
  const used = db.prepare<[string, string], { seq: number }>("SELECT seq FROM used WHERE device = ? AND event = ?");
  const placed = db.prepare<[string], Omit<Placed, "vehicle"> & { vehicle: number }>(
    `SELECT ${PLACED} FROM placed WHERE subject = ?`,
  );
  const inArea = db.prepare<[string], { n: number }>("SELECT count(*) n FROM placed WHERE vehicle = 1 AND area = ?");
  const ofHousehold = db.prepare<[string, string, string], { n: number }>(
    "SELECT count(*) n FROM placed WHERE vehicle = 1 AND area = ? AND household = ? AND subject <> ?",
  );
  const usesOf = db.prepare<[string], { count: number }>("SELECT count FROM uses WHERE credential = ?");
  const dayKey = db.prepare<[string], { key: Uint8Array }>("SELECT key FROM day_key WHERE day = ?");
  const eraseDays = db.prepare("DELETE FROM day_key WHERE day < ?");
  const tip = db.prepare<[], StoredRow>("SELECT * FROM journal ORDER BY seq DESC LIMIT 1");
  const at = db.prepare<[number], StoredRow>("SELECT * FROM journal WHERE seq = ?");
  const latest = db.prepare<[number], StoredRow>("SELECT * FROM journal ORDER BY seq DESC LIMIT ?");
  const newestFirst = db.prepare<[number], StoredRow>("SELECT * FROM journal ORDER BY seq DESC LIMIT ?");
  const after = db.prepare<[number, number], StoredRow>("SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?");
  const lastOf = db.prepare<[string], StoredRow>(
    "SELECT * FROM journal WHERE kind = 'mode' AND lane = ? ORDER BY seq DESC LIMIT 1",
  );
  const clockRows = db.prepare<[string], { open: string }>(CLOCK_ROWS);
  const mark = db.prepare("INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO NOTHING");

  function write(pending: Pending): void {
    const { row, also, day } = pending;
    insertRow(row);
    if (also !== undefined) for (const one of also) writeBeside(one, row);
    writeBeside(pending, row);
    if (day !== undefined) newDay.run(day.day, day.key);
  }

  function writeBeside({ placed, counted, cleared, keeps }: Beside, row: StoredRow): void {
    if (cleared !== undefined) {
      clearArea.run(cleared.wall, cleared.area);
      noteCleared.run(cleared.area, cleared.wall, row.seq, row.boot);
    }
    if (placed !== undefined) {
      const { subject, household, vehicle, area, wall } = placed;
      place.run(subject, household, vehicle ? 1 : 0, area, wall);
    }
    if (counted !== undefined) count.run(counted);
    if (keeps !== undefined) for (const { key, text } of keeps) keep.run(key, text);
  }

  function insertRow(row: StoredRow): void {
    insert.run(...cells(row));
  }

  const writeAll = db.transaction((rows: readonly Pending[]) => {
    for (const row of rows) write(row);
  });
  const useAll = db.transaction((all: readonly Used[]) => {
    for (const { device, event, seq } of all) use.run(device, event, seq);
  });

  return {
    insertRow,
    /** All or none. A row with nothing beside it is its own transaction: one call instead of three on the way to the relay. */
    writeAll(rows: readonly Pending[]): void {
      const [first, second, ...more] = rows;
      const alone =
        first !== undefined && more.length === 0 && isBare(first) && (second === undefined || isBare(second));
      if (!alone) writeAll.immediate(rows);
      else if (second === undefined) insertRow(first.row);
      else insertTwo.run(...cells(first.row), ...cells(second.row));
    },
    /** All or none. */
    useAll: (all: readonly Used[]) => useAll.immediate(all),
    used: (device: string, event: string) => used.get(device, event) !== undefined,
    placed(subject: string): Placed | undefined {
      const found = placed.get(subject);
      return found === undefined ? undefined : { ...found, vehicle: found.vehicle === 1 };
    },
    vehiclesIn: (area: string) => inArea.get(area)?.n ?? 0,
    vehiclesOfHouseholdIn: (area: string, household: string, except: string) =>
      ofHousehold.get(area, household, except)?.n ?? 0,
    inside: (area: string) => inside.get(area) ?? { people: 0, vehicles: 0 },
    kept: () => kept.all(),
    clearedWallMs: (area: string) => clearedAt.get(area)?.wall,
    usesOf: (credential: string) => usesOf.get(credential)?.count ?? 0,
    dayKey: (day: string) => dayKey.get(day)?.key,
    eraseDays(before: string): number {
      // Without it the keys would still lie in the file's free room.
      db.pragma("secure_delete = ON");
      const { changes } = eraseDays.run(before);
      db.pragma("secure_delete = OFF");
      return changes;
    },
    tip: () => tip.get(),
    at: (seq: number) => at.get(seq),
    latest: (many: number) => latest.all(many),
    newestFirst: (most: number) => newestFirst.iterate(most),
    after: (seq: number, many: number) => after.all(seq, many),
    clockRows: (boot: string) => clockRows.iterate(boot),
    lastMode: (lane: string) => lastOf.get(lane),
    mark: (seq: number, hash: Uint8Array) => void mark.run(seq, hash),
  };
}
