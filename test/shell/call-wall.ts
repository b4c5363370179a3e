/** A terminal that is called, with its answers in the test's hand; profile, devices and clockwork are the real ones. */
import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { Presented, Report, Stranger } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import type { DeviceProfile } from "../../src/decode/profile.ts";
import { compile } from "../../src/decode/reader.ts";
import type { Asking } from "../../src/decode/terms.ts";
import { openDevices } from "../../src/shell/devices.ts";
import type { Origin } from "../../src/shell/loop.ts";
import type { Called, CallTimes, RequestHeard } from "../../src/shell/ports.ts";
import { checked } from "../decode/testVendor.ts";
import { handClock } from "./hand-clock.ts";

export const KEY = "84E0F42C1A6B0417";

export function ufaceProfile(): DeviceProfile {
  const file = new URL("../../device-profiles/uface-http.json", import.meta.url);
  const document = JSON.parse(readFileSync(file, "utf8"));
  return checked({ ...document, meta: { ...document.meta, id: "test" } });
}

export const answer = (json: unknown, status = 200): Called => ({
  is: "answered",
  status,
  payload: new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json)),
});

/** All that is ready to run has run. */
export const settled = async () => {
  for (let i = 0; i < 8; i++) await new Promise((next) => setImmediate(next));
};

export function openCallWall(
  reply: (asking: Asking, times: CallTimes) => Called | Promise<Called>,
  profile: DeviceProfile = ufaceProfile(),
) {
  const clock = handClock();
  const asked: { readonly line: string; readonly body: string; readonly times: CallTimes }[] = [];
  const heard: { readonly origin: Origin; readonly report: Report }[] = [];
  const levels: string[] = [];
  const faults: string[] = [];
  const offline: string[] = [];
  const known = new Set<string>();
  const hearers: ((request: RequestHeard) => void)[] = [];
  const statuses: number[] = [];
  const devices = openDevices({
    devices: [
      { id: "term", reader: compile(profile), encode: encoder(profile), params: { deviceId: KEY }, http: true },
    ],
    mqtt: undefined,
    lines: new Map(),
    http: {
      onRequest: (hear) => void hearers.push(hear),
      state: () => ({ is: "up", since: 0 }),
      close: async () => undefined,
    },
    callers: new Map([
      [
        "term",
        {
          async call(asking, body, times) {
            asked.push({ line: `${asking.method} ${asking.target}`, body: new TextDecoder().decode(body), times });
            return reply(asking, times);
          },
          close: () => undefined,
        },
      ],
    ]),
    knows: (_device, report: Presented | Stranger) => report.eventId !== undefined && known.has(report.eventId),
    clock,
    utcOffsetMin: () => 480,
    newId: () => "id",
    hear(origin, report) {
      heard.push({ origin, report });
      if ((report.is === "presented" || report.is === "stranger") && report.eventId !== undefined)
        known.add(report.eventId);
      return undefined;
    },
    inputs: (_device, told) =>
      void levels.push(told.length === 64 ? "all unknown" : told.map((one) => `${one.channel} ${one.level}`).join()),
    whenDurable: (_seq, then) => then(),
    onFault: (_device, code) => void faults.push(code),
    onForged: () => undefined,
    onOffline: (_device, gone) => void offline.push(gone ? "offline" : "back"),
  });
  onTestFinished(() => devices.close());
  return {
    clock,
    devices,
    asked,
    heard,
    levels,
    faults,
    offline,
    known,
    statuses,
    /** It calls us. */
    push(path: string, body: Readonly<Record<string, string>>) {
      const request: RequestHeard = {
        owner: "term",
        method: "POST",
        path,
        query: "",
        payload: new TextEncoder().encode(JSON.stringify({ deviceKey: KEY, ...body })),
        async answer({ status }) {
          statuses.push(status);
          return "sent";
        },
      };
      for (const hear of hearers) hear(request);
    },
    /** Time goes by, and what waits for a promise goes on meanwhile. */
    async run(ms: number, step = 500) {
      for (let gone = 0; gone < ms; gone += step) {
        clock.to(clock.at() + step);
        await settled();
      }
    },
  };
}
