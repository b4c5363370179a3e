// Work that can wait never has more than half of the loop, in the order in which it was given, and a failure stops none of it.
import { expect, it } from "vitest";
import { openAside } from "../../src/shell/aside.ts";
import { handClock } from "./hand-clock.ts";

function bench() {
  const clock = handClock();
  const turn: (() => void)[] = [];
  const aside = openAside(clock, (then) => void turn.push(then));
  const done: string[] = [];
  return {
    clock,
    done,
    give: (name: string, tookMs: number, then?: () => void) =>
      aside(() => {
        clock.stall(tookMs);
        done.push(`${name} ${clock.at()}`);
        then?.();
      }),
    /** The loop's next turn. */
    turn: () => {
      for (const then of turn.splice(0)) then();
    },
    waits: () => turn.length,
  };
}

it("after each piece the loop is left alone for as long as the piece took, 1 ms at the least", () => {
  const { clock, done, give, turn, waits } = bench();
  for (const [name, tookMs] of [
    ["long", 4],
    ["short", 0.2],
    ["last", 0.2],
  ] as const)
    give(name, tookMs);
  turn();
  expect([done, waits()]).toEqual([["long 4"], 0]);
  clock.to(7.9);
  expect(done).toHaveLength(1);
  clock.to(8);
  expect(done).toEqual(["long 4", "short 8.2"]);
  clock.to(9.1);
  expect(done).toHaveLength(2);
  clock.to(9.3);
  expect(done).toEqual(["long 4", "short 8.2", "last 9.399999999999999"]);
});

it("what comes after a rest runs in the next turn, and a piece that gives itself again waits like any other", () => {
  const { clock, done, give, turn } = bench();
  give("one", 1, () => give("again", 1));
  turn();
  turn();
  expect(done).toEqual(["one 1"]);
  clock.to(2);
  expect(done).toEqual(["one 1", "again 3"]);
  clock.to(50);
  give("fresh", 1);
  expect(done).toHaveLength(2);
  turn();
  expect(done[2]).toBe("fresh 51");
});

it("a piece that fails is followed by the next all the same", () => {
  const { clock, done, give, turn } = bench();
  give("bad", 0, () => {
    throw new Error("the journal can't be read");
  });
  give("good", 0);
  expect(turn).toThrow("can't be read");
  clock.to(1);
  expect(done).toEqual(["bad 0", "good 1"]);
});
