/** The way to the pins: what was asked for, or what the kernel offers. */
import { GateError } from "../core/fault.ts";
import { hasChardev, openChardev } from "./gpio-chardev.ts";
import type { GpioBackend, Lines } from "./gpio-lines.ts";
import { openSimulated } from "./gpio-simulated.ts";
import { hasSysfs, openSysfs } from "./gpio-sysfs.ts";

export interface LinesPlan {
  readonly backend: GpioBackend;
  readonly chip?: string;
}

/** @throws GateError GPIO_UNAVAILABLE with the place */
export function openLines({ backend, chip }: LinesPlan): Lines {
  switch (backend) {
    case "character-device":
      return openChardev(chip);
    case "sysfs":
      return openSysfs(chip);
    case "simulated":
      if (chip === undefined) throw new GateError("GPIO_UNAVAILABLE", "simulated GPIO: no directory");
      return openSimulated(chip);
  }
}

/** Where the kernel shows its GPIO; other places in tests only. */
export interface Places {
  readonly dev: string;
  readonly sysfs: string;
}
const PLACES: Places = { dev: "/dev", sysfs: "/sys/class/gpio" };

/**
 * The backend for this machine: the character device where there is one, sysfs where only that exists.
 * A device that may not be opened is no reason for sysfs: the technician has to hear of it.
 * @throws GateError GPIO_UNAVAILABLE when neither exists
 */
export function offeredBackend({ dev, sysfs }: Places = PLACES): "character-device" | "sysfs" {
  if (hasChardev(dev)) return "character-device";
  if (hasSysfs(sysfs)) return "sysfs";
  throw new GateError("GPIO_UNAVAILABLE", `no ${dev}/gpiochip* and no ${sysfs}: this machine has no GPIO`);
}

/** The plan as the keeper gets it on its command line. @throws GateError GPIO_UNAVAILABLE */
export function planFrom(text: string | undefined): LinesPlan {
  const told: unknown = JSON.parse(text ?? "null");
  if (typeof told !== "object" || told === null || !("backend" in told))
    throw new GateError("GPIO_UNAVAILABLE", "the keeper of the outputs is started by gatepost, not by hand");
  const { backend } = told;
  if (backend !== "character-device" && backend !== "sysfs" && backend !== "simulated")
    throw new GateError("GPIO_UNAVAILABLE", `no backend ${String(backend)}`);
  const chip = "chip" in told && typeof told.chip === "string" ? told.chip : undefined;
  return chip === undefined ? { backend } : { backend, chip };
}
