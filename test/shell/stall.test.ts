/** Promise 1 when the process stood still: what lay in its buffers meanwhile is no event of now. */
import { expect, it, onTestFinished } from "vitest";
import { mqttProfile } from "../decode/testVendor.ts";
import { openGateLoop, resident } from "./gate.ts";
import { openWall } from "./wall.ts";

const READER = mqttProfile({
  messages: [
    {
      kind: "card",
      when: [],
      fields: { no: { from: "/no" } },
      reports: [{ is: "presented", claim: { type: "card", value: "{no}" }, live: true }],
    },
  ],
  samples: [
    {
      name: "a card",
      origin: "own",
      params: { deviceId: "7" },
      heard: { topic: "t/7/up", json: { no: "1" } },
      expect: { kind: "card", reports: [{ is: "presented", claim: { type: "card", value: "1" }, live: true }] },
    },
  ],
});

it.each([
  ["before the clock is looked at again", false],
  ["after it", true],
])("a card from a buffer is history, read %s", (_what, woken) => {
  const wall = openWall(READER, { deviceId: "7" });
  onTestFinished(() => wall.devices.close());
  const marks = () => wall.heard.map(({ origin }) => origin.beforeConnection);
  wall.clock.to(10_500);
  wall.say("t/7/up", { no: "1" });
  wall.clock.stall(6_000);
  if (woken) wall.clock.to(wall.clock.now().at);
  wall.say("t/7/up", { no: "2" });
  expect(marks()).toEqual([false, true]);
  // It has caught up: the next one is of now.
  wall.clock.to(wall.clock.now().at + 1_000);
  wall.say("t/7/up", { no: "3" });
  expect(marks()).toEqual([false, true, false]);
});

it("a short delay makes nothing old", () => {
  const wall = openWall(READER, { deviceId: "7" });
  onTestFinished(() => wall.devices.close());
  wall.clock.to(10_500);
  wall.clock.stall(2_000);
  wall.say("t/7/up", { no: "1" });
  wall.clock.to(wall.clock.now().at);
  wall.say("t/7/up", { no: "2" });
  expect(wall.heard.map(({ origin }) => origin.beforeConnection)).toEqual([false, false]);
});

it("promise 2: an arm isn't lowered by what a loop said before we stood still", () => {
  const gate = openGateLoop({}, [resident("zhao", {})]);
  gate.ask("in", "card", "zhao");
  gate.loop.sense("in", "limit-closed", "off");
  gate.loop.sense("in", "limit-open", "on");
  gate.loop.sense("in", "loop-inner", "on");
  gate.clock.to(3_000);
  gate.loop.sense("in", "loop-inner", "off");
  expect(gate.moves).toEqual(["in open"]);
  // In a second it would close; we stand still, and the next car comes meanwhile.
  gate.clock.stall(6_000);
  gate.clock.to(gate.clock.now().at);
  expect(gate.moves).toEqual(["in open"]);
  gate.clock.to(gate.clock.now().at + 200);
  gate.loop.sense("in", "loop-inner", "on");
  gate.clock.to(gate.clock.now().at + 5_000);
  expect(gate.moves).toEqual(["in open"]);
  gate.loop.sense("in", "loop-inner", "off");
  gate.clock.to(gate.clock.now().at + 2_000);
  expect(gate.moves).toEqual(["in open", "in close"]);
});

it("where nobody came, it is lowered a little after we go on", () => {
  const gate = openGateLoop({}, [resident("zhao", {})]);
  gate.ask("in", "card", "zhao");
  gate.loop.sense("in", "limit-closed", "off");
  gate.loop.sense("in", "limit-open", "on");
  gate.loop.sense("in", "loop-inner", "on");
  gate.clock.to(3_000);
  gate.loop.sense("in", "loop-inner", "off");
  gate.clock.stall(6_000);
  gate.clock.to(gate.clock.now().at + 1_200);
  expect(gate.moves).toEqual(["in open", "in close"]);
});
