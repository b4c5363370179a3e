/** One input: its level on every change and on a slow poll, `unknown` when it can't be read, found again when it can. */
import { GateError } from "../core/fault.ts";
import type { ContactLevel } from "../core/terms.ts";
import type { GpioInputSettings } from "../shell/ports.ts";
import type { InputLine, Lines } from "./gpio-lines.ts";

const POLL_MS = 1_000;
/** A line that can't tell of changes by itself is asked this often. */
const ASK_MS = 20;
/** A contact that hasn't come to rest for so long is read by nobody. */
const RESTLESS_MS = 1_000;

export interface WatchDeps {
  readonly now: () => number;
  readonly onFault: (fault: GateError) => void;
}

/** Hears the first level before it returns. Returns how to end it. */
export function watchInput(
  lines: Lines,
  settings: GpioInputSettings,
  hear: (level: ContactLevel) => void,
  { now, onFault }: WatchDeps,
): () => void {
  let line: InputLine | undefined;
  let told: ContactLevel | undefined;
  let fault: string | undefined;
  let rest: { readonly since: number; readonly level: ContactLevel; readonly timer: NodeJS.Timeout } | undefined;
  let asking: NodeJS.Timeout | undefined;

  function tell(level: ContactLevel): void {
    told = level;
    hear(level);
  }
  function lose(cause: unknown): void {
    if (!(cause instanceof GateError)) throw cause;
    shut();
    if (fault !== cause.message) onFault(cause);
    fault = cause.message;
    tell("unknown");
  }
  function shut(): void {
    clearInterval(asking);
    clearTimeout(rest?.timer);
    rest = undefined;
    line?.close();
    line = undefined;
  }
  /** The level now; on a line that was lost, after taking it again. */
  function look(): ContactLevel | undefined {
    try {
      if (line === undefined) {
        const taken = lines.input(settings, (levels) => {
          if (line === taken) changed(levels);
        });
        line = taken;
        if (!taken.notifies) asking = setInterval(() => changed([]), ASK_MS);
      }
      const level = levelOf(line.read());
      fault = undefined;
      return level;
    } catch (cause) {
      lose(cause);
      return undefined;
    }
  }
  function changed(levels: readonly boolean[]): void {
    if (line?.debounces === true || settings.debounceMs === 0) {
      for (const level of levels) if (levelOf(level) !== told) tell(levelOf(level));
      settle();
      return;
    }
    const level = levels.at(-1) === undefined ? look() : levelOf(levels.at(-1) === true);
    if (level === undefined) return;
    // Asked without an edge: only another level begins the wait anew.
    if (levels.length === 0 && level === (rest?.level ?? told)) return;
    const since = rest?.since ?? now();
    clearTimeout(rest?.timer);
    if (now() - since > RESTLESS_MS && told !== "unknown") tell("unknown");
    rest = { since, level, timer: setTimeout(settle, settings.debounceMs) };
  }
  function settle(): void {
    clearTimeout(rest?.timer);
    rest = undefined;
    const level = look();
    if (level !== undefined && level !== told) tell(level);
  }
  function poll(): void {
    if (rest !== undefined) return;
    const level = look();
    if (level !== undefined) tell(level);
  }

  poll();
  const polling = setInterval(poll, POLL_MS);
  return () => {
    clearInterval(polling);
    shut();
  };
}

const levelOf = (active: boolean): ContactLevel => (active ? "on" : "off");
