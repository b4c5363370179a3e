import { describe, expect, it } from "vitest";
import { BUDGETS, type Budget, failedAgain, type Tries, takenBack, waitMs } from "../../src/core/tries.ts";

const S = 1_000;
/** Waits after each failure in turn, each made as soon as it may be. */
function waits(budget: Budget, count: number): readonly number[] {
  let tries: Tries | undefined;
  let at = 0;
  return Array.from({ length: count }, () => {
    at += waitMs(tries, at);
    tries = failedAgain(budget, tries, at);
    return waitMs(tries, at) / S;
  });
}

describe("waits grow and end", () => {
  it("of an account", () => {
    expect(waits("account", 14)).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });
  it("of an address", () => {
    expect(waits("address", 16).slice(8)).toEqual([0, 30, 60, 120, 240, 480, 900, 900]);
  });
  it.each(Object.keys(BUDGETS) as Budget[])(
    "of %s after a thousand failures it is the longest, and finite",
    (budget) => {
      expect(waits(budget, 1_000).at(-1)).toBe(BUDGETS[budget].mostMs / S);
    },
  );
});

it("an account can be guessed at no more than 40 times in its first day", () => {
  let tries: Tries | undefined;
  let at = 0;
  let guesses = 0;
  while (at < 86_400_000) {
    tries = failedAgain("account", tries, at);
    guesses += 1;
    at += Math.max(1, waitMs(tries, at));
  }
  expect(guesses).toBeLessThan(40);
});

it("a day without a failure, and all is forgotten", () => {
  const six = { fails: 6, freeAt: 0, lastAt: 0 };
  expect(failedAgain("account", six, 86_399_999).fails).toBe(7);
  expect(failedAgain("account", six, 86_400_000).fails).toBe(1);
});

it.each([
  [1, undefined],
  [7, { fails: 6, freeAt: 5, lastAt: 0 }],
])("a failure of %i that was none is taken back", (fails, expected) => {
  expect(takenBack({ fails, freeAt: 900, lastAt: 0 }, 5)).toEqual(expected);
});

it("nothing is waited for before the first failure, nor once the wait is over", () => {
  expect(waitMs(undefined, 0)).toBe(0);
  expect(waitMs({ fails: 9, freeAt: 10, lastAt: 0 }, 11)).toBe(0);
});
