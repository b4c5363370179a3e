/**
 * The residents' register as the clerk's page and API use it: people, import, visitor passes, blocklist, consent. Types
 * only. It works in a thread of its own and never on the way from report to relay; what it writes is looked up by the
 * gate at the next credential.
 */
import type { CredentialType, Direction, HolderKind, LaneId, TimeProfile } from "../core/terms.ts";
import type { Sentence } from "./desk.ts";

/** Who changes something, and when. */
export interface Change {
  readonly by: string;
  readonly atWallMs: number;
}

export interface CarriedView {
  readonly type: CredentialType;
  /** As written by the clerk; a PIN is masked. */
  readonly shown: string;
}
export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly kind: HolderKind;
  readonly origin: "list" | "pass" | "barred";
  readonly household?: string;
  readonly spaces?: number;
  readonly phoneEnd?: string;
  readonly blocked: boolean;
  readonly blockedWhy?: string;
  readonly slow: boolean;
  readonly levels: readonly string[];
  /** Wall ms. */
  readonly validFrom?: number;
  readonly validUntil?: number;
  readonly parkingUntil?: number;
  readonly credentials: readonly CarriedView[];
  /** Of who has a face enrolled: whether a consent stands. */
  readonly consent?: "given" | "missing";
}
export interface People {
  readonly people: readonly PersonView[];
  /** How many there are in all. */
  readonly total: number;
  /** Grace days of the site: so long after the end a resident is still let in. */
  readonly graceDays: number;
}

export const PEOPLE_SHOWN = ["all", "expiring-7", "expiring-30", "expired", "parking", "suspended", "barred"] as const;
export type PeopleShown = (typeof PEOPLE_SHOWN)[number];
export interface PeopleQuery {
  /** Name, pinyin, initials, house, last four of the telephone, part of a plate; empty = everybody. */
  readonly text: string;
  readonly shown: PeopleShown;
  readonly from: number;
  readonly most: number;
  readonly nowWallMs: number;
}

/** One person as the clerk writes them; cells as in a file's row, by the names of its columns. */
export type PersonCells = Readonly<Record<string, string>>;

export interface CellChange {
  readonly column: string;
  readonly from: string;
  readonly to: string;
}
export interface Mistake {
  readonly row: number;
  readonly column: string;
  readonly value: string;
  readonly code: string;
  readonly message: { readonly zh: string; readonly en: string };
  readonly hint: { readonly zh: string; readonly en: string };
}
/** What a file would change; nothing is written. Lists are cut at 200, the counts aren't. */
export interface Preview {
  readonly id: string;
  readonly counts: {
    readonly added: number;
    readonly changed: number;
    readonly suspended: number;
    readonly same: number;
    readonly errors: number;
    readonly nowhere: number;
  };
  readonly added: readonly { readonly name: string; readonly row: number }[];
  readonly changed: readonly { readonly name: string; readonly row: number; readonly cells: readonly CellChange[] }[];
  readonly suspended: readonly { readonly name: string }[];
  readonly errors: readonly Mistake[];
  /** More than a tenth would be suspended: to be confirmed a second time. */
  readonly manySuspended: boolean;
}

export interface Done {
  readonly generation: number;
  /** How many people were changed. */
  readonly people: number;
  /** Of an undoing: how many were changed again since and stay. */
  readonly kept?: number;
}
export interface Undoable {
  readonly number: number;
  readonly atWallMs: number;
  readonly by: string;
  readonly what: string;
  readonly people: number;
}

export interface PassAsked {
  readonly visitor: string;
  /** The host's house. */
  readonly household?: string;
  readonly fromWallMs: number;
  readonly untilWallMs: number;
  /** Absent = any number within the window. */
  readonly uses?: number;
  /** Comes again on these weekdays (ISO) between these minutes of the day. */
  readonly times?: { readonly weekdays: readonly number[]; readonly from: number; readonly until: number };
  /** Absent = those of the host's household. */
  readonly levels?: readonly string[];
  readonly plate?: string;
}
export interface PassView {
  readonly id: string;
  readonly visitor: string;
  readonly household?: string;
  /** Six digits. */
  readonly code: string;
  /** What the picture says to a reader. */
  readonly qr: string;
  readonly fromWallMs: number;
  readonly untilWallMs: number;
  readonly uses?: number;
  readonly used: number;
  readonly times?: PassAsked["times"];
  readonly plate?: string;
  readonly ended: boolean;
}

export interface BarredAsked {
  readonly type: CredentialType;
  readonly value: string;
  readonly name?: string;
  readonly why: string;
}

