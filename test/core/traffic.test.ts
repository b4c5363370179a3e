// Traffic is a fold: resumable at any row, and what is late or dated anew corrects its quarter instead of counting twice.
import { describe, expect, it } from "vitest";
import { count, NO_COUNTS, NO_TRAFFIC, plus, QUARTER_MS, quarterOf } from "../../src/core/traffic.ts";
import type { Counts, Fact, LaneKinds, Share, TrafficState } from "../../src/core/traffic-terms.ts";
import { random } from "../../src/simulator/random.ts";

const LANES: LaneKinds = new Map([
  ["car", "vehicle"],
  ["walk", "pedestrian"],
]);
const DAY = Date.UTC(2026, 10, 25);
const when = (seq: number, wallMs = DAY + seq * 1000, trust: Fact["trust"] = "trusted", boot = "a") =>
  ({ seq, boot, at: seq * 1000, wallMs, trust }) as const;

/** Counts by `lane minute-of-day`, all shares together. */
function fold(facts: readonly Fact[], from: TrafficState = NO_TRAFFIC) {
  let state = from;
  const shares: Share[] = [];
  for (const fact of facts) {
    const [next, more] = count(LANES, state, fact);
    state = next;
    shares.push(...more);
  }
  return { state, shares };
}
function quarters(shares: readonly Share[]): ReadonlyMap<string, Counts> {
  const all = new Map<string, Counts>();
  for (const { lane, quarterMs, counts } of shares) {
    const key = `${lane} ${new Date(quarterMs).toISOString().slice(0, 16)}`;
    all.set(key, plus(all.get(key) ?? NO_COUNTS, counts));
  }
  return all;
}

const granted = (seq: number, id: string, more: object = {}): Fact => ({
  ...when(seq),
  is: "granted",
  id,
  way: "plate",
  kind: "resident",
  ...more,
});
const passed = (
  seq: number,
  direction: "in" | "out" | "unknown",
  credit?: string,
  lane = "car",
  more: object = {},
): Fact => ({
  ...when(seq),
  is: "passed",
  lane,
  direction,
  ...(credit === undefined ? {} : { credit }),
  ...more,
});

describe("passages", () => {
  it("are counted by what was granted, and by nothing where nothing was", () => {
    const { state, shares } = fold([
      granted(1, "g1"),
      passed(5, "in", "g1"),
      passed(6, "in"),
      passed(7, "out", "forgotten"),
      passed(8, "unknown", undefined, "walk"),
      passed(9, "out", undefined, "walk"),
    ]);
    const all = quarters(shares);
    expect(all.get("car 2026-11-25T00:00")).toEqual({
      ...NO_COUNTS,
      passages: { "in resident plate": 1, "in unknown none": 1, "out unknown unknown": 1 },
      waiting: { count: 1, totalMs: 4000 },
      waitingBy: { "in resident plate": { count: 1, totalMs: 4000 } },
    });
    expect(all.get("walk 2026-11-25T00:00")?.passages).toEqual({ "unknown unknown none": 1, "out unknown none": 1 });
    expect(state.inside).toEqual({ people: 0, vehicles: 1 });
  });
  it("a grant alone is no passage", () => expect(fold([granted(1, "g1")]).shares).toEqual([]));
  it("waiting isn't measured across a restart, nor backwards", () => {
    const other = passed(5, "in", "g1", "car", { boot: "b" });
    const early = passed(5, "in", "g1", "car", { at: 0 });
    for (const fact of [other, early]) expect(fold([granted(1, "g1"), fact]).shares[0]?.counts.waiting.count).toBe(0);
  });
  it("only so many grants are remembered", () => {
    const many = Array.from({ length: 300 }, (_, n) => granted(n + 1, `g${n}`));
    expect(fold(many).state.grants).toHaveLength(200);
  });
});

it("refusals are counted by reason", () => {
  const refused = (seq: number): Fact => ({ ...when(seq), is: "refused", lane: "car", reason: "credential-expired" });
  expect(quarters(fold([refused(1), refused(2)]).shares).get("car 2026-11-25T00:00")?.refusals).toEqual({
    "credential-expired": 2,
  });
});

