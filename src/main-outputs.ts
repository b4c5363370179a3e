/** What is moved and what is felt: each lane's commands and contacts, joined to the GPIO line, board or device that has them. */
import type { OutputTarget, Wiring } from "./config/wiring-terms.ts";
import type { Command, ContactLevel, InputRole, LaneId } from "./core/terms.ts";
import type { Devices } from "./shell/devices.ts";
import type { Loop } from "./shell/loop.ts";
import type { Outcome, Output } from "./shell/perform.ts";
import type { Gpio, GpioOutput } from "./shell/ports.ts";

/** Opened after the loop that moves it. */
export type Late = { readonly devices?: Devices; readonly gpioLines?: ReadonlyMap<number, GpioOutput> };

/** Each lane's commands → the contact, board or device that carries them out. */
export function outputs(wires: Wiring, late: Late): ReadonlyMap<LaneId, Partial<Record<Command, Output>>> {
  function output(target: OutputTarget): Output {
    switch (target.via) {
      case "board":
        return { send: () => commanded(late, target.device, "pulse", { channel: target.channel, ms: target.pulseMs }) };
      case "command":
        return { send: () => commanded(late, target.device, target.command, {}) };
      case "gpio":
        return {
          async send() {
            const line = late.gpioLines?.get(target.offset);
            if (line === undefined) return "failed";
            await line.pulse(target.pulseMs);
            return "done";
          },
        };
    }
  }
  return new Map(
    [...wires.lanes].map(([lane, wired]) => {
      const made: Partial<Record<Command, Output>> = {};
      for (const command of ["open", "close", "stop"] as const) {
        const target = wired.outputs[command];
        if (target !== undefined) made[command] = output(target);
      }
      return [lane, made];
    }),
  );
}

function commanded(late: Late, device: string, name: string, args: Readonly<Record<string, number>>): Promise<Outcome> {
  return late.devices?.command(device, name, args) ?? Promise.resolve("failed");
}

export const usesGpio = (wires: Wiring): boolean =>
  wires.gpioInputs.length > 0 ||
  [...wires.lanes.values()].some((lane) => Object.values(lane.outputs).some((target) => target?.via === "gpio"));

/**
 * Every GPIO output is ours and inactive before the first event is heard: a relay must not follow a pin that floats, or
 * that somebody else drives, until the first car comes. @throws GateError GPIO_… when a line can't be had
 */
export function claimGpioOutputs(wires: Wiring, gpio: Gpio): ReadonlyMap<number, GpioOutput> {
  const claimed = new Map<number, GpioOutput>();
  for (const wired of wires.lanes.values())
    for (const target of Object.values(wired.outputs))
      if (target?.via === "gpio" && !claimed.has(target.offset))
        claimed.set(target.offset, gpio.output({ offset: target.offset, activeLow: target.activeLow }));
  return claimed;
}

export function joinGpioInputs(wires: Wiring, gpio: Gpio, loop: Pick<Loop, "sense">): void {
  for (const wire of wires.gpioInputs) {
    const { source } = wire;
    if (source.via !== "gpio") continue;
    gpio.input(
      { offset: source.offset, activeLow: wire.activeLow, bias: source.bias, debounceMs: wire.debounceMs },
      (level) => loop.sense(wire.lane, wire.role, level),
    );
  }
}

/** A board's channels → the lanes' contacts. Only changes are told: a poll every 100 ms repeats what is known. */
export function boardInputs(wires: Wiring, loop: Pick<Loop, "sense">) {
  const told = new Map<string, ContactLevel>();
  return (device: string, levels: readonly { readonly channel: number; readonly level: ContactLevel }[]) => {
    for (const wire of wires.boardInputs.get(device) ?? []) {
      const { source } = wire;
      if (source.via !== "board") continue;
      const read = levels.find((one) => one.channel === source.channel)?.level;
      if (read === undefined) continue;
      const level = wire.activeLow ? turned(read) : read;
      const key = `${wire.lane} ${wire.role}`;
      if (told.get(key) === level) continue;
      told.set(key, level);
      loop.sense(wire.lane, wire.role satisfies InputRole, level);
    }
  };
}

function turned(level: ContactLevel): ContactLevel {
  if (level === "unknown") return "unknown";
  return level === "on" ? "off" : "on";
}
