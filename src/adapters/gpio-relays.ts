/**
 * The outputs and when each must fall: what the keeper process does, without the process. A line is active while it is
 * held or a pulse on it runs. Any line that can't be set breaks the whole: the process ends, the next one starts afresh.
 */
import { GateError } from "../core/fault.ts";
import type { Lines, OutputLine } from "./gpio-lines.ts";

export const SHORTEST_PULSE_MS = 10;
export const LONGEST_PULSE_MS = 5_000;
/** An order that waited longer (a stopped process, a full machine) is too old to move a gate. */
export const FRESH_MS = 1_000;
/** A held line falls when no beat was heard for so long. */
export const BEAT_LOST_MS = 3_000;

export interface RelaysDeps {
  readonly lines: Lines;
  readonly now: () => number;
  readonly onLapsed: (offset: number) => void;
  /** A line didn't obey. */
  readonly onBroken: (fault: GateError) => void;
}

export interface Relays {
  /** Takes the line, inactive. Twice with the same polarity is once. @throws GateError */
  claim(offset: number, activeLow: boolean): void;
  /**
   * `ended` is called when the line is inactive again. Over a running pulse it lengthens it; the line is never active
   * for more than 5000 ms on end, a pulse that would need that is refused.
   * @throws GateError INPUT_INVALID (length), GPIO_BUSY (held, or too long on end), COMMAND_FAILED (too old), GPIO_FAILED
   */
  pulse(
    order: { readonly offset: number; readonly ms: number; readonly askedAt: number },
    ended: (cut: boolean) => void,
  ): void;
  /** `false` ends a running pulse too. @throws GateError COMMAND_FAILED (too old), GPIO_FAILED */
  hold(order: { readonly offset: number; readonly active: boolean; readonly askedAt: number }): void;
  /** The other side lives. */
  beat(): void;
  /** Every line inactive, nothing held. Goes on to the next line when one fails. */
  drop(): void;
}

interface Pulse {
  readonly begunAt: number;
  until: number;
  readonly waiting: ((cut: boolean) => void)[];
}
interface Relay {
  readonly activeLow: boolean;
  readonly line: OutputLine;
  held: boolean;
  pulse: Pulse | undefined;
  timer: NodeJS.Timeout | undefined;
}

export function openRelays({ lines, now, onLapsed, onBroken }: RelaysDeps): Relays {
  const relays = new Map<number, Relay>();
  let beatAt = now();

  function set(relay: Relay, active: boolean): void {
    try {
      relay.line.set(active);
    } catch (cause) {
      const fault = cause instanceof GateError ? cause : new GateError("GPIO_FAILED", String(cause), { cause });
      onBroken(fault);
      throw fault;
    }
  }
  function claimed(offset: number): Relay {
    const relay = relays.get(offset);
    if (relay === undefined) throw new GateError("GPIO_FAILED", `line ${offset} isn't ours`);
    return relay;
  }
  function fall(relay: Relay, cut: boolean): void {
    const { pulse } = relay;
    clearTimeout(relay.timer);
    relay.pulse = undefined;
    set(relay, relay.held);
    for (const ended of pulse?.waiting ?? []) ended(cut);
  }
  function arm(relay: Relay, until: number): void {
    clearTimeout(relay.timer);
    relay.timer = setTimeout(
      () => {
        // Node's timers may fire a fraction early; a pulse is never shorter than asked.
        if (now() < until) arm(relay, until);
        else trying(() => fall(relay, false));
      },
      Math.max(0, Math.ceil(until - now())),
    );
  }
  function fresh(askedAt: number): void {
    const ageMs = now() - askedAt;
    if (!(ageMs <= FRESH_MS)) throw new GateError("COMMAND_FAILED", `the order is ${Math.round(ageMs)} ms old`);
  }
  const watching = setInterval(() => {
    if (now() - beatAt <= BEAT_LOST_MS) return;
    for (const [offset, relay] of relays) {
      if (!relay.held) continue;
      relay.held = false;
      if (relay.pulse === undefined) trying(() => set(relay, false));
      onLapsed(offset);
    }
  }, 250);
  watching.unref();

  return {
    claim(offset, activeLow) {
      const known = relays.get(offset);
      if (known?.activeLow === activeLow) return;
      if (known !== undefined) throw new GateError("GPIO_BUSY", `line ${offset} is ours with the other polarity`);
      const line = lines.output(offset, activeLow);
      relays.set(offset, { activeLow, line, held: false, pulse: undefined, timer: undefined });
    },
    pulse({ offset, ms, askedAt }, ended) {
      checkPulse(ms);
      fresh(askedAt);
      const relay = claimed(offset);
      if (relay.held) throw new GateError("GPIO_BUSY", `line ${offset} is held active`);
      const at = now();
      const pulse = relay.pulse ?? { begunAt: at, until: at, waiting: [] };
      if (at + ms > pulse.begunAt + LONGEST_PULSE_MS)
        throw new GateError("GPIO_BUSY", `line ${offset} would be active for more than ${LONGEST_PULSE_MS} ms on end`);
      pulse.until = Math.max(pulse.until, at + ms);
      // Armed before the line rises: whatever happens between, the end is set.
      arm(relay, pulse.until);
      if (relay.pulse === undefined) set(relay, true);
      relay.pulse = pulse;
      pulse.waiting.push(ended);
    },
    hold({ offset, active, askedAt }) {
      if (active) fresh(askedAt);
      const relay = claimed(offset);
      relay.held = active;
      if (active) set(relay, true);
      else fall(relay, relay.pulse !== undefined);
    },
    beat() {
      beatAt = now();
    },
    drop() {
      for (const relay of relays.values()) {
        relay.held = false;
        trying(() => fall(relay, relay.pulse !== undefined));
      }
    },
  };
}

/** @throws GateError INPUT_INVALID unless `ms` is in 10..5000 */
export function checkPulse(ms: number): void {
  if (ms >= SHORTEST_PULSE_MS && ms <= LONGEST_PULSE_MS) return;
  const range = `${SHORTEST_PULSE_MS}..${LONGEST_PULSE_MS} ms`;
  throw new GateError("INPUT_INVALID", `a pulse of ${ms} ms is outside ${range}`);
}

/** A line that doesn't obey has been told to `onBroken`; the other lines still count. */
function trying(act: () => void): void {
  try {
    act();
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
  }
}
