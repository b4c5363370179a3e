/** A configuration as a list of single settings, each with its path, its meaning and what may be shown of it. */
import { barrierDefaults, guardsOf, laneTimes } from "./plan.ts";
import { type Path, type Words, words } from "./problem.ts";
import type { ProfileDefaultsOf } from "./profiles.ts";
import type { GateConfig, LaneConfig } from "./schema.ts";
import { veiledValue } from "./veiled.ts";
import { wiring } from "./wiring.ts";
import type { InputWire, OutputTarget } from "./wiring-terms.ts";

/** `wires`: relays, pins, lines, addresses, travel times; `people`: who may pass where and when. */
export const PARTS = ["wires", "people", "rest"] as const;
export type Part = (typeof PARTS)[number];

/** A checked configuration, and what its barriers' profiles give. */
export interface Meant {
  readonly config: GateConfig;
  readonly defaults: ProfileDefaultsOf;
}

export interface Setting {
  readonly part: Part;
  /** Where it stands; of a list's item any. */
  readonly at: Path;
  /** Compared, never shown. */
  readonly value: string;
  readonly shown: Words;
  /** Paths of the list items that it stands in. */
  readonly under: readonly string[];
}

/** Lists whose order means nothing: each member is a setting of its own. */
const SETS = new Set(["accessPoints", "days", "guards", "holidays", "hosts", "may", "readers"]);
const WIRED = new Set(["devices", "gpio", "http", "mqtt"]);
const WIRED_LANE = new Set(["barrier", "guards", "inputs", "interlock", "kind", "outputs", "times"]);
const OF_PEOPLE = new Set(["accessLevels", "areas", "enrolment", "retention", "timeProfiles"]);

/** One step of a path: a key, or a list's item by its name. */
type Step = string | { readonly item: string };

interface Found {
  readonly steps: readonly Step[];
  readonly value: string;
  readonly shown: Words;
}

/** By path, in the order of the file. */
export function settingsOf(meant: Meant): ReadonlyMap<string, Setting> {
  return new Map(
    [...leaves(effective(meant), [])].map(({ steps, value, shown }) => {
      const path = pathOf(steps);
      const items = steps.flatMap((step, n) => (typeof step === "string" ? [] : [pathOf(steps.slice(0, n + 1))]));
      const under = items.filter((item) => item !== path);
      const at = steps.map((step) => (typeof step === "string" ? step : 0));
      return [path, { part: partOf(steps), at, value, shown, under }];
    }),
  );
}

const pathOf = (steps: readonly Step[]): string =>
  steps.reduce<string>(
    (text, step) => (typeof step === "string" ? `${text}${text === "" ? "" : "."}${step}` : `${text}[${step.item}]`),
    "",
  );

function partOf(steps: readonly Step[]): Part {
  const [first = "", second, third, fourth, fifth] = steps.map((step) => (typeof step === "string" ? step : "[]"));
  if (first === "devices") {
    if (third === "enrol") return "people";
    return third === "purpose" || third === "falseAcceptRate" ? "rest" : "wires";
  }
  if (first === "lanes") {
    if (third === undefined || WIRED_LANE.has(third)) return "wires";
    if (third === "accessPoints")
      return fourth === undefined || fifth === undefined || fifth === "readers" || fifth === "direction"
        ? "wires"
        : "people";
    return third === "maxLockedOpenMinutes" ? "people" : "rest";
  }
  if (WIRED.has(first)) return "wires";
  if (OF_PEOPLE.has(first) || (first === "site" && (second === "graceDays" || second === "holidays"))) return "people";
  return "rest";
}

/** The tree with what the lanes really get: contacts and times as the barrier's profile completes them. */
function effective({ config, defaults }: Meant): Readonly<Record<string, unknown>> {
  const wires = wiring(config, defaults);
  const lane = (one: LaneConfig) => {
    const wired = wires.lanes.get(one.id);
    return {
      ...one,
      outputs: shownAll(Object.entries(wired?.outputs ?? {}), outputWords),
      inputs: shownAll(
        (wired?.inputs ?? []).map((wire) => [wire.role, wire] as const),
        inputWords,
      ),
      guards: guardsOf(one),
      times: laneTimes(one, barrierDefaults(one, defaults)),
    };
  };
  return { ...config, lanes: config.lanes.map(lane) };
}

