/** Puts a simulated street in front of a gate whose config is marked as a simulation: ptys first, devices after. */
import { openPty, type Pty } from "../adapters/pty.ts";
import type { Loaded } from "../config/load.ts";
import type { Wiring } from "../config/wiring-terms.ts";
import type { SitePlan } from "../core/terms.ts";
import { openStreet, type Street, type StreetLane } from "../simulator/street.ts";

/** One pty for each simulated serial line: gatepost opens its path, the street speaks at the other end. */
export function openWires(wires: Wiring): {
  readonly paths: ReadonlyMap<string, string>;
  readonly ptys: ReadonlyMap<string, Pty>;
} {
  const ptys = new Map(wires.serialBuses.filter((bus) => bus.simulated).map((bus) => [bus.key, openPty()]));
  return { ptys, paths: new Map([...ptys].map(([key, pty]) => [key, pty.path])) };
}

export interface Residents {
  readonly faces: readonly string[];
  readonly plates: readonly string[];
  readonly cards: readonly string[];
}

export interface StreetSettings {
  readonly loaded: Loaded;
  readonly wires: Wiring;
  readonly plan: SitePlan;
  readonly ptys: ReadonlyMap<string, Pty>;
  readonly mqttUrl: string;
  readonly residents: Residents;
  readonly seed: number;
  readonly everyMs: number;
  readonly utcOffsetMin: number;
}

export function startStreet(settings: StreetSettings): Street {
  const { loaded, wires, plan, ptys } = settings;
  const devices = loaded.config.devices;
  const wireOf = (device: string) => {
    const bus = wires.serialBuses.find((one) => one.devices.includes(device));
    return bus === undefined ? undefined : ptys.get(bus.key);
  };
  const onWire = (profile: string) =>
    devices.flatMap((device) => {
      const wire = wireOf(device.id);
      return device.profile === profile && wire !== undefined ? [{ device: device.id, wire }] : [];
    });
  const overMqtt = (profile: string) =>
    devices.flatMap((device) => {
      const password = loaded.secrets.devices.get(device.id);
      if (device.profile !== profile || password === undefined || device.mqtt === undefined) return [];
      const { deviceId } = device.params;
      return [
        { device: device.id, username: device.mqtt.username ?? device.id, password, deviceId: String(deviceId ?? "") },
      ];
    });
  return openStreet({
    seed: settings.seed,
    mqttUrl: settings.mqttUrl,
    utcOffsetMin: settings.utcOffsetMin,
    everyMs: settings.everyMs,
    ...settings.residents,
    lanes: plan.lanes.map((lane): StreetLane => {
      const wired = wires.lanes.get(lane.id);
      return {
        id: lane.id,
        kind: lane.kind,
        // A real arm needs a part of the longest travel that is granted it.
        travelMs: Math.round(lane.times.travelMs * 0.4),
        outputs: Object.entries(wired?.outputs ?? {}).flatMap(([command, target]) =>
          target.via === "board" && (command === "open" || command === "close" || command === "stop")
            ? [{ device: target.device, channel: target.channel, command }]
            : [],
        ),
        inputs: (wired?.inputs ?? []).flatMap(({ role, source, activeLow }) =>
          source.via === "board" ? [{ device: source.device, channel: source.channel, role, activeLow }] : [],
        ),
        readers: plan.accessPoints
          .filter((point) => point.lane === lane.id)
          .flatMap((point) => point.readers.map((device) => ({ device, direction: point.direction }))),
      };
    }),
    boards: onWire("waveshare-modbus-relay").map(({ device, wire }) => {
      const unit = devices.find((one) => one.id === device)?.params.unit;
      return { device, wire, unit: typeof unit === "number" ? unit : 1 };
    }),
    terminals: overMqtt("faceterm-mqtt"),
    cameras: overMqtt("vzenith-mqtt"),
    modules: onWire("sense-uart"),
    lineReaders: onWire("ascii-line-reader"),
  });
}
