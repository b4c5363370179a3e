import { expect, it } from "vitest";
import { nearsFiling } from "../../src/core/face-filing.ts";

it.each([
  [0, false],
  [79_999, false],
  [80_000, true],
  [100_000, true],
])("%i people with stored faces: warned %s", (people, warned) => {
  expect(nearsFiling(people)).toBe(warned);
});
