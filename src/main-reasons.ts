/** The reasons for an opening by hand, between the clerk's page, the list's file and the guards' pages. */
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import { keptReasons } from "./adapters/register-rules.ts";
import type { RegisterThread } from "./adapters/register-thread.ts";
import type { OpenedWhitelist } from "./adapters/whitelist.ts";
import type { Loaded } from "./config/load.ts";
import { GateError } from "./core/fault.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Journal } from "./shell/ports.ts";
import { openReasons, type Reasons } from "./shell/reasons.ts";
import type { ReasonsView } from "./shell/register.ts";

export interface ReasonsParts {
  readonly loaded: Loaded;
  readonly whitelist: Pick<OpenedWhitelist, "within">;
  readonly register: Pick<RegisterThread, "ask">;
  readonly loop: Pick<Loop, "note">;
  readonly journal: Pick<Journal, "whenDurable">;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Other tiles are to be shown. */
  readonly changed: () => void;
}

export function openReasonsAt(parts: ReasonsParts): Reasons {
  const { register, loop, journal, clock } = parts;
  return openReasons({
    first: kept(parts) ?? { edition: 0, reasons: parts.loaded.config.page.reasons, retired: [] },
    now: () => clock.now().wall.epochMs,
    keep: (list) => register.ask("keepReasons", list),
    note: (open) => new Promise((done) => journal.whenDurable(loop.note({ kind: "config", open }), done)),
    clock,
    changed: parts.changed,
  });
}

/** What can't be read is no reason not to start: the configuration's tiles serve. */
function kept({ whitelist, log, metrics }: ReasonsParts): ReasonsView | undefined {
  try {
    return whitelist.within(keptReasons);
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    metrics.fault(cause.code);
    log.warn({ code: cause.code, message: cause.message }, "the clerk's reasons can't be read");
    return undefined;
  }
}
