/**
 * "No clock battery" (OctoPi#606, Tasmota#5571): the gate's wall clock jumps between 1970 and ten years from now, while
 * terminals present fresh, stored, replayed and kept records by a clock of their own. An opening is matched by one fresh
 * grant each time, whatever the wall says; people with dates or times go to the guard while it can't be believed.
 * `GATEPOST_JUMPS=5000 npm test -- test/shell/clock-jumps` is the size of reliability.md.
 */
import { expect, it } from "vitest";
import type { ClockTrust, Presented } from "../../src/core/terms.ts";
import type { Origin } from "../../src/shell/loop.ts";
import { random } from "../../src/simulator/random.ts";
import { openGateLoop, resident } from "./gate.ts";

const JUMPS = Number(process.env.GATEPOST_JUMPS ?? 1_000);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_124);
const LATEST_MS = Date.UTC(2036, 10, 24);
const BUILT_MS = Date.UTC(2026, 0, 1);
/** What the terminal's own clock shows at our monotonic 0: as wrong as they are, and right about its own steps. */
const DEVICE_MS = Date.UTC(2031, 4, 1, 7);

type Way = "fresh" | "replayed" | "kept" | "delivered again" | "stored" | "an hour late" | "from before";
const WAYS: readonly Way[] = ["fresh", "replayed", "kept", "delivered again", "stored", "an hour late", "from before"];
const VISIT = { validFrom: Date.UTC(2026, 10, 1), validUntil: Date.UTC(2026, 11, 1) };

it(`${JUMPS} jumps of the wall clock: no opening without its fresh grant (seed ${SEED})`, { timeout: 120_000 }, () => {
  const dice = random(SEED);
  const gate = openGateLoop({}, [resident("lin", {}), resident("guest", VISIT, { kind: "visitor" })]);
  const at = () => gate.clock.now().at;
  const used: string[] = [];
  let events = 0;
  const told = { fresh: 0, opened: 0, asked: 0, byDate: 0 };
  const origin: Origin = {
    device: "reader-in",
    epoch: 1,
    retained: false,
    redelivered: false,
    beforeConnection: false,
  };
  const beat = () =>
    gate.loop.hear(origin, { is: "heartbeat", deviceTimeMs: Math.floor((DEVICE_MS + at()) / 1000) * 1000 });

  function jump(): ClockTrust {
    const epochMs = dice.chance(0.1) ? dice.below(1_000_000) : Math.floor(dice.next() * LATEST_MS);
    // As the clock's adapter says it: a time before the program was made is nobody's time.
    const sure = dice.pick<ClockTrust>(["trusted", "holdover", "untrusted"]) ?? "untrusted";
    const trust = epochMs < BUILT_MS ? "untrusted" : sure;
    gate.clock.setWall(epochMs, trust);
    return trust;
  }

  function present(who: string, way: Way): void {
    const eventId = way === "replayed" ? (dice.pick(used) ?? "e1") : `e${++events}`;
    if (way === "fresh") used.push(eventId);
    const report: Presented = {
      is: "presented",
      claim: { type: "card", value: who },
      eventId,
      live: way !== "stored",
      deviceTimeMs: Math.floor((DEVICE_MS + at() - (way === "an hour late" ? 3_600_000 : 0)) / 1000) * 1000,
    };
    const from: Origin = {
      ...origin,
      retained: way === "kept",
      redelivered: way === "delivered again",
      beforeConnection: way === "from before",
    };
    gate.loop.hear(from, report);
  }

  present("lin", "fresh");
  gate.moves.length = 0;
  gate.clock.to(at() + 60_000);
  gate.passes("in");
  for (let n = 0; n < JUMPS; n++) {
    // Two heartbeats before and one after: the terminal's clock is known by our monotonic time alone.
    beat();
    gate.clock.to(at() + 4_000);
    beat();
    const moved = gate.moves.length;
    const trust = jump();
    // A jump by itself, and what falls due while it stands, moves nothing.
    gate.clock.to(at() + dice.below(2_000));
    expect(gate.moves.length).toBe(moved);
    const who = dice.chance(0.3) ? "guest" : "lin";
    const way = dice.pick(WAYS) ?? "fresh";
    present(who, way);
    const row = gate.journal.latest(10).find((one) => one.open.outcome !== undefined);
    const opened = gate.moves.slice(moved).filter((move) => move === "in open").length;
    if (way !== "fresh") {
      expect([n, way, opened, row?.open.reason]).toEqual([n, way, 0, "not-fresh"]);
      continue;
    }
    told.fresh++;
    if (who === "lin") {
      expect([n, trust, opened]).toEqual([n, trust, 1]);
    } else if (trust === "untrusted") {
      expect([n, opened, row?.open.reason, row?.open.ask]).toEqual([n, 0, "clock-untrusted", true]);
      told.asked++;
    } else {
      const wallMs = gate.clock.now().wall.epochMs;
      const valid = wallMs >= VISIT.validFrom && wallMs < VISIT.validUntil;
      expect([n, opened]).toEqual([n, valid ? 1 : 0]);
      told.byDate++;
    }
    if (opened === 0) continue;
    told.opened++;
    gate.passes("in");
    gate.clock.to(at() + 30_000);
  }
  expect(gate.moves.filter((move) => move === "in open").length).toBe(told.opened);
  expect(told.opened).toBeGreaterThan(JUMPS / 20);
  expect(told.asked).toBeGreaterThan(JUMPS / 100);
  console.log(`${JUMPS} jumps: ${told.fresh} fresh, ${told.opened} opened, ${told.asked} to the guard`);
});
