import { expect, it } from "vitest";
import { filing } from "../../src/core/face-filing.ts";

it.each([
  [0, "below"],
  [79_999, "below"],
  [80_000, "near"],
  [99_999, "near"],
  [100_000, "due"],
] as const)("%i people with stored faces: %s", (people, is) => {
  expect(filing(people)).toBe(is);
});
