/**
 * The outside world on one page. Adapters implement these; the loop and `perform` use them; `main` joins the two.
 * Nothing here has behaviour.
 */
import type { Receipt } from "../core/roster.ts";
import type { Letter } from "../core/shared-terms.ts";
import type {
  AccessLevelId,
  AlarmKind,
  ContactLevel,
  CredentialType,
  DeviceId,
  Found,
  HolderId,
  HouseholdId,
  LaneId,
  Millis,
  Now,
} from "../core/terms.ts";
import type { Hours, LocalDay } from "../core/traffic-hours.ts";
import type { Asking } from "../decode/terms.ts";

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Clock {
  /** Stamps an event: monotonic and wall time with its trust, in the site's zone. */
  now(): Now;
  /** Monotonic time alone, for timers and time-outs. */
  at(): Millis;
  /** Runs `then` once the monotonic clock has reached `at` (never early). Returns how to call it off. */
  wakeAt(at: Millis, then: () => void): () => void;
}

/** What a link is worth right now; `since` monotonic. */
export interface LinkState {
  readonly is: "up" | "down" | "starting" | "closed";
  readonly since: Millis;
  /** Plain words for the technician. */
  readonly why?: string;
}

// ── Serial ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface SerialSettings {
  readonly path: string;
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** A serial port that comes back by itself after unplugging (full-jitter back-off). */
export interface SerialLine {
  /** Bytes exactly as they came, in any chunking. */
  onBytes(hear: (bytes: Uint8Array) => void): void;
  /** `up` begins a new connection epoch: half frames from before must be dropped. */
  onState(hear: (state: LinkState) => void): void;
  state(): LinkState;
  /** Resolves when the bytes have been handed to the kernel. Rejects with SERIAL_LOST / SERIAL_UNAVAILABLE; nothing is queued while down. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

// ── MQTT (our client to any broker, or the embedded broker: the same port) ──────────────────────────────────────────
export interface MqttHeard {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  /** The DUP flag: somebody has sent this before. */
  readonly redelivered: boolean;
  readonly qos: 0 | 1 | 2;
  /** The device that owns the publishing client, where the broker can prove it (embedded broker). */
  readonly owner?: string;
  /** Rises with every (re)connection of ours, or of the device at the embedded broker. */
  readonly epoch: number;
  /** Whether it may have been queued before this connection (our broker client: until the fence has come back). */
  readonly beforeConnection: boolean;
  /**
   * Acknowledges it to the sender (PUBACK). Called once the row is durable, or at once when nothing was to be kept.
   * Must be called exactly once; never blocks messages behind it.
   */
  settle(): void;
  /**
   * Its row can't be kept for now: where the protocol has a word for it (MQTT 5, reason 0x97) the sender is told so and
   * sends on; elsewhere it waits for `settle`. A broker delivers only so many unacknowledged messages: without this a
   * full disk would end the deciding.
   */
  refuse(): void;
}

