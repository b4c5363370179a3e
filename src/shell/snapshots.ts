/**
 * The last pictures that came with what was recognised, in memory alone and for a short while: the guard sees whom he is
 * asked about. Keeping one costs a reference on the way from report to relay; it is looked for only when a page asks.
 */
import type { DeviceId, Millis } from "../core/terms.ts";
import { compileSnapshot, type Snapshot } from "../decode/snapshot.ts";
import type { Heard, Reading } from "../decode/terms.ts";
import type { HeardRaw } from "./bench-heard.ts";
import type { Clock } from "./ports.ts";
import type { WallDevice } from "./wall.ts";

export interface Snapshots {
  /** What the device's message asks is decided under this id, now or when all reads of a plate are in. */
  asked(device: DeviceId, id: string): void;
  /** The message itself, once all that it asks is known. */
  keep(device: DeviceId, heard: HeardRaw, reading: Reading): void;
  /** Until when the picture to a decision may be shown; undefined = it has none. */
  until(decision: string): Millis | undefined;
  of(decision: string): Snapshot | undefined;
  close(): void;
}

/** More than a screen shows last events of. */
const MOST = 16;
const MOST_BYTES = 8 * 1024 * 1024;
/** A message below this size holds no picture that anybody could see something in. */
const SMALLEST = 1_024;

interface Kept {
  /** Of the decisions that it stands for. */
  readonly ids: readonly string[];
  readonly until: Millis;
  readonly heard: Heard & { readonly payload: Uint8Array };
  readonly find: (heard: Heard) => Snapshot | undefined;
}

/** @param keepMs how long a picture may be shown; 0 = none is kept */
export function openSnapshots(
  devices: readonly Pick<WallDevice, "id" | "reader">[],
  clock: Pick<Clock, "at" | "wakeAt">,
  keepMs: Millis,
): Snapshots {
  const finders = new Map<DeviceId, Kept["find"]>();
  for (const { id, reader } of devices)
    if (reader.profile.snapshot !== undefined) finders.set(id, compileSnapshot(reader.profile));
  const asking = new Map<DeviceId, readonly string[]>();
  /** Oldest first, and so the first to go. */
  let kept: Kept[] = [];
  let bytes = 0;
  let callOff: (() => void) | undefined;

  function drop(): void {
    const gone = kept.shift();
    if (gone !== undefined) bytes -= gone.heard.payload.length;
  }
  function sweep(): void {
    callOff = undefined;
    for (let oldest = kept[0]; oldest !== undefined && oldest.until <= clock.at(); oldest = kept[0]) drop();
    const [next] = kept;
    if (next !== undefined) callOff = clock.wakeAt(next.until, sweep);
  }
  const at = (decision: string) => kept.find(({ ids, until }) => ids.includes(decision) && clock.at() < until);

  return {
    asked(device, id) {
      if (keepMs > 0 && finders.has(device)) asking.set(device, [...(asking.get(device) ?? []), id]);
    },
    keep(device, heard, reading) {
      const ids = asking.get(device);
      asking.delete(device);
      const find = finders.get(device);
      if (ids === undefined || find === undefined || !("payload" in heard) || !isOfNow(reading)) return;
      const { length } = heard.payload;
      if (length < SMALLEST || length > MOST_BYTES) return;
      kept.push({ ids, until: clock.at() + keepMs, heard, find });
      bytes += length;
      while (kept.length > MOST || bytes > MOST_BYTES) drop();
      callOff ??= clock.wakeAt(clock.at() + keepMs, sweep);
    },
    until: (decision) => at(decision)?.until,
    of(decision) {
      const one = at(decision);
      return one?.find(one.heard);
    },
    close() {
      callOff?.();
      kept = [];
      bytes = 0;
    },
  };
}

/** A picture of yesterday's backlog is nobody who stands there. */
const isOfNow = (reading: Reading): boolean =>
  reading.is === "read" &&
  reading.reports.some((report) => (report.is === "presented" || report.is === "stranger") && report.live);
