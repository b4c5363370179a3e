/**
 * The devices on the wall: joins each one's link with its profile. What comes in is read, given to the loop, and
 * acknowledged once its row is durable; what must go out is made by the profile's commands.
 */
import type { DeviceId, Presented, Stranger } from "../core/terms.ts";
import type { Args } from "../decode/encode.ts";
import type { Answered } from "./conversation.ts";
import type { Outcome } from "./perform.ts";
import type { HttpCaller, HttpLink, MqttLink, SerialLine } from "./ports.ts";
import { type DeviceState, type Kept, openWall, type WallDeps } from "./wall.ts";
import { joinHttp } from "./wall-http.ts";
import { joinMqtt } from "./wall-mqtt.ts";
import { joinLine } from "./wall-serial.ts";

export interface DevicesDeps extends WallDeps {
  readonly mqtt: MqttLink | undefined;
  readonly lines: ReadonlyMap<string, SerialLine>;
  readonly http?: HttpLink | undefined;
  /** Where we call devices, by their id. */
  readonly callers?: ReadonlyMap<DeviceId, HttpCaller>;
  /** Whether this event of a device's stands in a row already; absent = nobody asks for old records. */
  readonly knows?: (device: DeviceId, report: Presented | Stranger) => boolean;
}

export interface Devices {
  /** @throws GateError COMMAND_UNKNOWN, INPUT_INVALID */
  command(device: DeviceId, name: string, args: Args): Promise<Outcome>;
  /** The same for what takes its time and moves nothing; an opening never waits for it. With the reply. */
  converse(device: DeviceId, name: string, args: Args): Promise<Answered>;
  states(): readonly DeviceState[];
  close(): void;
}

export function openDevices(deps: DevicesDeps): Devices {
  const wall = openWall(deps);
  const { devices, clock } = deps;
  const speaking = devices.filter((one) => one.http === true);
  const http = speaking.length === 0 ? undefined : joinHttp(wall, speaking, deps);
  if (deps.mqtt !== undefined)
    joinMqtt(
      wall,
      deps.mqtt,
      devices.filter((one) => one.line === undefined && one.http !== true),
      deps,
    );
  for (const [key, line] of deps.lines) {
    const members = devices.filter((one) => one.line === key);
    joinLine(wall, line, members, clock);
  }

  const movesNothing = (one: Kept, name: string) => one.device.reader.profile.commands?.[name]?.moves === "none";

  return {
    async command(device, name, args) {
      const one = wall.kept.get(device);
      if (one === undefined) return "failed";
      return one.talk.ask(one.device.encode(name, args, wall.context(one.device)));
    },
    async converse(device, name, args) {
      const one = wall.kept.get(device);
      const command = one?.device.encode(name, args, wall.context(one.device));
      if (one === undefined || command === undefined || !movesNothing(one, name)) return { outcome: "failed" };
      // Whoever asks decides whether it is worth saying again.
      return (one.aside ?? one.talk).converse({ ...command, retries: 0 });
    },
    states: wall.states,
    close() {
      http?.close();
      wall.close();
    },
  };
}
