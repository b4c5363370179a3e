/**
 * Counts traffic from the journal's rows, a few at a time; where there is somebody to tell, tells each quarter of an hour
 * once it is over, and again when something late has changed it. The counts are derived: lost, they are counted again
 * from the journal.
 */
import { count, NO_COUNTS, NO_TRAFFIC, plus, QUARTER_MS } from "../core/traffic.ts";
import { onBetween, type Seen } from "../core/traffic-on.ts";
import type { LaneKinds, Share, TrafficState } from "../core/traffic-terms.ts";
import type { OpenRow, OpenRows } from "../shell/ports.ts";
import { factOf, trustOf } from "./facts.ts";
import type { Quarter } from "./summaries.ts";

/** One quarter as kept: with the revision that the platform has. */
export interface Kept extends Quarter {
  readonly told: number;
}
/** All quarters of one UTC day; rows up to `upTo` are counted in it. */
export interface Day {
  readonly date: string;
  readonly upTo: number;
  readonly quarters: readonly Kept[];
  /** How long the gate is known to have been running, ms by the begin of the quarter. */
  readonly on: Readonly<Record<string, number>>;
}
export interface Tallied {
  /** Rows up to here are counted. */
  readonly upTo: number;
  readonly state: TrafficState;
  /** The newest row. */
  readonly last?: Seen | undefined;
  /** Days of which something is still to be told; `all` = there was nobody to tell. */
  readonly owing: readonly string[] | "all";
}

export interface TallyStore {
  readonly found: Tallied | undefined;
  /** Of every counted day. */
  dates(): readonly string[];
  day(date: string): Day | undefined;
  /** Days first: a row that a day has already isn't counted in it again. */
  save(days: readonly Day[], tallied: Tallied): void;
}

export interface TallyDeps {
  readonly lanes: LaneKinds;
  readonly rows: Pick<OpenRows, "after">;
  readonly durableSeq: () => number;
  readonly store: TallyStore;
  readonly wallMs: () => number;
  readonly soon: (then: () => void) => void;
  /** Absent where there is nobody to tell. False: not now. */
  readonly tell?: (quarter: Quarter, then: () => void) => boolean;
}

export interface Tally {
  /** Counts what has been written since, then tells what is due. */
  turn(): void;
  state(): TrafficState;
  upTo(): number;
  /** The newest counted row. */
  last(): Seen | undefined;
  /** A day at hand, with what isn't saved yet. */
  recent(date: string): Omit<Day, "upTo"> | undefined;
  /** The line has broken: what was on its way is told again. */
  again(): void;
  /** Writes down what was counted. */
  save(): void;
  close(): void;
}

const ROWS_A_SLICE = 16;
const ROWS_A_SAVE = 20_000;
/** More quarters than one platform answer can be waited for at once. */
const TOLD_AT_ONCE = 8;
const DAYS_AT_HAND = 4;

interface Open {
  /** Counted in it when it was read: only later rows add to it. */
  readonly hadUpTo: number;
  readonly quarters: Map<string, Kept>;
  readonly on: Map<string, number>;
  changed: boolean;
}

