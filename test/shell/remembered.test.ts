/** Promises 1 and 4: a lane's mode across a restart, through the journal's own file. */
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Mode } from "../../src/core/lane.ts";
import * as lane from "../../src/core/lane.ts";
import type { SiteEffect } from "../../src/core/site.ts";
import type { Now } from "../../src/core/terms.ts";
import { openClockWatch } from "../../src/shell/clock-watch.ts";
import { openConditions } from "../../src/shell/conditions.ts";
import { rememberedMode } from "../../src/shell/remembered.ts";
import { entryOf } from "../../src/shell/rows.ts";
import { at, open, place } from "../keeping/journal-place.ts";
import { loopOn } from "./gate.ts";
import { type HandClock, handClock } from "./hand-clock.ts";

const HOUR = 3_600_000;

/** The gate's loop with its clock watch, as one start has them. */
function loopOf(clock: HandClock, journal: ReturnType<typeof open>, mode: Mode | undefined) {
  const loop = loopOn(clock, journal, mode === undefined ? new Map() : new Map([["in", mode]]));
  const isLockedOpen = () => {
    const one = loop.state().lanes.get("in");
    return one !== undefined && lane.mode(one) === "locked-open";
  };
  return { loop, watch: openClockWatch({ clock, loop, conditions: openConditions(loop) }), isLockedOpen };
}
const guard = { who: "王师傅", from: "page" };
const fire = { who: "fire", from: "fire-input" };
type ModeEffect = SiteEffect & { readonly do: "mode" };
const told = (effect: Omit<ModeEffect, "do" | "lane">): ModeEffect => ({ do: "mode", lane: "car-in", ...effect });
/** The mode was set at second 100; the new start looks at it at second 400, its own tick 5 s old. */
const set = at(100);
const restarted: Now = { at: 5_000, wall: at(400).wall };
const lockedOpen = (leftMs: number) => ({ is: "locked-open", by: guard, until: 5_000 + leftMs, id: "remembered" });

it.each<readonly [string, ModeEffect, object | undefined]>([
  ["controlled", told({ mode: "controlled", by: guard }), undefined],
  ["locked down", told({ mode: "locked-down", by: guard }), { is: "locked-down", by: guard }],
  ["locked open for 10 minutes", told({ mode: "locked-open", by: guard, untilMs: 700_000 }), lockedOpen(300_000)],
  ["locked open, its end has passed", told({ mode: "locked-open", by: guard, untilMs: 200_000 }), lockedOpen(0)],
  [
    "locked open for longer than is allowed",
    told({ mode: "locked-open", by: guard, untilMs: 9 * HOUR }),
    lockedOpen(HOUR),
  ],
  ["an emergency over controlled", told({ mode: "locked-open", by: fire, beneath: { mode: "controlled" } }), undefined],
  [
    "an emergency over locked down",
    told({ mode: "locked-open", by: fire, beneath: { mode: "locked-down", by: guard } }),
    { is: "locked-down", by: guard },
  ],
  [
    "an emergency over locked open",
    told({ mode: "locked-open", by: fire, beneath: { mode: "locked-open", by: guard, untilMs: 700_000 } }),
    lockedOpen(300_000),
  ],
  ["a locked-open row without an end", told({ mode: "locked-open", by: fire }), undefined],
])("%s", async (_what, effect, expected) => {
  const file = join(place(), "journal.sqlite");
  const before = open(file);
  before.append(entryOf(effect, set));
  await before.close();
  const after = open(file, { boot: "second" });
  const row = after.lastOf("mode", "car-in");
  await after.close();
  expect(row === undefined ? "no row" : rememberedMode(row, restarted, HOUR)).toEqual(expected);
});

const DOUBTED: Now = { at: 5_000, wall: { ...restarted.wall, epochMs: 0, trust: "untrusted" } };

it("with a clock that can't be believed it has what was left when its row was written, less a minute", async () => {
  const file = join(place(), "journal.sqlite");
  const journal = open(file);
  journal.append(entryOf(told({ mode: "locked-open", by: guard, untilMs: 700_000 }), set));
  const row = journal.lastOf("mode", "car-in");
  await journal.close();
  expect(row === undefined ? "no row" : rememberedMode(row, DOUBTED, HOUR)).toEqual(lockedOpen(540_000));
});

it.each([20_000, 59_000, 500_000])(
  "power cuts each %i ms without a clock: in all it is open no longer than was ordered",
  async (runsMs) => {
    const file = join(place(), "journal.sqlite");
    const ordered = 600_000;
    let open_ = 0;
    for (let start = 0; start < 40; start++) {
      const clock = handClock();
      clock.setWall(1_000_000, "untrusted");
      const journal = open(file, { boot: `boot ${start}` });
      const row = journal.lastOf("mode", "in");
      const mode = row === undefined ? undefined : rememberedMode(row, clock.now(), HOUR);
      const gate = loopOf(clock, journal, mode);
      if (start === 0) gate.loop.order("in", { is: "lock-open", forMs: ordered }, guard, "tap");
      gate.watch.look();
      for (let at = 0; at < runsMs; at += 5_000) {
        clock.to(at);
        gate.watch.look();
        if (gate.isLockedOpen()) open_ += 5_000;
      }
      gate.loop.close();
      await journal.close();
    }
    expect(open_).toBeLessThanOrEqual(ordered + 5_000);
    expect(open_).toBeGreaterThan(0);
  },
);

it("while the time is known, nothing is written for it but when that begins", async () => {
  const clock = handClock();
  const journal = open(join(place(), "journal.sqlite"));
  const gate = loopOf(clock, journal, undefined);
  gate.loop.order("in", { is: "lock-open", forMs: HOUR }, guard, "tap");
  const modes = () => journal.latest(100).filter((row) => row.kind === "mode").length;
  for (let at = 0; at < 300_000; at += 5_000) {
    clock.to(at);
    gate.watch.look();
  }
  expect(modes()).toBe(1);
  clock.setWall(0, "untrusted");
  gate.watch.look();
  expect(modes()).toBe(2);
  clock.setWall(2_000_000_000_000, "trusted");
  gate.watch.look();
  gate.watch.look();
  expect(modes()).toBe(3);
  gate.loop.close();
  await journal.close();
});
