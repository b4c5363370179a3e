/** Devices on the wall with a link that a test holds in its hand. */
import type { Report } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import type { DeviceProfile } from "../../src/decode/profile.ts";
import { compile } from "../../src/decode/reader.ts";
import { openDevices } from "../../src/shell/devices.ts";
import type { Origin } from "../../src/shell/loop.ts";
import type { LinkState, MqttHeard, MqttLink } from "../../src/shell/ports.ts";
import { handClock } from "./hand-clock.ts";

export function openWall(profile: DeviceProfile, params: Readonly<Record<string, string>>) {
  const clock = handClock();
  const hearers: ((message: MqttHeard) => void)[] = [];
  const linkHearers: ((state: LinkState) => void)[] = [];
  const sent: string[] = [];
  const up: LinkState = { is: "up", since: 0 };
  const mqtt: MqttLink = {
    onMessage: (hear) => void hearers.push(hear),
    onState: (hear) => void linkHearers.push(hear),
    onClient: () => undefined,
    state: () => up,
    async publish(topic, payload) {
      sent.push(`${topic} ${new TextDecoder().decode(payload)}`);
    },
    subscribe: async () => undefined,
    close: async () => undefined,
  };
  const told: { readonly channel: number; readonly level: string }[][] = [];
  const heard: { readonly origin: Origin; readonly report: Report }[] = [];
  const settled: string[] = [];
  const devices = openDevices({
    devices: [{ id: "one", reader: compile(profile), encode: encoder(profile), params }],
    mqtt,
    lines: new Map(),
    clock,
    utcOffsetMin: () => 480,
    newId: () => "id",
    hear(origin, report) {
      heard.push({ origin, report });
      return undefined;
    },
    inputs: (_device, levels) => void told.push([...levels]),
    whenDurable: (_seq, then) => then(),
    onFault: () => undefined,
    onForged: () => undefined,
    onOffline: () => undefined,
  });
  return {
    clock,
    sent,
    devices,
    heard,
    settled,
    /** The levels told so far, as `channel level`; those of a silent board in one word. */
    levels: () => told.map((each) => (each.length === 64 ? "all unknown" : each.map(worded).join(", "))),
    link(is: LinkState["is"]) {
      for (const hear of linkHearers) hear({ is, since: clock.now().at });
    },
    say(topic: string, body: unknown, more: Partial<MqttHeard> = {}) {
      const message: MqttHeard = {
        topic,
        payload: new TextEncoder().encode(JSON.stringify(body)),
        retained: false,
        redelivered: false,
        qos: 1,
        epoch: 1,
        beforeConnection: false,
        settle: () => void settled.push(topic),
        refuse: () => undefined,
        ...more,
      };
      for (const hear of hearers) hear(message);
    },
  };
}

const worded = (one: { readonly channel: number; readonly level: string }) => `${one.channel} ${one.level}`;
