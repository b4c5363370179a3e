/**
 * Freshness: only an event of this very moment may open (promise 1).
 *
 * Device clocks lie: hours wrong, no zone, set anew at any time. So we compare an event's device time not with our wall
 * clock but with what that device's clock shows now, learned from its heartbeats:
 *
 *     offset of a sample = at − deviceTimeMs = true offset + delay + what the device cut off its seconds
 *
 * Both errors only add, so the smallest offset of the window is the best one, and an event can look younger than it is
 * by no more than the smallest error in the window: under a second for devices that tell whole seconds, plus the
 * quickest delivery.
 *
 * What could make a stale event look fresh, and why it doesn't:
 * - **A stored heartbeat** (a device or a stalled connection empties its queue) has a large delay and would excuse an
 *   event as old as itself. So an offset is believed only when a second sample, heard at least {@link APART_MS} apart,
 *   agrees within {@link AGREE_MS}. Stored heartbeats come faster than their own times run and agree with nothing.
 * - **A clock set forward** shrinks the offset: the smallest follows with the first heartbeat, and until a second one
 *   confirms it nothing learned is believed. Events stamped before the step then look older, never younger. Those stamped after
 *   it look too new (`from-the-future`) until that first heartbeat. What remains: an event held back by exactly the
 *   length of the step with no heartbeat in between; only the link's marks can tell that one.
 * - **A clock set back** grows the offset, and so does a slow link: not to be told apart, so the old, smaller offset is
 *   kept until it has left the window ({@link WINDOW_SAMPLES}, {@link WINDOW_MS}); events look too old
 *   meanwhile. Afterwards a time of day exists twice: an event stored before the step could carry the very time that
 *   the clock shows now. So while the clock reads earlier than it may have read within {@link WINDOW_MS}, nothing of
 *   it is believed (`device-clock-unknown`). A step of less than {@link AGREE_MS} goes unnoticed and adds no more than
 *   itself to the age that passes; an event held back for longer than {@link WINDOW_MS} is for the link's marks to tell.
 *
 * While nothing learned can be believed, our wall clock stands in, if it may be believed itself.
 *
 * The caller forgets what it learned with every new connection epoch, and teaches from `heartbeat` and `online` alone:
 * an event never vouches for itself.
 */
import type { Millis, Now, Staleness } from "./terms.ts";

/** Samples older than this teach nothing, ms. */
export const WINDOW_MS = 600_000;
/** Samples kept at the most. */
export const WINDOW_SAMPLES = 8;
/** Two samples that confirm each other were heard at least this far apart, ms. */
export const APART_MS = 3_000;
/** … and their offsets differ by no more than this, ms: one second cut off, and some delay. */
export const AGREE_MS = 2_000;
/** An event may run ahead of the clock by this, ms: seconds cut off the heartbeats, and delivery. */
export const AHEAD_MS = 2_000;
/** The grain of most devices' times, ms. */
export const GRAIN_MS = 1_000;

interface Sample {
  readonly at: Millis;
  readonly deviceTimeMs: number;
}

/** What is known of one device's clock within one connection epoch. */
export interface DeviceClock {
  /** Oldest first, at most {@link WINDOW_SAMPLES}. */
  readonly samples: readonly Sample[];
  /**
   * The latest time the device is known to have shown within {@link WINDOW_MS}: the newest sample, or, since the clock was
   * set back, what it may have shown before.
   */
  readonly highest: Sample;
}

/** What the link and the device say about an event, before anything is decided. */
export interface Mark {
  readonly retained: boolean;
  readonly redelivered: boolean;
  /** The device's own word: made now, not stored, replayed or back-filled. */
  readonly live: boolean;
  readonly beforeConnection: boolean;
  /** Its (device, event id) stands in the journal already. */
  readonly used: boolean;
  /** Device time, ms since 1970 UTC. Absent = the device has no clock: the link's marks alone decide. */
  readonly deviceTimeMs?: number;
}

/** One heartbeat's or `online` report's lesson. `clock` is undefined at the start of a connection epoch. */
export function learn(clock: DeviceClock | undefined, sample: Sample): DeviceClock {
  if (clock === undefined) return { samples: [sample], highest: sample };
  return {
    samples: [...recent(clock.samples, sample.at), sample].slice(-WINDOW_SAMPLES),
    highest: highestWith(clock, sample),
  };
}

