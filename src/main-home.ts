/** Home Assistant is told how the gate stands. It is on nobody's way: looked at once a second, whatever happened in it. */
import type { Log } from "./adapters/log.ts";
import { openStandingFacts } from "./adapters/mqtt-standing.ts";
import type { Loaded } from "./config/load.ts";
import { brokerOf } from "./main-links.ts";
import type { Desk } from "./shell/desk.ts";
import type { Devices } from "./shell/devices.ts";
import { homeDiscovery, homePresenceTopic, homeState, homeStateTopic } from "./shell/home.ts";
import type { Clock } from "./shell/ports.ts";

export interface HomeParts {
  readonly loaded: Loaded;
  readonly desk: Pick<Desk, "view" | "onChange" | "health">;
  readonly devices: Pick<Devices, "states">;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

const LOOK_MS = 1_000;
/** What no change tells of (a new day, what waits for the platform) is seen by so many looks. */
const LOOKS = 15;

/** Undefined where the configuration doesn't ask for it. */
export function openHomeAt(parts: HomeParts): { close(): Promise<void> } | undefined {
  const { loaded, desk, devices, clock, log, version } = parts;
  const settings = loaded.config.homeAssistant;
  if (settings === undefined) return undefined;
  const first = desk.view();
  const facts = openStandingFacts(brokerOf(loaded, "homeAssistant"), homePresenceTopic(first), {
    now: () => clock.at(),
    random: Math.random,
  });
  facts.onState(({ is, why }) => log.info({ home: is, why }, "the line to Home Assistant's broker"));
  for (const { topic, payload } of homeDiscovery(first, { prefix: settings.prefix, version }))
    facts.tell(topic, payload);
  let changed = true;
  let looks = 0;
  desk.onChange(() => {
    changed = true;
  });

  function look(): void {
    looks++;
    if (!changed && looks < LOOKS) return;
    changed = false;
    looks = 0;
    const states = devices.states().map(({ id, link, offline }) => ({ id, up: link.is === "up" && !offline }));
    facts.tell(homeStateTopic(first), homeState({ view: desk.view(), devices: states, ready: desk.health().ready }));
  }
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    async close() {
      clearInterval(timer);
      await facts.close();
    },
  };
}
