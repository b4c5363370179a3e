/** A chip of the kernel's own simulator (gpio-sim, by configfs): lines that real drivers see, under the test's hand. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/kernel/config/gpio-sim";

/** Whether this machine has the simulator and we may use it. */
export function hasSimulator(): boolean {
  try {
    accessSync(ROOT, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
export const hasSysfsGpio = (): boolean => existsSync("/sys/class/gpio/export");

export interface KernelChip {
  readonly label: string;
  /** The voltage on a line, `0` or `1`. */
  voltage(offset: number): string;
  /** Pulls an input's wire. */
  wire(offset: number, high: boolean): void;
  unplug(): void;
  plug(): void;
  remove(): void;
}

/** @param name also the chip's label */
export function kernelChip(name: string): KernelChip {
  const device = join(ROOT, name);
  const bank = join(device, "bank0");
  mkdirSync(device);
  mkdirSync(bank);
  writeFileSync(join(bank, "num_lines"), "8");
  writeFileSync(join(bank, "label"), name);
  const live = (on: boolean) => writeFileSync(join(device, "live"), on ? "1" : "0");
  live(true);
  const line = (offset: number, file: string) => {
    const dev = readFileSync(join(device, "dev_name"), "utf8").trim();
    const chip = readFileSync(join(bank, "chip_name"), "utf8").trim();
    return join("/sys/devices/platform", dev, chip, `sim_gpio${offset}`, file);
  };
  return {
    label: name,
    voltage: (offset) => readFileSync(line(offset, "value"), "utf8").trim(),
    wire: (offset, high) => writeFileSync(line(offset, "pull"), high ? "pull-up" : "pull-down"),
    unplug: () => live(false),
    plug: () => live(true),
    remove() {
      live(false);
      rmdirSync(bank);
      rmdirSync(device);
    },
  };
}
