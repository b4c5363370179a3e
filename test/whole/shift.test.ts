/** A shift on the real service: an opening, its reason, and the hand-over, each a row on the disk before it is answered. */
import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { openPlace, serialPair, startGate } from "./place.ts";
import { siteYaml, storedRows, watchBoard } from "./site.ts";

const place = openPlace();
afterAll(() => place.leave());

test("what a guard opens, explains and hands over stands in the journal, and the counts outlive a restart", {
  timeout: 120_000,
}, async () => {
  const relays = await serialPair(place, "relays");
  const board = await watchBoard(relays.theirs);
  const yaml = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  const site = `page: { reasons: [{ zh: 访客, en: Visitor }, { zh: 看病, en: Doctor }] }\n${yaml}`;
  let gate = await startGate(place, site);

  async function state(): Promise<{ readonly tick: string; readonly view: Record<string, unknown> }> {
    const answer = await fetch(`${gate.page}/api/v1/state`);
    return JSON.parse(await answer.text());
  }
  async function tap(path: string, body: object): Promise<{ readonly status: number; readonly text: string }> {
    const { tick } = await state();
    const answer = await fetch(`${gate.page}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: gate.page },
      body: JSON.stringify({ id: randomUUID(), tick, sinceTickMs: 0, ...body }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  const openings = [randomUUID(), randomUUID()];
  for (const id of openings) expect((await tap("/api/v1/lanes/walk/orders", { order: "open", id })).status).toBe(200);
  expect(board.writes().length).toBeGreaterThanOrEqual(1);
  expect((await state()).view.reasons).toEqual([
    { zh: "访客", en: "Visitor" },
    { zh: "看病", en: "Doctor" },
  ]);
  const reason = `/api/v1/openings/${openings[0]}/reason`;
  expect((await tap(reason, { reason: "快递外卖" })).status).toBe(400);
  expect((await tap(reason, { reason: "看病" })).text).toContain('"recorded":true');
  expect((await tap(reason, { reason: "访客" })).status).toBe(404);

  // The counts are the rows' own: a restart in the middle of a shift changes none.
  expect(await gate.running.stop()).toBe(0);
  gate = await startGate(place, site);
  expect((await state()).view.shift).toMatchObject({ manual: 2, unreasoned: 1, openings: [{ id: openings[1] }] });
  expect((await tap("/api/v1/shifts", { notes: "北门灯坏了", name: "李桂芳" })).text).toContain('"recorded":true');
  expect((await state()).view.shift).toMatchObject({ guard: "李桂芳", manual: 0, unreasoned: 0, openings: [] });
  expect(await gate.running.stop()).toBe(0);

  const rows = storedRows(place);
  expect(rows.filter(({ kind }) => kind === "reason").map(({ open }) => [open.opening, open.reason, open.by])).toEqual([
    [openings[0], "看病", "岗亭"],
  ]);
  expect(
    rows.filter(({ kind }) => kind === "shift").map(({ open }) => [open.by, open.to, open.manual, open.unreasoned]),
  ).toEqual([["岗亭", "李桂芳", 2, 1]]);
  // What was written in free words may name somebody: it isn't in the clear, nor in the log.
  expect(JSON.stringify(rows)).not.toContain("北门灯坏了");
  expect(gate.running.printed()).not.toContain("北门灯坏了");
});
