import { describe, expect, it } from "vitest";
import {
  AHEAD_MS,
  type DeviceClock,
  GRAIN_MS,
  learn,
  type Mark,
  offsetOf,
  staleness,
  WINDOW_MS,
  WINDOW_SAMPLES,
} from "../../src/core/fresh.ts";
import type { ClockTrust, Now, Staleness } from "../../src/core/terms.ts";

/** 2026-11-24 12:00 UTC, when the monotonic clock reads 0. */
const NOON = Date.UTC(2026, 10, 24, 12);
const HOUR = 3_600_000;
const FRESH = 3_000;

function now(at: number, trust: ClockTrust = "trusted"): Now {
  return { at, wall: { epochMs: NOON + at, trust, date: "2026-11-24", weekday: 2, minute: 720 } };
}

function mark(over: Partial<Mark> = {}): Mark {
  return { retained: false, redelivered: false, live: true, beforeConnection: false, used: false, ...over };
}

/** What a device `aheadMs` ahead of the true time shows at `at`, in whole seconds as devices do. */
function shown(at: number, aheadMs: number): number {
  return Math.floor((NOON + at + aheadMs) / 1000) * 1000;
}

function heard(beats: readonly { readonly at: number; readonly deviceTimeMs: number }[]): DeviceClock | undefined {
  return beats.reduce<DeviceClock | undefined>(learn, undefined);
}

/** Heartbeats every 10 s up to `until`, delivered after `delayMs`. */
function beating(aheadMs: number, until: number, delayMs = 30): DeviceClock | undefined {
  const beats = [];
  for (let at = 0; at <= until; at += 10_000) beats.push({ at: at + delayMs, deviceTimeMs: shown(at, aheadMs) });
  return heard(beats);
}

describe("promise 1: the marks, in their order", () => {
  const rows: readonly (readonly [Staleness, Partial<Mark>])[] = [
    ["retained", { retained: true }],
    ["redelivered", { redelivered: true }],
    ["device-says-stored", { live: false }],
    ["before-this-connection", { beforeConnection: true }],
    ["already-used", { used: true }],
    ["too-old", { deviceTimeMs: NOON - 60_000 }],
  ];
  it.each(rows)("%s", (reason, over) => {
    expect(staleness(mark(over), now(0), FRESH)).toBe(reason);
  });

  const pairs = rows.flatMap((first, index) => rows.slice(index + 1).map((second) => [first, second] as const));
  it.each(pairs.map(([first, second]) => [first[0], second[0], { ...first[1], ...second[1] }] as const))(
    "%s is named before %s",
    (reason, _, over) => {
      expect(staleness(mark(over), now(0), FRESH)).toBe(reason);
    },
  );

  it("a device without a clock is fresh by the link's marks alone, whatever our clock is worth", () => {
    expect(staleness(mark(), now(0, "untrusted"), FRESH)).toBeUndefined();
  });
});

describe("by our wall clock, while nothing is learned", () => {
  it.each([
    ["made now", 0, undefined],
    ["at the limit and its grain", FRESH + GRAIN_MS, undefined],
    ["past it", FRESH + GRAIN_MS + 1, "too-old"],
    ["an hour old", HOUR, "too-old"],
    ["two seconds ahead", -AHEAD_MS, undefined],
    ["further ahead", -AHEAD_MS - 1, "from-the-future"],
    ["ten years ahead", -87_600 * HOUR, "from-the-future"],
    ["no number at all", Number.NaN, "from-the-future"],
  ])("%s", (_, ageMs, reason) => {
    const event = mark({ deviceTimeMs: NOON - ageMs });
    expect(staleness(event, now(0), FRESH)).toBe(reason);
    expect(staleness(event, now(0, "holdover"), FRESH)).toBe(reason);
  });

  it("an untrusted clock and nothing learned: unknown, never a guess", () => {
    expect(staleness(mark({ deviceTimeMs: NOON }), now(0, "untrusted"), FRESH)).toBe("device-clock-unknown");
  });
});