export function openTally(deps: TallyDeps): Tally {
  const { store } = deps;
  let state = store.found?.state ?? NO_TRAFFIC;
  let upTo = store.found?.upTo ?? 0;
  let last = store.found?.last;
  let savedUpTo = upTo;
  const owed = store.found?.owing ?? [];
  const owing = new Set(owed === "all" ? store.dates() : owed);
  const days = new Map<string, Open>();
  const onTheirWay = new Set<string>();
  let counting = false;
  let closed = false;

  function day(date: string): Open {
    const known = days.get(date);
    if (known !== undefined) return known;
    const found = store.day(date);
    const made: Open = {
      hadUpTo: found?.upTo ?? 0,
      quarters: new Map(found?.quarters.map((one) => [keyOf(one), one])),
      on: new Map(Object.entries(found?.on ?? {})),
      changed: false,
    };
    days.set(date, made);
    return made;
  }

  function add(share: Share, hash: string): void {
    const date = dateOf(share.quarterMs);
    const at = day(date);
    if (share.seq <= at.hadUpTo) return;
    const before = at.quarters.get(keyOf(share));
    const { lane, quarterMs, inside } = share;
    at.quarters.set(keyOf(share), {
      lane,
      quarterMs,
      inside,
      counts: plus(before?.counts ?? NO_COUNTS, share.counts),
      revision: share.seq,
      hash,
      trust: least(before?.trust, share.trust),
      told: before?.told ?? 0,
    });
    at.changed = true;
    owing.add(date);
  }

  function wasOn(row: OpenRow): void {
    const seen: Seen = { boot: row.boot, at: row.at, wallMs: row.wallMs, trust: trustOf(row) };
    for (const { quarterMs, onMs } of onBetween(last, seen)) {
      const at = day(dateOf(quarterMs));
      if (row.seq <= at.hadUpTo) continue;
      const key = String(quarterMs);
      at.on.set(key, (at.on.get(key) ?? 0) + onMs);
      at.changed = true;
    }
    last = seen;
  }

  function slice(): void {
    counting = false;
    if (closed) return;
    const rows = deps.rows.after(upTo, deps.durableSeq(), ROWS_A_SLICE);
    for (const row of rows) {
      const fact = factOf(row);
      wasOn(row);
      upTo = row.seq;
      if (fact === undefined) continue;
      const [next, shares] = count(deps.lanes, state, fact);
      state = next;
      for (const share of shares) add(share, row.hash);
    }
    if (upTo - savedUpTo >= ROWS_A_SAVE) save();
    if (rows.length === ROWS_A_SLICE) later();
    else if (deps.tell !== undefined) tell(deps.tell);
    else if (days.size > DAYS_AT_HAND) save();
  }

  function later(): void {
    if (counting || closed) return;
    counting = true;
    deps.soon(() => {
      try {
        slice();
      } catch {
        // The journal can't be read just now: the next turn counts on. The gate has its own ways of telling that.
      }
    });
  }

  function tell(say: Say): void {
    for (const date of [...owing].sort()) {
      const at = day(date);
      const due = [...at.quarters.values()].filter((one) => one.told < one.revision);
      if (due.length === 0) {
        owing.delete(date);
        continue;
      }
      for (const one of due) if (isOver(one) && !tellOne(say, at, one)) return;
    }
    if (days.size > DAYS_AT_HAND) save();
  }

  const isOver = (one: Quarter) => one.quarterMs + QUARTER_MS <= deps.wallMs();

  function tellOne(say: Say, at: Open, one: Kept): boolean {
    const key = `${one.revision} ${keyOf(one)}`;
    if (onTheirWay.has(key)) return true;
    if (onTheirWay.size >= TOLD_AT_ONCE) return false;
    const taken = say(one, () => {
      onTheirWay.delete(key);
      const now = at.quarters.get(keyOf(one));
      if (now !== undefined) at.quarters.set(keyOf(one), { ...now, told: Math.max(now.told, one.revision) });
      at.changed = true;
      later();
    });
    if (taken) onTheirWay.add(key);
    return taken;
  }

  function save(): void {
    const changed = [...days].filter(([, at]) => at.changed);
    store.save(
      changed.map(([date, at]) => ({ date, upTo, ...plain(at) })),
      {
        upTo,
        state,
        last,
        owing: deps.tell === undefined ? "all" : [...owing],
      },
    );
    for (const [date, at] of days) {
      at.changed = false;
      // What is on its way comes back to the very map that it left.
      if (days.size > DAYS_AT_HAND && onTheirWay.size === 0) days.delete(date);
    }
    savedUpTo = upTo;
  }

  return {
    turn() {
      later();
    },
    again() {
      onTheirWay.clear();
      later();
    },
    state: () => state,
    upTo: () => upTo,
    last: () => last,
    recent(date) {
      const at = days.get(date);
      return at === undefined ? undefined : { date, ...plain(at) };
    },
    save,
    close() {
      closed = true;
    },
  };
}

type Say = NonNullable<TallyDeps["tell"]>;
const plain = ({ quarters, on }: Open) => ({ quarters: [...quarters.values()], on: Object.fromEntries(on) });
const keyOf = ({ lane, quarterMs }: { readonly lane: string; readonly quarterMs: number }) => `${quarterMs} ${lane}`;
const dateOf = (epochMs: number) => new Date(epochMs).toISOString().slice(0, 10);
const WORTH = ["untrusted", "holdover", "trusted"] as const;
const least = (one: Quarter["trust"] | undefined, other: Quarter["trust"]): Quarter["trust"] =>
  WORTH.find((trust) => trust === one || trust === other) ?? other;
