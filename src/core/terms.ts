/**
 * The words of the house (the field's: ONVIF access control, IEC 60839-11-1, OSDP, Z-Wave barrier), as types.
 * Everything here is plain readonly data. Nothing in `core` reads a clock, does I/O, or imports a package.
 */

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Monotonic milliseconds since this process started; fractions allowed. Never wall time. */
export type Millis = number;

/** How far the wall clock may be believed: set from a time source; kept since then; neither (no clock battery). */
export type ClockTrust = "trusted" | "holdover" | "untrusted";

/** Wall time, taken apart in the site's own zone so that rules need no calendar code and no clock. */
export interface Wall {
  /** Milliseconds since 1970 UTC. Means nothing while `trust` is `untrusted`. */
  readonly epochMs: number;
  readonly trust: ClockTrust;
  /** Site-local date, `YYYY-MM-DD`. */
  readonly date: string;
  /** 1 = Monday … 7 = Sunday (ISO 8601), site-local. */
  readonly weekday: number;
  /** Site-local minute of the day, 0..1439. */
  readonly minute: number;
}

/** The one moment an event happened at, as the loop stamped it. */
export interface Now {
  readonly at: Millis;
  readonly wall: Wall;
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────────
export type SiteId = string;
export type LaneId = string;
export type AccessPointId = string;
export type DeviceId = string;
export type AreaId = string;
export type AccessLevelId = string;
export type TimeProfileId = string;
export type HolderId = string;
export type HouseholdId = string;

export type LaneKind = "vehicle" | "pedestrian" | "monitored";
export type Direction = "in" | "out";
export type BarrierState = "unknown" | "closed" | "opening" | "open" | "closing" | "stopped";
/** A safety input's level. `unknown` (silent, cut cable, failed self-test) counts as occupied everywhere. */
export type SafetyLevel = "clear" | "occupied" | "unknown";
/** A contact's level: `on` = made/active by its plan, after active-low has been resolved. */
export type ContactLevel = "on" | "off" | "unknown";
export type LaneMode = "controlled" | "locked-open" | "locked-down";
export type AntiPassback = "off" | "soft" | "hard" | "timed";
/** Hard anti-passback while another entrance is silent: it refuses and asks the guard, or lets in and notes. */
export type WhenApart = "hard" | "soft";
export type CredentialType = "face" | "plate" | "card" | "pin" | "code";

// ── What a device said (decode → shell) ─────────────────────────────────────────────────────────────────────────────
/** What was presented, as the device named it after the profile's normalisation. A claim, never an order to open. */
export interface Claim {
  readonly type: CredentialType;
  /** 1..256 characters; plates are normalised by `core/plates`. */
  readonly value: string;
}

/** Somebody or something was presented at a reader. */
export interface Presented {
  readonly is: "presented";
  readonly claim: Claim;
  /** The device's own record id; a (device, id) pair opens once, across restarts. */
  readonly eventId?: string;
  /** False for records the device itself marks as stored, replayed or back-filled: history, never an opening. */
  readonly live: boolean;
  /** 0..1. */
  readonly confidence?: number;
  readonly liveness?: "passed" | "failed";
  /** What the device decided by its own list; we decide by ours, but a `refuse` is never overruled to an opening. */
  readonly verdict?: "allow" | "refuse";
  readonly direction?: Direction;
  /** The device's own clock, ms since 1970 UTC after its zone was applied. Device clocks lie: see `core/fresh`. */
  readonly deviceTimeMs?: number;
  readonly duress?: boolean;
  readonly plateColour?: string;
}

/** The device saw somebody it doesn't know. */
export interface Stranger {
  readonly is: "stranger";
  readonly eventId?: string;
  readonly live: boolean;
  readonly deviceTimeMs?: number;
}

export type Report =
  | Presented
  | Stranger
  /** The device is alive; `deviceTimeMs` teaches its clock's offset. */
  | { readonly is: "heartbeat"; readonly deviceTimeMs?: number }
  | { readonly is: "online"; readonly deviceTimeMs?: number }
  | { readonly is: "offline" }
  /** Levels of the device's inputs, by channel (1-based for boards, line offset for GPIO). */
  | { readonly is: "inputs"; readonly levels: readonly { readonly channel: number; readonly level: ContactLevel }[] }
  /** The device answered a command. */
  | { readonly is: "reply"; readonly to: string; readonly ok: boolean; readonly code?: string }
  | { readonly is: "ignored"; readonly why: string };

// ── Who it is (whitelist → core) ────────────────────────────────────────────────────────────────────────────────────
export type HolderKind = "resident" | "visitor" | "staff" | "courier" | "vehicle";

/** A credential found on the whitelist, with the cardholder it belongs to. */
export interface Found {
  readonly credential: {
    readonly type: CredentialType;
    readonly value: string;
    readonly enabled: boolean;
    /** Wall ms; absent = no limit. Active from `validFrom` (inclusive) to `validUntil` (exclusive). */
    readonly validFrom?: number;
    readonly validUntil?: number;
    /** How often it may be used, with whatever else is counted with it (`countedAs`); absent = without limit. */
    readonly maxUses?: number;
    /** Presenting it opens as usual and raises a silent duress alarm. */
    readonly duress?: boolean;
    /** When it may be used, within what the holder's levels allow; absent = whenever they do. */
    readonly times?: TimeProfile;
    /** The pass or person whose credentials are used up together. Absent = its uses are its own. */
    readonly countedAs?: string;
  };
  readonly holder: {
    readonly id: HolderId;
    readonly name: string;
    readonly kind: HolderKind;
    readonly household?: HouseholdId;
    readonly blocked: boolean;
    readonly blockedWhy?: string;
    /** Needs the long access time (wheelchair, pram). */
    readonly slow?: boolean;
    readonly accessLevels: readonly AccessLevelId[];
    /** The household's parking spaces; absent = no quota. */
    readonly spaces?: number;
  };
}

/** What the site knows about a holder right now: looked up by the loop, changed only by a `place` effect. */
export interface Standing {
  /** The area the holder is in; absent when never seen, or after an amnesty. */
  readonly area?: AreaId;
  /** Monotonic ms of the last entry into `area`, for timed anti-passback; absent when no clock tells it. */
  readonly since?: Millis;
  /** Other vehicles of the same household now inside the area to be entered. */
  readonly householdInside: number;
  /** Other vehicles now inside the area to be entered, for `lane-full`. */
  readonly areaInside: number;
  /** How often this credential has been used to pass. */
  readonly uses: number;
  /** Another entrance of the site is silent, so `area` and the counts may be old: what hard anti-passback does then. */
  readonly apart?: WhenApart;
}

// ── The plan (config → core): what the site is, never what it is doing ──────────────────────────────────────────────
/** Minutes of the day; `until` <= `from` means past midnight into the next day. 1440 = end of day. */
export interface TimeWindow {
  /** ISO weekdays on which the window begins. */
  readonly weekdays: readonly number[];
  /** Also/only on holidays: `also` = on holidays too whatever the weekday, `only`, or `never`; `as-weekday` ignores holidays. */
  readonly holidays: "also" | "only" | "never" | "as-weekday";
  readonly from: number;
  readonly until: number;
}

export interface TimeProfile {
  readonly id: TimeProfileId;
  /** Empty = never. */
  readonly windows: readonly TimeWindow[];
  /** First and last site-local date on which it applies, both inclusive. */
  readonly firstDate?: string;
  readonly lastDate?: string;
}

export interface AccessLevel {
  readonly id: AccessLevelId;
  readonly accessPoints: readonly AccessPointId[];
  /** Absent = always. */
  readonly timeProfile?: TimeProfileId;
  /** As the clerk reads it. */
  readonly name?: string;
}

export interface AreaPlan {
  readonly id: AreaId;
  readonly antiPassback: AntiPassback;
  /** For `timed`: how long after an entry a second entry is refused, ms. */
  readonly timedMs: number;
  /** Vehicles it holds; absent = no limit. */
  readonly capacity?: number;
  /** As the guard reads it; absent = its id. */
  readonly name?: string;
  /** Minute of the day, 0..1439, at which nobody counts as inside any more; absent = by hand alone. */
  readonly resetMinute?: number;
}

export interface AccessPointPlan {
  readonly id: AccessPointId;
  readonly lane: LaneId;
  readonly direction: Direction;
  readonly readers: readonly DeviceId[];
  /** Area left and area entered by passing here; absent = outside. */
  readonly from?: AreaId;
  readonly to?: AreaId;
  /** 0..1; a face or plate below it is `low-confidence`. */
  readonly minConfidence: number;
  /** A face must carry `liveness: "passed"`. `unless-silent` = only an explicit `failed` refuses. */
  readonly liveness: "required" | "unless-silent";
  /** Two credentials of different types of one holder, the second within this many ms. Absent = one is enough. */
  readonly secondWithinMs?: number;
  /** Events older than this never open, ms. 3000 by default, 500..10000. */
  readonly freshMs: number;
  /** Plate fusion: quiet time that ends a vehicle's reads and the longest wait, ms. 0/0 = decide on the first read. */
  readonly plateQuietMs: number;
  readonly plateMaxMs: number;
}

/** What a contact tells. A `loop-*`, `photocell` or `radar` guards the arm when it stands in `LanePlan.guards`. */
export type InputRole =
  | "limit-closed"
  | "limit-open"
  | "loop-outer"
  | "loop-inner"
  | "safety-loop"
  | "photocell"
  | "radar"
  | "door-contact"
  | "request-to-exit"
  | "fire"
  | "stop";

export interface LaneTimes {
  /** Longest travel of the arm, ms; after it did-not-open / did-not-close. */
  readonly travelMs: number;
  /** How long the lane stays open for a credit before it closes unused, ms; and for a slow holder. */
  readonly accessMs: number;
  readonly longAccessMs: number;
  /** After the vehicle has left the last loop, ms before a close. */
  readonly clearMs: number;
  /** Open without reason for this long = held-open; the pre-alarm comes `preAlarmMs` before. */
  readonly heldMs: number;
  readonly preAlarmMs: number;
  /** A safety input occupied longer than this is reported as faulty (a loop active > 120 s is a fault, not a car), ms. */
  readonly stuckMs: number;
  /** Between two commands to the barrier at the least, ms. */
  readonly gapMs: number;
}

export interface LanePlan {
  readonly id: LaneId;
  readonly kind: LaneKind;
  /** As the guard reads it. */
  readonly name: string;
  /** Roles that are wired. A role that isn't listed doesn't exist; one that is and is silent is `unknown`. */
  readonly inputs: readonly InputRole[];
  /** The inputs that must all be `clear` before a close. Empty only for a lane that never commands a close. */
  readonly guards: readonly InputRole[];
  /** Whether a close output exists; a lane without one closes by its own operator. */
  readonly canClose: boolean;
  readonly canStop: boolean;
  readonly times: LaneTimes;
  /** Lanes of one interlock group: at most one may be not closed. */
  readonly interlock?: string;
  /** Longest `locked-open` a person may order, ms; it always ends by itself. */
  readonly maxLockedOpenMs: number;
}

export interface SitePlan {
  readonly id: SiteId;
  readonly name: string;
  readonly lanes: readonly LanePlan[];
  readonly accessPoints: readonly AccessPointPlan[];
  readonly areas: readonly AreaPlan[];
  readonly accessLevels: readonly AccessLevel[];
  readonly timeProfiles: readonly TimeProfile[];
  /** Site-local dates, `YYYY-MM-DD`. */
  readonly holidays: readonly string[];
  /** Days after `validUntil` on which residents are still let in, with a note. 0 = none. */
  readonly graceDays: number;
}

// ── A decision ──────────────────────────────────────────────────────────────────────────────────────────────────────
/** In the order in which they are checked (design.md, section 6); the first that says no is the reason. */
export const DENIALS = [
  "not-fresh",
  "reader-unknown",
  "low-confidence",
  "no-liveness",
  "credential-not-found",
  "blocklisted",
  "credential-not-enabled",
  "clock-untrusted",
  "credential-not-active",
  "credential-expired",
  // After what our own list knows, so that a blocklisted person whom the device refused is reported as blocklisted.
  "device-refused",
  "locked-down",
  "unauthorized",
  "not-permitted-at-this-time",
  "needs-second-credential",
  "antipassback-violation",
  "lane-full",
  "household-quota-used",
  "use-count-exhausted",
] as const;
export type Denial = (typeof DENIALS)[number];

/** Why an event is not fresh, in the order checked by `core/fresh`. */
export type Staleness =
  | "retained"
  | "redelivered"
  | "device-says-stored"
  | "before-this-connection"
  | "already-used"
  | "device-clock-unknown"
  | "too-old"
  | "from-the-future";

export type Note = "antipassback-soft" | "entrances-apart" | "duress" | "in-grace" | "clock-holdover";

export type Decision =
  | { readonly is: "granted"; readonly notes: readonly Note[] }
  /** First of two credentials: nothing opens yet. */
  | { readonly is: "waiting"; readonly reason: "needs-second-credential"; readonly until: Millis }
  | {
      readonly is: "denied";
      readonly reason: Denial;
      readonly staleness?: Staleness;
      /** Offer to the guard (an almost-match, a clock that can't be trusted); never opens by itself. */
      readonly ask: boolean;
    };

/** Everything `decide` needs, looked up beforehand. */
export interface Question {
  readonly now: Now;
  readonly accessPoint: AccessPointPlan | undefined;
  readonly mode: LaneMode;
  readonly report: Presented;
  /** Absent = fresh. */
  readonly staleness?: Staleness;
  readonly found: Found | undefined;
  /** Nothing was found, but a confusable plate stands on the whitelist: offered to the guard, never opened by itself. */
  readonly almost?: boolean;
  readonly standing: Standing;
  /** The first credential already presented by this holder at this access point, still in time. */
  readonly first?: { readonly type: CredentialType; readonly at: Millis };
}

// ── The lane ────────────────────────────────────────────────────────────────────────────────────────────────────────
/** One vehicle's (or person's) right to pass, given by one grant. */
export interface Credit {
  /** The journal id of the grant or override. */
  readonly id: string;
  readonly direction: Direction;
  readonly slow: boolean;
  readonly holder?: HolderId;
  readonly vehicle: boolean;
}

/** The named person (or the fire input) behind an order. */
export interface Author {
  readonly who: string;
  /** `guard-page`, `technician-page`, `console`, `platform`, `button`, `fire-input`, `request-to-exit`. */
  readonly from: string;
}

/** What the county platform may ask of a gate. */
export const COMMAND_KINDS = [
  "remote-open",
  "mode",
  "whitelist",
  "whitelist-part",
  "config",
  "resend",
  "erase",
] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

export type Order =
  | { readonly is: "open" }
  | { readonly is: "close" }
  | { readonly is: "stop" }
  /** `forMs` 1..plan.maxLockedOpenMs: it always ends by itself. */
  | { readonly is: "lock-open"; readonly forMs: number }
  | { readonly is: "lock-down" }
  /** Back to `controlled`. */
  | { readonly is: "release" }
  /** Emergency corridor: open and stay open, whatever mode or interlock; `emergency-end` restores what was before. */
  | { readonly is: "emergency" }
  | { readonly is: "emergency-end" };

export type LaneEvent =
  /** `instead` = the credit that this one takes the place of: the same holder again, who has not passed yet. */
  | { readonly is: "granted"; readonly at: Millis; readonly credit: Credit; readonly instead?: string }
  | { readonly is: "sensed"; readonly at: Millis; readonly input: InputRole; readonly level: ContactLevel }
  | { readonly is: "ordered"; readonly at: Millis; readonly order: Order; readonly by: Author; readonly id: string }
  /** The lane's deadline has come. */
  | { readonly is: "due"; readonly at: Millis }
  /** What became of a command: `uncertain` = sent, no answer. */
  | {
      readonly is: "commanded";
      readonly at: Millis;
      readonly command: Command;
      readonly outcome: "done" | "failed" | "uncertain";
    };

export type Command = "open" | "close" | "stop";

export const ALARMS = [
  "tailgate",
  "forced-open",
  "held-open",
  "held-open-soon",
  "did-not-open",
  "did-not-close",
  "duress",
  "blocklisted",
  "sensor-stuck",
  "sensor-jumping",
  "command-failed",
  "reader-dark",
  "device-offline",
  "device-tampered",
  "reader-insecure",
  "face-not-removed",
  "stale-event",
  "forged-event",
  "forged-command",
  "clock-untrusted",
  "journal-failing",
  "disk-low",
  "chain-broken",
  "platform-behind",
  "entrance-silent",
  "config-broken",
] as const;
export type AlarmKind = (typeof ALARMS)[number];

/** A mode with its end, as an emergency found it. */
export interface Beneath {
  readonly mode: LaneMode;
  readonly by?: Author;
  readonly untilMs?: Millis;
}

export type Effect =
  /** Move the barrier. `credit` or `by` names what it traces to; a close after a passage carries the credit it ends. */
  | { readonly do: "move"; readonly lane: LaneId; readonly command: Command; readonly cause: string }
  | { readonly do: "raise"; readonly lane: LaneId; readonly alarm: AlarmKind; readonly detail?: string }
  | { readonly do: "calm"; readonly lane: LaneId; readonly alarm: AlarmKind }
  /** Something went through: matched to a credit, or not (`tailgate`, `forced`, counted opening of an iron gate). */
  | {
      readonly do: "passed";
      readonly lane: LaneId;
      readonly direction: Direction | "unknown";
      readonly credit?: Credit;
    }
  /** A credit ended unused. */
  | { readonly do: "lapsed"; readonly lane: LaneId; readonly credit: Credit }
  | {
      readonly do: "mode";
      readonly lane: LaneId;
      readonly mode: LaneMode;
      readonly by: Author;
      readonly untilMs?: Millis;
      /** In an emergency: the mode to come back to, so that a restart in the middle of it doesn't forget it. */
      readonly beneath?: Beneath;
    }
  /** An order that can't be carried out, and why; told to whoever gave it. */
  | { readonly do: "refuse"; readonly lane: LaneId; readonly id: string; readonly why: Refusal };

export type Refusal =
  | "not-clear"
  | "interlocked"
  | "locked-down"
  | "no-such-output"
  | "emergency"
  | "too-long"
  /** The stop button is pressed. */
  | "stop-pressed";
