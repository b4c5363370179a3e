import { expect, it } from "vitest";
import { openOrders } from "../../src/adapters/http-orders.ts";
import { openOffers } from "../../src/shell/almost.ts";
import type { Row } from "../../src/shell/ports.ts";
import { openShift, type ShiftRow } from "../../src/shell/shift.ts";

let at = 0;
const row = (kind: Row["kind"], open: Row["open"], lane?: string): ShiftRow => {
  at += 1_000;
  return { kind, open, boot: "b", at, wallMs: at, ...(lane === undefined ? {} : { lane }) };
};
const order = (id: string, what = "open", more: Row["open"] = {}) =>
  row("override", { id, order: what, from: "guard-page", by: "张建国", ...more }, "main");
const reason = (opening: string) => row("reason", { opening, reason: "访客", by: "张建国" });
const handOver = (to: string) => row("shift", { by: "张建国", to });

const granted = row("decision", { outcome: "granted" });
const denied = row("decision", { outcome: "denied" });
const waiting = row("decision", { outcome: "waiting" });
const alarm = row("alarm", { alarm: "tailgate" });

it.each<[string, readonly ShiftRow[], object]>([
  ["nothing yet", [], { automatic: 0, manual: 0, denied: 0, alarms: 0, unreasoned: 0, openings: [] }],
  ["each kind", [granted, granted, denied, waiting, alarm], { automatic: 2, manual: 0, denied: 1, alarms: 1 }],
  ["an opening without a reason", [order("a")], { manual: 1, unreasoned: 1 }],
  ["held open is an opening too", [order("a", "lock-open")], { manual: 1, unreasoned: 1 }],
  [
    "a close, a stop and an emergency are none",
    [order("a", "close"), order("b", "stop"), order("c", "emergency")],
    { manual: 0, unreasoned: 0 },
  ],
  ["a reason told", [order("a"), order("b"), reason("a")], { manual: 2, unreasoned: 1 }],
  [
    "a refused order has opened nothing",
    [order("a"), row("refusal", { id: "a" }, "main")],
    { manual: 0, unreasoned: 0 },
  ],
  ["for whom it was opened says why", [order("a", "open", { about: "d1" })], { manual: 1, unreasoned: 0 }],
  ["from afar there are no tiles", [order("a", "open", { from: "platform" })], { manual: 1, unreasoned: 0 }],
  [
    "a hand-over begins anew",
    [granted, order("a"), handOver("李桂芳"), denied],
    { guard: "李桂芳", automatic: 0, manual: 0, denied: 1, unreasoned: 0 },
  ],
])("counts since the hand-over: %s", (_name, rows, counts) => {
  // As a start finds them, and one by one as they are written.
  expect(openShift(rows.toReversed()).view()).toMatchObject(counts);
  const live = openShift([]);
  for (const one of rows) live.count(one);
  expect(live.view()).toMatchObject(counts);
});

it("shows the newest openings by name and counts all", () => {
  const shift = openShift([]);
  for (let n = 0; n < 12; n += 1) shift.count(order(`o${n}`));
  expect(shift.view().unreasoned).toBe(12);
  expect(shift.view().openings.map(({ id }) => id)).toEqual(["o11", "o10", "o9", "o8", "o7", "o6", "o5", "o4"]);
  expect(shift.lacksReason("o0")).toBe(true);
  shift.count(reason("o0"));
  expect(shift.lacksReason("o0")).toBe(false);
});

it("a shift of months keeps the newest openings alone, and counts all", () => {
  const shift = openShift([]);
  for (let n = 0; n < 600; n += 1) shift.count(order(`o${n}`));
  expect(shift.view()).toMatchObject({ manual: 600, unreasoned: 600 });
  expect([99, 100, 599].map((n) => shift.lacksReason(`o${n}`))).toEqual([false, true, true]);
  shift.count(reason("o100"));
  expect(shift.view().unreasoned).toBe(599);
  shift.count(handOver("李桂芳"));
  expect(shift.view()).toMatchObject({ manual: 0, unreasoned: 0 });
});

const refused = (seq: number, when: number): Row => ({
  seq,
  kind: "decision",
  lane: "main",
  boot: "b",
  at: when,
  wallMs: when,
  trust: "trusted",
  hash: "",
  open: { id: `d${seq}`, outcome: "denied", ask: true },
  sealed: { value: "川K12B45", almost: "川K12845", almostName: "王小雨" },
});

it("an almost-match is offered for two minutes, on its lane, once", () => {
  const offers = openOffers();
  offers.hear(refused(1, 0));
  expect(offers.take(1, "other", 1_000)).toBeUndefined();
  expect(offers.take(2, "main", 1_000)).toBeUndefined();
  expect(offers.take(1, "main", 120_001)).toBeUndefined();
  expect(offers.take(1, "main", 120_000)).toEqual({ decision: "d1", seen: "川K12B45", plate: "川K12845" });
  expect(offers.take(1, "main", 120_000)).toBeUndefined();
  offers.hear({ ...refused(3, 0), open: { id: "d3", outcome: "denied" } });
  expect(offers.take(3, "main", 1)).toBeUndefined();
});

it("a flood of almost-matches leaves the newest on offer", () => {
  const offers = openOffers();
  for (let n = 1; n <= 5_000; n += 1) offers.hear(refused(n, n));
  expect([1, 4_800, 4_801, 5_000].map((n) => offers.take(n, "main", 5_000)?.decision)).toEqual([
    undefined,
    undefined,
    "d4801",
    "d5000",
  ]);
});

it("a tap comes once however many come, and its answer is kept no longer than it could come again", async () => {
  let now = 0;
  let carried = 0;
  const order = async () => ({ ok: true, seq: ++carried }) as const;
  const taps = openOrders(
    { order, amnesty: order, reason: order, handOver: order },
    () => "b",
    () => now,
  );
  const tap = (id: string) =>
    taps.place("main", { id, tick: "b.1000", sinceTickMs: 0, order: "open" }, { who: "张建国", from: "guard-page" });
  expect(await tap("first")).toEqual({ ok: true, seq: 1 });
  for (let n = 0; n < 1_500; n += 1) await tap(`t${n}`);
  now = 4_000;
  expect(await tap("first")).toEqual({ ok: true, seq: 1 });
  expect(carried).toBe(1_501);
  now = 4_001;
  expect(await tap("first")).toMatchObject({ code: "tap-expired" });
  expect(carried).toBe(1_501);
});