export interface MqttLink {
  onMessage(hear: (message: MqttHeard) => void): void;
  onState(hear: (state: LinkState) => void): void;
  /** A device's client came or went (embedded broker only). */
  onClient(hear: (owner: string, connected: boolean) => void): void;
  state(): LinkState;
  /** Sends in the same turn (no Nagle, no queue while down: throws BROKER_UNREACHABLE). QoS 0 or 1, never retained. Resolves when taken. */
  publish(topic: string, payload: Uint8Array, qos?: 0 | 1): Promise<void>;
  /** Topic filters, QoS 1. */
  subscribe(filters: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

// ── HTTP (devices that push; never the page's server) ────────────────────────────────────────────────────────────────
export interface RequestHeard {
  /** Proved by the connection: its secret path, its password or its address; never by what the body says. */
  readonly owner: string;
  readonly method: string;
  /** Below the device's own secret part, without the leading slash. */
  readonly path: string;
  readonly query: string;
  readonly payload: Uint8Array;
  /**
   * Must be called exactly once. `sent` = handed to the kernel in full; `gone` = the device had hung up before;
   * `uncertain` = it hung up while it was being sent.
   */
  answer(answer: RequestAnswer): Promise<"sent" | "gone" | "uncertain">;
}
export interface RequestAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpLink {
  onRequest(hear: (request: RequestHeard) => void): void;
  state(): LinkState;
  close(): Promise<void>;
}

// ── HTTP (devices that we call) ──────────────────────────────────────────────────────────────────────────────────────
export type Called =
  | { readonly is: "answered"; readonly status: number; readonly payload: Uint8Array }
  /** It has surely not been carried out: nothing was sent. */
  | { readonly is: "unsent"; readonly why: string }
  /** It was sent, and nobody knows what became of it. */
  | { readonly is: "unanswered"; readonly why: string };

export interface CallTimes {
  /** Not sent after this: whoever it was for has gone. */
  readonly freshMs: Millis;
  /** For the whole answer, from the sending on. */
  readonly timeoutMs: Millis;
  /** On a connection of its own, which the device can't be just closing. */
  readonly alone: boolean;
}

/** One device's address. Follows no redirect and sends nothing twice, except to answer a challenge. */
export interface HttpCaller {
  /** Begins in this turn; never rejects. */
  call(asking: Asking, body: Uint8Array, times: CallTimes): Promise<Called>;
  close(): void;
}

// ── GPIO ────────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface GpioInputSettings {
  readonly offset: number;
  readonly activeLow: boolean;
  readonly bias: "up" | "down" | "none";
  /** Levels shorter than this are not reported, ms, 0..1000. */
  readonly debounceMs: number;
}
export interface GpioOutputSettings {
  readonly offset: number;
  readonly activeLow: boolean;
}

export interface Gpio {
  readonly backend: "character-device" | "sysfs" | "simulated";
  /** Levels, on every change and on a slow poll (1 s); `unknown` when the line can't be read. */
  input(settings: GpioInputSettings, hear: (level: ContactLevel) => void): void;
  /** Requested inactive from the first touch. */
  output(settings: GpioOutputSettings): GpioOutput;
  close(): Promise<void>;
}
export interface GpioOutput {
  /** Active for `ms` (10..5000), then inactive. The end doesn't depend on this process's event loop. */
  pulse(ms: number): Promise<void>;
  /** Active or inactive for as long as we live; inactive when this process dies. */
  hold(active: boolean): Promise<void>;
}

// ── The whitelist ───────────────────────────────────────────────────────────────────────────────────────────────────
export interface Whitelist {
  /** Synchronous, ≤ 10 µs at 100,000 credentials. Never throws: a damaged file falls back to the last good generation. */
  find(type: CredentialType, value: string): Found | undefined;
  /** Every enabled plate that could be confused with this one, with its holder: candidates for an almost-match. */
  near(plate: string): readonly Found[];
  readonly generation: number;
  /** Number of credentials. */
  readonly size: number;
}

/** Somebody with a face on the list; whoever has left the clerk's file is none of them. */
export interface FaceHolder {
  readonly face: string;
  readonly holder: HolderId;
  readonly name: string;
  readonly blocked: boolean;
  readonly levels: readonly AccessLevelId[];
  readonly from?: number;
  readonly until?: number;
  /** No consent is recorded, and one is required: stays where it is, and is put nowhere. */
  readonly unagreed?: true;
}

/** Whether somebody agreed that his face goes into the terminals; the ledger behind it is the clerk's. */
export type ConsentState = "recorded" | "withdrawn" | "none";

export interface Consents {
  /** Another one = somebody may have agreed or withdrawn. @throws GateError */
  readonly edition: string;
  /** @throws GateError */
  consentOf(face: string): ConsentState;
}

/** The list as the terminals need it; never asked on the way from report to relay. */
export interface FaceList {
  /** Another one = somebody may have come, gone or changed. */
  readonly edition: string;
  /** Whether it is whole: from one that isn't nobody is removed. */
  readonly whole: boolean;
  /** In the order of their ids, after this one. @throws GateError */
  faces(after: string, most: number): readonly FaceHolder[];
}

// ── Counted traffic ─────────────────────────────────────────────────────────────────────────────────────────────────
/** The counted days as hours. Never on the way to a decision. */
export interface TrafficBook {
  /** Of these days; what isn't known of them is missing. Rejects never but by a bug of ours. */
  hours(days: readonly LocalDay[]): Promise<Hours>;
}

// ── Terminals that hold faces ───────────────────────────────────────────────────────────────────────────────────────
export interface StoredHoldings {
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** People it holds under no id of ours. */
  readonly others: number;
  /** When it last said whom it holds, wall ms. */
  readonly listedMs?: number;
}

export interface Receipts {
  /** By device. */
  load(): ReadonlyMap<DeviceId, StoredHoldings>;
  /** @throws GateError; so do `listed` and `forget`. */
  save(device: DeviceId, receipts: readonly Receipt[]): void;
  listed(device: DeviceId, others: number, wallMs: number): void;
  forget(device: DeviceId, faces: readonly string[]): void;
  /** Resolves when all that was saved is on the disk for sure. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** A picture on its way to the terminals. */
export interface OnHand {
  /** Stands for the face id. */
  readonly mark: string;
  readonly picture: string;
  readonly sinceMs: number;
}
export interface Pictures {
  markOf(face: string): string;
  onHand(wallMs: number): Promise<readonly OnHand[]>;
  /** Bare base64; undefined = it is gone, or no picture. */
  read(one: Pick<OnHand, "mark" | "picture">): Promise<string | undefined>;
  drop(one: Pick<OnHand, "mark" | "picture">): Promise<void>;
}

// ── The journal ─────────────────────────────────────────────────────────────────────────────────────────────────────
export const ENTRY_KINDS = [
  "start",
  "stop",
  "decision",
  "history",
  "override",
  "move",
  "outcome",
  "passage",
  "lapsed",
  "alarm",
  "calm",
  "mode",
  "refusal",
  "device",
  "clock",
  "config",
  "whitelist",
  "fault",
  "amnesty",
  "retention",
  "reason",
  "shift",
  "command",
  "shared",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** A row to be written. `open` fields are readable by all; `sealed` ones name a person and die with the person's key. */
export interface Entry {
  readonly kind: EntryKind;
  readonly now: Now;
  readonly lane?: LaneId;
  readonly open: Readonly<Record<string, unknown>>;
  /** The person it is about; becomes a pseudonym. */
  readonly subject?: HolderId;
  readonly sealed?: Readonly<Record<string, unknown>>;
  /** Marks this (device, event id) as used, in the same transaction. */
  readonly uses?: { readonly device: string; readonly eventId: string };
  /** Where the holder is now, written in the same transaction. */
  readonly places?: Placing;
  /** Nobody and no vehicle counts as inside this area any more. */
  readonly clears?: string;
  /** Texts to be found again by their key after a restart, written in the same transaction. */
  readonly keeps?: readonly Kept[];
  /** Counts one use of a credential. */
  readonly counts?: { readonly type: CredentialType; readonly value: string };
}
export interface Kept {
  readonly key: string;
  readonly text: string;
}
export interface Placing {
  /** Whoever it is; a vehicle by its own id. */
  readonly holder: HolderId;
  readonly household?: HouseholdId;
  readonly vehicle: boolean;
  /** Absent = outside. */
  readonly area?: string;
}

/** A row as written. */
export interface Row {
  /** Gapless, from 1. */
  readonly seq: number;
  readonly boot: string;
  readonly at: Millis;
  readonly wallMs: number;
  readonly trust: string;
  /**
   * Of a row written without a clock: when it was, as a later row of the same start tells (`clock`, `offsetMs`). `wallMs`
   * stays what was written. Absent where nobody knows.
   */
  readonly datedMs?: number;
  readonly kind: EntryKind;
  readonly lane?: LaneId;
  readonly open: Readonly<Record<string, unknown>>;
  readonly subject?: string;
  /** Unsealed; absent when there is none, or the person was erased. */
  readonly sealed?: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** Where holders and vehicles count as being, asked before deciding. */
export interface Places {
  /** Where a holder was last placed; survives restarts. `elsewhere` = another gate of the site saw it. */
  whereabouts(
    holder: HolderId,
  ): { readonly area?: string; readonly sinceWallMs: number; readonly elsewhere?: true } | undefined;
  vehiclesOfHouseholdIn(household: HouseholdId, area: string, except: HolderId): number;
  vehiclesIn(area: string): number;
  /** How many people and vehicles count as inside; for people to read. */
  inside(area: string): { readonly people: number; readonly vehicles: number };
}

export interface Journal extends Places {
  /** This start of the process; in every row. */
  readonly boot: string;
  /**
   * One row more; returns its seq. It is written (write-ahead log, no disk sync) by `write`, or by itself at the end of
   * this turn. Never throws and never waits for the disk: when the disk refuses, the row is kept in memory in its place
   * and tried again, and `state` says so.
   */
  append(entry: Entry): number;
  /** Several rows in one transaction, in order. Returns the last seq. */
  appendAll(entries: readonly Entry[]): number;
  /** Writes now what this turn has appended: what stands in a row may move something after this, and not before. */
  write(): void;
  /** Calls `then` once when row `seq` is on the disk for sure (group sync, off the loop). Never called for a row that isn't. */
  whenDurable(seq: number, then: () => void): void;
  readonly durableSeq: number;
  /** Whether (device, event id) stands in a row already; asked before deciding; survives restarts. */
  used(device: string, eventId: string): boolean;
  /** When an area was last cleared. */
  clearedWallMs(area: string): number | undefined;
  usesOf(type: CredentialType, value: string): number;
  /** Newest first. */
  latest(count: number): readonly Row[];
  /** What names nobody of the newest rows, newest first, while `wanted` holds, `most` at the most. */
  newest(
    most: number,
    wanted: (row: Pick<Row, "wallMs" | "kind">) => boolean,
  ): readonly Pick<Row, "kind" | "wallMs" | "open" | "lane" | "boot" | "at">[];
  /** Rows after `seq`, oldest first, at most `count`. */
  after(seq: number, count: number): readonly Row[];
  state(): JournalState;
  onState(hear: (state: JournalState) => void): void;
  close(): Promise<void>;
}
export interface JournalState {
  /** `failing` = rows wait in memory because the disk refuses. */
  readonly is: "good" | "failing";
  readonly waiting: number;
  readonly why?: string;
}

// ── The site's other gates ──────────────────────────────────────────────────────────────────────────────────────────
/** The line to the site's other gates: letters that only they can write and read. Lost ones are the sender's to repeat. */
export interface SharedLine {
  state(): LinkState;
  onState(hear: (state: LinkState) => void): void;
  /** False: there is no line, and nothing is queued. */
  send(letter: Letter): boolean;
  /** Written by a gate of this site that holds the site's key, and by the one whose topic it came on. */
  onLetter(hear: (letter: Letter) => void): void;
  close(): Promise<void>;
}

// ── The county platform ─────────────────────────────────────────────────────────────────────────────────────────────
/** A row without what is sealed in it: all that the uplink is ever given. */
export type OpenRow = Omit<Row, "sealed">;

export interface OpenRows {
  /** Rows after `seq` up to `upTo`, oldest first, at most `count`. @throws GateError DATABASE_… when the file can't be read */
  after(seq: number, upTo: number, count: number): readonly OpenRow[];
  /** The same, alarms and what became of them alone. */
  alarms(seq: number, upTo: number, count: number): readonly OpenRow[];
  /** The same, decisions, orders and passages alone. */
  events(seq: number, upTo: number, count: number): readonly OpenRow[];
  close(): void;
}

/** One message to be sent; `number` (1..60000) comes back with its answer. */
export interface Parcel {
  readonly topic: string;
  readonly payload: string;
  readonly number: number;
  readonly retain?: true;
}

/** The line to the platform: MQTT 5, QoS 1. It comes back by itself; what was not answered is the sender's to repeat. */
export interface PlatformLine {
  state(): LinkState;
  onState(hear: (state: LinkState) => void): void;
  /** All in one write. False: there is no line, or its buffer is full; nothing was taken. */
  send(parcels: readonly Parcel[]): boolean;
  /** The broker's PUBACK: its reason code, 0 = taken. */
  onAnswer(hear: (number: number, reason: number) => void): void;
  /** There is room in the buffer again. */
  onDrain(hear: () => void): void;
  onReceipt(hear: (payload: Uint8Array) => void): void;
  /** What the platform asks of us; only what came over the connection that stands now. */
  onCommand(hear: (command: CommandHeard) => void): void;
  /** The most bytes that the broker takes in one message, and how many messages unanswered. */
  limits(): { readonly bytes: number; readonly inFlight: number };
  /** Ends this connection and tries again after the back-off; `why` in plain words. */
  drop(why: string): void;
  close(): Promise<void>;
}

/** One question to a platform that speaks HTTP (GA/T 1400). */
export interface WebQuestion {
  readonly method: "GET" | "POST";
  /** From the root: `/VIID/System/Register`. */
  readonly path: string;
  readonly body?: string;
  /** `anew` = begins without an authorization and answers the platform's challenge; `known` = goes by the last one. */
  readonly sign?: "anew" | "known";
}
export type WebAnswer =
  | { readonly is: "answered"; readonly status: number; readonly text: string; readonly challenged: boolean }
  | { readonly is: "silent"; readonly why: string };
/** The line to it. Never rejects; one question at a time is the asker's to keep. */
export interface WebLine {
  ask(question: WebQuestion): Promise<WebAnswer>;
  /** Breaks off what is being asked. */
  close(): void;
}

/** A message below `cmd/`. */
export interface CommandHeard {
  /** The topic's last word. */
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly retained: boolean;
  /** The DUP flag: somebody has sent this before. */
  readonly redelivered: boolean;
}

/** A command that was taken, before it is carried out. */
export interface Begun {
  readonly id: string;
  /** Of the text that it came in. */
  readonly digest: string;
  readonly key: string;
  readonly counter: number;
  readonly kind: string;
}

/** A lane locked down by the platform, and when that ends. */
export interface LockEnd {
  readonly lane: LaneId;
  readonly who: string;
  readonly command: string;
  /** What is left, ms, and the wall time of the end, both when this was kept. */
  readonly leftMs: number;
  readonly endsWallMs: number;
  readonly trust: string;
}

/** Which commands were taken and what became of them; survives restarts. */
export interface CommandStore {
  /** The highest counter taken with this key; 0 = none. */
  lastCounter(key: string): number;
  /** `answer` absent: begun, and not told yet. */
  known(id: string): { readonly digest: string; readonly answer?: string } | undefined;
  /** Id and counter are used up from now on. @throws GateError DATABASE_…; so do the others that write */
  begin(begun: Begun): void;
  answer(id: string, answer: string): void;
  ends(): readonly LockEnd[];
  keepEnd(end: LockEnd): void;
  dropEnd(lane: LaneId): void;
  /** Resolves when all that was written is on the disk for sure. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

// ── What the shell offers the page and the API ──────────────────────────────────────────────────────────────────────
export interface AlarmView {
  readonly id: string;
  readonly lane?: LaneId;
  readonly kind: AlarmKind;
  readonly sinceWallMs: number;
  readonly count: number;
  readonly detail?: string;
  readonly acknowledgedBy?: string;
}
