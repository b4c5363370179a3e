/**
 * Simulated GPIO: a directory with one file per line, named by its offset, that holds the voltage, 0 or 1. Outputs are
 * written there, inputs are read from there, so that `echo 1 > 17` is a wire on pin 17. A line that holds anything else
 * can't be read, like a pin of an expander that was pulled out. An absent input rests where its pull resistor puts it.
 * A file `trace` gathers what was done to outputs, with monotonic stamps, if somebody has made one.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "../core/fault.ts";
import { errnoOf, type Lines, lineFault, monotonicMs } from "./gpio-lines.ts";

const LINES = 64;

/** @param dir made when it isn't there @throws GateError GPIO_UNAVAILABLE when it can't be */
export function openSimulated(dir: string): Lines {
  const file = (offset: number): string => join(dir, String(offset));
  attempt(dir, "make the directory", () => mkdirSync(dir, { recursive: true }));

  function drive(offset: number, active: boolean, activeLow: boolean, what: "claim" | "set" | "close"): void {
    attempt(file(offset), "set the line", () => {
      // Renamed into place: a reader never finds it empty.
      const fresh = `${file(offset)}.new`;
      writeFileSync(fresh, active === activeLow ? "0\n" : "1\n");
      renameSync(fresh, file(offset));
      const trace = join(dir, "trace");
      if (existsSync(trace))
        appendFileSync(trace, `${monotonicMs().toFixed(3)} ${process.pid} ${offset} ${what} ${Number(active)}\n`);
    });
  }
  return {
    backend: "simulated",
    place: dir,
    count: LINES,
    output(offset, activeLow) {
      drive(offset, false, activeLow, "claim");
      return {
        set: (active) => drive(offset, active, activeLow, "set"),
        close: () => undefined,
      };
    },
    input({ offset, activeLow, bias }, changed) {
      const watcher = watch(dir, { persistent: false }, (_event, name) => {
        if (name === String(offset)) changed([]);
      });
      watcher.on("error", () => changed([]));
      return {
        notifies: true,
        debounces: false,
        read() {
          const high = existsSync(file(offset)) ? voltage(file(offset)) : bias === "up";
          return high !== activeLow;
        },
        close: () => watcher.close(),
      };
    },
  };
}

function voltage(file: string): boolean {
  const held = attempt(file, "read the line", () => readFileSync(file, "utf8").trim());
  if (held === "1") return true;
  if (held === "0") return false;
  throw new GateError("GPIO_FAILED", `${file}: neither 0 nor 1`);
}

function attempt<T>(place: string, doing: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw lineFault(errnoOf(cause), place, doing);
  }
}
