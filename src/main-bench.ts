/** The technician's bench put together: where each contact and output hangs, and who hears what. */
import type { Profiles } from "./adapters/profiles.ts";
import type { Loaded } from "./config/load.ts";
import type { InputSource, OutputTarget, Wiring } from "./config/wiring-terms.ts";
import type { SitePlan } from "./core/terms.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Journal } from "./shell/ports.ts";
import type { DayRow } from "./shell/today.ts";
import type { DeviceState, WallDevice } from "./shell/wall.ts";
import { openWorkbench, type Workbench } from "./shell/workbench.ts";

export interface BenchParts {
  readonly loaded: Loaded;
  readonly wires: Wiring;
  readonly profiles: Profiles;
  readonly plan: SitePlan;
  readonly loop: Pick<Loop, "state">;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly dayRows: readonly DayRow[];
  readonly dateOf: (wallMs: number) => string;
  readonly wall: readonly WallDevice[];
  readonly states: () => readonly DeviceState[];
}

export function openBenchAt(parts: BenchParts): Workbench {
  const { loaded, wires, profiles } = parts;
  const lanes = [...wires.lanes.values()];
  return openWorkbench({
    ...parts,
    inputs: lanes.flatMap(({ inputs }) =>
      inputs.map(({ lane, role, source, activeLow, debounceMs }) => ({
        lane,
        role,
        where: sourceText(source),
        activeLow,
        debounceMs,
      })),
    ),
    outputs: lanes.flatMap(({ lane, outputs }) =>
      (["open", "close", "stop"] as const).flatMap((command) => {
        const target = outputs[command];
        if (target === undefined) return [];
        return [
          { lane, command, where: targetText(target), ...("pulseMs" in target ? { pulseMs: target.pulseMs } : {}) },
        ];
      }),
    ),
    names: new Map(
      loaded.config.devices.map(({ id, profile }) => {
        const title = profiles.any(profile)?.meta.title.zh ?? "";
        return [id, { name: `${id} ${title}`, profile, reads: wires.readers.has(id) }];
      }),
    ),
  });
}

const sourceText = (source: InputSource): string =>
  source.via === "gpio" ? `GPIO ${source.offset}` : `${source.device} DI${source.channel}`;

function targetText(target: OutputTarget): string {
  switch (target.via) {
    case "board":
      return `${target.device} DO${target.channel}`;
    case "gpio":
      return `GPIO ${target.offset}`;
    case "command":
      return `${target.device} ${target.command}`;
  }
}
