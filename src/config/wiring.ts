/** gate.yaml → which contact, relay and line hangs where. */
import type { Command, InputRole } from "../core/terms.ts";
import { grouped } from "./grouped.ts";
import { barrierDefaults, wiredRoles } from "./plan.ts";
import type { InputDefaults, ProfileDefaults, ProfileDefaultsOf } from "./profiles.ts";
import type { DeviceConfig, GateConfig, InputConfig, LaneConfig, OutputConfig } from "./schema.ts";
import type { InputSource, InputWire, LaneWiring, OutputTarget, SerialBus, Wiring } from "./wiring-terms.ts";

const COMMANDS = ["open", "close", "stop"] as const satisfies readonly Command[];
/** A pulse that operators take for one command and don't store as two (0.2..1 s in the manuals). */
const USUAL_PULSE_MS = 500;
/** Loop and limit contacts bounce for up to this long. */
const USUAL_DEBOUNCE_MS = 50;

/** Which output and which contact hangs where. Never fails: references were checked by the loader. */
export function wiring(config: GateConfig, profileDefaults: ProfileDefaultsOf): Wiring {
  const lanes = config.lanes.map((lane) => laneWiring(lane, barrierDefaults(lane, profileDefaults)));
  const wires = lanes.flatMap((lane) => lane.inputs);
  const points = config.lanes.flatMap((lane) => lane.accessPoints);
  return {
    lanes: new Map(lanes.map((lane) => [lane.lane, lane])),
    boardInputs: grouped(wires, (wire) => (wire.source.via === "board" ? wire.source.device : undefined)),
    gpioInputs: wires.filter((wire) => wire.source.via === "gpio"),
    readers: new Map(
      config.devices.flatMap(({ id }) => {
        const at = points.filter((point) => point.readers.includes(id)).map((point) => point.id);
        return at.length === 0 ? [] : [[id, at] as const];
      }),
    ),
    serialBuses: serialBuses(config.devices),
    mqttDevices: config.devices.flatMap((device) =>
      device.mqtt === undefined ? [] : [{ device: device.id, username: device.mqtt.username ?? device.id }],
    ),
  };
}

function laneWiring(lane: LaneConfig, defaults: ProfileDefaults | undefined): LaneWiring {
  const outputs: Partial<Record<Command, OutputTarget>> = {};
  for (const command of COMMANDS) {
    const output = lane.outputs[command];
    if (output !== undefined) outputs[command] = outputTarget(output, defaults?.outputs?.[command]);
  }
  return { lane: lane.id, outputs, inputs: wiredRoles(lane).flatMap((role) => inputWire(lane, role, defaults)) };
}

type OutputDefaults = NonNullable<ProfileDefaults["outputs"]>["open"];

function outputTarget(output: OutputConfig, usual: OutputDefaults): OutputTarget {
  const pulseMs = output.pulseMs ?? usual?.pulseMs ?? USUAL_PULSE_MS;
  if (output.gpio !== undefined) {
    return { via: "gpio", offset: output.gpio, activeLow: output.activeLow ?? usual?.activeLow ?? false, pulseMs };
  }
  const device = output.device ?? "";
  if (output.command !== undefined) return { via: "command", device, command: output.command };
  return { via: "board", device, channel: output.channel ?? 0, pulseMs };
}

function inputWire(lane: LaneConfig, role: InputRole, defaults: ProfileDefaults | undefined): readonly InputWire[] {
  const input = lane.inputs[role];
  if (input === undefined) return [];
  const usual = defaults?.inputs?.[role];
  return [
    {
      lane: lane.id,
      role,
      source: inputSource(input, usual?.bias ?? "none"),
      activeLow: input.activeLow ?? usualSense(input, usual),
      debounceMs: input.debounceMs ?? usual?.debounceMs ?? USUAL_DEBOUNCE_MS,
    },
  ];
}

/** A made contact pulls a GPIO line low and switches a board's input on: the profile's sense turns round on a board. */
function usualSense(input: InputConfig, usual: InputDefaults | undefined): boolean {
  if (usual?.activeLow === undefined) return false;
  return input.gpio === undefined ? !usual.activeLow : usual.activeLow;
}

function inputSource(input: InputConfig, usualBias: "up" | "down" | "none"): InputSource {
  if (input.gpio !== undefined) return { via: "gpio", offset: input.gpio, bias: input.bias ?? usualBias };
  return { via: "board", device: input.device ?? "", channel: input.channel ?? 0 };
}

/** What names a device's serial line: devices with the same key share it. */
export function serialKey(device: DeviceConfig): string | undefined {
  if (device.serial === undefined) return undefined;
  return device.serial.path ?? `simulated:${device.serial.bus ?? device.id}`;
}

function serialBuses(devices: readonly DeviceConfig[]): readonly SerialBus[] {
  return [...grouped(devices, serialKey)].map(([key, sharing]) => {
    const settings = sharing.map((device) => device.serial);
    const path = settings.find((serial) => serial?.path !== undefined)?.path;
    const baud = settings.find((serial) => serial?.baud !== undefined)?.baud;
    const dataBits = settings.find((serial) => serial?.dataBits !== undefined)?.dataBits;
    const parity = settings.find((serial) => serial?.parity !== undefined)?.parity;
    const stopBits = settings.find((serial) => serial?.stopBits !== undefined)?.stopBits;
    return {
      key,
      simulated: path === undefined,
      devices: sharing.map((device) => device.id),
      overrides: {
        ...(baud === undefined ? {} : { baud }),
        ...(dataBits === undefined ? {} : { dataBits }),
        ...(parity === undefined ? {} : { parity }),
        ...(stopBits === undefined ? {} : { stopBits }),
      },
      ...(path === undefined ? {} : { path }),
    };
  });
}
