/** The machine's part of `gatepost doctor`: power, clock, disk. */
import type { TimeSync } from "../adapters/clock.ts";
import { freeBytes } from "../adapters/disk.ts";
import { diskHints, isReadOnly, type MachinePlaces, powerOf } from "../adapters/machine.ts";
import { words } from "../config/problem.ts";
import { type DoctorFinding, found } from "./doctor-table.ts";
import type { DoctorPart } from "./works.ts";

const BUILD_YEAR = 2026;

export function powerPart(machine: MachinePlaces): DoctorPart {
  const power = powerOf(machine);
  const findings: DoctorFinding[] = [];
  if (power?.lowNow === true) findings.push(found("POWER_LOW", ""));
  else if (power?.lowBefore === true) findings.push(found("POWER_WAS_LOW", ""));
  if (power?.hotNow === true) findings.push(found("TOO_HOT", ""));
  return {
    part: "power",
    title: words("电源", "Power"),
    findings,
    ...(power === undefined ? { says: "? (no Raspberry Pi, or not told 不是树莓派或读不到)" } : {}),
  };
}

export function clockPart(sync: TimeSync, now: Date): DoctorPart {
  const steered = sync.now();
  const findings =
    now.getUTCFullYear() < BUILD_YEAR
      ? [found("CLOCK_WRONG", now.toISOString())]
      : steered || sync.sinceBoot()
        ? []
        : [found("CLOCK_UNSTEERED", now.toISOString())];
  const trust = steered ? "trusted" : sync.sinceBoot() ? "holdover" : "untrusted";
  return { part: "clock", title: words("时钟", "Clock"), says: trust, findings };
}

export async function diskPart(machine: MachinePlaces, folder: string, lowMegabytes: number): Promise<DoctorPart> {
  const free = await freeBytes(folder);
  const megabytes = free === undefined ? undefined : Math.floor(free / 1_000_000);
  const findings: DoctorFinding[] = [];
  if (megabytes !== undefined && megabytes < lowMegabytes)
    findings.push(found("DISK_LOW", `${megabytes} MB < ${lowMegabytes} MB`));
  if (isReadOnly(machine, folder)) findings.push(found("DISK_READ_ONLY", folder));
  findings.push(...diskHints(machine).map((hint) => found("DISK_WORN", hint)));
  return {
    part: "disk",
    title: words("磁盘", "Disk"),
    findings,
    ...(megabytes === undefined ? {} : { says: `${megabytes} MB` }),
  };
}
