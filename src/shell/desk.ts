/**
 * The desk: what the shell offers to whoever stands at the gate with a browser. Plain data and eight verbs; the http
 * adapter and the page are written against it, the shell implements it. Types only.
 */

import type {
  AreaId,
  Author,
  BarrierState,
  ClockTrust,
  ContactLevel,
  DeviceId,
  Direction,
  InputRole,
  LaneId,
  LaneKind,
  LaneMode,
  Millis,
  Order,
  Refusal,
} from "../core/terms.ts";
import type { Snapshot } from "../decode/snapshot.ts";
import type { AlarmView, JournalState, LinkState, Row } from "./ports.ts";

/** One sentence, in both languages of the page. */
export interface Sentence {
  readonly zh: string;
  readonly en: string;
}

export type OrderName = Order["is"];

export interface InputView {
  readonly role: InputRole;
  /** For a loop, photocell or radar `on` = occupied. */
  readonly level: ContactLevel;
  /** Monotonic; since when it has stood at this level. */
  readonly since: Millis;
}

export interface LaneView {
  readonly id: LaneId;
  readonly name: string;
  readonly kind: LaneKind;
  /** From the contacts, never from "we sent open". */
  readonly barrier: BarrierState;
  /** Monotonic; since when the barrier has been in this state. */
  readonly since: Millis;
  readonly mode: LaneMode;
  readonly emergency: boolean;
  /** Monotonic; when the mode ends by itself. */
  readonly until?: Millis;
  /** Who ordered the mode, where it isn't `controlled`. */
  readonly by?: string;
  readonly inputs: readonly InputView[];
  /** Rights to pass that are given and not yet used. */
  readonly credits: readonly { readonly direction: Direction }[];
  /** The orders that this lane can carry out at all: the page shows a button for each. */
  readonly abilities: readonly OrderName[];
}

export interface DeviceView {
  readonly id: DeviceId;
  /** As the guard reads it. */
  readonly name: string;
  readonly lane?: LaneId;
  readonly link: LinkState;
  /** Monotonic; absent = not since this start. */
  readonly heard?: Millis;
}

/** A terminal that our list is carried out in: numbers only, nobody's name or id. */
export interface TerminalView {
  readonly device: DeviceId;
  /** As the guard reads it. */
  readonly name: string;
  /** Faces it holds for sure. */
  readonly holds: number;
  /** Sent, and nobody knows what became of it. */
  readonly uncertain: number;
  /** What of our list isn't carried out in it yet. */
  readonly owes: { readonly add: number; readonly change: number; readonly remove: number };
  /** Of the additions, how many wait for a picture. */
  readonly lacking: number;
  /** Faces it wouldn't take, each for a reason that `gatepost terminals` tells. */
  readonly refused: number;
  /** People whose face may go into it and doesn't, because no consent is recorded. */
  readonly unagreed: number;
  /** Faces it holds and shouldn't, those enrolled at the terminal itself among them. */
  readonly shouldNotHold: number;
  /** It holds what our list says, as far as is known. */
  readonly inStep: boolean;
}

/** Who counts as inside an area, by what was seen to pass. */
export interface AreaView {
  readonly id: AreaId;
  /** As the guard reads it. */
  readonly name: string;
  readonly people: number;
  readonly vehicles: number;
  /** Vehicles it holds. */
  readonly capacity?: number;
}

/** An opening by hand that nobody has given a reason for. */
export interface OpeningView {
  /** The order's id. */
  readonly id: string;
  readonly lane: LaneId;
  readonly by: string;
  readonly wallMs: number;
  /** The start of the process that it belongs to; `at` is monotonic within it. */
  readonly boot: string;
  readonly at: Millis;
}

/** Counts since the last hand-over. */
export interface ShiftView {
  /** Who took over then; absent before the first hand-over. */
  readonly guard?: string;
  readonly sinceWallMs?: number;
  readonly automatic: number;
  readonly manual: number;
  readonly denied: number;
  readonly alarms: number;
  /** Openings by hand without a reason (未填写). */
  readonly unreasoned: number;
  /** The newest of those, newest first. */
  readonly openings: readonly OpeningView[];
}

/** Counts since local midnight. */
export interface TodayView {
  readonly in: number;
  readonly out: number;
  readonly granted: number;
  readonly denied: number;
  readonly byHand: number;
}

