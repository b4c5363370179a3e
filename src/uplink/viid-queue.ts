/**
 * Objects that a GA/T 1400 platform hasn't taken yet: what goes into the next request, and what its answer means for each.
 * No object is lost and none holds up the others: what the platform finds wrong stands aside, and is given up only once the
 * platform has taken others and refuses this one alone once more. A platform that refuses everything is waited for.
 */

import type { Link } from "./records.ts";
import { type Cursor, openStream } from "./stream.ts";
import { meaning, type Status } from "./viid-answers.ts";
import type { ViidObject } from "./viid-objects.ts";

export interface Waiting {
  readonly seq: number;
  readonly object: ViidObject;
}
/** One that the platform will not have. */
export interface GivenUp {
  readonly seq: number;
  readonly id: string;
  readonly status: Status | undefined;
}
export interface Settled {
  readonly taken: number;
  readonly givenUp: readonly GivenUp[];
}

export interface ViidQueue {
  cursor(): Cursor;
  /** Rows after this one are to be read next. */
  scanned(): number;
  /** How many objects may be read; 0 = enough of them wait. */
  room(): number;
  add(link: Link, object: ViidObject): void;
  /** A row was looked at. */
  pass(seq: number): void;
  /** `again` = stands aside, and is only tried from time to time. */
  next(): { readonly batch: readonly Waiting[]; readonly again: boolean };
  /** One status for each of the batch, in its order. */
  settle(batch: readonly Waiting[], statuses: readonly (Status | undefined)[]): Settled;
  /** The request was refused as a whole: smaller ones find out whose fault it is. */
  refuse(batch: readonly Waiting[], status: Status | undefined): Settled;
  /** Objects that stand aside. */
  aside(): number;
}

interface Item extends Waiting {
  readonly number: number;
  /** Answers that could mean anything. */
  unsure: number;
  /** How many the platform had taken when it found this one wrong. */
  asideSince?: number;
}

/** So many objects aside and the trouble is not with one of them: nothing more is read. */
const MOST_ASIDE = 32;
const MOST_UNSURE = 5;
const LAST_TRIES = 10;

/** @param most objects in one request, 1..100 */
export function openViidQueue(from: Cursor, most: number): ViidQueue {
  const stream = openStream("event", from, "puback");
  let items: Item[] = [];
  let number = 0;
  let taken = 0;
  let size = most;

  function done(item: Item): void {
    stream.answer(item.number);
    items = items.filter((one) => one !== item);
  }

  /** @param before how many had been taken before this request: others of the same batch count as others */
  function judge(item: Item, before: number, status: Status | undefined): GivenUp | undefined {
    const means = meaning(status?.code);
    if (means === "later") return undefined;
    const lastTry = item.asideSince !== undefined && item.asideSince < before;
    if (means === "unsure") {
      if (item.asideSince === undefined || lastTry) item.unsure++;
      // Each of its last tries comes after another that was taken: a platform that stumbles is no verdict.
      if (lastTry) item.asideSince = before;
      if (item.unsure < (lastTry ? LAST_TRIES : MOST_UNSURE)) return undefined;
    }
    if (lastTry) {
      done(item);
      return { seq: item.seq, id: item.object.id, status };
    }
    if (item.asideSince === undefined) item.unsure = 0;
    item.asideSince ??= before;
    return undefined;
  }

  function settle(batch: readonly Waiting[], statuses: readonly (Status | undefined)[]): Settled {
    const before = taken;
    const givenUp: GivenUp[] = [];
    for (const [place, { seq }] of batch.entries()) {
      const item = items.find((one) => one.seq === seq);
      if (item === undefined) continue;
      if (meaning(statuses[place]?.code) === "taken") {
        taken++;
        done(item);
        continue;
      }
      const gone = judge(item, before, statuses[place]);
      if (gone !== undefined) givenUp.push(gone);
    }
    if (taken > before) size = Math.min(most, size * 2);
    return { taken: taken - before, givenUp };
  }

  const fresh = () => items.filter(({ asideSince }) => asideSince === undefined);

  return {
    cursor: stream.cursor,
    scanned: stream.scanned,
    room: () => (items.length - fresh().length >= MOST_ASIDE ? 0 : Math.max(0, most - fresh().length)),
    add(link, object) {
      items.push({ seq: link.seq, object, number: ++number, unsure: 0 });
      stream.sent(link, number);
    },
    pass: stream.pass,
    next() {
      const last = items.find(({ asideSince }) => asideSince !== undefined && asideSince < taken);
      if (last !== undefined) return { batch: [last], again: false };
      const all = fresh();
      const kind = all[0]?.object.kind;
      if (kind !== undefined)
        return { batch: all.filter(({ object }) => object.kind === kind).slice(0, size), again: false };
      return { batch: items.slice(0, 1), again: true };
    },
    settle,
    refuse(batch, status) {
      if (batch.length === 1) return settle(batch, [status]);
      size = Math.max(1, Math.floor(batch.length / 2));
      return { taken: 0, givenUp: [] };
    },
    aside: () => items.length - fresh().length,
  };
}
