/** Counts what each reader recognises, hour by hour, from the journal's rows, and tells the guard of those gone dark. */
import { type Dark, darkReaders, HOURS_OF_A_WEEK, type Hour } from "../core/dark.ts";
import type { DeviceId, LaneId, SitePlan } from "../core/terms.ts";
import type { Conditions } from "./conditions.ts";
import type { Clock, Row } from "./ports.ts";

/** What is counted of a row. */
export type Seen = Pick<Row, "boot" | "wallMs" | "trust" | "kind" | "subject" | "open">;

export interface DarkWatch {
  count(row: Seen): void;
  /** To be called every minute. */
  look(): void;
}

export interface DarkWatchDeps {
  readonly plan: SitePlan;
  /** Recognitions in an hour, a week ago, from which on nobody at all is worth an alarm. */
  readonly atLeast: number;
  readonly boot: string;
  readonly clock: Clock;
  readonly conditions: Conditions;
  readonly nameOf: (reader: DeviceId) => string;
  /** Asks once, when the time is known, for the rows of earlier starts; they come through `count`. */
  readonly recall: (sinceWallMs: number) => void;
}

const HOUR_MS = 3_600_000;
const KEPT_HOURS = 2 * HOURS_OF_A_WEEK;

export function openDarkWatch(deps: DarkWatchDeps): DarkWatch {
  const { clock, conditions } = deps;
  const recognised = new Map<DeviceId, Map<Hour, number>>();
  const spans = new Map<string, { readonly first: number; readonly last: number }>();
  const lanes = lanesOf(deps.plan);
  let recalled = false;

  function span(boot: string, wallMs: number): void {
    const known = spans.get(boot);
    spans.set(boot, { first: Math.min(known?.first ?? wallMs, wallMs), last: Math.max(known?.last ?? wallMs, wallMs) });
  }

  function forget(before: Hour): void {
    for (const counts of recognised.values()) for (const hour of counts.keys()) if (hour < before) counts.delete(hour);
    for (const [boot, { last }] of spans) if (last < before * HOUR_MS) spans.delete(boot);
  }

  const watched = (hour: Hour) =>
    [...spans.values()].some(({ first, last }) => first <= hour * HOUR_MS && last >= (hour + 1) * HOUR_MS);

  function tell(dark: readonly Dark[]): void {
    for (const [lane, readers] of lanes) {
      const names = dark.filter(({ reader }) => readers.has(reader)).map(({ reader }) => deps.nameOf(reader));
      conditions.stands("reader-dark", names.length === 0 ? undefined : names.join("、"), lane);
    }
  }

  return {
    count(row) {
      if (row.trust === "untrusted") return;
      span(row.boot, row.wallMs);
      // What was stored in a device and came later says nothing of the hour it came in.
      const { reader } = row.open;
      if (row.kind !== "decision" || row.subject === undefined || typeof reader !== "string") return;
      const hour = Math.floor(row.wallMs / HOUR_MS);
      const counts = recognised.get(reader) ?? new Map<Hour, number>();
      counts.set(hour, (counts.get(hour) ?? 0) + 1);
      recognised.set(reader, counts);
    },
    look() {
      const { epochMs, trust } = clock.now().wall;
      if (trust === "untrusted") return;
      span(deps.boot, epochMs);
      const now = Math.floor(epochMs / HOUR_MS);
      if (!recalled) deps.recall((now - KEPT_HOURS) * HOUR_MS);
      recalled = true;
      forget(now - KEPT_HOURS);
      tell(darkReaders({ recognised, watched }, deps.atLeast, now));
    },
  };
}

function lanesOf(plan: SitePlan): ReadonlyMap<LaneId, ReadonlySet<DeviceId>> {
  const lanes = new Map<LaneId, Set<DeviceId>>();
  for (const { lane, readers } of plan.accessPoints) lanes.set(lane, new Set([...(lanes.get(lane) ?? []), ...readers]));
  return lanes;
}
