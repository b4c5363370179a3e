/** What one lane is doing right now, as plain data. The plan (what it is) stands apart, in `terms`. */
import type { Transition } from "./lane-table.ts";
import type { Track } from "./lane-track.ts";
import type {
  AlarmKind,
  Author,
  BarrierState,
  ContactLevel,
  Credit,
  Direction,
  Effect,
  InputRole,
  LanePlan,
  Millis,
} from "./terms.ts";

/** How long it has been open without a reason: not counted for what a start found so, nor while there is a reason. */
export type Held =
  | { readonly is: "since-start" }
  | { readonly is: "excused" }
  | { readonly is: "from"; readonly at: Millis };

/** Whether a command's outcome is believed: an answer `failed` or `uncertain` makes it doubtful. */
export type Trust = "believed" | "doubtful";

/** The barrier's state with all that only this state needs. `came` is the table's row that led here; none after a start. */
export type Barrier = { readonly came: Transition | undefined } & (
  | { readonly is: "unknown" }
  | { readonly is: "closed" }
  | { readonly is: "opening"; readonly until: Millis; readonly trust: Trust }
  | { readonly is: "open"; readonly held: Held }
  /** `cause` is what the close traces to; absent when the lane's own operator closes it. */
  | { readonly is: "closing"; readonly until: Millis; readonly trust: Trust; readonly cause?: string }
  /** Until `rests` the arm may still run on, and the contacts are those of before. */
  | { readonly is: "stopped"; readonly rests: Millis }
);

/** A right to pass: a credit, a person's one-shot opening, or the button inside. */
export interface Right {
  readonly id: string;
  readonly credit?: Credit;
  readonly direction: Direction | "unknown";
  readonly slow: boolean;
  /** When it lapses unused. */
  readonly until: Millis;
  /** `due` = it may still send one open command; `had` = it had its opening and never sends another. */
  readonly opening: "due" | "had";
}

/** An open command that waits for the gap between commands. `over` = whatever the interlock says. */
export interface OpenWant {
  readonly cause: string;
  readonly over: boolean;
}

/** A close that waits: `clear` for guards that have been clear long enough; `lock-down` too, also after a stop; `order` for the gap alone. */
export interface CloseWant {
  readonly is: "clear" | "lock-down" | "order";
  readonly cause: string;
}

export type Mode =
  | { readonly is: "controlled" }
  | { readonly is: "locked-open"; readonly until: Millis; readonly by: Author; readonly id: string }
  | { readonly is: "locked-down"; readonly by: Author };

/** Who holds the lane in emergency; both may at once. */
export interface Emergency {
  readonly order?: Author;
  readonly fire?: Author;
}

export interface Input {
  readonly level: ContactLevel;
  /** When the level came to be what it is. */
  readonly since: Millis;
  /** Reported as faulty. */
  readonly stuck: boolean;
}

export interface Lane {
  readonly barrier: Barrier;
  readonly rights: readonly Right[];
  readonly opens: OpenWant | undefined;
  readonly closes: CloseWant | undefined;
  readonly mode: Mode;
  readonly emergency: Emergency;
  readonly inputs: Readonly<Partial<Record<InputRole, Input>>>;
  /** `resting` from a stop to the next grant, press or order: until then no close follows from anything that ends. */
  readonly since: "asked" | "resting";
  readonly track: Track;
  readonly raised: readonly AlarmKind[];
  /** When the barrier may be sent its next command. */
  readonly quietUntil: Millis;
  /** The earliest of all the deadlines above. */
  readonly due: Millis | undefined;
}

/** One step in the making: the lane so far and what is to be done, in order. Lives no longer than the step. */
export interface Turn {
  readonly plan: LanePlan;
  readonly at: Millis;
  readonly mayOpen: boolean;
  lane: Lane;
  readonly effects: Effect[];
}

/** The barrier is up, or may be, by a mode: nobody needs a right and nothing closes. */
export function keptOpen(lane: Lane): boolean {
  return inEmergency(lane) || lane.mode.is === "locked-open";
}

export function inEmergency(lane: Lane): boolean {
  return lane.emergency.order !== undefined || lane.emergency.fire !== undefined;
}

export function isOneOf(state: BarrierState, states: readonly BarrierState[]): boolean {
  return states.includes(state);
}
