// A hub speaks for many cameras: each hears its own, all hear what is said of all, and nobody is accused of forgery.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Report } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import { isDevice, parseProfile } from "../../src/decode/load.ts";
import { compile } from "../../src/decode/reader.ts";
import { completeParams } from "../../src/decode/topics.ts";
import { openDevices } from "../../src/shell/devices.ts";
import type { LinkState, MqttHeard, MqttLink } from "../../src/shell/ports.ts";
import type { WallDevice } from "../../src/shell/wall.ts";

const loaded = parseProfile(
  readFileSync(new URL("../../device-profiles/frigate.json", import.meta.url), "utf8"),
  "frigate",
);
if (loaded.is === "errors" || !isDevice(loaded.profile)) throw new Error("the profile has gone");
const profile = loaded.profile;

function camera(id: string, account?: string): WallDevice {
  const { params } = completeParams(profile, { camera: id });
  return {
    id,
    reader: compile(profile),
    encode: encoder(profile),
    params,
    ...(account === undefined ? {} : { account }),
  };
}

function hub(owner: string | undefined) {
  const said: string[] = [];
  let hear: (message: MqttHeard) => void = () => undefined;
  let client: (owner: string, connected: boolean) => void = () => undefined;
  const state: LinkState = { is: "up", since: 0 };
  const mqtt: MqttLink = {
    onMessage: (then) => {
      hear = then;
    },
    onState: () => undefined,
    onClient: (then) => {
      client = then;
    },
    state: () => state,
    publish: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const devices = openDevices({
    devices: [camera("gate_in"), camera("gate_out", "gate_in")],
    mqtt,
    lines: new Map(),
    clock: {
      at: () => 0,
      now: () => ({ at: 0, wall: { epochMs: 0, trust: "trusted", date: "2026-11-07", weekday: 6, minute: 0 } }),
      wakeAt: () => () => undefined,
    },
    utcOffsetMin: () => 480,
    newId: () => "id",
    hear(origin, report: Report) {
      said.push(`${origin.device} ${report.is}`);
      return undefined;
    },
    inputs: () => undefined,
    whenDurable: (_seq, then) => then(),
    onFault: (device, code) => void said.push(`${device} fault ${code}`),
    onForged: (device) => void said.push(`${device} forged`),
    onOffline: (device, offline) => void said.push(`${device} ${offline ? "offline" : "back"}`),
  });
  let settled = 0;
  return {
    devices,
    said,
    settled: () => settled,
    client: (connected: boolean) => client("gate_in", connected),
    say(topic: string, payload: unknown) {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      const settle = () => void settled++;
      hear({
        topic,
        payload: new TextEncoder().encode(text),
        retained: false,
        redelivered: false,
        qos: 1,
        ...(owner === undefined ? {} : { owner }),
        epoch: 1,
        beforeConnection: false,
        settle,
        refuse: () => undefined,
      });
    },
  };
}

const face = (name: string, attempt = 2) => ({
  type: "face",
  id: "1",
  name: "ines",
  score: 0.93,
  camera: name,
  timestamp: 1794035050 + attempt,
});
const UPDATE = "frigate/tracked_object_update";

it("promise 4: when the gate ends, what still comes is neither decided nor acknowledged: it comes again", () => {
  const { devices, said, say, settled } = hub("gate_in");
  for (const attempt of [1, 2]) say(UPDATE, face("gate_in", attempt));
  const before = [said.length, settled()];
  expect(said).toContain("gate_in presented");
  devices.close();
  say(UPDATE, { ...face("gate_in", 3), id: "2" });
  say(UPDATE, { ...face("gate_in", 4), id: "2" });
  expect([said.length, settled()]).toEqual(before);
});

it.each([
  ["through our broker, with one account", "gate_in"],
  ["through any broker", undefined],
])("%s", (_name, owner) => {
  const { devices, said, say, settled } = hub(owner);
  for (const camera of ["gate_in", "gate_out"]) say(UPDATE, face(camera, 1));
  expect(said).toEqual([]); // one attempt alone is no recognition
  say(UPDATE, face("gate_in"));
  say(UPDATE, face("gate_out"));
  say(UPDATE, face("garden"));
  expect(said).toEqual(["gate_in presented", "gate_out presented"]);
  say("frigate/available", "offline");
  say("frigate/available", "online");
  expect(said.slice(2)).toEqual([
    "gate_in offline",
    "gate_in offline",
    "gate_out offline",
    "gate_out offline",
    "gate_in back",
    "gate_in online",
    "gate_out back",
    "gate_out online",
  ]);
  expect(settled()).toBe(7);
  devices.close();
});

it("whose connection is gone: all of its cameras are", () => {
  const { devices, said, client } = hub("gate_in");
  client(true);
  client(false);
  expect(said).toEqual(["gate_in offline", "gate_out offline"]);
  expect(devices.states().map(({ link }) => link.is)).toEqual(["down", "down"]);
  devices.close();
});
