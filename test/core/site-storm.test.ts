/** Random days at the compound: what promises 1 and 2 say must hold after every single event. Seeded. */
import { describe, expect, it } from "vitest";
import * as lane from "../../src/core/lane.ts";
import { deadline, type Site, type SiteEffect, type SiteEvent, start, step } from "../../src/core/site.ts";
import type { Command, ContactLevel, Found, InputRole, Order, Staleness } from "../../src/core/terms.ts";
import { random } from "./lane-storm.ts";
import { type Asking, asked, creditsHeld, found, LANES, now, POINTS, type PointName, RULES } from "./site-street.ts";

const STEPS = Number(process.env.SITE_STEPS ?? 60_000);
const SEEDS = [3, 20261124, 88];

const PEOPLE: readonly (Found | undefined)[] = [
  undefined,
  found("li"),
  found("li", { type: "face", value: "f-li" }),
  found("wu", {}, { slow: true }),
  found("off", { enabled: false }),
  found("bad", {}, { blocked: true }),
  found("no level", {}, { accessLevels: [] }),
  found("owner", { type: "plate", value: "皖K11111" }),
  found("owner", { type: "plate", value: "皖K22222" }),
  found("van", { type: "plate", value: "苏B98761" }, { kind: "vehicle" }),
];
const STALE: readonly Staleness[] = ["retained", "redelivered", "already-used", "too-old", "device-says-stored"];
const ORDERS: readonly Order["is"][] = [
  "open",
  "open",
  "close",
  "stop",
  "lock-open",
  "lock-down",
  "release",
  "release",
  "emergency",
  "emergency-end",
  "emergency-end",
];

function fail(why: string, seen: unknown): never {
  throw new Error(`${why}: ${JSON.stringify(seen)}`);
}

interface Seen {
  readonly opens: number;
  readonly closes: number;
  readonly granted: number;
  readonly same: number;
  readonly passed: number;
  readonly waited: number;
}

