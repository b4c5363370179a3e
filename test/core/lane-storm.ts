/** Random walks over lanes, with what must hold in every step. Seeded: the same seed tells the same story. */
import { alarms, deadline, type Lane, start, step } from "../../src/core/lane.ts";
import type { Transition } from "../../src/core/lane-table.ts";
import type { AlarmKind, Effect, InputRole, LaneEvent, LanePlan, Order } from "../../src/core/terms.ts";

/** mulberry32 */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const TIMES = {
  travelMs: 6000,
  accessMs: 20_000,
  longAccessMs: 45_000,
  clearMs: 1000,
  heldMs: 60_000,
  preAlarmMs: 15_000,
  stuckMs: 120_000,
  gapMs: 1000,
};

export function planOf(part: Partial<LanePlan>): LanePlan {
  return {
    id: "a",
    kind: "vehicle",
    name: "main",
    inputs: ["limit-closed", "limit-open", "safety-loop", "photocell", "fire", "stop", "request-to-exit"],
    guards: ["safety-loop", "photocell"],
    canClose: true,
    canStop: true,
    times: TIMES,
    maxLockedOpenMs: 600_000,
    ...part,
  };
}

export const PLANS: readonly LanePlan[] = [
  planOf({ id: "one loop" }),
  planOf({
    id: "two loops",
    inputs: ["limit-closed", "limit-open", "loop-outer", "loop-inner", "radar", "request-to-exit"],
    guards: ["loop-outer", "loop-inner", "radar"],
  }),
  planOf({ id: "no contacts", inputs: ["safety-loop", "stop"], guards: ["safety-loop"], canStop: false }),
  planOf({ id: "closed contact", inputs: ["limit-closed", "photocell", "fire"], guards: ["photocell"] }),
  planOf({ id: "open contact", inputs: ["limit-open", "safety-loop"], guards: ["safety-loop"], canStop: false }),
  planOf({ id: "own operator", inputs: ["safety-loop"], guards: [], canClose: false, canStop: false }),
  planOf({ id: "no gap", times: { ...TIMES, gapMs: 0 } }),
  planOf({
    id: "door",
    kind: "pedestrian",
    inputs: ["door-contact", "request-to-exit", "fire"],
    guards: [],
    canClose: false,
    canStop: false,
  }),
  planOf({
    id: "wing gate",
    kind: "pedestrian",
    inputs: ["limit-closed", "limit-open", "photocell", "request-to-exit"],
    guards: ["photocell"],
  }),
  planOf({
    id: "iron gate",
    kind: "monitored",
    inputs: ["door-contact", "fire"],
    guards: [],
    canClose: false,
    canStop: false,
  }),
];

const ORDERS: readonly Order["is"][] = [
  "open",
  "close",
  "stop",
  "lock-open",
  "lock-down",
  "release",
  "emergency",
  "emergency-end",
];
const LIMITS: readonly InputRole[] = ["limit-closed", "limit-open", "door-contact"];

export interface Storm {
  readonly steps: number;
  readonly moves: number;
  readonly rows: ReadonlySet<Transition>;
}

function fail(words: string, seen: unknown): never {
  throw new Error(`${words}: ${JSON.stringify(seen)}`);
}

