/** Accounts and sessions: what the page's server asks of whoever keeps them. Types only; `adapters/accounts.ts` keeps them. */
import type { Rank, Right, Role } from "../core/roles.ts";

export interface Account {
  /** Never changes, never used again. */
  readonly id: string;
  /** What is typed to enter: 1 to 32 letters (any script), digits, `.`, `_`, `-`; compared without case. */
  readonly name: string;
  /** What rows and pages call this person. */
  readonly who: string;
  readonly role: Role;
  readonly disabled: boolean;
  /** What it enters with. A PIN is for guards alone. */
  readonly secret: "password" | "pin";
  readonly totp: boolean;
  /** Wall clock, ms; absent = never. */
  readonly enteredAt?: number;
}

/** What is noted of accounts in the journal: who did what to whose, never a secret. */
export const ACCOUNT_DEEDS = [
  "set-up",
  "entered",
  "left",
  "added",
  "changed",
  "disabled",
  "enabled",
  "secret",
  "totp-on",
  "totp-off",
] as const;
export type AccountDeed = (typeof ACCOUNT_DEEDS)[number];
export interface AccountTold {
  readonly deed: AccountDeed;
  /** What rows call the person whose account it is. */
  readonly whose: string;
  readonly role: Role;
  /** Who did it; absent = the person. */
  readonly by?: string;
}
/** Done with `gatepost accounts`; kept in the accounts' file until it stands in the journal. */
export interface ConsoleDeed extends AccountTold {
  /** In the order in which they were done. */
  readonly seq: number;
  /** By chance, so that a file that was restored brings no new deed under an old id. */
  readonly id: string;
  /** Its name, as typed to enter. */
  readonly account: string;
  /** The machine's own name of whoever did it. */
  readonly by: string;
  /** The machine's wall clock then, ms. */
  readonly doneMs: number;
  /** How many before it found no room while no gate ran. */
  readonly lost: number;
}
/** Where they go. */
export interface DeedRows {
  /** True: it stands in a row, one however often it is brought. False: not now. */
  write(deed: ConsoleDeed): boolean;
  isDurable(id: string): boolean;
}

/** A person who is inside. */
export interface Session {
  /** Names the session in logs and streams; the secret is the cookie's value, of which only the hash is kept. */
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly who: string;
  readonly role: Role;
  /** Wall clock, ms: the absolute end. */
  readonly until: number;
}

export interface Entry {
  readonly name: string;
  readonly secret: string;
  /** One-time code, where the account has one. */
  readonly code?: string;
  /** Network address, for its budget of tries. */
  readonly address: string;
  /** From this machine or a browser in which somebody has entered before: its tries are counted apart from the network's. */
  readonly near: boolean;
  /** Cookies that came with it: the session ends, the browser's mark is made anew. */
  readonly instead?: string;
  readonly mark?: string;
}

/** Why something with an account wasn't done. `waitMs` = try again no sooner. */
export interface AccountRefusal {
  readonly why:
    | "entry-wrong"
    | "code-needed"
    | "too-many-tries"
    | "accounts-failing"
    | "account-unknown"
    | "name-taken"
    | "secret-weak"
    | "last-admin"
    | "setup-over"
    | "totp-unset";
  readonly waitMs?: number;
  readonly detail?: string;
}

export interface Entered {
  readonly session: Session;
  /** The cookie's value, told once. */
  readonly token: string;
  /** How long it lasts at the most, s. */
  readonly seconds: number;
  /** For this browser's lock screen, told once; absent where the role has none. */
  readonly booth?: string;
}

/** A password, or for guards a PIN. */
export type NewSecret = { readonly password: string } | { readonly pin: string };
export interface NewAccount {
  readonly name: string;
  readonly who: string;
  readonly role: Role;
  readonly secret: NewSecret;
}

export interface Accounts {
  /** Whether any account exists, disabled ones too, or the file can't be read: then nobody enters without one. */
  readonly any: boolean;
  enter(entry: Entry): Promise<Entered | AccountRefusal>;
  /** Whose cookie this is, and that it was used just now; undefined = nobody's any more. Synchronous, no disk. */
  sessionOf(token: string): Session | undefined;
  /** Whether this is the mark of a browser in which somebody of this gate has entered. */
  isBooth(mark: string): boolean;
  leave(session: string): void;
  /**
   * Called within a second after a session has ended, however it ended. `undefined`: what was open without a session is
   * no longer (the first account was made).
   */
  onEnd(hear: (session: string | undefined) => void): void;

  /** Makes the first admin with the code that was shown on the machine itself; once, and only while there is no account. */
  setUp(code: string, admin: NewAccount, address: string): Promise<Account | AccountRefusal>;
  list(): readonly Account[];
  add(account: NewAccount): Promise<Account | AccountRefusal>;
  /** Disabling ends every session of it at once. */
  change(id: string, change: Partial<Pick<Account, "who" | "role" | "disabled">>): Account | AccountRefusal;
  /** A new secret ends every session of the account, but for `keep`; `old` must be right where it is given. */
  reset(
    id: string,
    secret: NewSecret,
    own?: { readonly old: string; readonly keep: string },
  ): Promise<Account | AccountRefusal>;
  /** A new key for one-time codes, in use once a code of it was given to `totpOn`. */
  totpNew(id: string): { readonly secret: string; readonly uri: string } | AccountRefusal;
  totpOn(id: string, code: string): Account | AccountRefusal;
  totpOff(id: string): Account | AccountRefusal;
}

/** `GET /api/v1/me`. */
export interface Me {
  readonly rank: Rank;
  /** Null: nobody has entered. */
  readonly user: { readonly name: string; readonly who: string; readonly role: Role } | null;
  readonly rights: readonly Right[];
  /** Whether accounts exist: without any, this machine works as the booth without a login. */
  readonly accounts: boolean;
  /** Wall clock, ms; when the session ends at the latest. */
  readonly until?: number;
}
