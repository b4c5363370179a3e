/**
 * The last pictures that came with what was recognised, in memory alone and for a short while: the guard sees whom he is
 * asked about. Keeping one costs a reference on the way from report to relay; it is looked for only when a page asks.
 */
import type { DeviceId, Millis } from "../core/terms.ts";
import { compileSnapshot, type Snapshot } from "../decode/snapshot.ts";
import type { Heard, Reading } from "../decode/terms.ts";
import type { HeardRaw } from "./bench-heard.ts";
import type { Clock, Row } from "./ports.ts";
import type { WallDevice } from "./wall.ts";

export interface Snapshots {
  /** The rows up to this one, and after the last that was told so, came of this message. */
  keep(seq: number, device: DeviceId, heard: HeardRaw, reading: Reading): void;
  /** Until when the row's picture may be shown; undefined = it has none. A decision alone has one: not what was done about it. */
  until(row: Pick<Row, "seq" | "kind" | "open">): Millis | undefined;
  of(seq: number): Snapshot | undefined;
  close(): void;
}

/** More than a screen shows last events of. */
const MOST = 16;
const MOST_BYTES = 8 * 1024 * 1024;
/** A message below this size holds no picture that anybody could see something in. */
const SMALLEST = 1_024;

interface Kept {
  readonly device: DeviceId;
  readonly after: number;
  readonly seq: number;
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
  /** Oldest first, and so the first to go. */
  let kept: Kept[] = [];
  let bytes = 0;
  let callOff: (() => void) | undefined;
  let last = 0;

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
  const at = (seq: number) => kept.find((one) => one.after < seq && seq <= one.seq && clock.at() < one.until);

  return {
    keep(seq, device, heard, reading) {
      const after = last;
      last = seq;
      const find = finders.get(device);
      if (keepMs <= 0 || find === undefined || !("payload" in heard) || !isOfNow(reading)) return;
      const { length } = heard.payload;
      if (length < SMALLEST || length > MOST_BYTES) return;
      kept.push({ device, after, seq, until: clock.at() + keepMs, heard, find });
      bytes += length;
      while (kept.length > MOST || bytes > MOST_BYTES) drop();
      callOff ??= clock.wakeAt(clock.at() + keepMs, sweep);
    },
    until({ seq, kind, open }) {
      const one = kind === "decision" ? at(seq) : undefined;
      return one?.device === open.reader ? one?.until : undefined;
    },
    of(seq) {
      const one = at(seq);
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
