/**
 * Who is where on the whole site, as one gate knows it. For each holder and each area the latest word counts, so gates
 * that have heard the same agree, in whatever order and however often they heard it. Changed in place: a copy of some
 * thousand places for each passage would stand before the relay.
 */
import { compareStamps, type Stamp, stampAfter } from "./shared-stamp.ts";
import type { Heads, Origin, Shared, Span, Told } from "./shared-terms.ts";
import type { AreaId } from "./terms.ts";

export interface Ledger {
  /**
   * Takes what another gate told, where it joins what is known of its origin; the records that are news. Undefined =
   * something before it is missing: all of it is left, so that what is known of an origin has no holes.
   */
  receive(span: Span): readonly Shared[] | undefined;
  /** What was known before this start. */
  restore(records: readonly Shared[], heads: Heads): void;
  /** Later than all that is known here of what it changes, and at `ms` where that is later already. */
  stampFor(told: Told, ms: number): Stamp;
  /** Numbers and takes a record of this gate's own. */
  record(own: Origin, told: Told, stamp: Stamp): Shared;
  readonly heads: Heads;
  /** Of all that counts, 0..2³²−1: two gates that have heard the same have the same. */
  sum(): number;
  /** The latest word on a subject or an area, by {@link keyOf}. */
  latest(key: string): Shared | undefined;
  /** What still counts of an origin's records after `from`, up to `upTo`, in order. */
  after(origin: Origin, from: number, upTo: number): readonly Shared[];
  all(): readonly Shared[];
  /** Where somebody counts as being; undefined = nothing is known. */
  whereabouts(subject: string): Whereabouts | undefined;
  vehiclesIn(area: AreaId): number;
  vehiclesOfHouseholdIn(household: string, area: AreaId, except: string): number;
  peopleIn(area: AreaId): number;
}

export interface Whereabouts {
  readonly area?: AreaId;
  readonly stamp: Stamp;
  readonly origin: Origin;
}

export const keyOf = (told: Told): string => (told.is === "cleared" ? areaKey(told.area) : subjectKey(told.subject));
const areaKey = (area: AreaId) => `area ${area}`;
const subjectKey = (subject: string) => `who ${subject}`;

/** Below 0: the left one is the earlier word. Two of the same moment are told apart by who said them. */
export function compareShared(left: Shared, right: Shared): number {
  const byStamp = compareStamps(left.stamp, right.stamp);
  if (byStamp !== 0) return byStamp;
  if (left.origin !== right.origin) return left.origin < right.origin ? -1 : 1;
  return left.seq - right.seq;
}

