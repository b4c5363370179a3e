/**
 * The clock: monotonic time for every rule, and wall time taken apart in the site's zone with how far it may be
 * believed. A Pi has no clock battery: after a power cut it starts in the past until the network tells it the time.
 */
import { existsSync } from "node:fs";
import koffi from "koffi";
import { type Belief, beliefAfter, TRUST } from "../core/clock-trust.ts";
import type { ClockTrust, Millis, Wall } from "../core/terms.ts";
import type { Clock } from "../shell/ports.ts";

/** The wall clock was set; `byMs` > 0 = forward. */
export interface Jump {
  readonly at: Millis;
  readonly fromMs: number;
  readonly toMs: number;
  readonly byMs: number;
}

export interface SiteClock extends Clock {
  /** Minutes east of UTC in the site's zone at that moment. */
  utcOffsetMin(epochMs: number): number;
  /** Steps of the wall clock of more than a second, as they are noticed (within 5 s). */
  onJump(hear: (jump: Jump) => void): void;
  close(): void;
}

export interface ClockSettings {
  /** IANA name, `Asia/Shanghai`. @throws RangeError for an unknown zone */
  readonly zone: string;
  /** `auto` asks the system; `always` for a machine whose clock has a battery and is vouched for. */
  readonly trust: "auto" | "always";
  /** A clock that shows a year before this one is wrong, whatever it says of itself. */
  readonly buildYear: number;
  /** What the system says; the machine's own by default. */
  readonly sync?: TimeSync;
  /** Wall and monotonic source; the machine's own by default. */
  readonly wallMs?: () => number;
  readonly monotonicMs?: () => Millis;
}

export interface TimeSync {
  /** The kernel's clock is being steered by a time source right now. */
  now(): boolean;
  /** It has been set from a time source since this machine started. */
  sinceBoot(): boolean;
}

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const JUMP_MS = 1_000;
const LOOK_MS = 5_000;
const LONGEST_TIMER_MS = 2_000_000_000;

/** Opens the clock; it looks at the system's time status every 5 s, off the hot path. */
export function openClock(settings: ClockSettings): SiteClock {
  const sync = settings.sync ?? systemSync();
  const wallMs = settings.wallMs ?? Date.now;
  const monotonicMs = settings.monotonicMs ?? (() => performance.now());
  const offsetAt = openZone(settings.zone);
  const hearers: ((jump: Jump) => void)[] = [];
  let base = wallMs() - monotonicMs();
  let belief: Belief = "unset";

  function look(): void {
    noticeJump();
    belief = beliefAfter(belief, sync.now() ? "steers" : sync.sinceBoot() ? "set-since-boot" : "lets-go");
  }
  function noticeJump(): void {
    const at = monotonicMs();
    const seen = wallMs();
    const byMs = seen - at - base;
    base = seen - at;
    if (Math.abs(byMs) <= JUMP_MS) return;
    // A step while nothing steers the clock is somebody's hand: what was kept is worth nothing now.
    if (belief === "kept" && !sync.now()) belief = beliefAfter(belief, "stepped");
    for (const hear of hearers) hear({ at, fromMs: seen - byMs, toMs: seen, byMs });
  }

  function trustOf(epochMs: number): ClockTrust {
    if (epochMs < Date.UTC(settings.buildYear, 0, 1)) return "untrusted";
    return settings.trust === "always" ? "trusted" : TRUST[belief];
  }

  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  return {
    now() {
      const at = monotonicMs();
      const epochMs = wallMs();
      if (Math.abs(epochMs - at - base) > JUMP_MS) look();
      return { at, wall: wallOf(epochMs, trustOf(epochMs), offsetAt(epochMs)) };
    },
    at: monotonicMs,
    wakeAt(at, then) {
      return wakeAt(at, then, monotonicMs);
    },
    utcOffsetMin: offsetAt,
    onJump(hear) {
      hearers.push(hear);
    },
    close() {
      clearInterval(timer);
    },
  };
}

function wakeAt(at: Millis, then: () => void, monotonicMs: () => Millis): () => void {
  let timer: NodeJS.Timeout | undefined;
  function arm(): void {
    const restMs = at - monotonicMs();
    timer = setTimeout(
      () => {
        // Node's timers may fire a fraction early; a deadline never does.
        if (monotonicMs() < at) arm();
        else then();
      },
      Math.min(Math.max(Math.ceil(restMs), 0), LONGEST_TIMER_MS),
    );
  }
  arm();
  return () => clearTimeout(timer);
}

/** Wall time in a zone `offsetMin` minutes east of UTC (RFC 3339's proleptic Gregorian calendar). */
export function wallOf(epochMs: number, trust: ClockTrust, offsetMin: number): Wall {
  const local = epochMs + offsetMin * 60_000;
  const day = Math.floor(local / DAY_MS);
  const minute = Math.floor((local - day * DAY_MS) / 60_000);
  // Day 0 was a Thursday.
  const weekday = ((((day + 3) % 7) + 7) % 7) + 1;
  return { epochMs, trust, date: dateOf(day), weekday, minute };
}

let lastDay = Number.NaN;
let lastDate = "";
function dateOf(day: number): string {
  if (day !== lastDay) {
    lastDay = day;
    lastDate = new Date(day * DAY_MS).toISOString().slice(0, 10);
  }
  return lastDate;
}

/** Minutes east of UTC, asked of Intl once a quarter of an hour: every zone's changes fall on one. */
function openZone(zone: string): (epochMs: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  let quarter = Number.NaN;
  let offsetMin = 0;
  return (epochMs) => {
    const wanted = Math.floor(epochMs / QUARTER_MS);
    if (wanted === quarter) return offsetMin;
    const start = wanted * QUARTER_MS;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(start)) part[type] = Number(value);
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0 } = part;
    offsetMin = Math.round((Date.UTC(year, month - 1, day, hour, minute) - start) / 60_000);
    quarter = wanted;
    return offsetMin;
  };
}

/** adjtimex(2): the kernel says that no time source steers the clock. */
const TIME_ERROR = 5;
const TIMESYNC_FILE = "/run/systemd/timesync/synchronized";

/** The machine's own word: the kernel's status (any NTP client) and systemd-timesyncd's mark of this boot. */
export function systemSync(markFile = TIMESYNC_FILE): TimeSync {
  const ask = kernelStatus();
  return {
    now: () => ask() !== TIME_ERROR,
    sinceBoot: () => existsSync(markFile),
  };
}

function kernelStatus(): () => number {
  if (process.platform !== "linux") return () => TIME_ERROR;
  const adjtimex = koffi.load("libc.so.6").func("int adjtimex(void *)");
  return () => {
    // All zero = only ask; struct timex is 208 bytes on 64 bits.
    const answer: unknown = adjtimex(Buffer.alloc(256));
    return typeof answer === "number" && answer >= 0 ? answer : TIME_ERROR;
  };
}
