import { describe, expect, it } from "vitest";
import { speaking } from "../../src/decode/speaking.ts";
import { compileTopic } from "../../src/decode/topics.ts";
import { mqttProfile, serialProfile } from "./testVendor.ts";

const toTopic = (topic: string) => ({ out: { topic, json: {} } });

function filtersOf(topics: readonly string[], params: Readonly<Record<string, string | number>> = { deviceId: "7" }) {
  const commands = Object.fromEntries(topics.map((topic, i) => [`c${i}`, { ...toTopic(topic), moves: "none" }]));
  return speaking(mqttProfile({ commands }), params);
}

describe("what a device may subscribe", () => {
  it.each([
    ["t/{param.deviceId}/down", ["t/7/down", "t/7/#"]],
    ["t/{param.deviceId}/down/{args.channel}", ["t/7/down/+", "t/7/#"]],
    ["t/{args.channel}/down", ["t/+/down"]],
    ["t/all", ["t/all"]],
    ["t/x{param.deviceId}", ["t/+"]],
  ])("%s", (topic, filters) => {
    expect(filtersOf([topic])).toEqual(filters);
  });

  it.each([
    ["with its own name in it", "t/7/down", ["t/7/down/gpio", "t/7/down/#"]],
    ["with nobody's name in it", "site/gate", ["site/gate/gpio"]],
    ["that could widen the filter", "t/+/down", ["+/gpio"]],
    ["with an empty level", "t//down", ["+/gpio"]],
  ])("a parameter that is a path %s", (_which, down, filters) => {
    expect(filtersOf(["{param.down}/gpio"], { deviceId: "7", down })).toEqual(filters);
  });

  it("says each filter once", () => {
    expect(filtersOf(["t/{param.deviceId}/a", "t/{param.deviceId}/b", "t/{param.deviceId}/a"])).toEqual([
      "t/7/a",
      "t/7/#",
      "t/7/b",
    ]);
  });

  it.each(["+", "#", "7/#", ""])("a parameter that could widen the filter opens no branch: %j", (deviceId) => {
    expect(filtersOf(["t/{param.deviceId}/down"], { deviceId })).toEqual(["t/+/down"]);
  });

  it("a parameter that isn't given, or is called like a built-in of the language, opens no branch", () => {
    expect(filtersOf(["t/{param.deviceId}/down"], {})).toEqual(["t/+/down"]);
  });

  it("never covers another device's own topic", () => {
    for (const filter of filtersOf(["t/{param.deviceId}/down"])) {
      expect(compileTopic(filter)("t/8/down")).toBeUndefined();
    }
  });

  it("takes answers as well as commands", () => {
    const profile = mqttProfile({
      messages: [{ kind: "any", when: [], ignore: "all", answers: [toTopic("t/{param.deviceId}/ack")] }],
    });
    expect(speaking(profile, { deviceId: 7 })).toEqual(["t/7/ack", "t/7/#"]);
  });

  it("is nothing for a device on a serial line", () => {
    const profile = serialProfile({ commands: { open: { out: { bytes: ["01"] }, moves: "none" } } });
    expect(speaking(profile, {})).toEqual([]);
  });
});
