/** Counted hours as they are told: each against the same weekday and hour of the weeks before it. */
import { DENIALS, type Denial, type Direction, type LaneId, type LaneKind } from "./terms.ts";
import { NO_COUNTS, plus } from "./traffic.ts";
import {
  dateText,
  dayOf,
  HOUR_MS,
  type HourCount,
  type Hours,
  type LocalDay,
  type LocalHour,
} from "./traffic-hours.ts";
import { parityOf, parityVerdicts } from "./traffic-parity.ts";
import { type Counts, KINDS, type Kind, WAYS, type Way } from "./traffic-terms.ts";
import type { GroupTold, HourState, HourTold, LaneTold, PassageTold, Selection, TrafficTold } from "./traffic-told.ts";
import { type Usual, usualOf, WEEKS } from "./traffic-usual.ts";

export interface LaneNamed {
  readonly id: LaneId;
  readonly name: string;
  readonly kind: LaneKind;
}
export interface Range {
  readonly from: LocalDay;
  /** Itself included. */
  readonly to: LocalDay;
}

const WEEK_HOURS = 168;
/** A restart takes a minute or two: an hour with so much of it known is known. */
const WHOLE_MS = HOUR_MS - 3 * 60_000;
/** Groups of a longer time would be held against weeks that lie within it. */
const MOST_DAYS_USUAL = 7;
const DIRECTIONS = ["in", "out", "unknown"] as const;
type Toward = Direction | "unknown";
interface Cell {
  readonly lane: LaneId;
  readonly direction: Toward;
  readonly kind: Kind;
  readonly way: Way;
  readonly count: number;
  readonly waiting: Counts["waiting"];
}

/** Every day that is asked for, and the same weekdays of the weeks before: what must be read. */
export function daysNeeded({ from, to }: Range): readonly LocalDay[] {
  const days = Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const before = days.flatMap((day) => weeksBefore(day, 7));
  return [...new Set([...days, ...before])].sort((a, b) => a - b);
}

const weeksBefore = (from: number, week: number): readonly number[] =>
  Array.from({ length: WEEKS }, (_, n) => from - (n + 1) * week);

export function trafficView(
  hours: Hours,
  range: Range,
  now: LocalHour,
  lanes: readonly LaneNamed[],
  selection: Selection,
): TrafficTold {
  const byHour = new Map<LocalHour, HourCount[]>();
  for (const one of hours.counts)
    if (selection.lane === undefined || one.lane === selection.lane)
      byHour.set(one.hour, [...(byHour.get(one.hour) ?? []), one]);
  const at = (hour: LocalHour): readonly HourCount[] => byHour.get(hour) ?? [];
  const cells = (hour: LocalHour) =>
    at(hour)
      .flatMap(cellsOf)
      .filter((cell) => isSelected(cell, selection));
  const isWhole = (hour: LocalHour) => (hours.on.get(hour) ?? 0) >= WHOLE_MS;
  const all = Array.from({ length: (range.to - range.from + 1) * 24 }, (_, n) => range.from * 24 + n);

  const state = (hour: LocalHour): HourState => {
    if (hour > now) return "ahead";
    if (hour === now) return "running";
    if (isWhole(hour)) return "whole";
    return hours.on.has(hour) || at(hour).length > 0 ? "part" : "off";
  };
  const usual = (over: readonly LocalHour[], count: (hour: LocalHour) => number): Usual | undefined => {
    const weeks = weeksBefore(0, WEEK_HOURS).map((back) => over.map((hour) => hour + back));
    return usualOf(weeks.map((past) => (past.every(isWhole) ? sum(past.map(count)) : undefined)));
  };
  const hourTold = (hour: LocalHour): HourTold => {
    const found = usual([hour], (past) => sum(cells(past).map(({ count }) => count)));
    const counts = summed(at(hour));
    return {
      ...place(hour),
      state: state(hour),
      ...towards(cells(hour)),
      ...(found === undefined ? {} : { usual: found }),
      ...sumsOf(counts),
    };
  };
  const over = all.filter((hour) => state(hour) === "whole");
  const comparable = over.length > 0 && range.to - range.from < MOST_DAYS_USUAL;
  const groups = groupsOf(all.flatMap(cells), lanes, selection).map((group): GroupTold => {
    const count = (hour: LocalHour) => countOf(cells(hour), group);
    const found = comparable ? usual(over, count) : undefined;
    const whole = sum(over.map(count));
    return { ...group, count: sum(all.map(count)), whole, ...(found === undefined ? {} : { usual: found }) };
  });
  const counted = all.flatMap(at);
  return {
    from: dateText(range.from),
    to: dateText(range.to),
    hours: all.map(hourTold),
    groups,
    lanes: lanes
      .filter(({ id }) => selection.lane === undefined || id === selection.lane)
      .map((lane) =>
        laneTold(
          lane,
          counted.filter((one) => one.lane === lane.id),
          selection,
        ),
      ),
    refusals: refusalsOf(summed(counted)),
    passages: all.flatMap((hour) =>
      cells(hour).map(({ waiting: _, ...cell }): PassageTold => ({ ...place(hour), ...cell })),
    ),
    ...paritied(lanes, all.flatMap(cells)),
  };
}

