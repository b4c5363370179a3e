/**
 * Plate fusion: a camera reads one vehicle many times and not always right; the reads become one verdict.
 * One state per access point. Feed it fresh reads alone: what is stale never gets here.
 *
 * A vehicle's reads end after `quietMs` without one, at `maxMs` after the first, or at once with a decisive read. After
 * that, further reads of the same plate or a look-alike belong to the vehicle still standing there and are swallowed;
 * any other plate is the next vehicle. Unless it was a misread: a plate nearly the same that turned up between two reads
 * of one vehicle (two vehicles don't take turns before a camera), or once and within a blink of it.
 */
import { confusable, isPlate, normalise, placesApart } from "./plates.ts";
import type { Millis, Presented } from "./terms.ts";

/** A vehicle not read for this long (or `maxMs`, if longer) after its verdict has gone; the next read is a new arrival. */
export const SAME_VEHICLE_MS = 5_000;
/** No second plate gets to where the first one was read within this time, ms: five metres in it would be 70 km/h. */
export const BLINK_MS = 250;

/** Both 0 = a verdict on the first read. */
export interface FusePlan {
  readonly quietMs: number;
  readonly maxMs: number;
}

/** One spelling of a vehicle's plate. */
interface Spelling {
  readonly plate: string;
  readonly weight: number;
  /** The report of the best read of this spelling. */
  readonly report: Presented;
}

type Spellings = readonly [Spelling, ...Spelling[]];

/** One vehicle before the camera. */
interface Track {
  /** As first read while gathering; as told after the verdict. */
  readonly plate: string;
  readonly reads: number;
  readonly firstAt: Millis;
  readonly lastAt: Millis;
}

/** A vehicle whose reads are still being gathered. */
interface Gathering extends Track {
  readonly spellings: Spellings;
  readonly dueAt: Millis;
}

/** A vehicle that has had its verdict. */
interface Seen extends Track {
  readonly decisive: boolean;
}

export interface FuseState {
  readonly gathering: readonly Gathering[];
  readonly seen: readonly Seen[];
}

export type FuseEvent =
  | {
      readonly is: "read";
      readonly at: Millis;
      readonly report: Presented;
      /** By `isDecisive` of `core/decide`: exactly a whitelisted plate, and sure enough. */
      readonly decisive: boolean;
    }
  | { readonly is: "due"; readonly at: Millis };

/** One vehicle, read to the end. */
export interface Verdict {
  /** The best read of the winning plate, its claim normalised: what `decide` is asked about. */
  readonly report: Presented;
  readonly reads: number;
  readonly firstAt: Millis;
  readonly lastAt: Millis;
  readonly decisive: boolean;
  /** A decisive read of a vehicle whose first verdict was not: the same vehicle, now read right. */
  readonly again: boolean;
}

export const NO_READS: FuseState = { gathering: [], seen: [] };

/** When `step` wants a `due` event; undefined = never. */
export function deadline(state: FuseState): Millis | undefined {
  return state.gathering.length === 0 ? undefined : Math.min(...state.gathering.map((vehicle) => vehicle.dueAt));
}

/** The next state, and the verdicts reached, earliest vehicle first. `at` never runs backwards. */
export function step(plan: FusePlan, state: FuseState, event: FuseEvent): readonly [FuseState, readonly Verdict[]] {
  const [settled, verdicts] = settle(plan, state, event.at);
  switch (event.is) {
    case "due":
      return [settled, verdicts];
    case "read": {
      const [next, more] = read(plan, settled, event);
      return [next, [...verdicts, ...more]];
    }
  }
}

type ReadEvent = Extract<FuseEvent, { is: "read" }>;

/** Gives those whose time has come their verdict, and forgets vehicles that have gone. */
function settle(plan: FusePlan, state: FuseState, at: Millis): readonly [FuseState, readonly Verdict[]] {
  const tracks = [...state.seen, ...state.gathering];
  const verdicts = state.gathering
    .filter((vehicle) => vehicle.dueAt <= at && !tracks.some((other) => isMisreadOf(vehicle, other)))
    .map(elected);
  const here = [...state.seen, ...verdicts.map(seenOf)].filter(
    (seen) => at - seen.lastAt <= Math.max(plan.maxMs, SAME_VEHICLE_MS),
  );
  return [{ gathering: state.gathering.filter((vehicle) => vehicle.dueAt > at), seen: here }, verdicts];
}

