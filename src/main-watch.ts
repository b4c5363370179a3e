/** What is told of the gate: its health, its numbers, its log. */
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import type { SiteEffect } from "./core/site.ts";
import type { Health } from "./shell/desk.ts";
import type { Devices } from "./shell/devices.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Journal, MqttLink } from "./shell/ports.ts";

/** Alive while we answer; ready when we can decide and every lane that is moved has somebody to move it. */
export function healthOf(parts: {
  readonly loop: Loop;
  readonly mqtt: MqttLink | undefined;
  readonly devices: Devices | undefined;
}): Health {
  const why: string[] = [];
  if (!parts.loop.canary()) why.push("a canary decision failed");
  const broker = parts.mqtt?.state();
  if (broker !== undefined && broker.is !== "up") why.push(`MQTT: ${broker.why ?? broker.is}`);
  for (const state of parts.devices?.states() ?? []) {
    if (state.link.is === "down") why.push(`${state.id}: ${state.link.why ?? "link down"}`);
  }
  return { alive: true, ready: why.length === 0, why };
}

export function watch(
  told: {
    readonly event: string;
    readonly at: number;
    readonly effects: readonly SiteEffect[];
    readonly seq: number | undefined;
  },
  parts: { readonly log: Log; readonly metrics: Metrics; readonly journal: Journal; readonly clock: Clock },
): void {
  const { log, metrics, journal, clock } = parts;
  let moved = false;
  for (const effect of told.effects) {
    if (effect.do === "decided") {
      const reason = effect.decision.is === "granted" ? "granted" : effect.decision.reason;
      metrics.decided(reason, (clock.at() - effect.asked.now.at) / 1000);
    }
    if (effect.do === "move") moved = true;
    if (effect.do === "passed") metrics.passed(effect.lane, effect.direction);
    if (effect.do === "raise") metrics.alarmed(effect.alarm);
  }
  if (moved && told.seq !== undefined) {
    const at = clock.at();
    journal.whenDurable(told.seq, () => metrics.durableAfter((clock.at() - at) / 1000));
  }
  if (log.isLevelEnabled("info") && told.effects.length > 0) {
    log.info({ event: told.event, seq: told.seq, effects: told.effects.map((effect) => effectLine(effect)) }, "step");
  }
}

function effectLine(effect: SiteEffect): string {
  switch (effect.do) {
    case "decided":
      return `decided ${effect.decision.is === "denied" ? effect.decision.reason : effect.decision.is} at ${effect.asked.reader}`;
    case "merged":
      return `merged at ${effect.asked.reader}`;
    case "place":
      return `placed ${effect.area ?? "outside"}`;
    case "move":
      return `move ${effect.lane} ${effect.command}`;
    case "raise":
    case "calm":
      return `${effect.do} ${effect.lane} ${effect.alarm}`;
    case "passed":
      return `passed ${effect.lane} ${effect.direction}`;
    case "lapsed":
      return `lapsed ${effect.lane}`;
    case "mode":
      return `mode ${effect.lane} ${effect.mode}`;
    case "refuse":
      return `refuse ${effect.lane} ${effect.why}`;
  }
}
