/** Boots, restarts, SIGKILLs and power cuts, with the terminal sending and with a silent street. */
import { until } from "../whole/place.ts";
import type { Guest } from "./guest.ts";
import { risings } from "./pins.ts";
import { ACTIVE, CHIP, restarts, terminalOf } from "./session.ts";
import { OUTPUTS } from "./site.ts";

export type Blow = "boot" | "restart" | "kill" | "cut";
export const BLOWS: readonly Blow[] = ["restart", "kill", "boot", "cut"];

export interface Outcome {
  readonly blow: Blow;
  readonly times: number;
  readonly loaded: boolean;
  /** Seconds from the blow to ready (silent) or to the next acknowledged record (loaded), each time. */
  readonly again: readonly number[];
  /** Rising edges of outputs while nobody asked for any; counted with a silent street only. */
  readonly unordered: number;
}

const READY_S = 900;

export interface Campaign {
  run(blow: Blow, times: number, loaded: boolean): Promise<Outcome>;
  readonly acknowledged: ReadonlySet<string>;
}

export function openCampaign(guest: Guest, mqttPort: number): Campaign {
  const acknowledged = new Set<string>();
  const count = () => risings(guest.pins(), OUTPUTS);

  async function strike(blow: Blow): Promise<void> {
    if (blow === "restart") await guest.must("systemctl restart gatepost", READY_S);
    // Gate and keeper of the outputs at once.
    else if (blow === "kill") {
      const before = await restarts(guest);
      await guest.must("systemctl kill -s KILL gatepost");
      // For a moment systemd still takes it for alive.
      await until(async () => (await restarts(guest)) > before, READY_S * 1_000, guest.console);
    } else {
      if (blow === "boot") await guest.off();
      else await guest.cut();
      await guest.powerOn();
    }
    await guest.must(ACTIVE, READY_S);
  }

  async function atRest(): Promise<void> {
    const levels = await guest.must(`${CHIP} && cat ${OUTPUTS.map((line) => `sim_gpio${line}/value`).join(" ")}`);
    if (
      levels
        .trim()
        .split("\n")
        .some((level) => level !== "0")
    )
      throw new Error(`an output is active: ${levels}`);
  }

  async function silent(blow: Blow, times: number): Promise<Outcome> {
    // What the terminal sent last is decided, and its pulse has ended.
    await guest.must("sleep 5");
    const before = count();
    const again: number[] = [];
    for (let n = 0; n < times; n++) {
      const began = performance.now();
      await strike(blow);
      again.push((performance.now() - began) / 1_000);
      await atRest();
    }
    return { blow, times, loaded: false, again, unordered: count() - before };
  }

  async function loaded(blow: Blow, times: number): Promise<Outcome> {
    const again: number[] = [];
    const terminal = terminalOf(mqttPort);
    const grows = async () => {
      const had = terminal.acknowledged.size;
      await until(() => terminal.acknowledged.size > had, READY_S * 1_000, guest.console);
    };
    await grows();
    for (let n = 0; n < times; n++) {
      const began = performance.now();
      await strike(blow);
      await grows();
      again.push((performance.now() - began) / 1_000);
    }
    await terminal.stop();
    for (const id of terminal.acknowledged) acknowledged.add(id);
    return { blow, times, loaded: true, again, unordered: 0 };
  }

  return {
    acknowledged,
    run: (blow, times, withTerminal) => (withTerminal ? loaded(blow, times) : silent(blow, times)),
  };
}
