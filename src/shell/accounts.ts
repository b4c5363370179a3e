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
  readonly secret: "password" | "pin" | "none";
  readonly totp: boolean;
  /** Wall clock, ms; absent = never. */
  readonly enteredAt?: number;
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
  /** The session's cookie that came with it: it ends. */
  readonly instead?: string;
}

/** Why nobody came in. `waitMs` = try again no sooner. */
export type EntryRefusal = {
  readonly why: "entry-wrong" | "code-needed" | "too-many-tries" | "accounts-failing";
  readonly waitMs?: number;
};

export interface Entered {
  readonly session: Session;
  /** The cookie's value, told once. */
  readonly token: string;
  /** How long it lasts at the most, s. */
  readonly seconds: number;
  /** For this browser's lock screen, told once; absent where the role has none. */
  readonly booth?: string;
}

export interface Accounts {
  /** Whether any account exists, disabled ones too, or the file can't be read: then nobody enters without one. */
  readonly any: boolean;
  enter(entry: Entry): Promise<Entered | EntryRefusal>;
  /** Whose cookie this is, and that it was used just now; undefined = nobody's any more. Synchronous. */
  sessionOf(token: string): Session | undefined;
  /** Whether this is the mark of a browser in which somebody of this gate has entered. */
  isBooth(mark: string): boolean;
  leave(session: string): void;
  /**
   * Called within a second after a session has ended, however it ended. `undefined`: what was open without a session is
   * no longer (the first account was made).
   */
  onEnd(hear: (session: string | undefined) => void): void;
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
