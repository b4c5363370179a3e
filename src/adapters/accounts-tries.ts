/** The budgets of tries, kept over restarts. A failure is counted before the look, so that tries side by side count too. */
import { type Budget, failedAgain, type Tries, takenBack, waitMs } from "../core/tries.ts";
import type { Store, StoredTries } from "./accounts-store.ts";

export interface Key {
  readonly budget: Budget;
  readonly key: string;
}

const MOST = 5_000;
const DAY_MS = 86_400_000;

export interface TriesBook {
  /** How long until all of these allow a try, ms. */
  wait(keys: readonly Key[]): number;
  count(keys: readonly Key[]): void;
  /** It was right after all: the account begins anew, the others get their try back. */
  right(keys: readonly Key[]): void;
  /** It was neither: every budget gets its try back. */
  takeBack(keys: readonly Key[]): void;
  /** Another process has taken some out of the file (`gatepost accounts reset`). */
  reread(stored: readonly StoredTries[]): void;
}

/**
 * @param now monotonic ms
 * @param write does it in the file, or tells of the trouble and goes on in memory
 */
export function openTries(
  stored: readonly StoredTries[],
  now: () => number,
  wallMs: () => number,
  write: (work: (store: Store) => void) => void,
): TriesBook {
  const at = now();
  const known = new Map<string, Tries>(
    // A wall clock that was set while we were off shortens no wait below nothing and lengthens none.
    stored.map(({ key, fails, waitMs: wait, wall }) => {
      const passed = Math.max(0, wallMs() - wall);
      return [key, { fails, freeAt: at + Math.max(0, wait - passed), lastAt: at - Math.min(passed, DAY_MS) }];
    }),
  );
  const named = ({ budget, key }: Key): string => `${budget} ${key}`;

  function save(name: string, tries: Tries | undefined): void {
    known.delete(name);
    if (tries === undefined) return write((store) => store.endTries(name));
    known.set(name, tries);
    write((store) =>
      store.saveTries({ key: name, fails: tries.fails, waitMs: waitMs(tries, tries.lastAt), wall: wallMs() }),
    );
  }
  /** The oldest that nobody waits for go first. */
  function makeRoom(): void {
    const time = now();
    for (const [name, tries] of known) {
      if (known.size < MOST) return;
      if (waitMs(tries, time) === 0 || time - tries.lastAt > DAY_MS) save(name, undefined);
    }
  }

  return {
    wait: (keys) => Math.max(0, ...keys.map((key) => waitMs(known.get(named(key)), now()))),
    count(keys) {
      makeRoom();
      for (const key of keys) save(named(key), failedAgain(key.budget, known.get(named(key)), now()));
    },
    right(keys) {
      for (const key of keys) {
        const tries = known.get(named(key));
        if (tries !== undefined) save(named(key), key.budget === "account" ? undefined : takenBack(tries, now()));
      }
    },
    reread(rows) {
      const kept = new Set(rows.map(({ key }) => key));
      for (const name of [...known.keys()]) if (!kept.has(name)) known.delete(name);
    },
    takeBack(keys) {
      for (const key of keys) {
        const tries = known.get(named(key));
        if (tries !== undefined) save(named(key), takenBack(tries, now()));
      }
    },
  };
}
