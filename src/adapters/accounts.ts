/**
 * Accounts: who may enter the page, with what, and who is inside. A file of its own, off the way from report to relay:
 * when it can't be read nobody enters, when it can't be written memory goes on, and no gate waits for either.
 */
import { randomUUID } from "node:crypto";
import { GateError } from "../core/fault.ts";
import type {
  Account,
  AccountRefusal,
  Accounts,
  DeedRows,
  Entered,
  Entry,
  NewAccount,
  NewSecret,
} from "../shell/accounts.ts";
import { carryDeeds } from "./accounts-deeds.ts";
import { keepFile } from "./accounts-file.ts";
import { isYoung, keysOf, leavesNoAdmin, secretOf, setupCode, shown } from "./accounts-rules.ts";
import { openAccountsFile } from "./accounts-schema.ts";
import { newTotp, openSecrets, sameText, totpStep } from "./accounts-secret.ts";
import { openSessions } from "./accounts-sessions.ts";
import { shutAccounts } from "./accounts-shut.ts";
import { fold, type Store, type StoredAccount } from "./accounts-store.ts";
import { type Key, openTries } from "./accounts-tries.ts";
import { type Connection, databaseFault } from "./database.ts";
import { openWithReserve } from "./reserve.ts";

export interface AccountsDeps {
  readonly file: string;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly wallMs: () => number;
  /** Shown in authenticator apps. */
  readonly site: string;
  /** Room kept back, given up to open on a full disk. */
  readonly reserve?: string;
  /** The file can't be read or written; told once until it works again. */
  readonly onTrouble: (fault: GateError) => void;
  /** Where what the console did is told; absent = it waits in the file. */
  readonly deeds?: DeedRows;
}

export interface AccountsOpen extends Accounts {
  /** The one-time set-up code while there is no account, made when there is none or it is too old; undefined = there are accounts. */
  setupCode(): string | undefined;
  close(): Promise<void>;
}

/** How often it is looked whether `gatepost accounts` has changed something: a disabled account is out within a second. */
const POLL_MS = 400;
const SAVE_MS = 60_000;

/** Never throws for the file's sake: what can't be opened lets nobody in, and says so. */
export function openAccounts(deps: AccountsDeps): AccountsOpen {
  try {
    const db = openWithReserve(deps.reserve ?? "", () => openAccountsFile(deps.file));
    try {
      return opened(db, deps);
    } catch (cause) {
      db.close();
      throw databaseFault(cause, deps.file);
    }
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    deps.onTrouble(cause);
    return shutAccounts();
  }
}

