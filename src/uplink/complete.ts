/** Whether a gate's records are all there, by stream, gate and day: what a platform asks of what was carried to it. */
import type { Link, StreamName } from "./records.ts";

/** What of a record names its place. */
export interface Placed {
  readonly site: string;
  readonly gate: string;
  readonly stream: StreamName;
  readonly seq: number;
  readonly previousSeq: number;
  readonly hash: string;
  readonly previousHash: string;
  /** ISO 8601, site time. */
  readonly time: string;
}

export interface DayTold {
  readonly site: string;
  readonly gate: string;
  /** YYYY-MM-DD, site time. */
  readonly day: string;
  readonly records: number;
  /** Records of that day before which one is missing: the last that is there, and the first that is missing no more. */
  readonly missing: readonly { readonly stream: StreamName; readonly after: number; readonly before: number }[];
}

export interface Complete {
  readonly days: readonly DayTold[];
  /** By gate and stream: the newest record to which every link is there. */
  readonly whole: readonly {
    readonly site: string;
    readonly gate: string;
    readonly stream: StreamName;
    readonly seq: number;
    readonly hash: string;
  }[];
}

/**
 * Follows the links of each stream, from what was stored before.
 * @param known records up to which each stream is stored already, by `site gate stream`; absent = nothing is. They count
 * where the records stand on them: after a restore a gate gives the same numbers to other records.
 */
export function complete(records: Iterable<Placed>, known: ReadonlyMap<string, readonly Link[]> = new Map()): Complete {
  const streams = new Map<string, Map<number, Placed>>();
  for (const one of records) {
    const key = `${one.site} ${one.gate} ${one.stream}`;
    const there = streams.get(key) ?? new Map<number, Placed>();
    there.set(one.seq, one);
    streams.set(key, there);
  }
  const days = new Map<string, { told: Placed; records: number; missing: DayTold["missing"][number][] }>();
  const whole: Complete["whole"][number][] = [];
  for (const [key, there] of streams) {
    const sorted = [...there.values()].sort((one, other) => one.seq - other.seq);
    const stored = storedBelow(sorted, known.get(key) ?? []);
    let last: Placed | undefined;
    let broken = false;
    for (const [n, one] of sorted.entries()) {
      const day = one.time.slice(0, 10);
      const at = days.get(`${one.site} ${one.gate} ${day}`) ?? { told: one, records: 0, missing: [] };
      at.records++;
      const before = sorted[n - 1];
      const from = Math.max(before?.seq ?? 0, stored);
      const isOther = before?.seq === one.previousSeq && before.hash !== one.previousHash;
      if (one.previousSeq > from || isOther) {
        at.missing.push({ stream: one.stream, after: from, before: one.seq });
        broken = true;
      }
      if (!broken) last = one;
      days.set(`${one.site} ${one.gate} ${day}`, at);
    }
    if (last !== undefined)
      whole.push({ site: last.site, gate: last.gate, stream: last.stream, seq: last.seq, hash: last.hash });
  }
  return {
    days: [...days.values()]
      .map(({ told, records: count, missing }) => ({
        site: told.site,
        gate: told.gate,
        day: told.time.slice(0, 10),
        records: count,
        missing,
      }))
      .sort((one, other) =>
        `${one.site} ${one.gate} ${one.day}`.localeCompare(`${other.site} ${other.gate} ${other.day}`),
      ),
    whole,
  };
}

/** The newest of what is stored that these very records contain or begin behind; 0 = they say nothing of it. */
function storedBelow(sorted: readonly Placed[], known: readonly Link[]): number {
  const here = new Set(
    sorted.flatMap(({ seq, hash, previousSeq, previousHash }) => [`${seq} ${hash}`, `${previousSeq} ${previousHash}`]),
  );
  return known.reduce((most, { seq, hash }) => (here.has(`${seq} ${hash}`) ? Math.max(most, seq) : most), 0);
}
