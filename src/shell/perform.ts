/**
 * The one place that acts. Gives each lane's command to the output that is wired for it and tells the loop what became
 * of it. A command is never sent a second time: an uncertain opening is read back from the contacts, not repeated.
 */
import { GateError } from "../core/fault.ts";
import type { Command, LaneId } from "../core/terms.ts";

export type Outcome = "done" | "failed" | "uncertain";

/** One wired output: a relay's pulse, a GPIO line, a device's own command. */
export interface Output {
  /** Sends in this turn. Rejects only with a GateError, which counts as `failed`. */
  send(): Promise<Outcome>;
}

export interface Performer {
  move(lane: LaneId, command: Command): void;
}

export function openPerformer(
  outputs: ReadonlyMap<LaneId, Readonly<Partial<Record<Command, Output>>>>,
  tell: (lane: LaneId, command: Command, outcome: Outcome, why?: string) => void,
): Performer {
  return {
    move(lane, command) {
      const output = outputs.get(lane)?.[command];
      if (output === undefined) {
        tell(lane, command, "failed", "no output is wired for it");
        return;
      }
      send(output).then(
        (outcome) => tell(lane, command, outcome),
        (cause: unknown) => {
          // Anything but a fault of the world is our own bug and must not be swallowed here.
          if (!(cause instanceof GateError)) throw cause;
          tell(lane, command, cause.code === "COMMAND_UNCERTAIN" ? "uncertain" : "failed", cause.message);
        },
      );
    },
  };
}

/** An output that throws at once is one that rejects: the loop must not see it in the middle of its turn. */
async function send(output: Output): Promise<Outcome> {
  return output.send();
}
