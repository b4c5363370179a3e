/** Rows written without a clock: dated later by their start's clock row, the original kept, nothing invented. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { readRows, verifyFile } from "../../src/adapters/journal-reader.ts";
import { openClockWatch } from "../../src/shell/clock-watch.ts";
import { openConditions } from "../../src/shell/conditions.ts";
import { open, place } from "../keeping/journal-place.ts";
import { loopOn } from "./gate.ts";
import { handClock } from "./hand-clock.ts";

const TRUE_MS = Date.UTC(2026, 10, 24, 9);

/** One start: 30 s without a clock, with a row at second 10; then, if it comes, the time, with a row at second 40. */
async function start(file: string, boot: string, comes: boolean): Promise<void> {
  const clock = handClock();
  clock.setWall(1_000, "untrusted");
  const journal = open(file, { boot });
  const loop = loopOn(clock, journal, new Map());
  const watch = openClockWatch({ clock, loop, conditions: openConditions(loop) });
  for (let at = 0; at <= 40_000; at += 5_000) {
    clock.to(at);
    if (at === 30_000 && comes) clock.setWall(TRUE_MS + at, "trusted");
    watch.look();
    if (at === 10_000 || at === 40_000) loop.note({ kind: "device", open: { at } });
  }
  expect(journal.latest(50).filter((row) => row.kind === "clock" && row.boot === boot)).toHaveLength(comes ? 1 : 0);
  loop.close();
  await journal.close();
}

it("by the page and the command line alike, across restarts, and no row is changed", async () => {
  const file = join(place(), "journal.sqlite");
  await start(file, "first", true);
  await start(file, "second", false);
  await start(file, "third", true);
  const rows = [...readRows(file, 0)].filter((row) => row.kind === "device");
  const told = rows.map(({ boot, wallMs, trust, datedMs }) => [boot, trust, wallMs, datedMs]);
  expect(told).toEqual([
    ["first", "untrusted", 11_000, TRUE_MS + 10_000],
    ["first", "trusted", TRUE_MS + 40_000, undefined],
    ["second", "untrusted", 11_000, undefined],
    ["second", "untrusted", 41_000, undefined],
    ["third", "untrusted", 11_000, TRUE_MS + 10_000],
    ["third", "trusted", TRUE_MS + 40_000, undefined],
  ]);
  const journal = open(file, { boot: "fourth" });
  const shown = journal.after(0, 100).filter((row) => row.kind === "device");
  expect(shown.map(({ boot, wallMs, trust, datedMs }) => [boot, trust, wallMs, datedMs])).toEqual(told);
  await journal.close();
  expect(verifyFile(file).bad).toBeUndefined();
  const db = new Database(file, { readonly: true });
  expect(db.prepare("SELECT wall FROM journal WHERE kind = 'device' ORDER BY seq LIMIT 1").get()).toEqual({
    wall: 11_000,
  });
  db.close();
});
