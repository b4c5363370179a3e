/**
 * Who is inside. Kept in memory with monotonic ends, so that a request costs no disk and a clock that jumps throws nobody
 * out and keeps nobody in; in the file as a hash, so that a restart doesn't ask the guard for his PIN again.
 */
import { randomUUID } from "node:crypto";
import type { Role } from "../core/roles.ts";
import type { Entered, Session } from "../shell/accounts.ts";
import { openBooths } from "./accounts-booths.ts";
import { newToken, tokenHash } from "./accounts-secret.ts";
import type { Store, StoredAccount, StoredSession } from "./accounts-store.ts";

const HOUR_MS = 3_600_000;
/** A booth's page stands open through a shift of up to a day; an office's computer is walked away from. */
const LIMITS: Readonly<Record<Role, { readonly mostMs: number; readonly idleMs: number }>> = {
  guard: { mostMs: 24 * HOUR_MS, idleMs: 24 * HOUR_MS },
  clerk: { mostMs: 12 * HOUR_MS, idleMs: HOUR_MS / 2 },
  technician: { mostMs: 12 * HOUR_MS, idleMs: HOUR_MS / 2 },
  admin: { mostMs: 12 * HOUR_MS, idleMs: HOUR_MS / 2 },
};
/** Whose browser may show the lock screen. */
const BOOTH_ROLES: readonly Role[] = ["guard", "admin"];
const MOST_OF_ONE = 16;

interface Live {
  readonly hash: string;
  readonly session: Session;
  readonly endAt: number;
  idleAt: number;
  /** False: the disk didn't take it, so that it isn't missed in the file. */
  readonly kept: boolean;
}

export interface Sessions {
  open(account: StoredAccount, instead: string | undefined, mark: string | undefined): Entered;
  of(token: string): Session | undefined;
  isBooth(mark: string): boolean;
  /** Ends those that `which` names, here and in the file. */
  end(which: (session: Session) => boolean): void;
  /** Ends what is over. */
  endOver(): void;
  /** Ends what another process took out of the file, and whose account may no longer enter. */
  sweep(accounts: ReadonlyMap<string, StoredAccount>): void;
  /** Writes how long each still has, and takes out browsers' marks that are over. */
  save(): void;
}

export function openSessions(deps: {
  readonly stored: () => { readonly sessions: readonly StoredSession[]; readonly booths: ReturnType<Store["booths"]> };
  readonly accounts: ReadonlyMap<string, StoredAccount>;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly wallMs: () => number;
  readonly write: (work: (store: Store) => void) => boolean;
  readonly onEnd: (session: string) => void;
}): Sessions {
  const { now, wallMs, write, onEnd } = deps;
  const lives = new Map<string, Live>();
  const booths = openBooths({ stored: () => deps.stored().booths, wallMs, write });
  booths.sweep();
  for (const one of deps.stored().sessions) {
    const account = deps.accounts.get(one.account);
    if (account === undefined || account.disabled) continue;
    const passed = Math.max(0, wallMs() - one.saved);
    const session = sessionOf(account, one.id, one.until);
    const at = now();
    const ends = { endAt: at + one.left - passed, idleAt: at + one.idleLeft - passed };
    lives.set(one.hash, { hash: one.hash, session, ...ends, kept: true });
  }

  function drop(live: Live): void {
    lives.delete(live.hash);
    write((store) => store.endSession(live.session.id));
    onEnd(live.session.id);
  }
  const over = (live: Live): boolean => now() >= live.endAt || now() >= live.idleAt;

  return {
    open(account, instead, mark) {
      const before = instead === undefined ? undefined : lives.get(tokenHash(instead));
      if (before !== undefined) drop(before);
      const mine = [...lives.values()].filter((live) => live.session.account === account.id);
      for (const old of mine.slice(0, Math.max(0, mine.length - MOST_OF_ONE + 1))) drop(old);
      const { mostMs, idleMs } = LIMITS[account.role];
      const token = newToken();
      const until = wallMs() + mostMs;
      const session = sessionOf(account, randomUUID(), until);
      const at = now();
      const hash = tokenHash(token);
      // Whoever brings no new mark leaves the old one: a clerk who enters on the booth's PC doesn't take its lock screen.
      const booth = BOOTH_ROLES.includes(account.role) ? booths.renew(account.id, mark) : undefined;
      const row = { hash, id: session.id, account: account.id, until, saved: wallMs(), left: mostMs, idleLeft: idleMs };
      const kept = write((store) => {
        store.saveSession(row);
        booth?.write(store);
      });
      lives.set(hash, { hash, session, endAt: at + mostMs, idleAt: at + idleMs, kept });
      return { session, token, seconds: mostMs / 1000, ...(booth === undefined ? {} : { booth: booth.mark }) };
    },
    of(token) {
      const live = lives.get(tokenHash(token));
      if (live === undefined) return undefined;
      if (over(live)) {
        drop(live);
        return undefined;
      }
      live.idleAt = now() + LIMITS[live.session.role].idleMs;
      return live.session;
    },
    isBooth: booths.is,
    end(which) {
      for (const live of [...lives.values()]) if (which(live.session)) drop(live);
    },
    endOver() {
      for (const live of [...lives.values()]) if (over(live)) drop(live);
    },
    sweep(accounts) {
      const kept = new Set(deps.stored().sessions.map(({ id }) => id));
      for (const live of [...lives.values()]) {
        const account = accounts.get(live.session.account);
        const gone = account === undefined || account.disabled || account.role !== live.session.role;
        if (gone || (live.kept && !kept.has(live.session.id))) drop(live);
      }
      booths.reread();
    },
    save() {
      booths.sweep();
      const at = now();
      if (lives.size === 0) return;
      write((store) => {
        for (const { session, endAt, idleAt } of lives.values())
          store.touch({ id: session.id, saved: wallMs(), left: endAt - at, idleLeft: idleAt - at });
      });
    },
  };
}

const sessionOf = (account: StoredAccount, id: string, until: number): Session => ({
  id,
  account: account.id,
  name: account.name,
  who: account.who,
  role: account.role,
  until,
});
