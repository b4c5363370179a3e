/** Runs a story: simulated time only, deadlines fired at their times, and every line must be understood and must come true. */
import { mayOpen, others } from "../../src/core/interlock.ts";
import { deadline, type Lane, start, step } from "../../src/core/lane.ts";
import type {
  Command,
  ContactLevel,
  Credit,
  Effect,
  InputRole,
  LaneEvent,
  LaneKind,
  LanePlan,
  Order,
} from "../../src/core/terms.ts";

/** Options of the header, with what they are when nothing is said. Times in seconds. */
const VEHICLE = {
  kind: "vehicle",
  inputs: "limit-closed limit-open safety-loop photocell",
  guards: "safety-loop photocell",
  close: "yes",
  stop: "yes",
  travel: "6",
  access: "20",
  longAccess: "45",
  clear: "1",
  held: "60",
  preAlarm: "15",
  stuck: "120",
  gap: "1",
  maxLockedOpen: "3600",
  lanes: "1",
  starts: "closed",
};

type Header = Record<keyof typeof VEHICLE, string>;

function header(lines: readonly string[]): Header {
  const said: Header = { ...VEHICLE };
  for (const line of lines) {
    const [, key = "", value = ""] = /^(\w+):\s*(.*)$/.exec(line) ?? [];
    if (!(key in said)) throw new Error(`no such option: ${line}`);
    Object.assign(said, { [key]: value.trim() });
  }
  return said;
}

function kind(word: string): LaneKind {
  if (word === "vehicle" || word === "pedestrian" || word === "monitored") return word;
  throw new Error(`no such kind: ${word}`);
}

const ROLES: readonly InputRole[] = [
  "limit-closed",
  "limit-open",
  "loop-outer",
  "loop-inner",
  "safety-loop",
  "photocell",
  "radar",
  "door-contact",
  "request-to-exit",
  "fire",
  "stop",
];

function role(word: string): InputRole {
  const found = ROLES.find((each) => each === word);
  if (found === undefined) throw new Error(`no such input: ${word}`);
  return found;
}

const roles = (words: string): InputRole[] =>
  words === "none"
    ? []
    : words
        .split(/\s+/)
        .filter((word) => word !== "")
        .map(role);

function plans(said: Header): LanePlan[] {
  const ms = (seconds: string): number => Number(seconds) * 1000;
  const plan: LanePlan = {
    id: "a",
    kind: kind(said.kind),
    name: "main",
    inputs: roles(said.inputs),
    guards: roles(said.guards),
    canClose: said.close === "yes",
    canStop: said.stop === "yes",
    times: {
      travelMs: ms(said.travel),
      accessMs: ms(said.access),
      longAccessMs: ms(said.longAccess),
      clearMs: ms(said.clear),
      heldMs: ms(said.held),
      preAlarmMs: ms(said.preAlarm),
      stuckMs: ms(said.stuck),
      gapMs: ms(said.gap),
    },
    maxLockedOpenMs: ms(said.maxLockedOpen),
  };
  if (said.lanes === "1") return [plan];
  return [
    { ...plan, interlock: "pair" },
    { ...plan, id: "b", interlock: "pair" },
  ];
}

const LEVELS: Readonly<Record<string, ContactLevel>> = {
  on: "on",
  occupied: "on",
  pressed: "on",
  off: "off",
  clear: "off",
  released: "off",
  cut: "unknown",
  unknown: "unknown",
};

function order(words: readonly string[]): Order {
  const [is = "", ...rest] = words;
  if (is === "lock-open" && rest.length === 1) return { is, forMs: Number(rest[0]) * 1000 };
  if (rest.length > 0) throw new Error(`not an order: ${words.join(" ")}`);
  switch (is) {
    case "open":
    case "close":
    case "stop":
    case "lock-down":
    case "release":
    case "emergency":
    case "emergency-end":
      return { is };
  }
  throw new Error(`no such order: ${is}`);
}

function credit(id: string, words: readonly string[]): Credit {
  if (!words.every((word) => ["out", "in", "slow"].includes(word))) throw new Error(`not a credit: ${words.join(" ")}`);
  return { id, direction: words.includes("out") ? "out" : "in", slow: words.includes("slow"), vehicle: true };
}

function command(word: string | undefined): Command {
  if (word === "open" || word === "close" || word === "stop") return word;
  throw new Error(`no such command: ${word}`);
}

/** An arm, a door, an input, a grant, an order or an answer, in the words of the stories. */
function events(text: string, at: number): LaneEvent[] {
  const words = text.split(/\s+/);
  const [first = "", second = "", ...rest] = words;
  const sensed = (input: InputRole, level: ContactLevel): LaneEvent => ({ is: "sensed", at, input, level });
  if (text === "boom down") return [sensed("limit-open", "off"), sensed("limit-closed", "on")];
  if (text === "boom raised") return [sensed("limit-closed", "off"), sensed("limit-open", "on")];
  if (text === "boom between") return [sensed("limit-closed", "off"), sensed("limit-open", "off")];
  if (text === "door opens") return [sensed("door-contact", "on")];
  if (text === "door shuts") return [sensed("door-contact", "off")];
  if (text === "due") return [{ is: "due", at }];
  if (first === "granted") return [{ is: "granted", at, credit: credit(second, rest) }];
  if (first === "orders") {
    const by = { who: "wang", from: "guard-page" };
    return [{ is: "ordered", at, order: order(rest), by, id: second }];
  }
  if (first === "answer" && ["done", "failed", "uncertain"].includes(rest[0] ?? "")) {
    const outcome = rest[0] === "done" ? "done" : rest[0] === "failed" ? "failed" : "uncertain";
    return [{ is: "commanded", at, command: command(second), outcome }];
  }
  const level = LEVELS[second];
  if (level === undefined || rest.length > 0) throw new Error(`not an event: ${text}`);
  return [sensed(role(first), level)];
}

