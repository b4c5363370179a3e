/** The journal's statements on one connection. Everything here may throw SQLite's errors. */
import type { Connection } from "./database.ts";
import type { StoredRow } from "./journal-chain.ts";

/** What a row changes beside itself. */
export interface Beside {
  readonly used?: { readonly device: string; readonly event: string };
  readonly placed?: Placed;
  /** A credential, as its keyed hash. */
  readonly counted?: string;
}
/** A row with what is written in the same transaction. */
export interface Pending extends Beside {
  readonly row: StoredRow;
  /** What rows before it changed that found no place themselves. */
  readonly also?: readonly Beside[];
  /** The strangers' key of a day, while the file may not have it. */
  readonly day?: { readonly day: string; readonly key: Uint8Array };
}
export interface Placed {
  readonly subject: string;
  readonly household: string | null;
  readonly vehicle: boolean;
  readonly area: string | null;
  readonly wall: number;
}
export type Store = ReturnType<typeof openStore>;

const PLACED = "subject, household, vehicle, area, wall";

export function openStore(db: Connection) {
  const insert = db.prepare("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const use = db.prepare("INSERT INTO used VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const place = db.prepare(
    `INSERT INTO placed(${PLACED}) VALUES (?, ?, ?, ?, ?) ON CONFLICT(subject) DO UPDATE SET
     household = excluded.household, vehicle = excluded.vehicle, area = excluded.area, wall = excluded.wall`,
  );
  const count = db.prepare("INSERT INTO uses VALUES (?, 1) ON CONFLICT(credential) DO UPDATE SET count = count + 1");
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
  const tip = db.prepare<[], StoredRow>("SELECT * FROM journal ORDER BY seq DESC LIMIT 1");
  const at = db.prepare<[number], StoredRow>("SELECT * FROM journal WHERE seq = ?");
  const latest = db.prepare<[number], StoredRow>("SELECT * FROM journal ORDER BY seq DESC LIMIT ?");
  const after = db.prepare<[number, number], StoredRow>("SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?");
  const lastOf = db.prepare<[string], StoredRow>(
    "SELECT * FROM journal WHERE kind = 'mode' AND lane = ? ORDER BY seq DESC LIMIT 1",
  );
  const mark = db.prepare("INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO NOTHING");

  function write(pending: Pending): void {
    const { row, also, day } = pending;
    insertRow(row);
    if (also !== undefined) for (const one of also) writeBeside(one, row.seq);
    writeBeside(pending, row.seq);
    if (day !== undefined) newDay.run(day.day, day.key);
  }

  function writeBeside({ used, placed, counted }: Beside, seq: number): void {
    if (used !== undefined) use.run(used.device, used.event, seq);
    if (placed !== undefined) {
      const { subject, household, vehicle, area, wall } = placed;
      place.run(subject, household, vehicle ? 1 : 0, area, wall);
    }
    if (counted !== undefined) count.run(counted);
  }

  function insertRow(row: StoredRow): void {
    const { seq, boot, wall, trust, kind, lane, open, subject, sealed, hash } = row;
    insert.run(seq, boot, row.at, wall, trust, kind, lane, open, subject, sealed, hash);
  }

  const writeAll = db.transaction((rows: readonly Pending[]) => {
    for (const row of rows) write(row);
  });

  return {
    insertRow,
    /** All or none. */
    writeAll: (rows: readonly Pending[]) => writeAll.immediate(rows),
    used: (device: string, event: string) => used.get(device, event) !== undefined,
    placed(subject: string): Placed | undefined {
      const found = placed.get(subject);
      return found === undefined ? undefined : { ...found, vehicle: found.vehicle === 1 };
    },
    vehiclesIn: (area: string) => inArea.get(area)?.n ?? 0,
    vehiclesOfHouseholdIn: (area: string, household: string, except: string) =>
      ofHousehold.get(area, household, except)?.n ?? 0,
    usesOf: (credential: string) => usesOf.get(credential)?.count ?? 0,
    dayKey: (day: string) => dayKey.get(day)?.key,
    tip: () => tip.get(),
    at: (seq: number) => at.get(seq),
    latest: (many: number) => latest.all(many),
    after: (seq: number, many: number) => after.all(seq, many),
    lastMode: (lane: string) => lastOf.get(lane),
    mark: (seq: number, hash: Uint8Array) => void mark.run(seq, hash),
  };
}
