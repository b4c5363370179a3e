/** Rows that the disk refuses for now, and what they say already: nothing is used twice because a disk is full. */
import type { Pending, Placed, Store } from "./journal-store.ts";

export type Waiting = ReturnType<typeof openWaiting>;

export function openWaiting() {
  let rows: Pending[] = [];
  const placed = new Map<string, Placed>();
  const counted = new Map<string, number>();

  return {
    rows: (): readonly Pending[] => rows,
    add(fresh: readonly Pending[]): void {
      for (const one of fresh) {
        rows.push(one);
        if (one.placed !== undefined) placed.set(one.placed.subject, one.placed);
        if (one.counted !== undefined) counted.set(one.counted, (counted.get(one.counted) ?? 0) + 1);
      }
    },
    /** They are in the log. */
    clear(): void {
      rows = [];
      placed.clear();
      counted.clear();
    },
    placed: (subject: string) => placed.get(subject),
    counted: (credential: string) => counted.get(credential) ?? 0,
    /** How many vehicles more (or fewer) stand in an area than the store says; `among` picks whose are counted. */
    moreVehiclesIn(area: string, store: Pick<Store, "placed">, among: (one: Placed) => boolean): number {
      const standsIn = (one: Placed | undefined) => one?.vehicle === true && one.area === area && among(one);
      let more = 0;
      for (const [subject, one] of placed) more += Number(standsIn(one)) - Number(standsIn(store.placed(subject)));
      return more;
    },
  };
}

/** A device's name has no NUL in it. */
export const eventKey = (device: string, event: string) => `${device}\0${event}`;
