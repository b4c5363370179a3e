/** What a lane asks of a board: a relay that it can pulse, an input that it tells of. */
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief, Range } from "./profiles.ts";
import type { GateConfig, OutputConfig } from "./schema.ts";

/** Outputs and inputs on devices that don't have them: each would be a gate that doesn't open, or never closes. */
export function boardFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const briefOf = (id: string | undefined): ProfileBrief | undefined => {
    const device = config.devices.find((one) => one.id === id);
    return profiles.find((profile) => profile.id === device?.profile);
  };
  return config.lanes.flatMap((lane, l) => [
    ...Object.entries(lane.outputs).flatMap(([name, output]) =>
      output?.channel === undefined ? [] : relayFindings(output, ["lanes", l, "outputs", name], briefOf(output.device)),
    ),
    ...Object.entries(lane.inputs).flatMap(([role, input]) => {
      if (input === undefined || briefOf(input.device)?.inputs !== false) return [];
      const message = words("这个设备没有输入", "This device tells no levels of inputs");
      const hint = words("接到输入板或 GPIO 上", "Wire it to a board with inputs, or to GPIO");
      return [error("INPUT_UNKNOWN", ["lanes", l, "inputs", role, "device"], message, hint)];
    }),
  ]);
}

function relayFindings(output: OutputConfig, path: Path, brief: ProfileBrief | undefined): readonly Finding[] {
  if (brief?.commands === undefined) return [];
  if (!Object.hasOwn(brief.commands, "pulse")) {
    const message = words("这个设备不会自己计时的脉冲", "This device has no pulse that it times itself");
    const hint = words(
      "换成会自己断开的继电器板；否则程序一停，触点就一直吸合",
      "Take a board that switches off by itself: with another one the contact stays closed when we die",
    );
    return [error("COMMAND_UNKNOWN", [...path, "channel"], message, hint)];
  }
  const { pulse } = brief;
  if (pulse === undefined) return [];
  return [
    ...outside(output.channel, pulse.channel, [...path, "channel"]),
    ...outside(output.pulseMs, pulse.ms, [...path, "pulseMs"]),
  ];
}

function outside(value: number | undefined, [least, most]: Range, path: Path): readonly Finding[] {
  if (value === undefined || (value >= least && value <= most)) return [];
  const range = words(`应为 ${least} 到 ${most}`, `From ${least} to ${most}`);
  return [error("OUT_OF_RANGE", path, words("这块板做不到", "This board can't do that"), range)];
}
