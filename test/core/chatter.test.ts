/** A contact that jumps is unknown until it keeps still. */
import { expect, it } from "vitest";
import {
  type Contact,
  hearLevel,
  MOST_CHANGES,
  STILL_MS,
  steadied,
  stillAt,
  WITHIN_MS,
} from "../../src/core/chatter.ts";
import type { ContactLevel } from "../../src/core/terms.ts";

/** Levels heard every `everyMs`, and what was told of them. */
function told(levels: readonly ContactLevel[], everyMs: number, from?: Contact) {
  let contact = from;
  const said = levels.map((level, n) => {
    const [next, out] = hearLevel(contact, level, n * everyMs);
    contact = next;
    return out ?? "nothing";
  });
  return { contact, said };
}
const jumps = (count: number): readonly ContactLevel[] =>
  Array.from({ length: count }, (_, n) => (n % 2 === 0 ? "off" : "on"));

it("what moves as people and cars do is told as it comes, repeats too", () => {
  const levels: readonly ContactLevel[] = ["off", "on", "on", "off", "unknown", "off"];
  expect(told(levels, 100).said).toEqual(levels);
});

it.each([
  ["one jump short", MOST_CHANGES + 1, 1, "steady"],
  ["one jump too many", MOST_CHANGES + 2, 1, "jumping"],
  ["as many, slowly", MOST_CHANGES * 10, WITHIN_MS / MOST_CHANGES, "steady"],
  ["a little faster", MOST_CHANGES * 10, WITHIN_MS / MOST_CHANGES - 1, "jumping"],
])("%s", (_what, count, everyMs, is) => {
  expect(told(jumps(count), everyMs).contact?.is).toBe(is);
});

it("it is told as unknown once, and nothing more while it jumps", () => {
  const { said } = told(jumps(5_000), 1);
  expect(said.slice(0, MOST_CHANGES + 1)).toEqual(jumps(MOST_CHANGES + 1));
  expect(said.slice(MOST_CHANGES + 1)).toEqual(["unknown", ...Array(5_000 - MOST_CHANGES - 2).fill("nothing")]);
});

it("it has kept still when its level has stood for the time, however often that level is heard", () => {
  const { contact } = told(jumps(100), 1);
  if (contact === undefined) throw new Error("no contact");
  expect(stillAt(contact)).toBe(99 + STILL_MS);
  const [again] = hearLevel(contact, "on", 2_000);
  expect(stillAt(again)).toBe(99 + STILL_MS);
  const steady = steadied(again);
  expect(steady).toEqual({ is: "steady", level: "on", changes: [] });
  expect(stillAt(steady)).toBeUndefined();
});
