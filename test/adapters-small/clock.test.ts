import { describe, expect, it } from "vitest";
import { type ClockSettings, type Jump, openClock, systemSync, wallOf } from "../../src/adapters/clock.ts";

function fakeClock(change: Partial<ClockSettings> = {}) {
  const state = { wall: Date.UTC(2026, 10, 24, 0, 32), at: 5_000, steered: false, sinceBoot: false };
  const clock = openClock({
    zone: "Asia/Shanghai",
    trust: "auto",
    buildYear: 2026,
    sync: { now: () => state.steered, sinceBoot: () => state.sinceBoot },
    wallMs: () => state.wall,
    monotonicMs: () => state.at,
    ...change,
  });
  return { clock, state };
}

describe("wall time in the site's zone is what Intl says", () => {
  const zones = ["Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"];
  const moments = [
    Date.UTC(1970, 0, 1),
    Date.UTC(2024, 1, 29, 23, 59, 59, 999),
    Date.UTC(2026, 2, 29, 0, 59, 59),
    Date.UTC(2026, 2, 29, 1, 0),
    Date.UTC(2026, 9, 25, 0, 59, 59),
    Date.UTC(2026, 9, 25, 1, 0),
    Date.UTC(2026, 11, 31, 16, 0),
    Date.UTC(2036, 0, 1, 4, 15),
  ];
  it.each(zones)("%s", (zone) => {
    const { clock, state } = fakeClock({ zone });
    const format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      dateStyle: "short",
      timeStyle: "short",
    });
    const days = new Intl.DateTimeFormat("en-US", { timeZone: zone, weekday: "short" });
    for (const moment of moments) {
      state.wall = moment;
      const { wall } = clock.now();
      const [date, time] = format.format(moment).split(", ");
      const [hour, minute] = (time ?? "").split(":").map(Number);
      expect(wall.date).toBe(date);
      expect(wall.minute).toBe((hour ?? 0) * 60 + (minute ?? 0));
      expect(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][wall.weekday - 1]).toBe(days.format(moment));
    }
    clock.close();
  });

  it("counts backwards before 1970 too", () => {
    expect(wallOf(-1, "untrusted", 0)).toEqual({
      epochMs: -1,
      trust: "untrusted",
      date: "1969-12-31",
      weekday: 3,
      minute: 1439,
    });
  });

  it("an unknown zone is refused at the start", () => {
    expect(() => fakeClock({ zone: "Asia/Nowhere" })).toThrow(RangeError);
  });
});

describe("trust", () => {
  it("never set since the machine started: untrusted", () => {
    const { clock } = fakeClock();
    expect(clock.now().wall.trust).toBe("untrusted");
    clock.close();
  });

  it("set in this boot, before our start, and not steered now: holdover", () => {
    const { clock, state } = fakeClock({ sync: { now: () => false, sinceBoot: () => true } });
    expect(clock.now().wall.trust).toBe("holdover");
    state.wall = Date.UTC(2025, 11, 31);
    expect(clock.now().wall.trust).toBe("untrusted");
    clock.close();
  });

  it("steered, then the line goes: trusted, then holdover; a hand on the clock ends it", () => {
    const { clock, state } = fakeClock();
    const jumps: Jump[] = [];
    clock.onJump((jump) => jumps.push(jump));
    state.steered = true;
    state.wall += 3_600_000;
    expect(clock.now().wall.trust).toBe("trusted");
    expect(jumps).toMatchObject([{ byMs: 3_600_000 }]);
    state.steered = false;
    state.wall += 2_000;
    state.at += 500;
    expect(clock.now().wall.trust).toBe("holdover");
    state.wall -= 60_000;
    expect(clock.now().wall.trust).toBe("untrusted");
    expect(jumps.map((jump) => jump.byMs)).toEqual([3_600_000, 1_500, -60_000]);
    clock.close();
  });

  it("a drift below a second is no jump", () => {
    const { clock, state } = fakeClock();
    const jumps: Jump[] = [];
    clock.onJump((jump) => jumps.push(jump));
    for (let count = 0; count < 100; count += 1) {
      state.at += 1_000;
      state.wall += 1_000 + (count % 2 === 0 ? 900 : -900);
      clock.now();
    }
    expect(jumps).toEqual([]);
    clock.close();
  });

  it("a clock with a battery is believed when config vouches for it, but not in 1970", () => {
    const { clock, state } = fakeClock({ trust: "always" });
    expect(clock.now().wall.trust).toBe("trusted");
    state.wall = 86_400_000;
    expect(clock.now().wall.trust).toBe("untrusted");
    clock.close();
  });

  it("this machine answers, whatever it says", () => {
    const sync = systemSync("/no/such/mark");
    expect(typeof sync.now()).toBe("boolean");
    expect(sync.sinceBoot()).toBe(false);
  });
});

describe("waking", () => {
  it("never early, and not when called off", async () => {
    const clock = openClock({ zone: "Asia/Shanghai", trust: "auto", buildYear: 2026 });
    const woken: string[] = [];
    const early: number[] = [];
    const started = clock.now().at;
    clock.wakeAt(started + 5, () => woken.push("called off"))();
    await new Promise<void>((resolve) => {
      for (const ms of [30, 10.5, 20, 0.1, -5]) {
        clock.wakeAt(started + ms, () => {
          woken.push(String(ms));
          early.push(clock.now().at - (started + ms));
          if (woken.length === 5) resolve();
        });
      }
    });
    // A process that stood still meets several at once, in any order.
    expect([...woken].sort()).toEqual(["-5", "0.1", "10.5", "20", "30"]);
    expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
    clock.close();
  });

  it("waits for a deadline further away than a timer can count", () => {
    const { clock } = fakeClock();
    let woken = false;
    const callOff = clock.wakeAt(5e12, () => {
      woken = true;
    });
    callOff();
    expect(woken).toBe(false);
    clock.close();
  });
});
