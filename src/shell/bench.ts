/**
 * The bench: what the shell offers to the technician with a browser at the gate. Plain data and a few verbs; nothing in it
 * moves a gate by itself: a pulse is a named person's order and goes the way of all orders (`Desk.order`). Types only.
 */
import type { Author, Command, ContactLevel, DeviceId, InputRole, LaneId, Millis } from "../core/terms.ts";
import type { ByteNote } from "../decode/explain.ts";
import type { Sentence } from "./desk.ts";
import type { Outcome } from "./perform.ts";
import type { LinkState } from "./ports.ts";

/** One contact as it is read, before anybody has judged it. */
export interface InputIo {
  readonly lane: LaneId;
  readonly laneName: string;
  readonly role: InputRole;
  /** `relays DI3`, `GPIO 17`. */
  readonly where: string;
  /** A closed contact reads as off. */
  readonly activeLow: boolean;
  readonly debounceMs: number;
  readonly level: ContactLevel;
  /** Monotonic; since when it reads so. Absent = nothing was heard of it since this start. */
  readonly since?: Millis;
  /** Changes between on and off since this start. */
  readonly edges: number;
  /** Of those, the ones within `BOUNCE_MS` of the one before. */
  readonly bounces: number;
}

export interface OutputIo {
  readonly lane: LaneId;
  readonly laneName: string;
  readonly command: Command;
  /** `relays DO1`, `GPIO 27`, `face-in openDoor`. */
  readonly where: string;
  /** Length of the pulse, ms; absent = the device's own. */
  readonly pulseMs?: number;
  /** The last time it was sent since this start, by whomever or whatever. */
  readonly last?: { readonly wallMs: number; readonly outcome?: Outcome };
}

/** What came of one frame, message or request, with nobody's name, number or picture in it. */
export interface HeardView {
  /** Monotonic. */
  readonly at: Millis;
  readonly via: "frame" | "bytes" | "message" | "request" | "answer";
  /** Topic or path; empty for a line. */
  readonly where: string;
  readonly bytes: number;
  /** The text or the bytes in hex, veiled. */
  readonly raw: string;
  /** The profile's kind; absent = it was not understood. */
  readonly kind?: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly fault?: { readonly code: string; readonly where: string; readonly message: string };
  /** Byte by byte, why it is no frame. */
  readonly notes: readonly ByteNote[];
}

export interface DeviceIo {
  readonly id: DeviceId;
  readonly name: string;
  readonly profile: string;
  readonly link: LinkState;
  /** Monotonic. */
  readonly heard?: Millis;
  readonly offline: boolean;
  readonly counts: { readonly heard: number; readonly faults: number; readonly skippedBytes: number };
  /** Readers can be tried with a credential. */
  readonly reads: boolean;
  /** How many frames or messages are kept to look at. */
  readonly kept: number;
}

/** The steps of one presented credential, in their order. */
export const TRIAL_STEPS = ["heard", "decoded", "decided", "moved", "outcome", "recorded"] as const;
export interface TrialStep {
  readonly is: (typeof TRIAL_STEPS)[number];
  /** ms since it was heard. */
  readonly afterMs: Millis;
  readonly good: boolean;
  readonly says: Sentence;
}
export interface TrialView {
  readonly reader: DeviceId;
  readonly by: string;
  /** Monotonic; nothing is waited for after it. */
  readonly until: Millis;
  readonly is: "waiting" | "heard" | "over";
  readonly steps: readonly TrialStep[];
}

/** How long the arm took the last time, by its contacts. */
export interface TravelView {
  readonly lane: LaneId;
  readonly laneName: string;
  /** What the plan allows, ms. */
  readonly travelMs: Millis;
  /** Whether contacts tell the ends of it. */
  readonly told: { readonly open: boolean; readonly closed: boolean };
  readonly openMs?: Millis;
  readonly closeMs?: Millis;
  /** What the configuration could say, once both are known. */
  readonly proposedMs?: Millis;
}

/** An output that a technician has tried today. */
export interface TriedOutput {
  readonly lane: LaneId;
  readonly command: string;
  readonly by: string;
  readonly wallMs: number;
}

export interface BenchView {
  /** Monotonic; the moment of this view. */
  readonly at: Millis;
  readonly inputs: readonly InputIo[];
  readonly outputs: readonly OutputIo[];
  readonly devices: readonly DeviceIo[];
  readonly travels: readonly TravelView[];
  readonly tried: readonly TriedOutput[];
  readonly trial?: TrialView;
}

export interface Bench {
  view(): BenchView;
  /** The newest last; undefined = there is no such device. */
  heard(device: DeviceId): readonly HeardView[] | undefined;
  /** Waits for the next real read of this reader; undefined = it is none. One at a time, the newest counts. */
  present(reader: DeviceId, by: Author): TrialView | undefined;
  /** Whether a pulse could surprise somebody: the arm moves or is up, somebody may pass, or a mode holds it. */
  isAtRest(lane: LaneId): boolean;
}

/** A change so soon after the one before is a contact that bounces, ms. */
export const BOUNCE_MS = 100;
/** Rows of orders from the technician's page carry it. */
export const TECHNICIAN_PAGE = "technician-page";
