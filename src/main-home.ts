/** Home Assistant is told how the gate stands. It is on nobody's way: looked at once a second, whatever happened in it. */
import { join } from "node:path";
import { ANNOUNCED_FILE, announcedBefore, keepAnnounced } from "./adapters/home-announced.ts";
import type { Log } from "./adapters/log.ts";
import { openStandingFacts } from "./adapters/mqtt-standing.ts";
import type { Loaded } from "./config/load.ts";
import { GateError } from "./core/fault.ts";
import { brokerOf } from "./main-links.ts";
import type { Desk } from "./shell/desk.ts";
import type { Devices } from "./shell/devices.ts";
import {
  type HomeView,
  homeDiscovery,
  homeGone,
  homePresenceTopic,
  homeState,
  homeStateTopic,
  type Told,
} from "./shell/home.ts";
import type { Clock } from "./shell/ports.ts";

export interface HomeParts {
  readonly loaded: Loaded;
  readonly desk: Pick<Desk, "onChange" | "health"> & { view(): HomeView };
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
  const announced = homeDiscovery(first, { prefix: settings.prefix, version });
  for (const topic of homeGone(remember(announced), announced, first)) facts.tell(topic, "");
  for (const { topic, payload } of announced) facts.tell(topic, payload);
  let changed = true;
  let looks = 0;
  desk.onChange(() => {
    changed = true;
  });

  /** What was told before this start; a disk that fails costs a withdrawal at Home Assistant, and nothing here. */
  function remember(now: readonly Told[]): readonly string[] {
    const file = join(loaded.dataDir, ANNOUNCED_FILE);
    let before: readonly string[] = [];
    try {
      before = announcedBefore(file);
      keepAnnounced(
        file,
        now.map(({ topic }) => topic),
        before,
      );
    } catch (fault) {
      if (!(fault instanceof GateError)) throw fault;
      log.warn({ code: fault.code, message: fault.message }, "what Home Assistant is told isn't remembered");
    }
    return before;
  }

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
