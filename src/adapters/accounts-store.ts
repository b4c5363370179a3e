/** The rows of the accounts' file, read and written; beside a running gate too (`gatepost accounts`). */
import type { Role } from "../core/roles.ts";
import { openDeeds } from "./accounts-deeds.ts";
import type { Connection } from "./database.ts";

export interface StoredAccount {
  readonly id: string;
  readonly name: string;
  readonly who: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly kind: "password" | "pin";
  readonly hash: string;
  readonly totp: string | null;
  readonly totpStep: number;
  readonly entered: number | null;
}
export interface StoredSession {
  readonly hash: string;
  readonly id: string;
  readonly account: string;
  /** Wall ms, for showing. */
  readonly until: number;
  /** Wall ms, when `left` was written. */
  readonly saved: number;
  readonly left: number;
  readonly idleLeft: number;
}
export interface StoredTries {
  readonly key: string;
  readonly fails: number;
  readonly waitMs: number;
  readonly wall: number;
}

/** Names are compared without case and width. */
export const fold = (name: string): string => name.normalize("NFKC").toLowerCase();

export type Store = ReturnType<typeof openStore>;

/** Prepared statements over an open file; nothing is cached here. */
export function openStore(db: Connection) {
  type Row = Omit<StoredAccount, "disabled"> & { readonly disabled: number };
  const accounts = db.prepare<[], Row>(
    "SELECT id, name, who, role, disabled, kind, hash, totp, totp_step AS totpStep, entered FROM account ORDER BY folded",
  );
  const add = db.prepare(
    "INSERT INTO account(id, name, folded, who, role, kind, hash) VALUES (@id, @name, @folded, @who, @role, @kind, @hash)",
  );
  const change = db.prepare("UPDATE account SET who = @who, role = @role, disabled = @disabled WHERE id = @id");
  const secret = db.prepare("UPDATE account SET kind = @kind, hash = @hash WHERE id = @id");
  const totp = db.prepare("UPDATE account SET totp = @totp, totp_step = @step WHERE id = @id");
  const entered = db.prepare("UPDATE account SET entered = ? WHERE id = ?");
  const sessions = db.prepare<[], StoredSession>(
    "SELECT hash, id, account, until, saved, left_ms AS 'left', idle_left_ms AS idleLeft FROM session",
  );
  const saveSession = db.prepare(
    "INSERT OR REPLACE INTO session VALUES (@hash, @id, @account, @until, @saved, @left, @idleLeft)",
  );
  const touch = db.prepare(
    "UPDATE session SET saved = @saved, left_ms = @left, idle_left_ms = @idleLeft WHERE id = @id",
  );
  const endSession = db.prepare("DELETE FROM session WHERE id = ?");
  const endSessions = db.prepare("DELETE FROM session WHERE account = ?");
  const booths = db.prepare<[], { readonly hash: string; readonly account: string; readonly made: number }>(
    "SELECT * FROM booth",
  );
  const saveBooth = db.prepare("INSERT INTO booth VALUES (?, ?, ?)");
  const endBooth = db.prepare("DELETE FROM booth WHERE hash = ?");
  const endBooths = db.prepare("DELETE FROM booth WHERE account = ?");
  const tries = db.prepare<[], StoredTries>("SELECT key, fails, wait_ms AS waitMs, wall FROM tries");
  const saveTries = db.prepare("INSERT OR REPLACE INTO tries VALUES (@key, @fails, @waitMs, @wall)");
  const endTries = db.prepare("DELETE FROM tries WHERE key = ?");
  const setup = db.prepare<[], { readonly code: string; readonly made: number }>("SELECT code, made FROM setup");
  const saveSetup = db.prepare("INSERT INTO setup VALUES (?, ?)");
  const endSetup = db.prepare("DELETE FROM setup");
  const version = db.prepare<[], { readonly data_version: number }>("PRAGMA data_version");

  return {
    ...openDeeds(db),
    /** Changes when another process has written. */
    version: (): number => version.get()?.data_version ?? 0,
    accounts: (): readonly StoredAccount[] => accounts.all().map((row) => ({ ...row, disabled: row.disabled !== 0 })),
    sessions: (): readonly StoredSession[] => sessions.all(),
    booths: () => booths.all(),
    tries: (): readonly StoredTries[] => tries.all(),
    setup: () => setup.get(),
    /** All of it or nothing. */
    together: (work: () => void): void => db.transaction(work).immediate(),
    add: (one: Pick<StoredAccount, "id" | "name" | "who" | "role" | "kind" | "hash">) =>
      void add.run({ ...one, folded: fold(one.name) }),
    change: (one: Pick<StoredAccount, "id" | "who" | "role" | "disabled">) =>
      void change.run({ ...one, disabled: one.disabled ? 1 : 0 }),
    secret: (one: Pick<StoredAccount, "id" | "kind" | "hash">) => void secret.run(one),
    totp: (id: string, text: string | null, step: number) => void totp.run({ id, totp: text, step }),
    entered: (id: string, wallMs: number) => void entered.run(wallMs, id),
    saveSession: (one: StoredSession) => void saveSession.run(one),
    touch: (one: Pick<StoredSession, "id" | "saved" | "left" | "idleLeft">) => void touch.run(one),
    endSession: (id: string) => void endSession.run(id),
    saveBooth: (hash: string, account: string, made: number) => void saveBooth.run(hash, account, made),
    endBooth: (hash: string) => void endBooth.run(hash),
    /** Everything in which this account is inside, or known. */
    endAll(account: string) {
      endSessions.run(account);
      endBooths.run(account);
    },
    saveTries: (one: StoredTries) => void saveTries.run(one),
    endTries: (key: string) => void endTries.run(key),
    saveSetup(code: string, made: number) {
      endSetup.run();
      saveSetup.run(code, made);
    },
    endSetup: () => void endSetup.run(),
  };
}
