/** Profiles of an invented maker, "Test Vendor", that use every part of the schema which the shipped ones leave alone. */
import { isDevice, parseProfile } from "../../src/decode/load.ts";
import type { DeviceProfile } from "../../src/decode/profile.ts";

export const HEAD = {
  vendor: "Test Vendor (invented)",
  models: ["T-1"],
  title: { zh: "测试设备", en: "Test device" },
  grade: "C",
  status: "experimental",
  sources: ["invented for the tests"],
} as const;

const HINT = { zh: "编号", en: "its number" };

/** An MQTT device whose messages are `fields` in, one `presented` out. */
export function mqttProfile(more: Readonly<Record<string, unknown>>): DeviceProfile {
  return checked({
    form: "device",
    meta: { id: "test", ...HEAD },
    params: { deviceId: { type: "text", hint: HINT } },
    link: { via: "mqtt", listen: ["t/{deviceId}/up", "t/all"], maxBytes: 3_000_000 },
    payload: "json",
    messages: [{ kind: "any", when: [], ignore: "all" }],
    samples: [
      {
        name: "any",
        origin: "own",
        params: { deviceId: "7" },
        heard: { topic: "t/7/up", json: {} },
        expect: { kind: "any", reports: [{ is: "ignored", why: "all" }] },
      },
    ],
    ...more,
  });
}

/** A device that pushes over HTTP. */
export function httpProfile(more: Readonly<Record<string, unknown>>): DeviceProfile {
  return checked({
    form: "device",
    meta: { id: "test", ...HEAD },
    link: { via: "http", paths: ["event"] },
    payload: "json",
    messages: [{ kind: "any", when: [], ignore: "all" }],
    samples: [
      {
        name: "any",
        origin: "own",
        heard: { path: "event", json: {} },
        expect: { kind: "any", reports: [{ is: "ignored", why: "all" }] },
      },
    ],
    ...more,
  });
}

/** A serial device with the framing and messages given. */
export function serialProfile(more: Readonly<Record<string, unknown>>): DeviceProfile {
  return checked({
    form: "device",
    meta: { id: "test", ...HEAD },
    link: { via: "serial", baud: 9600 },
    framing: { cut: "fixed", length: 2, idleMs: 50 },
    payload: "bytes",
    messages: [{ kind: "any", when: [], ignore: "all" }],
    samples: [
      {
        name: "any",
        origin: "own",
        heard: { hex: "00 00" },
        expect: { kind: "any", reports: [{ is: "ignored", why: "all" }] },
      },
    ],
    ...more,
  });
}

export function checked(document: unknown): DeviceProfile {
  const loaded = parseProfile(document, "test.json");
  if (loaded.is === "errors") throw new Error(JSON.stringify(loaded.errors, undefined, 1));
  if (!isDevice(loaded.profile)) throw new Error("not a device profile");
  return loaded.profile;
}
