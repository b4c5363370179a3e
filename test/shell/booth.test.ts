/** What a guard does at the booth, on a real loop and journal: a near match, a reason, a hand-over. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Author, Found } from "../../src/core/terms.ts";
import { type Booth, openBooth } from "../../src/shell/booth.ts";
import type { RowView } from "../../src/shell/desk.ts";
import { durable } from "../keeping/journal-place.ts";
import { openGateLoop, resident } from "./gate.ts";

const ZHANG: Author = { who: "张建国", from: "guard-page" };
const OPEN = { is: "open" } as const;
const wang = resident("wang", { type: "plate", value: "川K8B230" }, { name: "王小雨", household: "2-1-101" });

const TILES = [
  { zh: "访客", en: "Visitor" },
  { zh: "其他", en: "Other" },
];

/** `people` stays the list; what a test takes out of it is on it no more. */
function openAt(people: Found[], reasons = TILES) {
  let booth: Booth | undefined;
  const gate = openGateLoop({}, people, { onRow: (row) => booth?.written(row) });
  booth = openBooth({
    plan: gate.plan,
    gate: { id: "g", name: "g" },
    simulation: false,
    loop: gate.loop,
    journal: gate.journal,
    dayRows: [],
    clock: gate.clock,
    whitelist: () => ({
      find: (type, value) => people.find(({ credential }) => credential.type === type && credential.value === value),
    }),
    reasons: () => reasons,
    utcOffsetMin: () => 480,
    devices: () => [],
    deviceNames: new Map(),
    health: () => ({ alive: true, ready: true, why: [] }),
  });
  const desk = booth;
  const last = (kind: RowView["kind"]): RowView | undefined => desk.rows(50).findLast((row) => row.kind === kind);
  /** Presents a plate, and waits until its row is on the disk: then the page has it. */
  async function refuse(plate: string): Promise<RowView> {
    expect(gate.ask("in", "plate", plate)).toBe("credential-not-found");
    const row = last("decision");
    if (row === undefined) throw new Error("no decision");
    await durable(gate.journal, row.seq);
    return row;
  }
  return { ...gate, desk, last, refuse };
}

it("a refused plate is let in as the one it nearly is: one order by a named person, and the row says for whom", async () => {
  const { desk, refuse, moves, last } = openAt([wang]);
  const refused = await refuse("川KB8230");
  expect(refused).toMatchObject({ verdict: "ask", almost: { plate: "川K8B230", name: "王小雨" } });
  expect(moves).toEqual([]);

  const id = randomUUID();
  const about = refused.seq;
  expect(await desk.order({ id, lane: "out", order: OPEN, by: ZHANG, about })).toEqual({
    ok: false,
    why: "about-unknown",
  });
  expect(await desk.order({ id, lane: "in", order: OPEN, by: ZHANG, about })).toMatchObject({ ok: true });
  expect(moves).toEqual(["in open"]);
  const row = last("override");
  expect(row).toMatchObject({
    open: { id, order: "open", by: "张建国", about: refused.open.id },
    sealed: { name: "王小雨", value: "川K8B230", seen: "川KB8230", household: "2-1-101" },
    who: "王小雨 川K8B230",
    household: "2-1-101",
  });
  expect(row?.sentence.zh).toBe("张建国放行：按 川K8B230 放行，相机认成 川KB8230");
  // In the clear stands nobody's name or plate.
  expect(JSON.stringify(row?.open)).not.toMatch(/王小雨|川K/);

  expect(await desk.order({ id: randomUUID(), lane: "in", order: OPEN, by: ZHANG, about })).toEqual({
    ok: false,
    why: "about-unknown",
  });
  expect(moves).toEqual(["in open"]);
});

