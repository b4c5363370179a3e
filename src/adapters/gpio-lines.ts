/** What a way to the pins must offer: the character device, sysfs and the simulation are the three. */
import { type FaultCode, GateError } from "../core/fault.ts";
import type { GpioInputSettings } from "../shell/ports.ts";

export type GpioBackend = "character-device" | "sysfs" | "simulated";

/** A line of ours that drives something. Levels are logical: `true` = active, whatever the voltage. */
export interface OutputLine {
  /** @throws GateError GPIO_FAILED */
  set(active: boolean): void;
  /** Gives the line back to the kernel. */
  close(): void;
}

export interface InputLine {
  /** Whether `changed` is called by the kernel; otherwise the line has to be asked often. */
  readonly notifies: boolean;
  /** Whether levels shorter than the debounce time are already left out. */
  readonly debounces: boolean;
  /** The logical level now. @throws GateError GPIO_FAILED when it can't be read */
  read(): boolean;
  close(): void;
}

export interface Lines {
  readonly backend: GpioBackend;
  /** The chip as a technician would name it. */
  readonly place: string;
  /** How many lines the chip has. */
  readonly count: number;
  /** Inactive from the first touch. @throws GateError GPIO_BUSY, GPIO_UNAVAILABLE, GPIO_FAILED */
  output(offset: number, activeLow: boolean): OutputLine;
  /**
   * @param changed hears the levels passed through since the last call, oldest first; empty when only that something changed is known
   * @throws GateError GPIO_BUSY, GPIO_UNAVAILABLE, GPIO_FAILED
   */
  input(settings: GpioInputSettings, changed: (levels: readonly boolean[]) => void): InputLine;
}

/** The fault behind a system error at a place. `by` = the program that has the line, where the kernel says so. */
export function lineFault(errno: string, place: string, doing: string, by = ""): GateError {
  const context = { errno, place };
  const known: Readonly<Record<string, readonly [FaultCode, string]>> = {
    EBUSY: ["GPIO_BUSY", by === "" ? "another program has it" : `the program \`${by}\` has it`],
    EACCES: ["GPIO_UNAVAILABLE", "no permission; the service's user must be in the group `gpio`"],
    EPERM: ["GPIO_UNAVAILABLE", "no permission; the service's user must be in the group `gpio`"],
    ENOENT: ["GPIO_UNAVAILABLE", "it isn't there"],
  };
  const [code, why] = known[errno] ?? ["GPIO_FAILED", errno];
  return new GateError(code, `${place}: can't ${doing}: ${why}`, { context });
}

/** The errno name of whatever node threw. */
export function errnoOf(cause: unknown): string {
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The machine's monotonic clock, the same in every process of it, ms. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