describe("by the device's own clock, once learned", () => {
  it.each([
    ["right", 0],
    ["four hours fast", 4 * HOUR],
    ["eight hours slow", -8 * HOUR],
    ["in 1970", -NOON],
    ["ten years ahead", 87_600 * HOUR],
  ])("a clock that is %s tells fresh from old, even while ours is untrusted", (_, aheadMs) => {
    const clock = beating(aheadMs, 30_000);
    for (const trust of ["trusted", "holdover", "untrusted"] as const) {
      const at = 35_000;
      const age = (ageMs: number) =>
        staleness(mark({ deviceTimeMs: shown(at - ageMs, aheadMs) }), now(at, trust), FRESH, clock);
      expect(age(0)).toBeUndefined();
      expect(age(2_000)).toBeUndefined();
      expect(age(FRESH + GRAIN_MS + 100)).toBe("too-old");
      expect(age(HOUR)).toBe("too-old");
      expect(age(-4_000)).toBe("from-the-future");
    }
  });

  it("one heartbeat alone is not believed: it may have been stored as long as the event", () => {
    const clock = learn(undefined, { at: 60_000, deviceTimeMs: shown(0, 4 * HOUR) });
    const event = mark({ deviceTimeMs: shown(0, 4 * HOUR) });
    expect(staleness(event, now(60_000, "untrusted"), FRESH, clock)).toBe("device-clock-unknown");
    expect(staleness(event, now(60_000), FRESH, clock)).toBe("device-clock-unknown");
    const slow = learn(undefined, { at: 60_000, deviceTimeMs: shown(0, -4 * HOUR) });
    expect(staleness(mark({ deviceTimeMs: shown(0, -4 * HOUR) }), now(60_000), FRESH, slow)).toBe("too-old");
  });

  it("a queue emptied at once, heartbeats and events together, opens nothing", () => {
    const beats = Array.from({ length: 30 }, (_, index) => ({
      at: 300_000 + index * 5,
      deviceTimeMs: shown(index * 10_000, HOUR),
    }));
    let clock: DeviceClock | undefined;
    for (const beat of beats) {
      clock = learn(clock, beat);
      const event = mark({ deviceTimeMs: beat.deviceTimeMs });
      expect(staleness(event, now(beat.at, "untrusted"), FRESH, clock)).toBe("device-clock-unknown");
    }
  });

  it("the smallest delay of the window is taken, so slow heartbeats don't excuse slow events", () => {
    const beats = [20, 4_000, 900, 2_500, 60].map((delayMs, index) => ({
      at: index * 10_000 + delayMs,
      deviceTimeMs: shown(index * 10_000, 0),
    }));
    expect(offsetOf(heard(beats), 41_000)).toBe(20 - NOON);
  });

  it("what was learned lasts ten minutes without a heartbeat, then is unknown", () => {
    const clock = beating(4 * HOUR, 10_000);
    expect(offsetOf(clock, 10_000 + WINDOW_MS - 20_000)).toBeDefined();
    expect(offsetOf(clock, 10_000 + WINDOW_MS + 1_000)).toBeUndefined();
    const at = 20_000 + WINDOW_MS;
    expect(staleness(mark({ deviceTimeMs: shown(at, 4 * HOUR) }), now(at, "untrusted"), FRESH, clock)).toBe(
      "device-clock-unknown",
    );
  });

  it("keeps a bounded number of samples", () => {
    expect(beating(0, 1_000_000)?.samples).toHaveLength(WINDOW_SAMPLES);
  });
});

describe("a device clock that is set anew", () => {
  const minute = Array.from({ length: 7 }, (_, index) => index * 10_000);

  it("forward: the next heartbeat ends belief in the old time, the one after restores it", () => {
    let clock = heard(minute.map((at) => ({ at: at + 20, deviceTimeMs: shown(at, 0) })));
    const fresh = (at: number) =>
      staleness(mark({ deviceTimeMs: shown(at, HOUR) }), now(at, "untrusted"), FRESH, clock);
    expect(fresh(65_000)).toBe("from-the-future");
    clock = learn(clock, { at: 70_020, deviceTimeMs: shown(70_000, HOUR) });
    expect(fresh(75_000)).toBe("device-clock-unknown");
    clock = learn(clock, { at: 80_020, deviceTimeMs: shown(80_000, HOUR) });
    expect(fresh(85_000)).toBeUndefined();
    // Stamped before the step and kept back: older than ever.
    expect(staleness(mark({ deviceTimeMs: shown(60_000, 0) }), now(85_000), FRESH, clock)).toBe("too-old");
  });

  it("back by an hour: nothing is believed until no stored event can bear the time it now shows", () => {
    let clock = heard(minute.map((at) => ({ at: at + 20, deviceTimeMs: shown(at, HOUR) })));
    const reasons = new Set<string>();
    let reopenedAt: number | undefined;
    for (let at = 70_000; at < 1_000_000; at += 10_000) {
      clock = learn(clock, { at: at + 20, deviceTimeMs: shown(at, 0) });
      const reason = staleness(mark({ deviceTimeMs: shown(at + 1_000, 0) }), now(at + 1_000), FRESH, clock);
      if (reason === undefined) reopenedAt ??= at;
      else reasons.add(reason);
    }
    expect(reasons).toEqual(new Set(["too-old", "device-clock-unknown"]));
    expect(reopenedAt).toBeGreaterThanOrEqual(60_000 + WINDOW_MS);
    expect(reopenedAt).toBeLessThan(90_000 + WINDOW_MS);
  });

  it.each([
    ["untrusted", 140_000],
    // The last old sample has nothing left to confirm it: our wall clock takes over.
    ["trusted", 130_000],
  ] as const)("back by ten seconds, ours %s: followed when the old samples have left the window", (trust, expected) => {
    let clock = heard(minute.map((at) => ({ at: at + 20, deviceTimeMs: shown(at, 10_000) })));
    let reopenedAt: number | undefined;
    for (let at = 70_000; at < 300_000; at += 10_000) {
      clock = learn(clock, { at: at + 20, deviceTimeMs: shown(at, 0) });
      const reason = staleness(mark({ deviceTimeMs: shown(at + 1_000, 0) }), now(at + 1_000, trust), FRESH, clock);
      if (reason === undefined) reopenedAt ??= at;
    }
    expect(reopenedAt).toBe(expected);
  });

  it("back, by our wall clock: a stored event that bears the present time is not believed", () => {
    // The device was an hour fast; an event of 11:00 bears 12:00. The device reconnects, one heartbeat, then it is set right.
    let clock = learn(undefined, { at: 0, deviceTimeMs: shown(0, HOUR) });
    clock = learn(clock, { at: 2_000, deviceTimeMs: shown(2_000, 0) });
    expect(staleness(mark({ deviceTimeMs: shown(2_500, 0) }), now(2_500), FRESH, clock)).toBe("device-clock-unknown");
  });
});