export const CONSENT_WAYS = ["paper", "counter", "online"] as const;
export interface ConsentAsked {
  readonly holder: string;
  /** Version of the notice that was shown. */
  readonly notice: string;
  readonly how: (typeof CONSENT_WAYS)[number];
  readonly birthYear?: number;
  /** The guardian's name; needed under 14. */
  readonly guardian?: string;
}
export interface Consent {
  readonly id: number;
  readonly face: string;
  readonly state: "recorded" | "withdrawn";
  readonly atWallMs: number;
  readonly takenBy: string;
  readonly notice?: string;
  readonly agreedBy?: string;
  readonly how?: string;
  readonly guardian?: string;
  readonly birthYear?: number;
  /** After a withdrawal: what each terminal says of the face. */
  readonly receipts: readonly FaceReceipt[];
}
export interface FaceReceipt {
  readonly terminal: string;
  readonly face: string;
  /** `yes` = still to be removed there. */
  readonly held: "yes" | "no" | "unknown";
  readonly wallMs: number;
}

/** An access level of the configuration, which a technician changes. */
export interface LevelView {
  /** As it stands in a file's cell. */
  readonly id: string;
  readonly name?: string;
  /** Every access point of the site. */
  readonly everywhere: boolean;
  /** Those it opens; `only` where it is one direction of two. */
  readonly lanes: readonly { readonly id: LaneId; readonly name: string; readonly only?: Direction }[];
  /** Absent = always. */
  readonly times?: TimeProfile;
  /** How many on the list have it and aren't suspended. */
  readonly holders: number;
}
export interface AccessView {
  readonly levels: readonly LevelView[];
  /** Site-local dates, `YYYY-MM-DD`. */
  readonly holidays: readonly string[];
  /** Years that a time profile asks for and that have none on the list (未发布). */
  readonly unpublished: readonly number[];
}

/** What a guard chooses from after an opening by hand, in the order of the tiles; bounds in core/reasons. */
export interface ReasonList {
  readonly reasons: readonly Sentence[];
  /** Taken off the tiles and kept, to be brought back. */
  readonly retired: readonly Sentence[];
}
export interface ReasonsAsked extends ReasonList {
  /** Of the list that this one was made from. */
  readonly edition: number;
}
export interface ReasonsView extends ReasonsAsked {
  /** Who saved it, and when; absent = it is the configuration's. */
  readonly made?: Change;
}

/** Why something wasn't done; `mistakes` say where. */
export interface RegisterRefusal {
  readonly why:
    | "person-unknown"
    | "preview-unknown"
    | "list-changed"
    | "many-suspended"
    | "has-mistakes"
    | "undo-unknown"
    | "credential-taken"
    | "levels-needed"
    | "pass-invalid"
    | "guardian-needed"
    | "no-face"
    | "consent-unknown"
    | "reasons-changed"
    | "file-too-heavy"
    | "register-failing";
  readonly detail?: string;
  readonly mistakes?: readonly Mistake[];
}
type Or<T> = Promise<T | RegisterRefusal>;

export interface Register {
  people(query: Omit<PeopleQuery, "nowWallMs">): Or<People>;
  person(
    id: string,
  ): Or<{ readonly person: PersonView; readonly cells: PersonCells; readonly consents: readonly Consent[] }>;
  /** New, or as they are from now on. */
  save(cells: PersonCells, by: string): Or<Done>;
  /** `why` absent = active again. */
  suspend(ids: readonly string[], why: string | undefined, by: string): Or<Done>;
  extend(ids: readonly string[], what: "validity" | "parking", untilWallMs: number, by: string): Or<Done>;

  preview(file: Uint8Array): Or<Preview>;
  apply(preview: string, manySuspended: boolean, by: string): Or<Done>;
  /** The wrong rows as .xlsx, what is wrong beside them. */
  mistakes(preview: string): Or<{ readonly file: Uint8Array }>;
  history(): Or<{ readonly generations: readonly Undoable[] }>;
  undo(generation: number, by: string): Or<Done>;
  /** The list as rows of cells, the columns' names first; PINs masked. */
  exported(): Or<{ readonly rows: readonly (readonly string[])[] }>;

  passes(all: boolean): Or<{ readonly passes: readonly PassView[] }>;
  makePass(asked: PassAsked, by: string): Or<PassView>;
  endPass(id: string, by: string): Or<Done>;
  bar(asked: BarredAsked, by: string): Or<Done>;
  /** Takes an entry off the blocklist. */
  unbar(id: string, by: string): Or<Done>;

  consent(asked: ConsentAsked, by: string): Or<{ readonly consents: readonly Consent[] }>;
  /** Removes the faces from the list; the terminals follow, and their receipts are shown. */
  withdraw(holder: string, by: string): Or<{ readonly consents: readonly Consent[] }>;
  access(): Or<AccessView>;
  reasons(): ReasonsView;
  /** In force at every guard's page once it is told. */
  saveReasons(asked: ReasonsAsked, by: string): Or<ReasonsView>;
  /** Everything that is kept of one person. */
  about(id: string): Or<{ readonly about: unknown }>;
}
