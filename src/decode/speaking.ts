/** Which topics we speak to a device on: what the embedded broker lets it subscribe. */
import type { DeviceProfile } from "./profile.ts";
import type { ReadContext } from "./terms.ts";

/**
 * Topic filters of all answers and commands of a profile. A level made from one of the device's parameters is filled
 * in; any other slot becomes `+`. Where one of its own parameters stands in the topic, all below it is its own too,
 * since devices subscribe to a whole branch (`device/{sn}/message/down/#`).
 */
export function speaking(profile: DeviceProfile, params: ReadContext["params"]): readonly string[] {
  const outs = [
    ...profile.messages.flatMap((kind) => (kind.answers ?? []).map((answer) => answer.out)),
    ...Object.values(profile.commands ?? {}).map((command) => command.out),
  ];
  const filters = new Set<string>();
  for (const out of outs) {
    if (!("topic" in out)) continue;
    let own = 0;
    let levels: readonly string[] = [];
    for (const level of out.topic.split("/")) {
      const filled = levelsOf(level, params);
      levels = [...levels, ...(filled ?? [level.includes("{") ? "+" : level])];
      if (filled !== undefined && isItsOwn(filled, params)) own = levels.length;
    }
    filters.add(levels.join("/"));
    if (own > 0) filters.add([...levels.slice(0, own), "#"].join("/"));
  }
  return [...filters];
}

/** The levels that a parameter fills in; one that could widen the filter is no name of a device. */
function levelsOf(level: string, params: ReadContext["params"]): readonly string[] | undefined {
  const param = /^\{param\.([A-Za-z0-9]+)\}$/.exec(level)?.[1];
  const value = param === undefined || !Object.hasOwn(params, param) ? "" : String(params[param]);
  return /^[^+#/]+(?:\/[^+#/]+)*$/.test(value) ? value.split("/") : undefined;
}

/** One name is the device's; a path of several (`device/{sn}/message/down`) only where such a name stands in it. */
function isItsOwn(filled: readonly string[], params: ReadContext["params"]): boolean {
  return filled.length === 1 || filled.some((level) => Object.values(params).some((value) => String(value) === level));
}