/** Faces beside the other ways over these days, and nothing else of them: a month is no work. */
export function parityView(
  { counts }: Hours,
  { from, to }: Range,
  lanes: readonly LaneNamed[],
): Pick<TrafficTold, "parity" | "parityVerdicts"> {
  const within = counts.filter(({ hour }) => dayOf(hour) >= from && dayOf(hour) <= to);
  return paritied(lanes, within.flatMap(cellsOf));
}

function paritied(lanes: readonly LaneNamed[], cells: readonly Cell[]): Pick<TrafficTold, "parity" | "parityVerdicts"> {
  const parity = parityOf(
    lanes.map(({ id }) => id),
    cells,
  );
  return { parity, parityVerdicts: parityVerdicts(parity) };
}

const place = (hour: LocalHour) => ({ date: dateText(dayOf(hour)), hour: hour - dayOf(hour) * 24 });
const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
const summed = (all: readonly HourCount[]): Counts => all.reduce((total, { counts }) => plus(total, counts), NO_COUNTS);
const towards = (all: readonly Cell[]) => ({
  in: countOf(all, { by: "direction", key: "in" }),
  out: countOf(all, { by: "direction", key: "out" }),
  unknown: countOf(all, { by: "direction", key: "unknown" }),
});

function cellsOf({ lane, counts }: HourCount): readonly Cell[] {
  return Object.entries(counts.passages).flatMap(([key, count]) => {
    const [first, second, third] = key.split(" ");
    const direction = DIRECTIONS.find((one) => one === first);
    const kind = KINDS.find((one) => one === second);
    const way = WAYS.find((one) => one === third);
    // What was counted by a wrong clock and taken back can leave less than nothing for a moment.
    if (direction === undefined || kind === undefined || way === undefined || count < 1) return [];
    return [{ lane, direction, kind, way, count, waiting: atLeastNothing(counts.waitingBy[key] ?? NO_COUNTS.waiting) }];
  });
}

const isSelected = (cell: Cell, { direction, kind }: Selection): boolean =>
  (direction === undefined || cell.direction === direction) && (kind === undefined || cell.kind === kind);

type Group = Pick<GroupTold, "by" | "key">;
const countOf = (all: readonly Cell[], { by, key }: Group): number =>
  sum(all.filter((cell) => cell[by] === key).map(({ count }) => count));

/** Every lane, in and out, and of the rest what was seen. */
function groupsOf(seen: readonly Cell[], lanes: readonly LaneNamed[], selection: Selection): readonly Group[] {
  const has = (by: Group["by"], key: string) => seen.some((cell) => cell[by] === key);
  const ids = lanes.map(({ id }) => id).filter((id) => selection.lane === undefined || id === selection.lane);
  return [
    ...ids.map((key): Group => ({ by: "lane", key })),
    ...DIRECTIONS.filter((key) => key !== "unknown" || has("direction", key)).map(
      (key): Group => ({ by: "direction", key }),
    ),
    ...KINDS.filter((key) => has("kind", key)).map((key): Group => ({ by: "kind", key })),
    ...WAYS.filter((key) => has("way", key)).map((key): Group => ({ by: "way", key })),
  ];
}

function laneTold({ id, name, kind }: LaneNamed, counts: readonly HourCount[], selection: Selection): LaneTold {
  const cells = counts.flatMap(cellsOf).filter((cell) => isSelected(cell, selection));
  return { lane: id, name, kind, ...towards(cells), ...sumsOf(summed(counts)) };
}

const sumsOf = (counts: Counts) => ({
  refused: sum(refusalsOf(counts).map(({ count }) => count)),
  waiting: atLeastNothing(counts.waiting),
  opening: atLeastNothing(counts.opening),
  openMs: Math.max(0, Math.round(counts.openMs)),
});
const atLeastNothing = ({ count, totalMs }: Counts["waiting"]) => ({
  count: Math.max(0, count),
  totalMs: Math.max(0, Math.round(totalMs)),
});

function refusalsOf({ refusals }: Counts): TrafficTold["refusals"] {
  return DENIALS.flatMap((reason): readonly { readonly reason: Denial; readonly count: number }[] => {
    const count = refusals[reason] ?? 0;
    return count < 1 ? [] : [{ reason, count }];
  }).sort((a, b) => b.count - a.count);
}
