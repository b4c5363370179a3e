/** A line that has just been plugged in is in the middle of whatever is said on it. */
import { expect, it } from "vitest";
import { framer } from "../../src/decode/frames.ts";

const text = (said: string) => new TextEncoder().encode(said);
const LINE = framer({
  cut: "line",
  ends: ["0D"],
  idleMs: 100,
  idleEnds: true,
  maxLength: 64,
  charset: "ascii",
  trim: true,
});

it.each([
  ["the tail of a line ends with its end, and the next line counts", 1_050, ["next"]],
  ["after a silence a line is whole", 1_200, ["tail", "next"]],
])("%s", (_what, at, lines) => {
  const [, frames] = LINE.push(LINE.plugged(1_000), text("tail\rnext\r"), at);
  expect(frames.map((frame) => new TextDecoder().decode(frame))).toEqual(lines);
});

it("frames that prove themselves need no such care", () => {
  const fixed = framer({ cut: "fixed", length: 2, start: "FF", idleMs: 50 });
  expect(fixed.plugged(1_000)).toEqual(fixed.start);
  expect(fixed.push(fixed.plugged(1_000), Uint8Array.of(1, 0xff, 2), 1_001)[1]).toEqual([Uint8Array.of(0xff, 2)]);
});
