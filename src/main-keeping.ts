/** What is looked at every few seconds, minutes or days beside the gate's work: its clock, disk, records and readers. */
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { freeBytes } from "./adapters/disk.ts";
import type { OpenedJournal } from "./adapters/journal.ts";
import { recallRows } from "./adapters/journal-past.ts";
import { forgetUsed } from "./adapters/journal-retention.ts";
import { watchChain } from "./adapters/journal-watch.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import type { OpenedWhitelist } from "./adapters/whitelist.ts";
import type { GateConfig } from "./config/schema.ts";
import { GateError } from "./core/fault.ts";
import type { SitePlan } from "./core/terms.ts";
import { openClockWatch } from "./shell/clock-watch.ts";
import { type Conditions, openConditions } from "./shell/conditions.ts";
import { type DarkWatch, openDarkWatch } from "./shell/dark-watch.ts";
import { diskDetail } from "./shell/disk-watch.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Row } from "./shell/ports.ts";
import { openResetWatch } from "./shell/reset-watch.ts";
import { openRetentionWatch } from "./shell/retention-watch.ts";

export interface KeepingDeps {
  readonly config: GateConfig;
  readonly plan: SitePlan;
  /** The journal's file; the disk is the one it lies on. */
  readonly file: string;
  readonly loop: Loop;
  readonly journal: OpenedJournal;
  readonly whitelist: Pick<OpenedWhitelist, "made">;
  /** The site's date of a wall time. */
  readonly dateOf: (wallMs: number) => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly nameOf: (device: string) => string;
}

export interface ListChange {
  readonly what: string;
  readonly by: string;
  readonly people?: number;
  readonly subject?: string;
}

export interface Keeping {
  /** Every row, as it is written. */
  hear(row: Row): void;
  /** The clerk has changed something of the list: its row says who and what. */
  listChanged(told: ListChange): void;
  close(): void;
}

const OFTEN_MS = 5_000;
const MINUTE_MS = 60_000;

export function openKeeping(deps: KeepingDeps): Keeping {
  const { loop, clock } = deps;
  const conditions = openConditions(loop);
  const onFault = (fault: GateError) => {
    deps.metrics.fault(fault.code);
    deps.log.warn({ code: fault.code, message: fault.message }, "the records couldn't be looked at");
  };
  const clockWatch = openClockWatch({ clock, loop, conditions });
  const dark = darkWatch(deps, conditions, onFault);
  const chain = watchChain({
    file: deps.file,
    onFault,
    tell: ({ bad }) =>
      conditions.stands("chain-broken", bad === undefined ? undefined : `第 ${bad.seq} 行 row ${bad.seq}`),
  });
  const disk = diskWatch(deps, conditions);
  const resets = openResetWatch({ plan: deps.plan, clock, journal: deps.journal, loop, newId: randomUUID });
  const retention = retentionWatch(deps, onFault);
  const list = listWatch(deps);
  const everyMinute = () => {
    resets.look();
    retention.look();
    list.look();
    dark?.watch.look();
    disk.look();
  };
  clockWatch.look();
  everyMinute();
  const often = setInterval(() => clockWatch.look(), OFTEN_MS);
  const minute = setInterval(everyMinute, MINUTE_MS);
  return {
    hear(row) {
      dark?.watch.count(row);
    },
    listChanged: list.changed,
    close() {
      clearInterval(often);
      clearInterval(minute);
      chain.close();
      disk.close();
      retention.close();
      dark?.close();
    },
  };
}

function diskWatch({ config, file, metrics }: KeepingDeps, conditions: Conditions) {
  let told: string | undefined;
  let closed = false;
  async function look(): Promise<void> {
    const free = await freeBytes(dirname(file));
    // The answer may come when nobody writes rows any more.
    if (free === undefined || closed) return;
    metrics.diskFree(free);
    told = diskDetail(config.disk, free, told);
    conditions.stands("disk-low", told);
  }
  return {
    look: () => void look(),
    close() {
      closed = true;
    },
  };
}

function retentionWatch(deps: KeepingDeps, onFault: (fault: GateError) => void) {
  const { file, journal } = deps;
  let callOff: (() => void) | undefined;
  const watch = openRetentionWatch({
    clock: deps.clock,
    loop: deps.loop,
    ...deps.config.retention,
    dateOf: deps.dateOf,
    eraseDays(before) {
      try {
        return journal.eraseDays(before);
      } catch (cause) {
        if (!(cause instanceof GateError)) throw cause;
        onFault(cause);
        return 0; // the next day's turn takes them as well
      }
    },
    forgetUsed(beforeWallMs, done) {
      callOff = forgetUsed({ file, beforeWallMs, done, onFault });
    },
  });
  return { look: watch.look, close: () => callOff?.() };
}

/** The list is changed from outside, by an import or an erasure: the journal says when, and by what. */
function listWatch({ whitelist, loop, metrics }: KeepingDeps): { look(): void; changed(told: ListChange): void } {
  let known = whitelist.made()?.number;
  return {
    changed({ subject, ...told }) {
      const made = whitelist.made();
      known = made?.number;
      if (made !== undefined) metrics.whitelistSize(made.credentials);
      loop.note({
        kind: "whitelist",
        open: { generation: made?.number ?? 0, credentials: made?.credentials ?? 0, ...told },
        ...(subject === undefined ? {} : { subject }),
      });
    },
    look() {
      const made = whitelist.made();
      if (made === undefined || made.number === known) return;
      known = made.number;
      metrics.whitelistSize(made.credentials);
      loop.note({ kind: "whitelist", open: { generation: made.number, by: made.by, credentials: made.credentials } });
    },
  };
}

function darkWatch(
  deps: KeepingDeps,
  conditions: Conditions,
  onFault: (fault: GateError) => void,
): { readonly watch: DarkWatch; close(): void } | undefined {
  const { enabled, atLeast } = deps.config.readerDark;
  if (!enabled) return undefined;
  const { boot } = deps.journal;
  let callOff: (() => void) | undefined;
  const watch = openDarkWatch({
    plan: deps.plan,
    atLeast,
    boot,
    clock: deps.clock,
    conditions,
    nameOf: deps.nameOf,
    recall(sinceWallMs) {
      callOff = recallRows({ file: deps.file, boot, sinceWallMs, onFault, hear: watch.count });
    },
  });
  return { watch, close: () => callOff?.() };
}
