/** Promises 1 and 2: levels that a broker kept, or sends again, tell nothing of the loops and buttons of this moment. */
import { expect, it, onTestFinished } from "vitest";
import type { MqttHeard } from "../../src/shell/ports.ts";
import { mqttProfile } from "../decode/testVendor.ts";
import { openWall } from "./wall.ts";

const BOARD = mqttProfile({
  messages: [
    {
      kind: "inputs",
      when: [],
      fields: {
        loop: { from: "/loop", as: [{ enum: { map: { "0": "off", "1": "on" } } }] },
      },
      reports: [{ is: "inputs", levels: [{ channel: 1, level: "{loop}" }] }],
    },
  ],
  samples: [
    {
      name: "the loop",
      origin: "own",
      params: { deviceId: "7" },
      heard: { topic: "t/7/up", json: { loop: 0 } },
      expect: { kind: "inputs", reports: [{ is: "inputs", levels: [{ channel: 1, level: "off" }] }] },
    },
  ],
});

it.each<readonly [string, Partial<MqttHeard>]>([
  ["kept by the broker", { retained: true }],
  ["sent again", { redelivered: true }],
  ["from before this connection", { beforeConnection: true }],
])("a level %s is not believed, and the message is acknowledged", (_what, mark) => {
  const wall = openWall(BOARD, { deviceId: "7" });
  onTestFinished(() => wall.devices.close());
  wall.say("t/7/up", { loop: 0 }, mark);
  expect(wall.levels()).toEqual([]);
  expect(wall.settled).toEqual(["t/7/up"]);
  wall.say("t/7/up", { loop: 1 });
  expect(wall.levels()).toEqual(["1 on"]);
});

it("what a board said before the line to the broker went counts for nothing", () => {
  const wall = openWall(BOARD, { deviceId: "7" });
  onTestFinished(() => wall.devices.close());
  wall.say("t/7/up", { loop: 0 });
  wall.link("down");
  wall.link("starting");
  wall.link("up");
  expect(wall.levels()).toEqual(["1 off", "all unknown"]);
  wall.say("t/7/up", { loop: 0 });
  expect(wall.levels()).toEqual(["1 off", "all unknown", "1 off"]);
});