export function openLedger(): Ledger {
  const latest = new Map<string, Shared>();
  const heads = new Map<Origin, number>();
  let sum = 0;
  /** Who stands where: by area and kind, and by area and household. */
  const inside = new Map<string, Map<string, Shared>>();

  function stands(record: Shared): boolean {
    if (record.told.is !== "placed" || record.told.area === undefined) return false;
    const cleared = latest.get(areaKey(record.told.area));
    return cleared === undefined || compareStamps(record.stamp, cleared.stamp) > 0;
  }

  function leave(record: Shared | undefined): void {
    if (record?.told.is !== "placed") return;
    for (const slot of slotsOf(record.told)) inside.get(slot)?.delete(record.told.subject);
  }

  function enter(record: Shared, told: Told & { readonly is: "placed" }): void {
    for (const slot of slotsOf(told)) {
      const others = inside.get(slot) ?? new Map<string, Shared>();
      inside.set(slot, others.set(told.subject, record));
    }
  }

  function among(area: AreaId): readonly Shared[] {
    return [...those(slot("people", area)).values(), ...those(slot("vehicles", area)).values()];
  }

  const those = (name: string): ReadonlyMap<string, Shared> => inside.get(name) ?? NOBODY;

  function take(record: Shared): boolean {
    const { told } = record;
    const key = keyOf(told);
    const before = latest.get(key);
    if (before !== undefined && compareShared(record, before) <= 0) return false;
    latest.set(key, record);
    sum = (sum + markOf(record) - (before === undefined ? 0 : markOf(before))) >>> 0;
    if (told.is === "cleared") {
      for (const one of among(told.area)) if (!stands(one)) leave(one);
      return true;
    }
    leave(before);
    if (told.is === "placed" && stands(record)) enter(record, told);
    return true;
  }

  function reach(origin: Origin, upTo: number): void {
    heads.set(origin, Math.max(upTo, heads.get(origin) ?? 0));
  }

  /** What a new word must be later than. */
  function known(told: Told): readonly Stamp[] {
    const areas = told.is === "erased" || told.area === undefined ? [] : [latest.get(areaKey(told.area))];
    const others = told.is === "cleared" ? among(told.area) : [latest.get(subjectKey(told.subject))];
    return [...areas, ...others].flatMap((one) => (one === undefined ? [] : [one.stamp]));
  }

  return {
    receive({ origin, from, upTo, records }) {
      if ((heads.get(origin) ?? 0) < from) return undefined;
      reach(origin, upTo);
      return records.filter(take);
    },
    restore(records, known) {
      for (const record of records) take(record);
      for (const [origin, head] of known) reach(origin, head);
    },
    stampFor: (told, ms) => stampAfter(ms, known(told)),
    record(own, told, stamp) {
      const seq = (heads.get(own) ?? 0) + 1;
      const record = { origin: own, seq, stamp, told };
      take(record);
      reach(own, seq);
      return record;
    },
    heads,
    sum: () => sum,
    latest: (key) => latest.get(key),
    after: (origin, from, upTo) =>
      [...latest.values()]
        .filter((one) => one.origin === origin && one.seq > from && one.seq <= upTo)
        .sort((left, right) => left.seq - right.seq),
    all: () => [...latest.values()],
    whereabouts(subject) {
      const record = latest.get(subjectKey(subject));
      if (record?.told.is !== "placed") return undefined;
      const { stamp, origin, told } = record;
      return { stamp, origin, ...(told.area !== undefined && stands(record) ? { area: told.area } : {}) };
    },
    vehiclesIn: (area) => those(slot("vehicles", area)).size,
    vehiclesOfHouseholdIn(household, area, except) {
      const vehicles = those(householdSlot(area, household));
      return vehicles.size - (vehicles.has(except) ? 1 : 0);
    },
    peopleIn: (area) => those(slot("people", area)).size,
  };
}

/** The missing part of an origin in pieces of `most` records; each says up to where it is whole. */
export function spansOf(ledger: Pick<Ledger, "after">, origin: Origin, from: number, upTo: number, most: number) {
  const records = ledger.after(origin, from, upTo);
  const spans: Span[] = [];
  let begin = from;
  for (let n = 0; n === 0 || n < records.length; n += most) {
    const piece = records.slice(n, n + most);
    const next = records[n + most];
    const end = next === undefined ? upTo : next.seq - 1;
    spans.push({ origin, from: begin, upTo: end, records: piece });
    begin = end;
  }
  return spans;
}

/** FNV-1a, 32 bits: its origin and number name a record. */
function markOf({ origin, seq }: Shared): number {
  let mark = 0x811c9dc5;
  for (const char of `${origin} ${seq}`) mark = Math.imul(mark ^ char.charCodeAt(0), 0x01000193);
  return mark >>> 0;
}

const NOBODY: ReadonlyMap<string, Shared> = new Map();
const slot = (kind: "people" | "vehicles", area: AreaId) => `${kind} ${area}`;
const householdSlot = (area: AreaId, household: string) => `household ${area} ${household}`;

function slotsOf({ area, vehicle, household }: Told & { readonly is: "placed" }): readonly string[] {
  if (area === undefined) return [];
  if (!vehicle) return [slot("people", area)];
  return [slot("vehicles", area), ...(household === undefined ? [] : [householdSlot(area, household)])];
}
