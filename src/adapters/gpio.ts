import { GateError } from "../core/fault.ts";
import type { Gpio } from "../shell/ports.ts";
export function openGpio(_settings: {
  readonly backend: string;
  readonly chip?: string;
  readonly simulationAllowed: boolean;
  readonly now: () => number;
  readonly onFault: (fault: GateError) => void;
}): Gpio {
  throw new GateError("GPIO_UNAVAILABLE", "not built in yet");
}
