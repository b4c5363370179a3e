/** Rows that the disk refuses for now, and what they say already: nothing is used twice because a disk is full. */
import type { Beside, Pending, Placed, Store } from "./journal-store.ts";

export type Waiting = ReturnType<typeof openWaiting>;

/** What found no place is gone through after so many: only the last place of each holder is worth keeping. */
const MOST_ROWLESS = 50_000;

export function openWaiting() {
  let rows: Pending[] = [];
  let rowless: Beside[] = [];
  const placed = new Map<string, Placed>();
  const counted = new Map<string, number>();
  const cleared = new Map<string, number>();

  function note(one: Beside): void {
    if (one.cleared !== undefined) {
      cleared.set(one.cleared.area, one.cleared.wall);
      for (const [subject, { area }] of placed) if (area === one.cleared.area) placed.delete(subject);
    }
    if (one.placed !== undefined) placed.set(one.placed.subject, one.placed);
    if (one.counted !== undefined) counted.set(one.counted, (counted.get(one.counted) ?? 0) + 1);
  }

  /** A use is counted for ever, a holder is only where they were last. */
  function shortened(): Beside[] {
    const last = new Map(rowless.flatMap((one) => (one.placed === undefined ? [] : [[one.placed.subject, one]])));
    return rowless.flatMap((one): readonly Beside[] => {
      const { counted, placed } = one;
      if (placed === undefined || last.get(placed.subject) === one) return [one];
      return counted === undefined ? [] : [{ counted }];
    });
  }

  /** Where the store says that somebody is, unless a row that waits has cleared that area. */
  function unlessCleared(one: Placed | undefined): Placed | undefined {
    return one?.area == null || !cleared.has(one.area) ? one : { ...one, area: null };
  }

  return {
    rows: (): readonly Pending[] => rows,
    add(fresh: readonly Pending[]): void {
      for (const one of fresh) {
        rows.push(one);
        note(one);
      }
    },
    /** Its row finds no place; what it says counts all the same, and goes with the next row that does. */
    keep(one: Beside): void {
      note(one);
      rowless.push(one);
      if (rowless.length % MOST_ROWLESS === 0) rowless = shortened();
    },
    /** For the next row. They are noted already. */
    takeRowless(): readonly Beside[] {
      const taken = rowless;
      rowless = [];
      return taken;
    },
    /** They are in the log. */
    clear(): void {
      rows = [];
      placed.clear();
      counted.clear();
      cleared.clear();
      for (const one of rowless) note(one);
    },
    placed: (subject: string) => placed.get(subject),
    unlessCleared,
    clearedWallMs: (area: string) => cleared.get(area),
    counted: (credential: string) => counted.get(credential) ?? 0,
    /** How many vehicles more (or fewer) stand in an area than the store says; `among` picks whose are counted. */
    moreVehiclesIn(area: string, store: Pick<Store, "placed">, among: (one: Placed) => boolean): number {
      const standsIn = (one: Placed | undefined) => one?.vehicle === true && one.area === area && among(one);
      let more = 0;
      for (const [subject, one] of placed)
        more += Number(standsIn(one)) - Number(standsIn(unlessCleared(store.placed(subject))));
      return more;
    },
  };
}

/** A device's name has no NUL in it. */
export const eventKey = (device: string, event: string) => `${device}\0${event}`;