/** Walks `steps` steps over one plan and throws at the first step in which a promise doesn't hold. */
export function storm(plan: LanePlan, seed: number, steps: number): Storm {
  const next = random(seed);
  const pick = <T>(from: readonly T[]): T =>
    from[Math.floor(next() * from.length)] ?? fail("nothing to pick from", from);
  const rows = new Set<Transition>();
  let at = Math.floor(next() * 1000);
  let lane: Lane = start(plan, at);
  /** Ids that were granted, ordered or pressed; an open names one of them, or the close it turns back. */
  let authorised = new Set<string>();
  let stopped = false;
  let moves = 0;
  let standing = new Set<AlarmKind>();
  let lastSent = Number.NEGATIVE_INFINITY;
  let lockedOpenUntil = Number.POSITIVE_INFINITY;
  let count = 0;

  const chance = (share: number): boolean => next() < share;
  const happen = (): LaneEvent => {
    const due = deadline(lane);
    if (due !== undefined && chance(0.45)) {
      at = Math.max(at, due);
      return { is: "due", at };
    }
    at += chance(0.3) ? 0 : Math.floor(next() * (chance(0.1) ? 30_000 : 1500));
    if (due !== undefined && at > due) {
      at = Math.max(due, at - 30_000);
      return { is: "due", at };
    }
    count += 1;
    const id = `e${count}`;
    const dice = next();
    if (dice < 0.12) {
      const direction = chance(0.5) ? "in" : "out";
      return { is: "granted", at, credit: { id, direction, slow: chance(0.2), vehicle: true } };
    }
    if (dice < 0.2) {
      const is = pick(ORDERS);
      const by = { who: "wang", from: "guard-page" };
      if (is !== "lock-open") return { is: "ordered", at, order: { is }, by, id };
      return { is: "ordered", at, order: { is, forMs: Math.floor(next() * 700_000) - 1000 }, by, id };
    }
    if (dice < 0.26) {
      return {
        is: "commanded",
        at,
        command: pick(["open", "close", "stop"]),
        outcome: pick(["done", "failed", "uncertain"]),
      };
    }
    if (dice < 0.6) {
      // The arm mostly does what it is told, and sometimes what it likes.
      const up = lane.barrier.is === "opening" || (lane.barrier.is !== "closing" && chance(0.3));
      const role = pick(LIMITS);
      const truth = role === "limit-closed" ? !up : up;
      const level = chance(0.04) ? "unknown" : truth !== chance(0.1) ? "on" : "off";
      return { is: "sensed", at, input: role, level };
    }
    const level = chance(0.03) ? "unknown" : chance(0.35) ? "on" : "off";
    const rare = chance(0.1);
    const roles = plan.inputs.filter(
      (role) => !LIMITS.includes(role) && (rare || (role !== "fire" && role !== "stop")),
    );
    return { is: "sensed", at, input: pick(roles.length > 0 ? roles : plan.inputs), level };
  };

  const authorise = (event: LaneEvent): void => {
    if (event.is === "granted") authorised.add(event.credit.id);
    if (event.is === "ordered") authorised.add(event.id);
    if (event.is === "sensed" && event.level === "on") {
      if (event.input === "fire") authorised.add("fire-input");
      if (event.input === "request-to-exit") authorised.add("request-to-exit");
    }
    const fresh =
      event.is === "granted" ||
      (event.is === "ordered" && event.order.is !== "stop") ||
      (event.is === "sensed" && event.level === "on" && (event.input === "fire" || event.input === "request-to-exit"));
    if (fresh) stopped = false;
    if (event.is === "ordered" && event.order.is === "stop" && plan.canStop) stopped = true;
    if (event.is === "sensed" && event.input === "stop" && event.level === "on" && lane.inputs.stop?.level !== "on") {
      if (plan.inputs.includes("stop")) stopped = true;
    }
  };

  const checkMove = (effect: Effect & { do: "move" }, after: Lane, event: LaneEvent): void => {
    moves += 1;
    if (plan.kind === "monitored") fail("a monitored gate was moved", effect);
    if (effect.command === "stop") {
      lastSent = event.at;
      return;
    }
    if (event.at - lastSent < plan.times.gapMs) fail("gap between commands", { effect, lastSent, event });
    lastSent = event.at;
    if (stopped) fail("moved after a stop", { effect, event });
    if (effect.command === "open") {
      const reopened =
        effect.cause.startsWith("safety reopen of ") &&
        (lane.barrier.is === "closing" || lane.barrier.is === "stopped");
      if (!reopened && !authorised.has(effect.cause))
        fail("promise 1: an open without a cause", { effect, event, lane });
      return;
    }
    const guards = plan.guards.map((role) => after.inputs[role]?.level);
    if (guards.length === 0 || guards.some((level) => level !== "off"))
      fail("promise 2: a close onto something", { effect, event, guards });
    if (!plan.canClose) fail("a close without an output", effect);
  };

  for (let done = 0; done < steps; done += 1) {
    if (done % 20_000 === 19_999) {
      // A restart: everything is forgotten, and nothing may move on account of what was.
      lane = start(plan, at);
      authorised = new Set();
      stopped = false;
      standing = new Set();
      lockedOpenUntil = Number.POSITIVE_INFINITY;
    }
    const event = happen();
    authorise(event);
    const interlock = chance(0.9);
    const [after, effects] = step(plan, lane, event, interlock);
    for (const effect of effects) {
      if (effect.do === "move") checkMove(effect, after, event);
      if (effect.do === "raise") standing.add(effect.alarm);
      if (effect.do === "calm" && !standing.delete(effect.alarm)) fail("calmed without an alarm", { effect, event });
      if (effect.do === "lapsed" && after.rights.some((right) => right.id === effect.credit.id))
        fail("lapsed and kept", effect);
    }
    if (after.mode.is === "locked-open") lockedOpenUntil = Math.min(after.mode.until, event.at + plan.maxLockedOpenMs);
    else lockedOpenUntil = Number.POSITIVE_INFINITY;
    if (event.at >= lockedOpenUntil) fail("locked-open without an end", { event, mode: after.mode });
    const stays = alarms(after);
    if (stays.length !== standing.size || stays.some((alarm) => !standing.has(alarm)))
      fail("alarms told differ", { stays, told: [...standing] });
    const due = deadline(after);
    if (due !== undefined && due <= event.at) fail("a deadline in the past", { due, event, after });
    if (due !== undefined && Number.isNaN(due)) fail("no deadline", after);
    if (after.barrier.came !== undefined) rows.add(after.barrier.came);
    if (
      after.barrier !== lane.barrier &&
      after.barrier.came !== undefined &&
      after.barrier.is !== after.barrier.came.to
    ) {
      fail("a state that its row doesn't lead to", after.barrier);
    }
    lane = after;
  }
  return { steps, moves, rows };
}