describe("open minutes", () => {
  const opened = (wallMs: number, openMs: number, risingMs?: number): Fact => ({
    ...when(1, wallMs),
    is: "opened",
    lane: "car",
    openMs,
    ...(risingMs === undefined ? {} : { risingMs }),
  });
  it("are shared among the quarters in which they went by", () => {
    const all = quarters(fold([opened(DAY + 2 * QUARTER_MS + 60_000, QUARTER_MS + 120_000, 1_500)]).shares);
    expect([...all].map(([key, counts]) => [key, counts.openMs, counts.opening.count])).toEqual([
      ["car 2026-11-25T00:00", 60_000, 1],
      ["car 2026-11-25T00:15", QUARTER_MS, 0],
      ["car 2026-11-25T00:30", 60_000, 0],
    ]);
  });
  it("nothing is told of a quarter that it ends on", () =>
    expect(fold([opened(DAY + QUARTER_MS, 1_000)]).shares).toHaveLength(1));
  it("an opening of no time at all still counts as one", () =>
    expect(fold([opened(DAY + 5, 0, 0)]).shares[0]?.counts.opening.count).toBe(1));
});

describe("dated anew", () => {
  const lost = (seq: number) => passed(seq, "in", undefined, "car", when(seq, 86_400_000 + seq, "untrusted", "lost"));
  it("what a wrong clock named is taken back there and counted in its own quarter, once", () => {
    const redated: Fact = { ...when(9), is: "redated", of: "lost", byMs: DAY };
    const { state, shares } = fold([lost(1), lost(2), passed(3, "in"), redated]);
    const all = quarters(shares);
    expect(all.get("car 1970-01-02T00:00")).toEqual({ ...NO_COUNTS, passages: {} });
    expect(all.get("car 2026-11-26T00:00")?.passages).toEqual({ "in unknown none": 2 });
    expect(all.get("car 2026-11-25T00:00")?.passages).toEqual({ "in unknown none": 1 });
    expect(shares.at(-1)).toMatchObject({ seq: 9, trust: "trusted" });
    // A second word on the same start finds nothing more to move.
    expect(fold([{ ...redated, seq: 10 }], state).shares).toEqual([]);
  });
  it("every count is taken back: refusals, waiting, opening, minutes", () => {
    const untrusted = (seq: number) => when(seq, seq, "untrusted", "lost");
    const facts: readonly Fact[] = [
      { ...untrusted(1), is: "refused", lane: "car", reason: "lane-full" },
      { ...granted(2, "g"), ...untrusted(2) },
      { ...passed(3, "in", "g"), ...untrusted(3) },
      { ...untrusted(50_000), is: "opened", lane: "car", openMs: 20_000, risingMs: 900 },
      { ...when(60_000), is: "redated", of: "lost", byMs: DAY },
    ];
    expect(quarters(fold(facts).shares).get("car 1970-01-01T00:00")).toEqual({ ...NO_COUNTS });
  });
  it("another start's rows stay where they are", () => {
    const { state, shares } = fold([lost(1), { ...when(9), is: "redated", of: "other", byMs: 5 }]);
    expect([shares.length, state.undated.length]).toEqual([1, 1]);
  });
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "stopped and resumed anywhere, through JSON, it counts the same (seed %i)",
  (seed) => {
    const dice = random(seed);
    const facts = Array.from({ length: 200 }, (_, n): Fact => {
      const base = {
        ...when(
          n + 1,
          DAY + dice.below(6 * QUARTER_MS),
          dice.chance(0.3) ? "untrusted" : "trusted",
          dice.chance(0.5) ? "a" : "b",
        ),
      };
      switch (dice.below(5)) {
        case 0:
          return { ...base, is: "granted", id: `g${n}`, way: "card", kind: "staff" };
        case 1:
          return { ...base, is: "refused", lane: "walk", reason: "credential-not-found" };
        case 2:
          return { ...base, is: "opened", lane: "car", openMs: dice.below(2_000_000) };
        case 3:
          return { ...base, is: "redated", of: "b", byMs: dice.below(10_000_000) };
        default:
          return { ...base, is: "passed", lane: "car", direction: "in", credit: `g${dice.below(n + 1)}` };
      }
    });
    const whole = fold(facts);
    const at = dice.below(200);
    const first = fold(facts.slice(0, at));
    const second = fold(facts.slice(at), JSON.parse(JSON.stringify(first.state)));
    expect(second.state).toEqual(JSON.parse(JSON.stringify(whole.state)));
    expect(quarters([...first.shares, ...second.shares])).toEqual(quarters(whole.shares));
    const passages = facts.filter(({ is }) => is === "passed").length;
    const counted = [...quarters(whole.shares).values()].flatMap((one) => Object.values(one.passages));
    expect(counted.reduce((sum, many) => sum + many, 0)).toBe(passages);
  },
);

it("a quarter begins on the quarter, before 1970 too", () => {
  expect(quarterOf(DAY + QUARTER_MS - 1)).toBe(DAY);
  expect(quarterOf(-1)).toBe(-QUARTER_MS);
});