/** Walks through `steps` events. @throws at the first one after which a promise doesn't hold */
function storm(seed: number, steps: number): Seen {
  const next = random(seed);
  const chance = (share: number) => next() < share;
  const pick = <T>(from: readonly T[]): T => {
    const index = Math.floor(next() * from.length);
    const found = from.slice(index, index + 1);
    for (const one of found) return one;
    return fail("nothing to pick from", from);
  };
  let site: Site = start(RULES, 0);
  let at = 0;
  let count = 0;
  /** Ids of grants that have given a right and not had their pulse, and of orders and buttons that may open. */
  let grants = new Set<string>();
  let orders = new Set<string>();
  let opens = 0;
  let closes = 0;
  let granted = 0;
  let same = 0;
  let passed = 0;
  let waited = 0;

  function question(id: string): SiteEvent {
    const who = pick(PEOPLE);
    const where = pick(Object.keys(POINTS).filter((name): name is PointName => name in POINTS));
    const stale: Asking = chance(0.3) ? { staleness: pick(STALE) } : {};
    const confidence: Asking = chance(0.5) ? { report: { confidence: next() } } : {};
    return { is: "asked", asked: asked(id, at, chance(0.02) ? "nowhere" : where, who, { ...stale, ...confidence }) };
  }

  function level(plan: (typeof LANES)[number]): SiteEvent {
    const one = site.lanes.get(plan.id) ?? fail("a lane is gone", plan.id);
    const input = pick(plan.inputs.filter((role) => (role !== "fire" && role !== "stop") || chance(0.1)));
    const random: ContactLevel = chance(0.03) ? "unknown" : chance(0.35) ? "on" : "off";
    return { is: "sensed", at, lane: plan.id, input, level: chance(0.85) ? likely(one, input, random) : random };
  }

  /** The arm mostly does what it is told. */
  function likely(one: lane.Lane, input: InputRole, other: ContactLevel): ContactLevel {
    const up = lane.barrier(one) === "opening" || lane.barrier(one) === "open";
    if (input === "limit-closed") return up ? "off" : "on";
    if (input === "limit-open" || input === "door-contact") return up ? "on" : "off";
    return other;
  }

  function happen(): SiteEvent {
    const due = deadline(site);
    at += chance(0.3) ? 0 : Math.floor(next() * (chance(0.05) ? 20_000 : 900));
    if (due !== undefined && due <= at) {
      at = Math.max(due, at - 20_000);
      return { is: "due", now: now(at) };
    }
    count += 1;
    const id = `e${count}`;
    const plan = pick(LANES);
    const dice = next();
    if (dice < 0.3) return question(id);
    if (dice < 0.35) {
      const is = pick(ORDERS);
      const order: Order = is === "lock-open" ? { is, forMs: 1 + Math.floor(next() * 60_000) } : { is };
      return { is: "ordered", at, lane: plan.id, order, by: { who: "wang", from: "guard-page" }, id };
    }
    if (dice < 0.38) {
      const command: Command = pick(["open", "close", "stop"]);
      return { is: "commanded", at, lane: plan.id, command, outcome: pick(["done", "failed", "uncertain"]) };
    }
    if (dice < 0.4) return { is: "due", now: now(at) };
    return level(plan);
  }

  function authorise(event: SiteEvent, before: Site): void {
    if (event.is === "ordered") orders.add(event.id);
    if (event.is !== "sensed" || event.level !== "on") return;
    const was = before.lanes.get(event.lane)?.inputs[event.input]?.level;
    if (event.input === "request-to-exit" && was === "off") orders.add("request-to-exit");
    if (event.input === "fire" && was !== "on") {
      orders.add("fire-input");
      orders.add(`fire at ${event.lane}`);
    }
  }

  function checkOpen(effect: SiteEffect & { readonly do: "move" }, before: Site, event: SiteEvent): void {
    opens += 1;
    const { cause } = effect;
    // Several orders' wants are carried out more than once only by a stop in between; a grant's never is.
    if (grants.delete(cause)) return;
    if (orders.has(cause)) return;
    const was = before.lanes.get(effect.lane)?.barrier.is;
    const turnedBack = cause.startsWith("safety reopen of ") && (was === "closing" || was === "stopped");
    if (!turnedBack) fail("promise 1: an open without a grant or an order", { effect, event });
  }

  function checkClose(effect: SiteEffect & { readonly do: "move" }, event: SiteEvent): void {
    closes += 1;
    const plan = RULES.lanePlans.get(effect.lane) ?? fail("no such lane", effect);
    const one = site.lanes.get(effect.lane) ?? fail("no such lane", effect);
    const guards = plan.guards.map((role) => one.inputs[role]?.level);
    if (guards.length === 0 || guards.some((seen) => seen !== "off"))
      fail("promise 2: a close onto something", { effect, event, guards });
  }

  function checkInterlock(before: Site, effects: readonly SiteEffect[]): void {
    for (const [id, other] of [
      ["gate-a", "gate-b"],
      ["gate-b", "gate-a"],
    ] as const) {
      const opened = effects.find((effect) => effect.do === "move" && effect.lane === id && effect.command === "open");
      if (opened?.do !== "move" || opened.cause.startsWith("safety reopen") || opened.cause.startsWith("fire"))
        continue;
      const here = site.lanes.get(id) ?? fail("a lane is gone", id);
      if (lane.emergency(here) !== undefined) continue;
      // It was open already, or the other one is closed: before this step or by it.
      const wasOpen = ["open", "opening"].includes(before.lanes.get(id)?.barrier.is ?? "");
      const there = site.lanes.get(other)?.barrier.is;
      if (!wasOpen && there !== "closed") fail("both gates of an interlock", { opened, there });
    }
  }

  for (let done = 0; done < steps; done += 1) {
    if (done % 9_000 === 8_999) {
      // A restart in the middle of everything.
      const modes = new Map([...site.lanes].map(([id, one]) => [id, lane.modeBefore(one)]));
      site = start(RULES, at, modes);
      grants = new Set();
      orders = new Set([...modes.values()].flatMap((mode) => (mode.is === "locked-open" ? [mode.id] : [])));
      const moved = step(RULES, site, { is: "due", now: now(at) })[1].filter((effect) => effect.do === "move");
      if (moved.length > 0) fail("promise 1: a start moved something", moved);
      if (creditsHeld(site).length + site.fusions.size + site.firsts.size > 0) fail("a start knows of somebody", site);
    }
    const event = happen();
    const before = site;
    authorise(event, before);
    const [after, effects] = step(RULES, before, event);
    site = after;
    const answers = effects.filter((effect) => effect.do === "decided" || effect.do === "merged");
    if (event.is === "asked" && !answers.some((effect) => effect.asked.id === event.asked.id))
      fail("a question without a row", { event, effects });
    for (const effect of effects) {
      if (effect.do === "decided" && effect.decision.is === "waiting") waited += 1;
      if (effect.do === "decided" && effect.decision.is === "granted") {
        granted += 1;
        if (effect.same === true) same += 1;
        if (effect.asked.staleness !== undefined) fail("promise 1: a grant for what is stale", effect);
        if (effect.credit !== undefined) grants.add(effect.credit.id);
      }
      if (effect.do === "passed" && effect.credit !== undefined) {
        passed += 1;
        if (effects.filter((more) => more.do === "place").length === 0) fail("passed and in no place", effect);
      }
      if (effect.do !== "move") continue;
      if (effect.lane === "iron") fail("the iron gate was moved", effect);
      if (effect.command === "open") checkOpen(effect, before, event);
      if (effect.command === "close") checkClose(effect, event);
    }
    const stale = event.is === "asked" && event.asked.staleness !== undefined;
    if (stale && (effects.some((effect) => effect.do === "move") || after.lanes !== before.lanes))
      fail("promise 1: what is stale changed a lane", { event, effects });
    const refused =
      effects.length > 0 && effects.every((each) => each.do === "decided" && each.decision.is === "denied");
    if (event.is === "asked" && refused && after.lanes !== before.lanes) fail("a refusal changed a lane", event);
    checkInterlock(before, effects);

    // Whoever holds a credit has exactly one right, and no right is left over from somebody's credit.
    const rights = [...site.lanes.values()].flatMap(lane.credits).map((credit) => credit.id);
    if (new Set(rights).size !== rights.length) fail("two rights on one credit", { rights, event });
    const held = [...creditsHeld(site)].sort();
    if (held.join() !== [...rights].sort().join()) fail("credits and their holders differ", { rights, held, event });
    const due = deadline(site);
    if (event.is === "due" && due !== undefined && due <= at) fail("a deadline in the past", { due, event });
  }
  return { opens, closes, granted, same, passed, waited };
}

describe("storms over the site: promises 1 and 2 in every step", () => {
  it.each(SEEDS)("seed %i", (seed) => {
    const seen = storm(seed, STEPS);
    // The storm went through all of it, or it proves nothing.
    expect(seen.opens).toBeGreaterThan(200);
    expect(seen.closes).toBeGreaterThan(50);
    expect(seen.granted).toBeGreaterThan(500);
    expect(seen.same).toBeGreaterThan(50);
    expect(seen.passed).toBeGreaterThan(50);
    expect(seen.waited).toBeGreaterThan(50);
  });
});
