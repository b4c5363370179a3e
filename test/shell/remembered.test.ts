/** Promises 1 and 4: a lane's mode across a restart, through the journal's own file. */
import { join } from "node:path";
import { expect, it } from "vitest";
import type { SiteEffect } from "../../src/core/site.ts";
import type { Now } from "../../src/core/terms.ts";
import { rememberedMode } from "../../src/shell/remembered.ts";
import { entryOf } from "../../src/shell/rows.ts";
import { at, open, place } from "../keeping/journal-place.ts";

const HOUR = 3_600_000;
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

it("with a clock that can't be believed it ends at the longest time a person may order", async () => {
  const file = join(place(), "journal.sqlite");
  const journal = open(file);
  journal.append(entryOf(told({ mode: "locked-open", by: guard, untilMs: 700_000 }), set));
  const row = journal.lastOf("mode", "car-in");
  await journal.close();
  const doubted: Now = { at: 5_000, wall: { ...restarted.wall, epochMs: 0, trust: "untrusted" } };
  expect(row === undefined ? "no row" : rememberedMode(row, doubted, HOUR)).toEqual(lockedOpen(HOUR));
});
