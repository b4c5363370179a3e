/** `gatepost doctor`: each part in the order in which a technician would look. */
import { systemSync, type TimeSync } from "../adapters/clock.ts";
import { type MachinePlaces, THIS_MACHINE, userOf } from "../adapters/machine.ts";
import { loadProfiles } from "../adapters/profiles.ts";
import { type Loaded, loadConfig, type NotLoaded } from "../config/load.ts";
import { type ConfigError, words } from "../config/problem.ts";
import { wiring } from "../config/wiring.ts";
import { accountsPart } from "./doctor-accounts.ts";
import { dataPart } from "./doctor-data.ts";
import { brokerPart, gatePart } from "./doctor-gate.ts";
import { clockPart, diskPart, powerPart } from "./doctor-machine.ts";
import { rightsPart } from "./doctor-rights.ts";
import { type FindingCode, found } from "./doctor-table.ts";
import { certificatePart, gpioPart, SERVICE_USER, serialPart } from "./doctor-wires.ts";
import type { House } from "./house.ts";
import type { DoctorPart, DoctorReport } from "./works.ts";

export interface Surroundings {
  readonly machine: MachinePlaces;
  readonly sync: TimeSync;
  readonly now: Date;
  readonly env: NodeJS.ProcessEnv;
}

export async function doctorWork(
  house: House,
  { configPath }: { readonly configPath: string },
  around: Surroundings = { machine: THIS_MACHINE, sync: systemSync(), now: new Date(), env: process.env },
): Promise<DoctorReport> {
  const loaded = loadConfig(configPath, around.env, {
    ...house.loadOptions,
    today: around.now.toISOString().slice(0, 10),
  });
  const parts: DoctorPart[] = [powerPart(around.machine), clockPart(around.sync, around.now), configPart(loaded)];
  // What hangs where is known from a sound configuration alone.
  if ("config" in loaded) parts.push(...(await wiredParts(loaded, around)));
  return { version: house.version, parts };
}

async function wiredParts(loaded: Loaded, { machine, now }: Surroundings): Promise<readonly DoctorPart[]> {
  const wires = wiring(loaded.config, loadProfiles(loaded.profilesDirs).defaults);
  return [
    await diskPart(machine, loaded.dataDir, loaded.config.disk.lowMegabytes),
    dataPart(loaded.dataDir),
    rightsPart(loaded, userOf(machine, SERVICE_USER)),
    gpioPart(loaded, wires),
    serialPart(machine, wires),
    certificatePart(loaded, now),
    await brokerPart(loaded, machine),
    await gatePart(loaded),
    accountsPart(loaded),
  ];
}

function configPart(loaded: Loaded | NotLoaded): DoctorPart {
  const errors = "errors" in loaded ? loaded.errors : [];
  const tell = (code: FindingCode) => (problem: ConfigError) =>
    found(code, `${problem.file}:${problem.line} ${problem.code} ${problem.path}`);
  return {
    part: "config",
    title: words("配置", "Configuration"),
    findings: [...errors.map(tell("CONFIG_INVALID")), ...loaded.warnings.map(tell("CONFIG_WARNED"))],
  };
}
