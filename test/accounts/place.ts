import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccountsOpen, openAccounts } from "../../src/adapters/accounts.ts";
import type { Account, AccountRefusal, Entered, Entry, NewAccount } from "../../src/shell/accounts.ts";

export const WALL = Date.UTC(2026, 10, 25, 1, 0, 0);
export const PIN = "739184";
export const PASSWORD = "correct horse battery";

/** A folder with a file of accounts, and clocks that the test turns. */
export function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-accounts-"));
  const file = join(folder, "accounts.sqlite");
  const clock = { now: 1_000_000, wall: WALL };
  const troubles: string[] = [];
  const open: AccountsOpen[] = [];
  return {
    folder,
    file,
    clock,
    troubles,
    pass(ms: number) {
      clock.now += ms;
      clock.wall += ms;
    },
    open(): AccountsOpen {
      const accounts = openAccounts({
        file,
        now: () => clock.now,
        wallMs: () => clock.wall,
        site: "星河小区",
        onTrouble: ({ code }) => troubles.push(code),
      });
      open.push(accounts);
      return accounts;
    },
    async shut() {
      for (const one of open.splice(0)) await one.close();
    },
    async leave() {
      await this.shut();
      rmSync(folder, { recursive: true });
    },
    async reopen(accounts: AccountsOpen): Promise<AccountsOpen> {
      open.splice(open.indexOf(accounts), 1);
      await accounts.close();
      return this.open();
    },
  };
}

export const guard: NewAccount = { name: "wang", who: "王建国", role: "guard", secret: { pin: PIN } };
export const admin: NewAccount = { name: "chen", who: "陈主任", role: "admin", secret: { password: PASSWORD } };

export function entry(change: Partial<Entry> = {}): Entry {
  return { name: "wang", secret: PIN, address: "192.168.4.20", near: false, ...change };
}

export function made(told: Account | AccountRefusal): Account {
  if ("why" in told) throw new Error(told.why);
  return told;
}
export function inside(told: Entered | AccountRefusal): Entered {
  if ("why" in told) throw new Error(told.why);
  return told;
}
