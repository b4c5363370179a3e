// Pictures are shown for a while and then gone: in time, in number and in bytes; of what stands here now alone.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Found, Presented } from "../../src/core/terms.ts";
import { deviceProfileSchema } from "../../src/decode/profile.ts";
import { compile } from "../../src/decode/reader.ts";
import type { Heard, Reading } from "../../src/decode/terms.ts";
import { openBooth } from "../../src/shell/booth.ts";
import { openSnapshots } from "../../src/shell/snapshots.ts";
import { SOMEBODY } from "../../src/simulator/somebody.ts";
import { openGateLoop, resident } from "./gate.ts";
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
  const opened = openSnapshots([wallDevice("face", "faceterm-mqtt"), wallDevice("arm", "dooya-rs485")], clock, keepMs);
  const take = (seq: number, device: string, message: Heard, read: Reading) => {
    opened.asked(device, `d${seq}`);
    opened.keep(device, message, read);
  };
  const keep = (seq: number, { device = "face", pic = SOMEBODY, live = true } = {}) =>
    take(seq, device, heard(pic), reading(live));
  const snapshots = {
    until: (seq: number) => opened.until(`d${seq}`),
    of: (seq: number) => opened.of(`d${seq}`),
    close: opened.close,
  };
  return { clock, snapshots, keep, take };
}

it("a picture is there until its time, and then it isn't", () => {
  const { clock, snapshots, keep } = open();
  keep(7);
  clock.to(60_000);
  keep(8);
  expect([snapshots.until(7), snapshots.of(7)]).toEqual([120_000, { base64: SOMEBODY }]);
  clock.to(119_999);
  expect(snapshots.of(7)).toBeDefined();
  clock.to(120_000);
  expect([snapshots.until(7), snapshots.of(7), snapshots.until(8)]).toEqual([undefined, undefined, 180_000]);
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
  const { snapshots, keep } = open();
  keep(1, change);
  expect(snapshots.until(1)).toBeUndefined();
});

it("what can't be read, and what came without a document, has none", () => {
  const { snapshots, take } = open();
  take(1, "face", heard(SOMEBODY), { is: "fault", fault: { code: "not-json", where: "", message: "" } });
  take(2, "face", { via: "frame", bytes: Buffer.alloc(4_096) }, reading(true));
  expect([snapshots.until(1), snapshots.until(2)]).toEqual([undefined, undefined]);
});

it("by policy none is kept", () => {
  const { snapshots, keep } = open(0);
  keep(1);
  expect(snapshots.until(1)).toBeUndefined();
});

it("sixteen and 8 MB at the most: the oldest go first", () => {
  const { snapshots, keep } = open();
  for (let seq = 1; seq <= 20; seq++) keep(seq);
  expect([4, 5, 20].map((seq) => snapshots.until(seq) !== undefined)).toEqual([false, true, true]);
  for (let seq = 21; seq <= 24; seq++) keep(seq, { pic: "A".repeat(3 * MB) });
  expect([20, 21, 22, 23, 24].map((seq) => snapshots.until(seq) !== undefined)).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
  snapshots.close();
  expect(snapshots.until(24)).toBeUndefined();
});

/** A gate with a page, and what the page shows of the row that answers a presentation. */
function booth(plate: { readonly plateQuietMs: number; readonly plateMaxMs: number }, people: readonly Found[]) {
  const gate = openGateLoop({}, people, { point: plate, asked: (device, id) => snapshots.asked(device, id) });
  const devices = ["reader-in", "reader-out"].map((id) => wallDevice(id, "faceterm-mqtt"));
  const snapshots = openSnapshots(devices, gate.clock, 120_000);
  const desk = openBooth({
    plan: gate.plan,
    gate: { id: "g", name: "g" },
    simulation: false,
    loop: gate.loop,
    journal: gate.journal,
    dayRows: [],
    clock: gate.clock,
    whitelist: () => ({ find: () => undefined }),
    reasons: () => [],
    snapshots,
    utcOffsetMin: () => 480,
    devices: () => [],
    deviceNames: new Map(),
    health: () => ({ alive: true, ready: true, why: [] }),
  });
  /** The device sends it with this picture. */
  function shows(way: "in" | "out", type: Presented["claim"]["type"], value: string, pic: string): void {
    gate.ask(way, type, value);
    snapshots.keep(`reader-${way}`, heard(pic), reading(true));
  }
  /** Each decision's picture, the oldest first. */
  const pictures = () =>
    desk
      .rows(100)
      .filter(({ kind, snapshot }) => kind === "decision" || snapshot !== undefined)
      .map(({ kind, seq, snapshot, open }) => [kind, open.outcome, snapshot === undefined ? "" : desk.snapshot(seq)]);
  return { ...gate, desk, shows, pictures };
}
const one = `${SOMEBODY}1`;
const two = `${SOMEBODY}2`;

it("it stands at the decision, whatever rows come with that: a movement, an alarm", () => {
  const gate = booth({ plateQuietMs: 0, plateMaxMs: 0 }, [
    resident("wang", { type: "face", value: "wang" }),
    resident("zhao", { type: "face", value: "zhao" }, { blocked: true }),
  ]);
  gate.shows("in", "face", "wang", one);
  gate.shows("out", "face", "zhao", two);
  expect(gate.pictures()).toEqual([
    ["decision", "granted", { base64: one }],
    ["decision", "denied", { base64: two }],
  ]);
  expect(gate.desk.snapshot(9_999)).toBeUndefined();
});

it("of a plate that is read several times, each vehicle has the picture of its own read", () => {
  const gate = booth({ plateQuietMs: 300, plateMaxMs: 900 }, []);
  gate.shows("in", "plate", "川A11111", one);
  gate.clock.to(gate.clock.at() + 400);
  gate.shows("in", "plate", "川B22222", two);
  gate.clock.to(gate.clock.at() + 1_000);
  expect(gate.pictures()).toEqual([
    ["decision", "denied", { base64: one }],
    ["decision", "denied", { base64: two }],
  ]);
});

it("what a device kept from before isn't waited for: thousands of its records leave nothing behind, and a picture is of now", () => {
  const asked: string[] = [];
  const gate = openGateLoop({}, [], { asked: (_device, id) => asked.push(id) });
  const old = { device: "reader-in", epoch: 1, retained: false, redelivered: false, beforeConnection: false };
  for (const mark of ["retained", "redelivered", "beforeConnection"] as const)
    for (const eventId of [`${mark} 1`, `${mark} 2`]) {
      gate.loop.hear({ ...old, [mark]: true }, { is: "stranger", live: false, eventId });
      gate.loop.hear(
        { ...old, [mark]: true },
        { is: "presented", claim: { type: "face", value: "wang" }, live: false, eventId: `${eventId} known` },
      );
    }
  expect(asked).toEqual([]);
  gate.loop.hear(old, { is: "stranger", live: true });
  expect(asked).toHaveLength(1);
});
