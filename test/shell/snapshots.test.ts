// Pictures are shown for a while and then gone: in time, in number and in bytes; of what stands here now alone.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { deviceProfileSchema } from "../../src/decode/profile.ts";
import { compile } from "../../src/decode/reader.ts";
import type { Heard, Reading } from "../../src/decode/terms.ts";
import { openSnapshots } from "../../src/shell/snapshots.ts";
import { SOMEBODY } from "../../src/simulator/somebody.ts";
import { handClock } from "./hand-clock.ts";

const wallDevice = (id: string, profile: string) => {
  const text = readFileSync(new URL(`../../device-profiles/${profile}.json`, import.meta.url), "utf8");
  const reader = compile(deviceProfileSchema.parse(JSON.parse(text)));
  return { id, reader };
};
const heard = (pic: string): Heard => ({
  via: "message",
  topic: "t",
  payload: Buffer.from(JSON.stringify({ info: { pic } })),
});
const reading = (live: boolean): Reading => ({
  is: "read",
  kind: "record",
  reports: [{ is: "stranger", live }],
  answers: [],
});
const MB = 1024 * 1024;

function open(keepMs = 120_000) {
  const clock = handClock();
  const snapshots = openSnapshots(
    [wallDevice("face", "faceterm-mqtt"), wallDevice("arm", "dooya-rs485")],
    clock,
    keepMs,
  );
  const keep = (seq: number, { device = "face", pic = SOMEBODY, live = true } = {}) =>
    snapshots.keep(seq, device, heard(pic), reading(live));
  /** Until when a row's picture may be shown. */
  const until = (seq: number, kind: "decision" | "move" = "decision", reader = "face") =>
    snapshots.until({ seq, kind, open: { reader } });
  return { clock, snapshots, keep, until };
}

it("a picture is there until its time, and then it isn't", () => {
  const { clock, snapshots, keep, until } = open();
  keep(7);
  clock.to(60_000);
  keep(8);
  expect([until(7), snapshots.of(7)]).toEqual([120_000, { base64: SOMEBODY }]);
  clock.to(119_999);
  expect(snapshots.of(7)).toBeDefined();
  clock.to(120_000);
  expect([until(7), snapshots.of(7), until(8)]).toEqual([undefined, undefined, 180_000]);
  clock.to(180_000);
  expect(snapshots.of(8)).toBeUndefined();
});

it.each([
  ["a record of the backlog", { live: false }],
  ["a device whose profile names no picture", { device: "arm" }],
  ["a device that isn't on the wall", { device: "nobody" }],
  ["too small for a picture", { pic: "/9j/2Q==" }],
  ["too large for all of them together", { pic: "A".repeat(9 * MB) }],
])("%s has none", (_what, change) => {
  const { keep, until } = open();
  keep(1, change);
  expect(until(1)).toBeUndefined();
});

it("what can't be read, and what came without a document, has none", () => {
  const { snapshots, until } = open();
  snapshots.keep(1, "face", heard(SOMEBODY), { is: "fault", fault: { code: "not-json", where: "", message: "" } });
  snapshots.keep(2, "face", { via: "bytes", bytes: Buffer.alloc(4_096) }, reading(true));
  expect([until(1), until(2)]).toEqual([undefined, undefined]);
});

it("by policy none is kept", () => {
  const { keep, until } = open(0);
  keep(1);
  expect(until(1)).toBeUndefined();
});

it("sixteen and 8 MB at the most: the oldest go first", () => {
  const { snapshots, keep, until } = open();
  for (let seq = 1; seq <= 20; seq++) keep(seq);
  expect([4, 5, 20].map((seq) => until(seq) !== undefined)).toEqual([false, true, true]);
  for (let seq = 21; seq <= 24; seq++) keep(seq, { pic: "A".repeat(3 * MB) });
  expect([20, 21, 22, 23, 24].map((seq) => until(seq) !== undefined)).toEqual([false, false, false, true, true]);
  snapshots.close();
  expect(until(24)).toBeUndefined();
});

it("a decision has the picture of the message that it came of, and neither the order after it nor another decision does", () => {
  const { snapshots, keep, until } = open();
  // Decided, and the barrier told to open.
  keep(11);
  // Somebody else, without a picture; then one more with it.
  keep(13, { pic: "" });
  keep(14);
  expect([10, 11, 12, 13, 14, 15].map((seq) => until(seq) !== undefined)).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
  expect([until(11, "move"), until(14, "decision", "plate")]).toEqual([undefined, undefined]);
  expect(snapshots.of(10)).toEqual({ base64: SOMEBODY });
});
