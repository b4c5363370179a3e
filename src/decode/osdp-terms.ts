/** The words of the OSDP bus: readers, what is asked of them, what comes of it. Plain values; times are told. */
import type { Claim, DeviceId, Millis } from "../core/terms.ts";
import type { CardRules, PinEntry, PinRules } from "./osdp-credentials.ts";
import type { BlockCipher, Session, SessionKeys } from "./osdp-secure.ts";
import type { Identity } from "./osdp-words.ts";

export interface Timing {
  readonly baud: number;
  /** From the last byte of a request to the end of silence (libosdp: 200). */
  readonly replyMs: Millis;
  /** Between a reply and the next request; ours. */
  readonly breathMs: Millis;
  /** Between two polls of one reader (libosdp: 50). */
  readonly pollMs: Millis;
  /** Between two readings of its tamper, power and inputs; ours. */
  readonly statusMs: Millis;
  /** How often what changes nothing is sent again, with the same sequence number (libosdp: up to 8). */
  readonly retries: number;
  /** Silent for so long = offline (libosdp: 8,000). */
  readonly offlineMs: Millis;
  /** A silent reader is looked for after this, then after twice as long, up to the longest; ours. */
  readonly awayMs: Millis;
  readonly awayLongestMs: Millis;
  /** One that refuses the secure channel is asked again after this (libosdp: 600,000; ours is shorter). */
  readonly distrustMs: Millis;
  /** Not asked for so long, whatever it then reports may be as old: it doesn't count as fresh. */
  readonly gapMs: Millis;
  /** A busy reader is asked again after this, and given up after that; ours. */
  readonly busyMs: Millis;
  readonly busyForMs: Millis;
}

export const USUAL_TIMING: Timing = {
  baud: 9600,
  replyMs: 200,
  breathMs: 5,
  pollMs: 50,
  statusMs: 60_000,
  retries: 3,
  offlineMs: 8_000,
  awayMs: 500,
  awayLongestMs: 10_000,
  distrustMs: 60_000,
  gapMs: 2_000,
  busyMs: 100,
  busyForMs: 3_000,
};

/** What the machine can't do by itself: AES of one block, and chance. */
export interface Tools {
  readonly cipher: BlockCipher;
  readonly draw: (bytes: number) => Uint8Array;
  readonly timing: Timing;
}

export interface ReaderPlan {
  readonly device: DeviceId;
  /** 0..126. */
  readonly address: number;
  readonly security:
    | { readonly is: "clear" }
    /** `installUntil`: until then the default key is taken once, to set `key`. */
    | { readonly is: "secure"; readonly key: Uint8Array; readonly installUntil?: Millis };
  readonly cards: CardRules;
  readonly pins: PinRules;
}

/** A command from outside. */
export interface Order {
  readonly id: number;
  readonly code: number;
  readonly data: Uint8Array;
  /** It may be sent a second time: a light, never an output. */
  readonly repeatable: boolean;
  /** Not sent after this. */
  readonly until: Millis;
}

/** Which key a session is begun with. */
export type KeyKind = "own" | "default";

export type Phase =
  /** Silent, new, or refusing: looked for at `tryAt`. */
  | { readonly is: "away"; readonly tryAt: Millis }
  | { readonly is: "greeting"; readonly step: "identify" | "capabilities" }
  | { readonly is: "challenging"; readonly key: KeyKind; readonly inputs: number; readonly rndA: Uint8Array }
  | {
      readonly is: "proving";
      readonly key: KeyKind;
      readonly inputs: number;
      readonly keys: SessionKeys;
      readonly cryptogram: Uint8Array;
    }
  /** In a session of the default key, good for nothing but to set a new one. */
  | { readonly is: "keying"; readonly session: Session; readonly newKey: Uint8Array }
  | {
      readonly is: "online";
      /** Absent = in clear, because its plan says so. */
      readonly session?: Session;
      /** It had nothing to tell since the connection: what it tells now has happened since. */
      readonly drained: boolean;
      readonly answeredAt: Millis;
      readonly pollAt: Millis;
      readonly statusAt: Millis;
      /** For ever away for one without inputs. */
      readonly inputsAt: Millis;
    };

export type In<Is extends Phase["is"]> = Extract<Phase, { readonly is: Is }>;

export interface ReaderState {
  readonly plan: ReaderPlan;
  readonly phase: Phase;
  /** Of the next request. */
  readonly sequence: number;
  /** Attempts to greet it that failed in a row. */
  readonly tries: number;
  /** Handshakes that it refused in a row. */
  readonly refusals: number;
  /** When it last said something that can be believed: in its session, or in clear where that is its plan. */
  readonly heardAt?: Millis;
  /** It can be missed from then on: the line has come up. */
  readonly upAt: Millis;
  /** Replies with a wrong MAC since the last good one. */
  readonly badMacs: number;
  /** When somebody last tried to speak in its name within its session. */
  readonly insultedAt?: Millis;
  readonly told: "starting" | "online" | "offline" | "distrusted";
  readonly orders: readonly Order[];
  readonly pin: PinEntry;
  /** Absent = no install mode, or it is over. */
  readonly installUntil?: Millis;
  /** It was busy: the same request again. */
  readonly held?: { readonly ask: Ask; readonly again: Millis };
}

export type What =
  | "identify"
  | "capabilities"
  | "challenge"
  | "prove"
  | "key"
  | "poll"
  | "local-status"
  | "input-status"
  | "order";

/** A request as it went out. */
export interface Ask {
  readonly what: What;
  readonly bytes: Uint8Array;
  readonly sequence: number;
  /** The session once it was sent. */
  readonly session?: Session;
  readonly order?: Order;
  readonly sent: number;
  readonly firstAt: Millis;
}

export type OrderOutcome = "done" | "failed" | "uncertain";

export type Out =
  | { readonly do: "send"; readonly bytes: Uint8Array }
  /** `old`: it may have waited in the reader from before this connection. */
  | { readonly do: "present"; readonly device: DeviceId; readonly claim: Claim; readonly old: boolean }
  | { readonly do: "inputs"; readonly device: DeviceId; readonly on: readonly boolean[] }
  | { readonly do: "local"; readonly device: DeviceId; readonly tamper: boolean; readonly power: boolean }
  | { readonly do: "identity"; readonly device: DeviceId; readonly identity: Identity }
  | { readonly do: "online"; readonly device: DeviceId; readonly secure: boolean }
  | { readonly do: "offline"; readonly device: DeviceId; readonly why: string }
  /** It doesn't prove that it is ours, or talks in clear where it may not: an alarm. */
  | { readonly do: "distrust"; readonly device: DeviceId; readonly why: string }
  /** Its own key works: install mode is over. */
  | { readonly do: "installed"; readonly device: DeviceId }
  | { readonly do: "answer"; readonly order: number; readonly outcome: OrderOutcome }
  | { readonly do: "fault"; readonly device?: DeviceId; readonly code: string; readonly message: string };

/** A reader's next state, and what comes of it in this order. */
export type ReaderStep = readonly [ReaderState, readonly Out[]];
