/**
 * GPIO by sysfs (package onoff), for kernels that offer nothing newer. Line numbers are counted from the chip's base,
 * which differs from kernel to kernel (0, 512, 571, 996): it is read, never assumed.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Gpio as SysfsGpio } from "onoff";
import { GateError } from "../core/fault.ts";
import { type Chip, chosenChip } from "./gpio-chips.ts";
import { errnoOf, type Lines, lineFault } from "./gpio-lines.ts";

const ROOT = "/sys/class/gpio";

export interface SysfsChip extends Chip {
  /** Number of the chip's first line. */
  readonly base: number;
}

export function hasSysfs(root = ROOT): boolean {
  return existsSync(join(root, "export"));
}

/** The chips sysfs knows, by their own files. @throws GateError GPIO_UNAVAILABLE when one can't be read */
export function sysfsChips(root = ROOT): readonly SysfsChip[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^gpiochip\d+$/.test(name))
    .map((name) => {
      const read = (file: string): string => {
        try {
          return readFileSync(join(root, name, file), "utf8").trim();
        } catch (cause) {
          throw lineFault(errnoOf(cause), join(root, name, file), "read it");
        }
      };
      const base = Number(read("base"));
      const lines = Number(read("ngpio"));
      if (!Number.isInteger(base) || !Number.isInteger(lines))
        throw new GateError("GPIO_UNAVAILABLE", `${join(root, name)}: base or ngpio is no number`);
      return { name, label: read("label"), base, lines };
    })
    .sort((a, b) => a.base - b.base);
}

/** @throws GateError GPIO_UNAVAILABLE when the chip isn't there */
export function openSysfs(wanted: string | undefined, root = ROOT): Lines {
  const find = (): SysfsChip => chosenChip(sysfsChips(root), wanted, root);
  const { label, name, lines: count } = find();
  const place = `${root}/${name} [${label}]`;
  return {
    backend: "sysfs",
    place,
    count,
    output(offset, activeLow) {
      const at = `${place} line ${offset}`;
      // The direction's `high` and `low` are voltages: the line becomes an output at that very level.
      const line = taken(
        at,
        () => new SysfsGpio(find().base + offset, activeLow ? "high" : "low", "none", { activeLow }),
      );
      // onoff passes over errors on a line that was exported before; a line that isn't as asked isn't ours.
      const asAsked = taken(
        at,
        () => line.direction() === "out" && line.activeLow() === activeLow && line.readSync() === 0,
      );
      if (!asAsked) throw lineFault("EBUSY", at, "make it an inactive output");
      return {
        set: (active) => taken(at, () => line.writeSync(active ? 1 : 0)),
        close: () => line.unexport(),
      };
    },
    input({ offset, activeLow }, changed) {
      const at = `${place} line ${offset}`;
      const number = find().base + offset;
      const line = taken(at, () => new SysfsGpio(number, "in", undefined, { activeLow }));
      const notifies = existsSync(join(root, `gpio${number}`, "edge"));
      if (notifies) {
        taken(at, () => line.setEdge("both"));
        line.watch((_error, value) => changed([value === 1]));
      }
      return {
        notifies,
        debounces: false,
        read: () => taken(at, () => line.readSync() === 1),
        close: () => line.unexport(),
      };
    },
  };
}

function taken<T>(place: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw lineFault(errnoOf(cause), place, "use the line");
  }
}
