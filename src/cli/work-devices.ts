/** `gatepost devices`: ports, lines and brokers looked at without touching what a running gate holds. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { holdAlone } from "../adapters/database.ts";
import { loadProfiles } from "../adapters/profiles.ts";
import { listPorts, realOf } from "../adapters/serial-ports.ts";
import type { Loaded } from "../config/load.ts";
import type { Words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import { type House, loadOrSay } from "./house.ts";
import { listenToBroker } from "./work-devices-broker.ts";
import { setCommunication } from "./work-devices-comset.ts";
import { listenToLine } from "./work-devices-line.ts";
import type { BrokerHeard, DevicesOptions, DevicesResult, LineHeard } from "./works.ts";

const USUAL_CONFIG = "/etc/gatepost/gate.yaml";

export async function devicesWork(
  house: House,
  options: DevicesOptions,
  tell: (progress: Words) => void,
): Promise<DevicesResult> {
  const loaded = configOf(house, options);
  const profiles = loadProfiles(loaded?.profilesDirs ?? [house.profiles]).all;
  const running = loaded !== undefined && isRunning(loaded);
  const ports = options.links.length > 0 ? [] : await listPorts();
  for (const link of options.links) if (running) refuseHeld(loaded, link);
  const [only] = options.links;
  if (options.comset !== undefined && only !== undefined)
    return { ports: [], lines: [], brokers: [], comset: await setCommunication(only, options.comset) };
  const lines: LineHeard[] = [];
  const brokers: BrokerHeard[] = [];
  for (const link of options.links) {
    if (link.startsWith("/")) lines.push(...(await listenToLine(link, profiles, options, tell)));
    else brokers.push(await listenToBroker(link, loaded, profiles, options, tell));
  }
  return {
    ports: ports.map((port) => ({ ...port, devices: loaded === undefined ? [] : devicesOn(loaded, port.path) })),
    lines,
    brokers,
  };
}

/** The one that was named; else the usual one, where there is one. */
function configOf(house: House, { configPath, links }: DevicesOptions): Loaded | undefined {
  if (configPath === undefined && !existsSync(USUAL_CONFIG)) return undefined;
  const secrets = links.includes("broker");
  return loadOrSay(house, configPath ?? USUAL_CONFIG, process.env, secrets);
}

const devicesOn = ({ config }: Loaded, path: string): readonly string[] =>
  config.devices.flatMap(({ id, serial }) =>
    serial?.path !== undefined && realOf(serial.path) === realOf(path) ? [id] : [],
  );

function isRunning({ dataDir }: Loaded): boolean {
  const lock = join(dataDir, "gate.lock");
  if (!existsSync(lock)) return false;
  try {
    holdAlone(lock)();
    return false;
  } catch (cause) {
    if (cause instanceof GateError && cause.code === "DATABASE_BUSY") return true;
    throw cause;
  }
}

/** A second listener would take every other byte away from the gate. @throws GateError SERIAL_BUSY, PORT_BUSY */
function refuseHeld(loaded: Loaded, link: string): void {
  const stop = "stop it first: sudo systemctl stop gatepost 请先停下门岗再试";
  if (link === "broker" && loaded.config.mqtt?.embedded !== undefined)
    throw new GateError(
      "PORT_BUSY",
      `the gate that is running has the broker of ${loaded.file}; its page shows the devices, or ${stop}`,
    );
  const devices = link.startsWith("/") ? devicesOn(loaded, link) : [];
  if (devices.length > 0)
    throw new GateError(
      "SERIAL_BUSY",
      `${link} belongs to the gate that is running with ${loaded.file} (${devices.join(", ")}); ${stop}`,
    );
}
