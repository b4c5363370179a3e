/**
 * Traffic: passages that the loops saw, by lane, direction, kind, way of opening and quarter of an hour. A fold over the
 * journal's rows that can be stopped and resumed at any row. What is late, or was dated anew, corrects its quarter.
 */
import type { Counts, Fact, Granted, Inside, LaneKinds, Share, Spent, TrafficState } from "./traffic-terms.ts";

export const QUARTER_MS = 900_000;
export const NO_TRAFFIC: TrafficState = { grants: [], inside: { people: 0, vehicles: 0 }, undated: [] };
export const NO_COUNTS: Counts = {
  passages: {},
  refusals: {},
  waiting: { count: 0, totalMs: 0 },
  waitingBy: {},
  opening: { count: 0, totalMs: 0 },
  openMs: 0,
};

/** A passage comes soon after its grant; more than these are never on their way at once. */
const GRANTS_KEPT = 200;
/** What was counted without a clock and is older than this many rows stays in the quarter that it claims. */
const UNDATED_KEPT = 2_000;

export const quarterOf = (wallMs: number): number => Math.floor(wallMs / QUARTER_MS) * QUARTER_MS;

/** The state after this row, and what the row adds to which quarters. */
export function count(lanes: LaneKinds, state: TrafficState, fact: Fact): readonly [TrafficState, readonly Share[]] {
  switch (fact.is) {
    case "granted": {
      const { id, way, kind, boot, at } = fact;
      const grants = [...state.grants, { id, way, kind, boot, at }].slice(-GRANTS_KEPT);
      return [{ ...state, grants }, []];
    }
    case "refused":
      return keep(state, [share(state, fact, fact.lane, { refusals: { [fact.reason]: 1 } })]);
    case "passed":
      return passed(lanes, state, fact);
    case "opened":
      return keep(state, opened(state, fact));
    case "redated":
      return redated(state, fact);
  }
}

function passed(lanes: LaneKinds, state: TrafficState, fact: Fact & { readonly is: "passed" }) {
  const grant = state.grants.find(({ id }) => id === fact.credit);
  const way = fact.credit === undefined ? "none" : (grant?.way ?? "unknown");
  const kind = grant?.kind ?? "unknown";
  const inside = moved(state.inside, fact.direction, lanes.get(fact.lane) === "vehicle");
  const next = { ...state, inside };
  const key = `${fact.direction} ${kind} ${way}`;
  const waiting = waited(grant, fact);
  const waitingBy = waiting.count === 0 ? {} : { [key]: waiting };
  return keep(next, [share(next, fact, fact.lane, { passages: { [key]: 1 }, waiting, waitingBy })]);
}

function waited(grant: Granted | undefined, fact: Fact): Spent {
  // Ticks of another start can't be compared.
  if (grant === undefined || grant.boot !== fact.boot || grant.at > fact.at) return NO_COUNTS.waiting;
  return { count: 1, totalMs: fact.at - grant.at };
}

function moved(inside: Inside, direction: string, vehicle: boolean): Inside {
  const by = direction === "in" ? 1 : direction === "out" ? -1 : 0;
  const what = vehicle ? "vehicles" : "people";
  return { ...inside, [what]: Math.max(0, inside[what] + by) };
}

/** Open minutes belong to the quarters in which they went by, however late the closing tells them. */
function opened(state: TrafficState, fact: Fact & { readonly is: "opened" }): readonly Share[] {
  const from = fact.wallMs - fact.openMs;
  const shares: Share[] = [];
  for (let quarter = quarterOf(from); quarter <= fact.wallMs; quarter += QUARTER_MS) {
    const begin = Math.max(from, quarter);
    const openMs = Math.min(fact.wallMs, quarter + QUARTER_MS) - begin;
    const first = quarter <= from;
    const rising = first && fact.risingMs !== undefined ? { count: 1, totalMs: fact.risingMs } : NO_COUNTS.opening;
    const made = share(state, { ...fact, wallMs: begin }, fact.lane, { openMs, opening: rising });
    if (openMs > 0 || first) shares.push(made);
  }
  return shares;
}

/** Out of the quarters that a wrong clock named, into the right ones: a revision of both, never a second count. */
function redated(
  state: TrafficState,
  fact: Fact & { readonly is: "redated" },
): readonly [TrafficState, readonly Share[]] {
  const wrong = state.undated.filter(({ boot }) => boot === fact.of);
  const undated = state.undated.filter(({ boot }) => boot !== fact.of);
  const shares = wrong.flatMap((one): readonly Share[] => {
    const wallMs = one.wallMs + fact.byMs;
    const moved = { ...one, seq: fact.seq, wallMs, quarterMs: quarterOf(wallMs), trust: fact.trust };
    return [{ ...one, seq: fact.seq, counts: negative(one.counts) }, moved];
  });
  return [{ ...state, undated }, shares];
}

function share(state: TrafficState, fact: Fact, lane: string, counts: Partial<Counts>): Share {
  const { seq, boot, trust, wallMs } = fact;
  return {
    seq,
    boot,
    trust,
    lane,
    wallMs,
    quarterMs: quarterOf(wallMs),
    counts: { ...NO_COUNTS, ...counts },
    inside: state.inside,
  };
}

function keep(state: TrafficState, shares: readonly Share[]): readonly [TrafficState, readonly Share[]] {
  const doubted = shares.filter(({ trust }) => trust === "untrusted");
  if (doubted.length === 0) return [state, shares];
  return [{ ...state, undated: [...state.undated, ...doubted].slice(-UNDATED_KEPT) }, shares];
}

/** Both together. What has come down to nothing isn't told any more. */
export function plus(one: Counts, other: Counts): Counts {
  return {
    passages: sums(one.passages, other.passages),
    refusals: sums(one.refusals, other.refusals),
    waiting: both(one.waiting, other.waiting),
    waitingBy: eachBoth(one.waitingBy, other.waitingBy),
    opening: both(one.opening, other.opening),
    openMs: one.openMs + other.openMs,
  };
}

const both = (one: Spent, other: Spent): Spent => ({
  count: one.count + other.count,
  totalMs: one.totalMs + other.totalMs,
});

function eachBoth(one: Counts["waitingBy"], other: Counts["waitingBy"]): Counts["waitingBy"] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const pairs = [...keys].map(
    (key) => [key, both(one[key] ?? NO_COUNTS.waiting, other[key] ?? NO_COUNTS.waiting)] as const,
  );
  return Object.fromEntries(pairs.filter(([, { count, totalMs }]) => count !== 0 || totalMs !== 0));
}

function sums(one: Counts["passages"], other: Counts["passages"]): Counts["passages"] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const pairs = [...keys].map((key) => [key, (one[key] ?? 0) + (other[key] ?? 0)] as const);
  return Object.fromEntries(pairs.filter(([, many]) => many !== 0));
}

function negative(counts: Counts): Counts {
  const minus = (group: Counts["passages"]) =>
    Object.fromEntries(Object.entries(group).map(([key, many]) => [key, -many]));
  const less = ({ count, totalMs }: Spent): Spent => ({ count: -count, totalMs: -totalMs });
  return {
    passages: minus(counts.passages),
    refusals: minus(counts.refusals),
    waiting: less(counts.waiting),
    waitingBy: Object.fromEntries(Object.entries(counts.waitingBy).map(([key, spent]) => [key, less(spent)])),
    opening: less(counts.opening),
    openMs: -counts.openMs,
  };
}