/** The highest reading once `sample` is heard: the sample itself, unless the clock was set back since. */
function highestWith(clock: DeviceClock, sample: Sample): Sample {
  const { highest } = clock;
  if (sample.at - highest.at > WINDOW_MS) return sample;
  if (isSetBack(clock)) return sample.deviceTimeMs >= highest.deviceTimeMs ? sample : highest;
  // It may have run on until a moment ago, and been set back only then.
  const runOn: Sample = { at: sample.at, deviceTimeMs: highest.deviceTimeMs + sample.at - highest.at };
  return sample.deviceTimeMs >= runOn.deviceTimeMs - AGREE_MS ? sample : runOn;
}

/** Whether the clock was seen to be set back and hasn't caught up since: its newest sample isn't its highest reading. */
function isSetBack(clock: DeviceClock): boolean {
  return clock.samples.at(-1) !== clock.highest;
}

/**
 * The device clock's offset from our monotonic clock (`at` = device time + offset), ms; undefined while nothing is
 * learned, confirmed and recent.
 */
export function offsetOf(clock: DeviceClock | undefined, at: Millis): number | undefined {
  if (clock === undefined) return undefined;
  const samples = recent(clock.samples, at);
  const least = Math.min(...samples.map(offsetIn));
  const confirmed = samples.some(
    (best) =>
      offsetIn(best) === least &&
      samples.some((other) => Math.abs(other.at - best.at) >= APART_MS && offsetIn(other) - least <= AGREE_MS),
  );
  return confirmed ? least : undefined;
}

/**
 * Why the event is not fresh, or undefined when it is. `freshMs` 500..10000.
 *
 * With a learned clock no event truly older than `freshMs` + {@link GRAIN_MS} (plus the quickest heartbeat's delivery)
 * passes; by our wall clock, which knows nothing of the device's, none whose time, right to the second, is older than
 * `freshMs` + {@link GRAIN_MS}. A device that tells whole seconds needs `freshMs` of 2000 or more to be sure to pass.
 */
export function staleness(mark: Mark, now: Now, freshMs: number, clock?: DeviceClock): Staleness | undefined {
  if (mark.retained) return "retained";
  if (mark.redelivered) return "redelivered";
  if (!mark.live) return "device-says-stored";
  if (mark.beforeConnection) return "before-this-connection";
  if (mark.used) return "already-used";
  if (mark.deviceTimeMs === undefined) return undefined;

  const reading = readingOf(clock, now, freshMs);
  if (reading === undefined) return "device-clock-unknown";
  const ageMs = reading.deviceTimeMs - mark.deviceTimeMs;
  if (ageMs > reading.limitMs) return "too-old";
  // Written so that a time that is no number is refused too.
  if (!(ageMs >= -AHEAD_MS)) return "from-the-future";
  return undefined;
}

/** What the device's clock shows now, and how old an event may look by it; undefined when nobody can say. */
function readingOf(
  clock: DeviceClock | undefined,
  now: Now,
  freshMs: number,
): { readonly deviceTimeMs: number; readonly limitMs: number } | undefined {
  const offsetMs = offsetOf(clock, now.at);
  if (offsetMs === undefined && now.wall.trust === "untrusted") return undefined;
  const reading =
    offsetMs === undefined
      ? // The event's own seconds may be cut off: up to one grain of its age isn't age.
        { deviceTimeMs: now.wall.epochMs, limitMs: freshMs + GRAIN_MS }
      : // The heartbeats' seconds were cut off too, which already gives that grain away.
        { deviceTimeMs: now.at - offsetMs, limitMs: freshMs };
  return hasReadLater(clock, now.at, reading.deviceTimeMs) ? undefined : reading;
}

/** Whether the device's clock has lately read later than it does now: then its times mean two moments each. */
function hasReadLater(clock: DeviceClock | undefined, at: Millis, deviceTimeMs: number): boolean {
  if (clock === undefined || at - clock.highest.at > WINDOW_MS) return false;
  return deviceTimeMs < clock.highest.deviceTimeMs - (isSetBack(clock) ? 0 : AHEAD_MS);
}

function recent(samples: readonly Sample[], at: Millis): readonly Sample[] {
  return samples.filter((sample) => at - sample.at <= WINDOW_MS);
}

function offsetIn(sample: Sample): number {
  return sample.at - sample.deviceTimeMs;
}