/** Said as one thing: a contact is where it hangs, with its sense and its pulse. */
class Phrase {
  readonly words: Words;
  constructor(said: Words) {
    this.words = said;
  }
}

function shownAll<Thing>(all: readonly (readonly [string, Thing])[], say: (thing: Thing) => Words) {
  return Object.fromEntries(all.map(([key, thing]) => [key, new Phrase(say(thing))]));
}

function outputWords(target: OutputTarget): Words {
  switch (target.via) {
    case "board":
      return words(
        `${target.device} 第 ${target.channel} 路继电器，脉冲 ${target.pulseMs} 毫秒`,
        `relay ${target.channel} of ${target.device}, pulse ${target.pulseMs} ms`,
      );
    case "gpio":
      return words(
        `GPIO ${target.offset}，${target.activeLow ? "低" : "高"}电平有效，脉冲 ${target.pulseMs} 毫秒`,
        `GPIO ${target.offset}, active ${target.activeLow ? "low" : "high"}, pulse ${target.pulseMs} ms`,
      );
    case "command":
      return words(`设备 ${target.device} 的命令 ${target.command}`, `command ${target.command} of ${target.device}`);
  }
}

function inputWords({ source, activeLow, debounceMs }: InputWire): Words {
  const sense = words(
    `${activeLow ? "低电平有效（常闭）" : "高电平有效（常开）"}，去抖 ${debounceMs} 毫秒`,
    `active ${activeLow ? "low" : "high"}, debounce ${debounceMs} ms`,
  );
  const where =
    source.via === "gpio"
      ? words(`GPIO ${source.offset}，上下拉 ${source.bias}`, `GPIO ${source.offset}, pull ${source.bias}`)
      : words(`${source.device} 第 ${source.channel} 路输入`, `input ${source.channel} of ${source.device}`);
  return words(`${where.zh}，${sense.zh}`, `${where.en}, ${sense.en}`);
}

function* leaves(value: unknown, steps: readonly Step[]): Generator<Found> {
  if (value === undefined) return;
  if (value instanceof Phrase) {
    yield { steps, value: value.words.en, shown: value.words };
    return;
  }
  if (Array.isArray(value)) {
    const isSet = SETS.has(String(steps.at(-1)));
    for (const [n, item] of value.entries()) {
      const id = textAt(item, "id");
      const at = [...steps, { item: id ?? (isSet ? String(item) : String(n)) }];
      // The item itself, so that a whole lane can come or go.
      if (id !== undefined) yield { steps: at, value: "", shown: called(item) };
      yield* leaves(item, at);
    }
    return;
  }
  if (typeof value === "object" && value !== null) {
    const isItem = typeof steps.at(-1) === "object";
    for (const [key, inner] of Object.entries(value))
      if (key !== "id" || !isItem) yield* leaves(inner, [...steps, key]);
    return;
  }
  const key = steps.findLast((step) => typeof step === "string");
  const text = veiledValue(typeof key === "string" ? key : "", String(value));
  yield { steps, value: JSON.stringify(value), shown: words(text, text) };
}

/** As people know it: by its name, or by the model that a device is. */
function called(item: unknown): Words {
  const name = textAt(item, "name") ?? textAt(item, "profile");
  return name === undefined ? words("有", "there") : words(name, name);
}

/** Lanes, devices, levels go by their id, whatever their place in the list. */
function textAt(item: unknown, key: "id" | "name" | "profile"): string | undefined {
  if (typeof item !== "object" || item === null || !Object.hasOwn(item, key)) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(item, key)?.value;
  return typeof value === "string" ? value : undefined;
}