function opened(db: Connection, deps: AccountsDeps): AccountsOpen {
  const { file, now, wallMs } = deps;
  const hearers: ((session: string | undefined) => void)[] = [];
  const { store, write, settled, trouble, ...kept } = keepFile(db, file, deps.onTrouble);
  let accounts = new Map(store.accounts().map((one) => [one.id, one]));
  let version = store.version();
  const byName = (name: string): StoredAccount | undefined => {
    const wanted = fold(name);
    return [...accounts.values()].find((one) => fold(one.name) === wanted);
  };
  const tries = openTries(store.tries(), now, wallMs, write);
  const secrets = openSecrets();
  const pending = new Map<string, string>();
  const sessions = openSessions({
    stored: () => ({ sessions: store.sessions(), booths: store.booths() }),
    accounts,
    now,
    wallMs,
    write,
    onEnd: (session) => {
      for (const hear of hearers) hear(session);
    },
  });
  const carry = deps.deeds === undefined ? undefined : carryDeeds(store, deps.deeds, write, now);

  /** Reads the accounts anew; whoever was on the page without one is asked once the first exists. */
  function reread(): void {
    const before = accounts.size;
    accounts = new Map(store.accounts().map((one) => [one.id, one]));
    if (before === 0 && accounts.size > 0) for (const hear of hearers) hear(undefined);
  }
  function look(): void {
    try {
      sessions.endOver();
      const newest = store.version();
      if (newest !== version) {
        version = newest;
        reread();
        sessions.sweep(accounts);
        tries.reread(store.tries());
      }
      carry?.();
    } catch (cause) {
      trouble(cause);
    }
  }
  const polling = setInterval(look, POLL_MS);
  polling.unref();
  const saving = setInterval(sessions.save, SAVE_MS);
  saving.unref();

  const found = (id: string): Account | AccountRefusal => {
    const one = accounts.get(id);
    return one === undefined ? { why: "account-unknown" } : shown(one);
  };

  async function enter(entry: Entry): Promise<Entered | AccountRefusal> {
    // What `gatepost accounts` did a moment ago counts already.
    look();
    const account = byName(entry.name);
    const keys = keysOf(entry);
    const waitMs = tries.wait(keys);
    if (waitMs > 0) return { why: "too-many-tries", waitMs };
    if (!secrets.room) return { why: "too-many-tries", waitMs: 2_000 };
    tries.count(keys);
    const right = await secrets.right(entry.secret, account?.hash);
    // What was changed meanwhile counts.
    const still = account === undefined ? undefined : accounts.get(account.id);
    if (!right || still === undefined || still.disabled || still.hash !== account?.hash) return wrong();
    if (still.totp !== null) {
      if (entry.code === undefined) {
        tries.takeBack(keys);
        return { why: "code-needed" };
      }
      const step = totpStep(still.totp, entry.code, wallMs(), still.totpStep);
      if (step === undefined) return wrong();
      save({ ...still, totpStep: step }, (rows) => rows.totp(still.id, still.totp, step));
    }
    tries.right(keys);
    const entered = sessions.open(still, entry.instead, entry.mark);
    save({ ...still, ...accounts.get(still.id), entered: wallMs() }, (rows) => rows.entered(still.id, wallMs()));
    await settled();
    return entered;
  }
  async function wrong(): Promise<AccountRefusal> {
    await settled();
    return { why: "entry-wrong" };
  }
  function save(one: StoredAccount, work: (rows: Store) => void): boolean {
    const done = write(work);
    // One-time codes stay used even where the disk doesn't take it.
    accounts.set(one.id, one);
    return done;
  }

  async function make(made: NewAccount, alone: boolean): Promise<Account | AccountRefusal> {
    const { kind, text, weak } = secretOf(made.secret, made);
    if (weak !== undefined) return { why: "secret-weak", detail: weak };
    if (byName(made.name) !== undefined) return { why: "name-taken" };
    const hash = await secrets.hash(text);
    if (byName(made.name) !== undefined) return { why: "name-taken" };
    if (alone && accounts.size > 0) return { why: "setup-over" };
    const { name, who, role } = made;
    const id = randomUUID();
    const done = write((rows) => {
      rows.add({ id, name, who, role, kind, hash });
      if (alone) rows.endSetup();
    });
    if (!done) return { why: "accounts-failing" };
    reread();
    await settled();
    return found(id);
  }

  async function setUp(code: string, admin: NewAccount, address: string): Promise<Account | AccountRefusal> {
    if (accounts.size > 0) return { why: "setup-over" };
    const keys: readonly Key[] = [
      { budget: "setup", key: "" },
      { budget: "address", key: address },
    ];
    const waitMs = tries.wait(keys);
    if (waitMs > 0) return { why: "too-many-tries", waitMs };
    tries.count(keys);
    const kept = store.setup();
    const right = kept !== undefined && isYoung(kept.made, wallMs()) && sameText(kept.code, code.toUpperCase().trim());
    if (!right) return wrong();
    tries.right(keys);
    return make({ ...admin, role: "admin" }, true);
  }

  async function reset(
    id: string,
    secret: NewSecret,
    own?: { readonly old: string; readonly keep: string },
  ): Promise<Account | AccountRefusal> {
    const one = accounts.get(id);
    if (one === undefined) return { why: "account-unknown" };
    const { kind, text, weak } = secretOf(secret, one);
    if (weak !== undefined) return { why: "secret-weak", detail: weak };
    if (own !== undefined) {
      const keys: readonly Key[] = [{ budget: "account", key: `own ${id}` }];
      const waitMs = tries.wait(keys);
      if (waitMs > 0) return { why: "too-many-tries", waitMs };
      tries.count(keys);
      if (!(await secrets.right(own.old, one.hash))) return wrong();
      tries.right(keys);
    }
    const hash = await secrets.hash(text);
    const still = accounts.get(id);
    if (still === undefined) return { why: "account-unknown" };
    const done = save({ ...still, kind, hash }, (rows) => rows.secret({ id, kind, hash }));
    sessions.end((session) => session.account === id && session.id !== own?.keep);
    await settled();
    return done ? found(id) : { why: "accounts-failing" };
  }

  return {
    get any() {
      return accounts.size > 0;
    },
    enter: (entry) => enter(entry).catch(failing),
    sessionOf: sessions.of,
    isBooth: sessions.isBooth,
    leave: (session) => sessions.end(({ id }) => id === session),
    onEnd: (hear) => void hearers.push(hear),
    setUp: (code, admin, address) => setUp(code, admin, address).catch(failing),
    list: () => [...accounts.values()].map(shown),
    add: (account) => make(account, false).catch(failing),
    change(id, change) {
      const one = accounts.get(id);
      if (one === undefined) return { why: "account-unknown" };
      const after = { ...one, ...change };
      if (leavesNoAdmin([...accounts.values()], one, after)) return { why: "last-admin" };
      // A clerk's PIN would be too little.
      if (after.role !== "guard" && one.kind === "pin") return { why: "secret-weak", detail: "too-short" };
      const out = after.disabled || after.role !== one.role;
      const done = save(after, (rows) => {
        rows.change(after);
        if (out) rows.endAll(id);
      });
      if (out) sessions.end(({ account }) => account === id);
      sessions.sweep(accounts);
      return done ? found(id) : { why: "accounts-failing" };
    },
    reset: (id, secret, own) => reset(id, secret, own).catch(failing),
    totpNew(id) {
      const one = accounts.get(id);
      if (one === undefined) return { why: "account-unknown" };
      const secret = newTotp();
      pending.set(id, secret);
      const label = encodeURIComponent(`${deps.site}:${one.name}`);
      return { secret, uri: `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(deps.site)}` };
    },
    totpOn(id, code) {
      const one = accounts.get(id);
      const secret = pending.get(id);
      if (one === undefined) return { why: "account-unknown" };
      if (secret === undefined) return { why: "totp-unset" };
      const step = totpStep(secret, code, wallMs(), 0);
      if (step === undefined) return { why: "entry-wrong" };
      pending.delete(id);
      const done = save({ ...one, totp: secret, totpStep: step }, (rows) => rows.totp(id, secret, step));
      return done ? found(id) : { why: "accounts-failing" };
    },
    totpOff(id) {
      const one = accounts.get(id);
      if (one === undefined) return { why: "account-unknown" };
      const done = save({ ...one, totp: null }, (rows) => rows.totp(id, null, one.totpStep));
      return done ? found(id) : { why: "accounts-failing" };
    },
    setupCode() {
      if (accounts.size > 0) return undefined;
      return setupCode(store, wallMs(), write);
    },
    async close() {
      clearInterval(polling);
      clearInterval(saving);
      sessions.save();
      await kept.close();
    },
  };

  function failing(cause: unknown): AccountRefusal {
    // The hashing's own library couldn't be loaded, or the machine has no memory for it.
    deps.onTrouble(
      new GateError("ACCOUNTS_FAILING", cause instanceof Error ? cause.message : String(cause), { cause }),
    );
    return { why: "accounts-failing" };
  }
}
