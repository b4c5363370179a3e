/** What `gatepost accounts` does leaves one row each, whatever ends between: real files, and crashes by the order of calls. */
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openAccounts } from "../../src/adapters/accounts.ts";
import { carryDeeds, MOST_DEEDS, type NewDeed } from "../../src/adapters/accounts-deeds.ts";
import { openAccountsFile } from "../../src/adapters/accounts-schema.ts";
import { openStore } from "../../src/adapters/accounts-store.ts";
import { consolePerson } from "../../src/cli/console-person.ts";
import { accountsDone } from "../../src/cli/work-accounts.ts";
import type { AccountsOptions } from "../../src/cli/works.ts";
import type { ConsoleDeed, DeedRows } from "../../src/shell/accounts.ts";
import { openDeedRows } from "../../src/shell/deeds.ts";
import { at, durable, open as openJournal, place } from "../keeping/journal-place.ts";

/** A gate's folder, and its console. */
function openFolder() {
  const dir = place();
  const file = join(dir, "accounts.sqlite");
  async function accounts(deed: AccountsOptions["deed"], name: string, more: Partial<AccountsOptions> = {}) {
    const db = openAccountsFile(file);
    try {
      return await accountsDone(openStore(db), { deed, name, ...more });
    } finally {
      db.close();
    }
  }
  return { dir, accounts, file, journalFile: join(dir, "journal.sqlite") };
}

/** The parts of a gate that carry deeds, moved by hand. */
function openGate({ file, journalFile }: { readonly file: string; readonly journalFile: string }) {
  const journal = openJournal(journalFile);
  const db = openAccountsFile(file);
  const store = openStore(db);
  const note: Parameters<typeof openDeedRows>[0]["note"] = (entry) => journal.append({ ...entry, now: at(1) });
  const rows = openDeedRows({ journal, note, kept: journal.kept() });
  let works = true;
  const write: Parameters<typeof carryDeeds>[2] = (work) => {
    if (works) store.together(() => work(store));
    return works;
  };
  const clock = { now: 0 };
  return {
    journal,
    store,
    clock,
    /** The accounts' file takes nothing from now on, or does again. */
    writable(now: boolean) {
      works = now;
    },
    begin: () => rows.begin(note({ kind: "start", open: {} })),
    look: carryDeeds(store, rows, write, () => clock.now),
    /** All that was written so far is on the disk. */
    settled: () => durable(journal, note({ kind: "stop", open: {} })),
    told: () =>
      journal
        .latest(2_000)
        .filter(({ kind }) => kind === "account")
        .map(({ open }) => open)
        .reverse(),
    waits: () => store.deedsAfter(0, 2 * MOST_DEEDS).length,
    async close() {
      await journal.close();
      db.close();
    },
  };
}

const deed = (n: number): NewDeed => ({
  id: `id-${n}`,
  deed: "disabled",
  account: `wang${n}`,
  whose: "王建国",
  role: "guard",
  by: "li",
  doneMs: n,
});

it("every verb that changes an account tells it at the next start: who, whose, from the console, never a secret", async () => {
  const folder = openFolder();
  const { accounts } = folder;
  const { secret: made = "" } = await accounts("add", "wang", { role: "guard", who: "王建国" });
  await accounts("disable", "wang");
  await accounts("enable", "WANG");
  await accounts("list", "");
  await expect(accounts("disable", "li")).rejects.toThrow(/no account/);
  await accounts("disable", "wang");
  await accounts("reset", "wang", { secret: "480217" });
  const gate = openGate(folder);
  gate.look();
  expect(gate.told()).toEqual([]); // the start's own row comes first
  gate.begin();
  gate.look();
  await gate.settled();
  gate.look();
  const told = gate.told();
  expect(told.map((one) => one.deed)).toEqual(["added", "disabled", "enabled", "disabled", "secret", "enabled"]);
  const by = consolePerson();
  for (const one of told)
    expect(one).toMatchObject({ account: "wang", whose: "王建国", role: "guard", by, from: "console" });
  expect(gate.waits()).toBe(0);
  await gate.close();
  expect(JSON.stringify(told)).not.toMatch(/480217|argon2/);
  expect(readFileSync(folder.journalFile, "latin1")).not.toContain(made);
});

it.each([
  ["32 characters with a blank before", ` ${"王".repeat(32)}`, "王".repeat(32)],
  ["33 characters", "王".repeat(33), undefined],
  ["a blank alone", " ", undefined],
])("whom rows name is bounded as on the page: %s", async (_what, who, kept) => {
  const { accounts } = openFolder();
  const made = accounts("add", "wang", { role: "guard", who });
  if (kept === undefined) await expect(made).rejects.toThrow(/INPUT_INVALID.*32/);
  else expect((await made).accounts.map((one) => one.who)).toEqual([kept]);
});

it("a lost telephone's codes end with a row of their own", async () => {
  const folder = openFolder();
  await folder.accounts("add", "chen", { role: "admin", secret: "correct horse battery" });
  const db = openAccountsFile(folder.file);
  db.exec("UPDATE account SET totp = 'GEZDGNBVGY3TQOJQ'; DELETE FROM deed");
  db.close();
  await folder.accounts("reset", "chen");
  const gate = openGate(folder);
  expect(gate.store.deedsAfter(0, 9).map((one) => one.deed)).toEqual(["secret", "totp-off"]);
  await gate.close();
});

it("what isn't done leaves no deed: both are one transaction", () => {
  const folder = openFolder();
  const gate = openGate(folder);
  const both = () =>
    gate.store.together(() => {
      gate.store.noteDeed(deed(1));
      gate.store.noteDeed(deed(1)); // refused, and with it the first
    });
  expect(both).toThrow(/UNIQUE/);
  expect(gate.waits()).toBe(0);
  return gate.close();
});

