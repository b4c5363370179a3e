/**
 * This machine's own pins: the character device, sysfs or a simulation. Inputs are read here; outputs belong to a
 * keeper process, so that a pulse ends whatever becomes of us.
 */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GateError } from "../core/fault.ts";
import type { Gpio } from "../shell/ports.ts";
import { type LinesPlan, offeredBackend, openLines, type Places } from "./gpio-drivers.ts";
import { openTether, type Tether } from "./gpio-tether.ts";
import { watchInput } from "./gpio-watch.ts";

export interface GpioSettings {
  readonly backend: "auto" | "character-device" | "sysfs" | "simulated";
  /** Label, name or device of the chip; for the simulation the directory of its lines. */
  readonly chip?: string;
  readonly simulationAllowed: boolean;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** A line or the keeper is in trouble; told once for as long as the trouble stays the same. */
  readonly onFault: (fault: GateError) => void;
  /** The keeper's program; our own by default. */
  readonly keeper?: string;
  /** Where the kernel shows its GPIO, for `auto`. */
  readonly places?: Places;
}

export interface OpenedGpio extends Gpio {
  /** The chip, or the simulation's directory, for the log. */
  readonly place: string;
  /** Resolves when all outputs asked for so far are ours and inactive. */
  claimed(): Promise<void>;
  /** Process id of the keeper, when there is one. */
  readonly keeperPid: number | undefined;
}

/**
 * Opens the chip. Lines that are busy or gone are faults told later, `unknown` levels and refused pulses, and are
 * tried again each second; a chip that isn't there ends the start.
 * @throws GateError GPIO_UNAVAILABLE, SIMULATION_REFUSED
 */
export function openGpio(settings: GpioSettings): OpenedGpio {
  const { now, onFault } = settings;
  const plan = planOf(settings);
  const lines = openLines(plan);
  const ends: (() => void)[] = [];
  let tether: Tether | undefined;

  function onChip(offset: number): void {
    if (Number.isInteger(offset) && offset >= 0 && offset < lines.count) return;
    const context = { offset, place: lines.place };
    throw new GateError("GPIO_UNAVAILABLE", `${lines.place} has lines 0..${lines.count - 1}, no line ${offset}`, {
      context,
    });
  }
  return {
    backend: lines.backend,
    place: lines.place,
    input(wish, hear) {
      onChip(wish.offset);
      ends.push(watchInput(lines, wish, hear, { now, onFault }));
    },
    output(wish) {
      onChip(wish.offset);
      tether ??= openTether({ program: keeperProgram(settings.keeper), plan, onFault });
      return tether.output(wish);
    },
    claimed: () => tether?.claimed() ?? Promise.resolve(),
    get keeperPid() {
      return tether?.pid;
    },
    async close() {
      for (const end of ends.splice(0)) end();
      await tether?.close();
    },
  };
}

function planOf({ backend, chip, simulationAllowed, places }: GpioSettings): LinesPlan {
  if (backend === "simulated") {
    if (!simulationAllowed)
      throw new GateError(
        "SIMULATION_REFUSED",
        "gpio.backend is simulated, the configuration isn't `simulation: true`",
      );
    return { backend, chip: chip ?? mkdtempSync(join(tmpdir(), "gatepost-gpio-")) };
  }
  const chosen = backend === "auto" ? offeredBackend(places) : backend;
  return chip === undefined ? { backend: chosen } : { backend: chosen, chip };
}

/** Beside the bundle when built; in dist/ when run from source. */
function keeperProgram(given: string | undefined): string {
  const candidates = given === undefined ? ["keeper.cjs", "../../dist/keeper.cjs"].map(beside) : [given];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new GateError("GPIO_UNAVAILABLE", `the keeper of the outputs isn't built: no ${candidates.join(", no ")}`);
}

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
