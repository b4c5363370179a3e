/**
 * The records that a device kept while nobody heard it: asked for page by page, once after a start, each time it is back,
 * and once in a while. They are history: none is live, none has a fresh time, and none that was heard before is kept twice.
 */
import type { Millis, Presented, Stranger } from "../core/terms.ts";
import type { RecordsRule } from "../decode/profile-records.ts";
import type { Heard, Reading } from "../decode/terms.ts";
import type { Clock } from "./ports.ts";
import type { Kept, Wall } from "./wall.ts";

export interface BackfillDeps {
  readonly clock: Clock;
  readonly wall: Wall;
  readonly utcOffsetMin: () => number;
  /** Whether this event stands in a row already. */
  readonly knows: (device: string, report: Presented | Stranger) => boolean;
}

const LOOK_MS = 2_000;
const BETWEEN_PAGES_MS = 300;
const AFTER_FAULT_MS = 60_000;
/** One look is never longer: what comes after so many pages is left, and said so. */
const PAGES_MAX = 200;
const TOO_MANY = { code: "records-too-many", where: "records", message: "it tells records without an end" };
/** A record may be written late. */
const OVERLAP_MS = 600_000;
/** Its clock may go before ours. */
const AHEAD_MS = 86_400_000;

export function openBackfill(one: Kept, rule: RecordsRule, deps: BackfillDeps): { close(): void } {
  const { clock, wall } = deps;
  let dueAt: Millis = clock.at();
  let doneMs: number | undefined;
  let wasOffline = false;
  let busy = false;
  let callOff: (() => void) | undefined;
  let callOffPage: (() => void) | undefined;
  let closed = false;

  const local = (ms: number) =>
    new Date(ms + deps.utcOffsetMin() * 60_000).toISOString().slice(0, 19).replace("T", " ");

  async function look(): Promise<void> {
    busy = true;
    const { epochMs } = clock.now().wall;
    const from = local(doneMs === undefined ? epochMs - rule.backMs : doneMs - OVERLAP_MS);
    const whole = await pages({ from, until: local(epochMs + AHEAD_MS) });
    if (whole) doneMs = epochMs;
    dueAt = clock.at() + (whole ? rule.everyMs : AFTER_FAULT_MS);
    busy = false;
  }

  async function pages(span: { readonly from: string; readonly until: string }): Promise<boolean> {
    for (let page = 0; page < PAGES_MAX && !closed; page++) {
      const command = one.device.encode(rule.command, { ...span, page }, wall.context(one.device));
      const { outcome, reply } = await one.talk.converse({ ...command, retries: 0 });
      if (outcome !== "done" || reply === undefined || closed) return false;
      const count = keep(reply);
      if (count === undefined) return false;
      if (count < rule.perPage) return true;
      await new Promise<void>((next) => {
        callOffPage = clock.wakeAt(clock.at() + BETWEEN_PAGES_MS, next);
      });
    }
    if (!closed) wall.faulty(one, TOO_MANY);
    return !closed;
  }

  /** How many records the page has; undefined = it can't be read. */
  function keep(reply: Heard): number | undefined {
    const reading = one.device.reader.read(reply, { ...wall.context(one.device), asked: rule.command });
    if (reading.is === "fault") {
      wall.faulty(one, reading.fault);
      return undefined;
    }
    const reports = reading.reports.flatMap((report) => {
      if (report.is !== "presented" && report.is !== "stranger") return [];
      // What has no mark of its own could be kept twice, and is the profile's to give.
      if (report.eventId === undefined || deps.knows(one.device.id, report)) return [];
      return [{ ...report, live: false }];
    });
    const history: Reading & { readonly is: "read" } = { ...reading, reports, answers: [] };
    wall.report(one, history, { device: one.device.id, ...OLD });
    return reading.reports.length;
  }

  function tick(): void {
    const at = clock.at();
    if (wasOffline && !one.offline) dueAt = at;
    wasOffline = one.offline;
    // Without a clock nobody knows which records to ask for.
    if (!busy && !one.offline && at >= dueAt && clock.now().wall.trust !== "untrusted") void look();
    callOff = clock.wakeAt(at + LOOK_MS, tick);
  }
  callOff = clock.wakeAt(clock.at() + LOOK_MS, tick);

  return {
    close() {
      closed = true;
      callOff?.();
      callOffPage?.();
    },
  };
}

/** Whatever the records say of themselves. */
const OLD = { epoch: 0, retained: false, redelivered: true, beforeConnection: true } as const;