// The order of calls in one deed's life; the process ends after the step named.
it.each([
  ["before its row", false, false],
  ["between its row and its leaving the file", true, false],
  ["after both", true, true],
])("a crash %s: one row, and nothing waits", async (_when, hasRow, hasLeft) => {
  const folder = openFolder();
  const first = openGate(folder);
  first.store.noteDeed(deed(1));
  first.begin();
  if (hasRow) {
    first.look();
    await first.settled();
  }
  if (hasLeft) first.look();
  expect([first.told().length, first.waits()]).toEqual([hasRow ? 1 : 0, hasLeft ? 0 : 1]);
  await first.close();

  const second = openGate(folder);
  second.begin();
  second.look();
  await second.settled();
  second.look();
  second.look();
  expect(second.told().map(({ id }) => id)).toEqual(["id-1"]);
  expect(second.waits()).toBe(0);
  await second.close();
});

it("a power cut that takes the row leaves the deed, which had not left the file", async () => {
  const folder = openFolder();
  const first = openGate(folder);
  first.store.noteDeed(deed(1));
  first.begin();
  await first.settled();
  // The disk as it was before the row's sync: what is asked for next is lost.
  const cut = join(folder.dir, "cut");
  mkdirSync(cut);
  for (const end of ["", "-wal"]) cpSync(folder.journalFile + end, join(cut, `journal.sqlite${end}`));
  first.look();
  expect(first.waits()).toBe(1);
  await first.close();
  const second = openGate({ file: folder.file, journalFile: join(cut, "journal.sqlite") });
  second.begin();
  second.look();
  expect(second.told().map(({ id }) => id)).toEqual(["id-1"]);
  await second.close();
});

it("an accounts' file that can't be written: one row each all the same, and it is asked seldom", async () => {
  const folder = openFolder();
  const gate = openGate(folder);
  gate.begin();
  gate.store.noteDeed(deed(1));
  gate.writable(false);
  gate.look();
  await gate.settled();
  gate.look();
  gate.store.noteDeed(deed(2));
  gate.writable(true);
  gate.look();
  await gate.settled();
  expect([gate.told().map(({ id }) => id), gate.waits()]).toEqual([["id-1", "id-2"], 2]);
  gate.clock.now = 10_000;
  gate.look();
  expect([gate.told().length, gate.waits()]).toEqual([2, 0]);
  await gate.close();
});

it("a thousand wait, in order; what gave way to them is counted in the oldest's row", async () => {
  const folder = openFolder();
  const gate = openGate(folder);
  gate.store.together(() => {
    for (let n = 1; n <= MOST_DEEDS + 3; n++) gate.store.noteDeed(deed(n));
  });
  expect(gate.waits()).toBe(MOST_DEEDS);
  gate.begin();
  for (let looks = 0; looks < MOST_DEEDS / 50; looks++) gate.look();
  await gate.settled();
  gate.look();
  const told = gate.told();
  expect(told.map(({ id }) => id)).toEqual(Array.from({ length: MOST_DEEDS }, (_, i) => `id-${i + 4}`));
  expect(told.slice(0, 2).map((one) => one.unrecordedBefore)).toEqual([3, undefined]);
  expect(gate.waits()).toBe(0);
  await gate.close();
});

it("a journal that takes no rows gets none: they wait where they are safe", () => {
  let failing = true;
  const asked: string[] = [];
  const rows = openDeedRows({
    journal: {
      state: () => (failing ? { is: "failing", waiting: 1, why: "full" } : { is: "good", waiting: 0 }),
      whenDurable: () => undefined,
    },
    note: ({ kind }) => asked.push(kind),
    kept: [{ key: "record x", text: "another's" }],
  });
  const one: ConsoleDeed = { ...deed(1), seq: 1, lost: 0 };
  rows.begin(1);
  expect([rows.write(one), asked]).toEqual([false, []]);
  failing = false;
  expect([rows.write(one), rows.write(one), asked, rows.isDurable(one.id)]).toEqual([true, true, ["account"], false]);
});

it("a damaged table of deeds stops nobody from entering, and is told", async () => {
  const folder = openFolder();
  await folder.accounts("add", "wang", { role: "guard", secret: "739184" });
  const troubles: string[] = [];
  const rows: DeedRows = { write: () => true, isDurable: () => false };
  const gate = openAccounts({
    file: folder.file,
    now: () => 0,
    wallMs: () => 0,
    site: "星河小区",
    onTrouble: ({ code }) => troubles.push(code),
    deeds: rows,
  });
  const beside = openAccountsFile(folder.file);
  beside.exec("DROP TABLE deed");
  beside.close();
  const entered = await gate.enter({ name: "wang", secret: "739184", address: "127.0.0.1", near: true });
  expect(entered).toMatchObject({ session: { name: "wang" } });
  expect(troubles[0]).toBe("DATABASE_DAMAGED");
  await gate.close();
});

const gone = (): string => {
  throw new Error("uv_os_get_passwd returned ENOENT");
};
it.each([
  ["the user", {}, 1000, () => "li", "li"],
  ["whoever asked sudo", { SUDO_USER: "li" }, 0, () => "root", "li"],
  ["root itself", {}, 0, () => "root", "root"],
  ["root, where sudo's word is no name", { SUDO_USER: "李; rm" }, 0, () => "root", "root"],
  ["the user, who only says that it was sudo", { SUDO_USER: "admin" }, 1000, () => "li", "li"],
  ["a number without a name", {}, 4711, gone, "uid 4711"],
])("at the console is %s", (_who, env, uid, nameOf, expected) => {
  expect(consolePerson(env, uid, nameOf)).toBe(expected);
});