it.each<[string, (people: Found[]) => void]>([
  ["has left the list", (people) => void people.splice(0)],
  ["was barred", (people) => void people.splice(0, 1, resident("wang", wang.credential, { blocked: true }))],
])("whoever %s since the refusal is let in by nobody's tap", async (_name, change) => {
  const people = [wang];
  const { desk, refuse, moves } = openAt(people);
  const about = (await refuse("川KB8230")).seq;
  change(people);
  const told = await desk.order({ id: randomUUID(), lane: "in", order: OPEN, by: ZHANG, about });
  expect([told, moves]).toEqual([{ ok: false, why: "about-unknown" }, []]);
});

it("an opening is asked about, its reason is a row that names it, and the hand-over counts what has none", async () => {
  const tiles = [...TILES];
  const { desk, last, clock } = openAt([], tiles);
  const [first, second] = [randomUUID(), randomUUID()];
  await desk.order({ id: first, lane: "in", order: OPEN, by: ZHANG });
  await desk.order({ id: second, lane: "out", order: OPEN, by: ZHANG });
  expect(desk.view().shift.openings.map(({ id, lane }) => [id, lane])).toEqual([
    [second, "out"],
    [first, "in"],
  ]);
  const tell = (opening: string, reason: string) => desk.reason({ id: randomUUID(), opening, reason, by: ZHANG });
  expect(await tell(first, "不在单子上")).toEqual({ ok: false, why: "reason-unknown" });
  expect(await tell(randomUUID(), "访客")).toEqual({ ok: false, why: "opening-unknown" });
  // Late is better than never; meanwhile both lanes have raised that they did not open.
  clock.to(clock.at() + 600_000);
  expect(await tell(first, "访客")).toMatchObject({ ok: true });
  expect(await tell(first, "其他")).toEqual({ ok: false, why: "opening-unknown" });
  expect(last("reason")).toMatchObject({
    open: { opening: first, reason: "访客", en: "Visitor", by: "张建国" },
    sentence: { zh: "开门原因：访客（张建国）" },
  });
  // The clerk has another list now: the page has it, and the row keeps its words.
  tiles.splice(0, 1, { zh: "送水", en: "Water" });
  expect(desk.view().reasons[0]?.zh).toBe("送水");
  expect(await tell(second, "访客")).toEqual({ ok: false, why: "reason-unknown" });
  expect(last("reason")?.sentence.zh).toBe("开门原因：访客（张建国）");

  await desk.handOver({ id: randomUUID(), by: ZHANG, to: "李桂芳", notes: "3-2-501 的王老师晚上来取快递" });
  const row = last("shift");
  expect(row).toMatchObject({ open: { by: "张建国", to: "李桂芳", manual: 2, unreasoned: 1 } });
  expect(row?.sentence.zh).toContain("张建国交班给李桂芳：自动 0、手动 2、拒绝 0、报警 2、未填写原因 1。留言：3-2-501");
  expect(JSON.stringify(row?.open)).not.toContain("王老师");
  expect(desk.view().shift).toMatchObject({ guard: "李桂芳", manual: 0, unreasoned: 0, openings: [] });
  expect(await tell(second, "其他")).toEqual({ ok: false, why: "opening-unknown" });
});

it("a restart finds the shift as it was", async () => {
  const gate = openAt([]);
  await gate.desk.handOver({ id: randomUUID(), by: ZHANG, to: "李桂芳", notes: "" });
  const id = randomUUID();
  await gate.desk.order({ id, lane: "in", order: OPEN, by: ZHANG });
  const again = openBooth({
    plan: gate.plan,
    gate: { id: "g", name: "g" },
    simulation: false,
    loop: gate.loop,
    journal: gate.journal,
    dayRows: [],
    clock: gate.clock,
    whitelist: () => ({ find: () => undefined }),
    reasons: () => [],
    utcOffsetMin: () => 480,
    devices: () => [],
    deviceNames: new Map(),
    health: () => ({ alive: true, ready: true, why: [] }),
  });
  expect(again.view().shift).toMatchObject({
    guard: "李桂芳",
    manual: 1,
    unreasoned: 1,
    openings: [{ id, lane: "in" }],
  });
});