function read(plan: FusePlan, state: FuseState, event: ReadEvent): readonly [FuseState, readonly Verdict[]] {
  const plate = normalise(event.report.claim.value);
  const report: Presented = { ...event.report, claim: { type: event.report.claim.type, value: plate } };

  const seen = state.seen.find((one) => confusable(one.plate, plate) !== undefined);
  if (seen !== undefined) {
    const again = event.decisive && !seen.decisive;
    const reads = seen.reads + 1;
    const still: Seen = again
      ? { ...seen, plate, decisive: true, reads, lastAt: event.at }
      : { ...seen, reads, lastAt: event.at };
    return [
      { gathering: state.gathering, seen: state.seen.map((one) => (one === seen ? still : one)) },
      again ? [{ report, reads: 1, firstAt: event.at, lastAt: event.at, decisive: true, again }] : [],
    ];
  }

  const before = state.gathering.find((one) => confusable(one.plate, plate) !== undefined);
  const vehicle = gathered(plan, before, report, event.at);
  const others = state.gathering.filter((one) => one !== before);
  if (!event.decisive && vehicle.dueAt > event.at) {
    return [{ gathering: [...others, vehicle], seen: state.seen }, []];
  }
  const verdict = event.decisive ? { ...elected(vehicle), report, decisive: true } : elected(vehicle);
  return [{ gathering: others, seen: [...state.seen, seenOf(verdict)] }, [verdict]];
}

function gathered(plan: FusePlan, before: Gathering | undefined, report: Presented, at: Millis): Gathering {
  const spelling: Spelling = { plate: report.claim.value, weight: weightOf(report), report };
  const firstAt = before?.firstAt ?? at;
  return {
    plate: before?.plate ?? spelling.plate,
    spellings: before === undefined ? [spelling] : counted(before.spellings, spelling),
    reads: (before?.reads ?? 0) + 1,
    firstAt,
    lastAt: at,
    dueAt: Math.min(at + plan.quietMs, firstAt + plan.maxMs),
  };
}

function counted(spellings: Spellings, more: Spelling): Spellings {
  const [first, ...rest] = spellings;
  if (first.plate === more.plate) return [together(first, more), ...rest];
  if (!rest.some((known) => known.plate === more.plate)) return [...spellings, more];
  return [first, ...rest.map((known) => (known.plate === more.plate ? together(known, more) : known))];
}

function together(known: Spelling, more: Spelling): Spelling {
  const { report } = weightOf(more.report) > weightOf(known.report) ? more : known;
  return { plate: known.plate, weight: known.weight + more.weight, report };
}

/** A read without a confidence counts half; one with none at all still counts for something. */
function weightOf(report: Presented): number {
  return Math.max(report.confidence ?? 0.5, 0.01);
}

/**
 * The spelling with most of the vote. Each read votes for its characters, so that reads wrong in different places agree
 * on the rest; but only a plate that was really read can win, and a possible plate wins against an impossible one.
 */
function elected(vehicle: Gathering): Verdict {
  const [first, ...rest] = vehicle.spellings;
  const best = rest.reduce((leader, rival) => (outvotes(rival, leader, vehicle.spellings) ? rival : leader), first);
  const { reads, firstAt, lastAt } = vehicle;
  return { report: best.report, reads, firstAt, lastAt, decisive: false, again: false };
}

function outvotes(rival: Spelling, leader: Spelling, all: Spellings): boolean {
  const possible = isPlate(rival.plate);
  if (possible !== isPlate(leader.plate)) return possible;
  return votesFor(rival, all) > votesFor(leader, all);
}

/** The share of the vote that a spelling's characters have, summed by weight; a spelling of another length has none. */
function votesFor(candidate: Spelling, spellings: readonly Spelling[]): number {
  const characters = [...candidate.plate];
  return spellings
    .map((spelling) => {
      const theirs = [...spelling.plate];
      if (theirs.length !== characters.length) return 0;
      const agreed = characters.filter((character, index) => character === theirs[index]).length;
      return (spelling.weight * agreed) / characters.length;
    })
    .reduce((sum, votes) => sum + votes, 0);
}

function isMisreadOf(vehicle: Track, other: Track): boolean {
  const apart = placesApart(vehicle.plate, other.plate);
  if (apart === undefined || other.reads <= vehicle.reads) return false;
  if (apart <= 2 && other.firstAt <= vehicle.firstAt && vehicle.lastAt <= other.lastAt) return true;
  if (apart > 1 || vehicle.reads > 1) return false;
  return vehicle.firstAt >= other.firstAt - BLINK_MS && vehicle.firstAt <= other.lastAt + BLINK_MS;
}

function seenOf(verdict: Verdict): Seen {
  const { reads, decisive, firstAt, lastAt } = verdict;
  return { plate: verdict.report.claim.value, reads, decisive, firstAt, lastAt };
}
