/** Promise 1: a reply that a broker kept is no answer to the command of this moment. */
import { expect, it, onTestFinished } from "vitest";
import type { MqttHeard } from "../../src/shell/ports.ts";
import { mqttProfile } from "../decode/testVendor.ts";
import { openWall } from "./wall.ts";

const LOCK = mqttProfile({
  commands: {
    unlock: {
      moves: "open",
      out: { topic: "t/{param.deviceId}/down", json: { do: "unlock" } },
      expects: { timeoutMs: 500, ok: [{ pointer: "/did", equals: "unlock" }] },
    },
  },
});

it.each<readonly [string, Partial<MqttHeard>, string]>([
  ["of now", {}, "done"],
  ["kept by the broker", { retained: true }, "uncertain"],
  ["from before this connection", { beforeConnection: true }, "uncertain"],
])("a reply %s", async (_what, mark, outcome) => {
  const wall = openWall(LOCK, { deviceId: "7" });
  onTestFinished(() => wall.devices.close());
  const asked = wall.devices.command("one", "unlock", {});
  wall.say("t/7/up", { did: "unlock" }, mark);
  wall.clock.to(1_000);
  expect(await asked).toBe(outcome);
});
