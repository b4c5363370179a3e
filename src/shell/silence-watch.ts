/** The site's other entrances, when they fall silent: the guard is told once, and again that it is over. */
import type { Millis } from "../core/terms.ts";
import type { Conditions } from "./conditions.ts";
import type { Clock } from "./ports.ts";
import type { Sharing } from "./sharing.ts";

export interface SilenceWatchDeps {
  readonly sharing: Pick<Sharing, "view">;
  readonly silentAfterMs: Millis;
  readonly clock: Clock;
  readonly conditions: Conditions;
  /** Silence is seen by looking: nothing else would tell the page. */
  readonly changed: () => void;
}

/** `look` is to be called every few seconds. An entrance not heard since the start gets as long as any other. */
export function openSilenceWatch(deps: SilenceWatchDeps): { look(): void } {
  const { sharing, silentAfterMs, clock, conditions } = deps;
  const begunAt = clock.at();
  let told: string | undefined;
  return {
    look() {
      const at = clock.at();
      const silent = sharing.view().filter(({ up, heard }) => !up && at - (heard ?? begunAt) >= silentAfterMs);
      const detail = silent.length === 0 ? undefined : silent.map(({ gate }) => gate).join(", ");
      if (detail === told) return;
      told = detail;
      conditions.stands("entrance-silent", detail);
      deps.changed();
    },
  };
}
