/**
 * How guessing is slowed: each budget gives some tries for nothing, then each failure doubles the wait. A six-digit PIN
 * has a million values; with these figures an account can be guessed at about 35 times a day.
 */
import type { Millis } from "./terms.ts";

/** What is being guessed at, or from where. */
export type Budget = "account" | "address" | "site" | "setup";

interface Slowness {
  /** Failures that cost nothing. */
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
  /** Without a failure for so long, all is forgotten. */
  readonly forgottenMs: number;
}

const DAY_MS = 86_400_000;
export const BUDGETS: Readonly<Record<Budget, Slowness>> = {
  account: { free: 5, firstMs: 30_000, mostMs: 3_600_000, forgottenMs: DAY_MS },
  address: { free: 10, firstMs: 30_000, mostMs: 900_000, forgottenMs: DAY_MS },
  // Everybody far away together: a botnet is slowed, and whoever means well waits a minute at the most.
  site: { free: 50, firstMs: 5_000, mostMs: 60_000, forgottenMs: 3_600_000 },
  setup: { free: 5, firstMs: 30_000, mostMs: 3_600_000, forgottenMs: DAY_MS },
};

export interface Tries {
  readonly fails: number;
  /** Monotonic: no look before. */
  readonly freeAt: Millis;
  /** Monotonic: the last failure. */
  readonly lastAt: Millis;
}

/** How long the next try has to wait, ms; 0 = it may be made. */
export function waitMs(tries: Tries | undefined, at: Millis): number {
  return tries === undefined ? 0 : Math.max(0, tries.freeAt - at);
}

/** After one more failure. */
export function failedAgain(budget: Budget, tries: Tries | undefined, at: Millis): Tries {
  const { free, firstMs, mostMs, forgottenMs } = BUDGETS[budget];
  const known = tries !== undefined && at - tries.lastAt < forgottenMs ? tries.fails : 0;
  const fails = known + 1;
  const wait = fails < free ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(fails - free, 30));
  return { fails, freeAt: at + wait, lastAt: at };
}

/** The failure that was counted before the look turned out to be none. */
export function takenBack(tries: Tries, at: Millis): Tries | undefined {
  return tries.fails <= 1 ? undefined : { ...tries, fails: tries.fails - 1, freeAt: at };
}