function words(effect: Effect): string {
  switch (effect.do) {
    case "move":
      return `${effect.command} for ${effect.cause}`;
    case "raise":
      return effect.detail === undefined ? effect.alarm : `${effect.alarm} (${effect.detail})`;
    case "calm":
      return `calm ${effect.alarm}`;
    case "passed":
      return `passed ${effect.direction}${effect.credit === undefined ? "" : ` on ${effect.credit.id}`}`;
    case "lapsed":
      return `lapsed ${effect.credit.id}`;
    case "mode":
      return `mode ${effect.mode}${effect.untilMs === undefined ? "" : ` until ${effect.untilMs / 1000}`}`;
    case "refuse":
      return `refused ${effect.why}`;
  }
}

/** Inputs at rest, as they would have been reported before the story begins. */
function atRest(plan: LanePlan): LaneEvent[] {
  return plan.inputs.map((input) => ({
    is: "sensed",
    at: 0,
    input,
    level: input === "limit-closed" ? "on" : "off",
  }));
}

/** Tells what really happens when the story's events happen at their times. */
export function tell(text: string): { readonly expected: readonly string[]; readonly told: readonly string[] } {
  const all = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const first = all.findIndex((line) => /^\d/.test(line));
  if (first < 0) throw new Error("a story without a single event");
  if (!text.startsWith("# ")) throw new Error("a story without its moral");
  const said = header(all.slice(0, first));
  const lanePlans = plans(said);
  const lanes = new Map<string, Lane>(lanePlans.map((plan) => [plan.id, start(plan, 0)]));
  const told: string[] = [];
  const say = (at: number, what: string, effects: readonly string[]): void => {
    told.push(`${(at / 1000).toFixed(1)} ${what}${effects.length > 0 ? ` -> ${effects.join(", ")}` : ""}`);
  };
  const one = (plan: LanePlan, event: LaneEvent): string[] => {
    const lane = lanes.get(plan.id);
    if (lane === undefined) throw new Error(`no lane ${plan.id}`);
    const [next, effects] = step(plan, lane, event, mayOpen(lanePlans, lanes, plan.id));
    lanes.set(plan.id, next);
    const poked = others(lanePlans, plan.id).flatMap((other) => {
      const waiting = lanes.get(other.id);
      if (waiting === undefined) return [];
      const [after, more] = step(other, waiting, { is: "due", at: event.at }, mayOpen(lanePlans, lanes, other.id));
      lanes.set(other.id, after);
      return more.map((effect) => `${other.id}: ${words(effect)}`);
    });
    return [...effects.map(words), ...poked];
  };
  const runUntil = (at: number): void => {
    for (;;) {
      const next = lanePlans
        .map((plan) => ({ plan, due: deadline(lanes.get(plan.id) ?? start(plan, 0)) ?? Number.POSITIVE_INFINITY }))
        .sort((left, right) => left.due - right.due)[0];
      if (next === undefined || next.due > at) return;
      const effects = one(next.plan, { is: "due", at: next.due });
      const after = lanes.get(next.plan.id);
      if (after !== undefined && (deadline(after) ?? Number.POSITIVE_INFINITY) <= next.due)
        throw new Error("stuck deadline");
      if (effects.length > 0) say(next.due, lanePlans.length > 1 ? `${next.plan.id}: due` : "due", effects);
    }
  };
  if (said.starts === "closed") for (const plan of lanePlans) for (const event of atRest(plan)) one(plan, event);
  else if (said.starts !== "unknown") throw new Error(`starts: closed or unknown, not ${said.starts}`);

  const expected: string[] = [];
  for (const line of all.slice(first)) {
    const parts = /^(\d+(?:\.\d)?)\s+(.*?)(?:\s+->\s*(.*?))?\s*$/.exec(line);
    if (parts === null) throw new Error(`not a line of a story: ${line}`);
    const [, seconds = "", what = "", effects = ""] = parts;
    const at = Math.round(Number(seconds) * 1000);
    expected.push(`${(at / 1000).toFixed(1)} ${what.replace(/\s+/g, " ")}${effects === "" ? "" : ` -> ${effects}`}`);
    const [, laneId = "a", event = ""] = /^(?:([ab]):\s*)?(.*)$/.exec(what) ?? [];
    if (event === "due") continue;
    runUntil(at);
    const plan = lanePlans.find((each) => each.id === laneId);
    if (plan === undefined) throw new Error(`no lane ${laneId}`);
    say(
      at,
      what.replace(/\s+/g, " "),
      events(event, at).flatMap((each) => one(plan, each)),
    );
  }
  const last = expected.at(-1) ?? "";
  if (/^\S+ (?:[ab]: )?due /.test(last)) runUntil(Number(last.split(" ")[0]) * 1000);
  return { expected, told };
}
