/** What hangs where, with every default resolved: the technician's half of the plan (the rules' half is `SitePlan`). */
import type { AccessPointId, Command, DeviceId, InputRole, LaneId } from "../core/terms.ts";

export interface SerialSettings {
  readonly path: string;
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

export type OutputTarget =
  | { readonly via: "board"; readonly device: DeviceId; readonly channel: number; readonly pulseMs: number }
  | { readonly via: "gpio"; readonly offset: number; readonly activeLow: boolean; readonly pulseMs: number }
  /** A device's own command opens; its length is the device's. */
  | { readonly via: "command"; readonly device: DeviceId; readonly command: string };

export type InputSource =
  | { readonly via: "board"; readonly device: DeviceId; readonly channel: number }
  | { readonly via: "gpio"; readonly offset: number; readonly bias: "up" | "down" | "none" };

/** One contact: where it is read, and what it means to one lane. */
export interface InputWire {
  readonly lane: LaneId;
  readonly role: InputRole;
  readonly source: InputSource;
  readonly activeLow: boolean;
  /** ms, 0..1000. */
  readonly debounceMs: number;
}

export interface LaneWiring {
  readonly lane: LaneId;
  readonly outputs: Partial<Readonly<Record<Command, OutputTarget>>>;
  readonly inputs: readonly InputWire[];
}

/** One serial line with every device on it. */
export interface SerialBus {
  /** The path, or `simulated:NAME`. */
  readonly key: string;
  readonly simulated: boolean;
  /** Absent for a simulated line. */
  readonly path?: string;
  readonly devices: readonly DeviceId[];
  /** What gate.yaml sets; the rest is the device profile's. */
  readonly overrides: Partial<Omit<SerialSettings, "path">>;
}

export interface MqttDevice {
  readonly device: DeviceId;
  /** User name at the embedded broker. */
  readonly username: string;
}

export interface Wiring {
  readonly lanes: ReadonlyMap<LaneId, LaneWiring>;
  /** Contacts of one input board, by device. */
  readonly boardInputs: ReadonlyMap<DeviceId, readonly InputWire[]>;
  readonly gpioInputs: readonly InputWire[];
  /** Access points a device reads at: two when one terminal serves both directions of a lane. */
  readonly readers: ReadonlyMap<DeviceId, readonly AccessPointId[]>;
  readonly serialBuses: readonly SerialBus[];
  readonly mqttDevices: readonly MqttDevice[];
}
