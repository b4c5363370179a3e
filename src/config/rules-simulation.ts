/** Simulated parts belong into a simulation: a gate that only pretends to watch its arm must not go into service. */
import type { Finding } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { GateConfig } from "./schema.ts";

/** Every simulated part of a configuration that isn't marked `simulation: true`. */
export function simulationFindings(config: GateConfig): readonly Finding[] {
  if (config.simulation) return [];
  const message = words("正式配置里不能用模拟设备", "A real configuration has no simulated part");
  const hint = words(
    "换成真实设备；只有演示才写 simulation: true",
    "Name the real device; simulation: true is for demonstrations only",
  );
  const serial = config.devices.flatMap((device, index) =>
    device.serial?.simulated === undefined
      ? []
      : [error("SIMULATION_REFUSED", ["devices", index, "serial", "simulated"], message, hint, "key")],
  );
  if (config.gpio.backend !== "simulated") return serial;
  return [...serial, error("SIMULATION_REFUSED", ["gpio", "backend"], message, hint)];
}