// ── Storm ───────────────────────────────────────────────────────────────────────────────────────────────────────────
/** mulberry32: the same numbers for the same seed everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("storm", () => {
  it("10,000 histories of delay, queues and clocks wrong by up to ten years: nothing stale passes (seed 41)", () => {
    const next = random(41);
    const passed = { fresh: 0, stale: 0 };
    let asked = 0;
    for (let history = 0; history < 10_000; history += 1) {
      const aheadMs = (next() - 0.5) * 20 * 8_760 * HOUR;
      const delayMs = next() * 200;
      let clock: DeviceClock | undefined;
      const stallFrom = next() * 100_000;
      const stallMs = next() < 0.5 ? next() * 60_000 : 0;
      // While the connection stalls, everything waits; then it comes at once, in order.
      const arrives = (at: number) =>
        at >= stallFrom && at < stallFrom + stallMs ? stallFrom + stallMs + (at - stallFrom) / 1_000 : at + delayMs;
      const sent = Array.from({ length: 24 }, (_, index) =>
        index % 2 === 0
          ? { beat: true, at: index * 5_000 + next() }
          : { beat: false, at: (index - 1) * 5_000 + next() * 10_000 },
      ).sort((a, b) => a.at - b.at);
      for (const { beat, at } of sent) {
        const heardAt = arrives(at);
        const deviceTimeMs = shown(at, aheadMs);
        if (beat) {
          clock = learn(clock, { at: heardAt, deviceTimeMs });
          continue;
        }
        asked += 1;
        if (staleness(mark({ deviceTimeMs }), now(heardAt, "untrusted"), FRESH, clock) !== undefined) continue;
        // The learned clock's error: the quickest heartbeat's delay.
        passed[heardAt - at > FRESH + GRAIN_MS + 200 ? "stale" : "fresh"] += 1;
      }
    }
    expect(passed.stale).toBe(0);
    expect(passed.fresh).toBeGreaterThan(asked / 2);
  });

  it("5,000 clocks set back amid stalls, 5,000 set forward: nothing stale passes (seed 42)", () => {
    const next = random(42);
    let stale = 0;
    let fresh = 0;
    for (let history = 0; history < 10_000; history += 1) {
      const back = history % 2 === 0;
      const stepMs = (back ? -1 : 1) * 10 ** (3 + next() * 3);
      const stepAt = 40_000 + next() * 60_000;
      const stallFrom = next() * 100_000;
      // A clock set forward by exactly as much as its event is late can't be told from a prompt one: see core/fresh.
      const stallMs = back ? next() * 60_000 : 0;
      let clock: DeviceClock | undefined;
      for (let at = 0; at < 200_000; at += 5_000 + next()) {
        const arrives = at >= stallFrom && at < stallFrom + stallMs ? stallFrom + stallMs + at / 1_000 : at + 50;
        const aheadMs = at < stepAt ? HOUR : HOUR + stepMs;
        clock = learn(clock, { at: arrives, deviceTimeMs: shown(at, aheadMs) });
        // Made up to a minute before, in the time the clock showed then, and delivered now.
        const madeAt = at - next() * 60_000;
        for (const made of [at, madeAt]) {
          const deviceTimeMs = shown(made, made < stepAt ? HOUR : HOUR + stepMs);
          if (staleness(mark({ deviceTimeMs }), now(arrives, "untrusted"), FRESH, clock) !== undefined) continue;
          if (arrives - made > FRESH + 2 * GRAIN_MS + AHEAD_MS) stale += 1;
          else fresh += 1;
        }
      }
    }
    expect(stale).toBe(0);
    expect(fresh).toBeGreaterThan(100_000);
  });
});
