/** Which subscriptions lie within what a device is allowed. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { covers, matches } from "../../src/adapters/broker.ts";

it.each([
  ["a/b", "a/b", true],
  ["a/b", "a/c", false],
  ["a/b", "a/+", false],
  ["a/b", "#", false],
  ["a/+", "a/b", true],
  ["a/+", "a/+", true],
  ["a/+", "a/#", false],
  ["a/+", "a", false],
  ["a/+", "a/b/c", false],
  ["a/#", "a", true],
  ["a/#", "a/#", true],
  ["a/#", "a/+/c", true],
  ["a/#", "+/b", false],
  ["#", "anything/#", true],
  ["+/b", "+/b", true],
  ["+/b", "#", false],
] as const)("allowed %s, asked %s: %s", (allowed, asked, within) => {
  expect(covers(allowed, asked)).toBe(within);
});

const level = fc.constantFrom("a", "b", "");
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => [...levels, ...(rest ? ["#"] : [])].join("/"));
const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"));

it("promise 1: what a covered subscription hears, its allowance hears (seed 4101)", () => {
  fc.assert(
    fc.property(filter, filter, topic, (allowed, asked, heard) => {
      fc.pre(covers(allowed, asked) && matches(asked, heard));
      expect(matches(allowed, heard)).toBe(true);
    }),
    { seed: 4101, numRuns: 3_000 },
  );
});
