/** Browsers that may show the lock screen: each has a mark, in the file as a hash, for 30 days after somebody entered in it. */
import { newToken, tokenHash } from "./accounts-secret.ts";
import type { Store } from "./accounts-store.ts";

/** A browser counts as one of this gate's for so long after somebody entered in it. */
export const BOOTH_MS = 30 * 24 * 3_600_000;
/** Browsers that one account is known in; a program that enters without its mark each time fills no disk. */
export const MOST_BOOTHS = 32;
/** Taken out at once: the gate's own work waits meanwhile. */
export const SWEPT_AT_ONCE = 200;

export interface Booths {
  is(mark: string): boolean;
  /** A new mark in the place of `old`, and what is to be written with the session. */
  renew(account: string, old: string | undefined): { readonly mark: string; readonly write: (store: Store) => void };
  /** What the file holds now. */
  reread(): void;
  /** Takes out what is over, and the oldest of what is too many; the rest of a great heap the next time. */
  sweep(): void;
}

export function openBooths(deps: {
  readonly stored: () => ReturnType<Store["booths"]>;
  readonly wallMs: () => number;
  readonly write: (work: (store: Store) => void) => boolean;
}): Booths {
  const { stored, wallMs, write } = deps;
  let marks = new Map<string, { readonly account: string; readonly made: number }>();
  const isOver = (made: number): boolean => wallMs() - made >= BOOTH_MS;

  function reread(): void {
    marks = new Map(stored().map(({ hash, account, made }) => [hash, { account, made }]));
  }
  reread();

  function surplus(): readonly string[] {
    const counts = new Map<string, number>();
    const newestFirst = [...marks].sort(([, one], [, other]) => other.made - one.made);
    return newestFirst
      .filter(([, { account, made }]) => {
        const nth = (counts.get(account) ?? 0) + 1;
        counts.set(account, nth);
        return nth > MOST_BOOTHS || isOver(made);
      })
      .map(([hash]) => hash);
  }

  return {
    reread,
    is(mark) {
      const found = marks.get(tokenHash(mark));
      return found !== undefined && !isOver(found.made);
    },
    renew(account, old) {
      const mark = newToken();
      const hash = tokenHash(mark);
      const before = old === undefined ? undefined : tokenHash(old);
      const made = wallMs();
      if (before !== undefined) marks.delete(before);
      marks.set(hash, { account, made });
      return {
        mark,
        write(store) {
          if (before !== undefined) store.endBooth(before);
          store.saveBooth(hash, account, made);
        },
      };
    },
    sweep() {
      const gone = surplus().slice(-SWEPT_AT_ONCE);
      if (gone.length === 0) return;
      const done = write((store) => {
        for (const hash of gone) store.endBooth(hash);
      });
      // What the disk doesn't take is tried again; it opens nothing meanwhile.
      if (done) for (const hash of gone) marks.delete(hash);
    },
  };
}
