/** Rules about what a contact's level means, after the barrier's profile has filled in what gate.yaml leaves open. */
import { grouped } from "./grouped.ts";
import { guardsOf } from "./plan.ts";
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import type { ProfileDefaultsOf } from "./profiles.ts";
import type { GateConfig } from "./schema.ts";
import { wiring } from "./wiring.ts";
import type { InputWire } from "./wiring-terms.ts";

/** One contact read in two senses, and guards whose cut cable would look clear. */
export function senseFindings(config: GateConfig, profileDefaults: ProfileDefaultsOf): readonly Finding[] {
  const wires = [...wiring(config, profileDefaults).lanes.values()].flatMap((lane) => lane.inputs);
  const pathOf = (wire: InputWire): Path => [
    "lanes",
    config.lanes.findIndex((lane) => lane.id === wire.lane),
    "inputs",
    wire.role,
  ];
  return [
    ...[...grouped(wires, contactKey).values()].flatMap((same) => {
      const [first] = same;
      return same
        .filter((wire) => wire.activeLow !== first?.activeLow)
        .map((wire) => {
          const message = words("同一触点在两个通道里含义相反", "One contact means the opposite in two lanes");
          const hint = words("在每个通道里写明相同的 activeLow", "Write the same activeLow in each lane");
          return error("SENSE_CONFLICT", pathOf(wire), message, hint, "key");
        });
    }),
    ...config.lanes.flatMap((lane) => {
      if (lane.outputs.close === undefined) return [];
      const guards = guardsOf(lane);
      return wires
        .filter((wire) => wire.lane === lane.id && guards.includes(wire.role) && !cutReadsOccupied(wire))
        .map((wire) => {
          const message = words(`${wire.role} 断线时会被当成无遮挡`, `A cut cable of ${wire.role} would look clear`);
          const hint = words(
            "接常闭触点：输入板写 activeLow: true，GPIO 写 bias: up 并去掉 activeLow",
            "Wire its normally-closed contact: activeLow: true on a board; bias: up and activeLow: false on GPIO",
          );
          return warning("GUARD_CUT_CABLE", pathOf(wire), message, hint);
        });
    }),
  ];
}

function contactKey({ source }: InputWire): string {
  return source.via === "gpio" ? `gpio ${source.offset}` : `${source.device} ${source.channel}`;
}

/** Whether an open circuit is `on`: a board's input goes off, a GPIO line goes where its bias pulls it. */
function cutReadsOccupied({ source, activeLow }: InputWire): boolean {
  if (source.via === "board") return activeLow;
  if (source.bias === "none") return false;
  return source.bias === "up" ? !activeLow : activeLow;
}