export interface SiteView {
  readonly site: { readonly id: string; readonly name: string };
  readonly gate: { readonly id: string; readonly name: string };
  /** This start of the process; the same as in the journal's rows. */
  readonly boot: string;
  /** The street is simulated: said in large letters on the page. */
  readonly simulation: boolean;
  /** Monotonic; the moment of this view. All other `Millis` in it are to be read against this one. */
  readonly at: Millis;
  readonly clock: { readonly trust: ClockTrust; readonly wallMs: number; readonly utcOffsetMin: number };
  readonly lanes: readonly LaneView[];
  readonly areas: readonly AreaView[];
  readonly alarms: readonly AlarmView[];
  readonly devices: readonly DeviceView[];
  /** Absent where no terminal is managed. */
  readonly terminals?: readonly TerminalView[];
  readonly journal: JournalState;
  /** The line to the county platform; absent where the site has none. */
  readonly platform?: { readonly up: boolean; readonly waiting: number };
  /** The site's other entrances, where it has them; `heard` monotonic, absent = not since this start. */
  readonly entrances?: readonly { readonly gate: string; readonly up: boolean; readonly heard?: Millis }[];
  readonly today: TodayView;
  readonly shift: ShiftView;
  /** What a guard may give as the reason for an opening by hand, in the order of the tiles. */
  readonly reasons: readonly Sentence[];
}

export type Verdict = "granted" | "denied" | "waiting" | "ask";

/** A row of the journal with its plain sentence. */
export interface RowView extends Row {
  readonly sentence: Sentence;
  /** For a decision. */
  readonly verdict?: Verdict;
  /** Name or plate in large letters. */
  readonly who?: string;
  /** Building-unit-room, where it is known. */
  readonly household?: string;
  /** A plate on the list that this one could be; offered to the guard. */
  readonly almost?: { readonly plate: string; readonly name: string };
  /** There is a picture to it, which may be shown until then (monotonic): `GET /api/v1/rows/:seq/snapshot`. */
  readonly snapshot?: Millis;
}

export interface DeskOrder {
  /** UUID made at the tap; the lane's event and the journal's row carry it. */
  readonly id: string;
  readonly lane: LaneId;
  readonly order: Order;
  readonly by: Author;
  /** The row of the refused plate that is let in as what it nearly is; with `open` alone. */
  readonly about?: number;
}

export interface DeskReason {
  /** UUID made at the tap; the journal's row carries it. */
  readonly id: string;
  /** The id of the order that opened. */
  readonly opening: string;
  /** One of the view's `reasons`, its Chinese. */
  readonly reason: string;
  readonly by: Author;
}

export interface DeskHandOver {
  /** UUID made at the tap; the journal's row carries it. */
  readonly id: string;
  readonly by: Author;
  /** Who takes over. */
  readonly to: string;
  /** In the leaving person's own words; sealed, since it may name somebody. */
  readonly notes: string;
}

export interface DeskAmnesty {
  /** UUID made at the tap; the journal's row carries it. */
  readonly id: string;
  readonly area: AreaId;
  readonly by: Author;
  /** In the person's own words. */
  readonly why: string;
}

/** `seq` is durable when this is told: the page may say "recorded". */
export type OrderAnswer =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly why: Refusal | Unknown };

/** What an order, reason or amnesty names, and isn't there. */
export type Unknown = "lane-unknown" | "area-unknown" | "about-unknown" | "opening-unknown" | "reason-unknown";

export interface Health {
  readonly alive: boolean;
  /** Can decide and can move the barrier. */
  readonly ready: boolean;
  /** Plain words, when not ready. */
  readonly why: readonly string[];
}

export interface Desk {
  view(): SiteView;
  /** Called after each change; may be called often (an input that chatters), so it costs nothing until the view is asked for. */
  onChange(hear: () => void): void;
  /** The newest `count` rows, oldest first. */
  rows(count: number): readonly RowView[];
  /** Rows after `seq`, oldest first, at most `count`. */
  rowsAfter(seq: number, count: number): readonly RowView[];
  /** Every new row, in order of seq; in words when somebody asks, since most are written while no page is open. */
  onRow(hear: (row: () => RowView) => void): void;
  /** The picture that came with what a row is about; undefined = none, or it is gone already. */
  snapshot(seq: number): Snapshot | undefined;
  /** Moves the barrier in this turn; resolves once the order's row is durable, or with the refusal. */
  order(order: DeskOrder): Promise<OrderAnswer>;
  /** Nobody counts as inside the area from now on. Nothing moves; resolves once the row is durable. */
  amnesty(amnesty: DeskAmnesty): Promise<OrderAnswer>;
  /** Why a lane was opened by hand, told afterwards, once per opening of this shift. */
  reason(reason: DeskReason): Promise<OrderAnswer>;
  /** Ends the shift with its counts and begins the next one's. */
  handOver(handOver: DeskHandOver): Promise<OrderAnswer>;
  /** False: no such alarm stands. */
  acknowledge(alarm: string, by: Author): boolean;
  health(): Health;
}
