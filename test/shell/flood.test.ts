/** A topic that floods is cut to a rate; the others, and the same one afterwards, are heard whole. */
import { expect, it, onTestFinished } from "vitest";
import { MOST_A_SECOND, MOST_AT_ONCE, openFloodGate } from "../../src/shell/flood.ts";
import { mqttProfile } from "../decode/testVendor.ts";
import { openWall } from "./wall.ts";

/** How many of `count` messages, evenly within `withinMs`, get through. */
function through(gate: ReturnType<typeof openFloodGate>, topic: string, count: number, from: number, withinMs: number) {
  let passed = 0;
  for (let i = 0; i < count; i++) if (!gate.isTooMany(topic, from + (i * withinMs) / count)) passed++;
  return passed;
}

it("a number at once, and then the rate; some quiet seconds and it is whole again", () => {
  const gate = openFloodGate();
  expect(through(gate, "a", 50_000, 0, 5_000)).toBeLessThanOrEqual(MOST_AT_ONCE + MOST_A_SECOND * 5);
  expect(through(gate, "b", 900, 5_000, 1_000)).toBe(900);
  expect(through(gate, "a", 500, 7_000, 100)).toBe(500);
});

it("ten thousand topics cost no more memory than some hundred, and are all heard", () => {
  const gate = openFloodGate();
  for (let i = 0; i < 10_000; i++) expect(gate.isTooMany(`t/${i}`, i)).toBe(false);
});

it("what is one too many is neither read nor answered, and doesn't block what comes behind it", () => {
  const wall = openWall(mqttProfile({ messages: [{ kind: "any", when: [], reports: [{ is: "heartbeat" }] }] }), {
    deviceId: "7",
  });
  onTestFinished(() => wall.devices.close());
  for (let i = 0; i < MOST_AT_ONCE + 50; i++) wall.say("t/7/up", {});
  expect(wall.heard.length).toBe(MOST_AT_ONCE);
  expect(wall.settled.length).toBe(MOST_AT_ONCE + 50);
  expect(wall.devices.states()[0]?.counts.faults).toBe(50);
  wall.clock.to(2_000);
  wall.say("t/7/up", {});
  expect(wall.heard.length).toBe(MOST_AT_ONCE + 1);
});

it("at our own broker the device's connection waits instead: nothing is left out", () => {
  const wall = openWall(mqttProfile({ messages: [{ kind: "any", when: [], reports: [{ is: "heartbeat" }] }] }), {
    deviceId: "7",
  });
  onTestFinished(() => wall.devices.close());
  for (let i = 0; i < MOST_AT_ONCE + 50; i++) wall.say("t/7/up", {}, { owner: "one" });
  expect(wall.heard.length).toBe(MOST_AT_ONCE + 50);
});
