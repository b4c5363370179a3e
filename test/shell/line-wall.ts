/** Devices on one serial line that a test holds in its hand: plugged, spoken on and listened to by the clock. */
import type { Report } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import type { DeviceProfile } from "../../src/decode/profile.ts";
import { compile } from "../../src/decode/reader.ts";
import { openDevices } from "../../src/shell/devices.ts";
import type { LinkState, SerialLine } from "../../src/shell/ports.ts";
import { handClock } from "./hand-clock.ts";

export interface OnLine {
  readonly id: string;
  readonly profile: DeviceProfile;
  readonly params: Readonly<Record<string, string | number>>;
}

export function openLineWall(ones: readonly OnLine[]) {
  const clock = handClock();
  const hearers: ((bytes: Uint8Array) => void)[] = [];
  const stateHearers: ((state: LinkState) => void)[] = [];
  const written: Uint8Array[] = [];
  let onWrite: (bytes: Uint8Array) => void = () => undefined;
  let state: LinkState = { is: "starting", since: 0 };
  const line: SerialLine = {
    onBytes: (hear) => void hearers.push(hear),
    onState: (hear) => void stateHearers.push(hear),
    state: () => state,
    async write(bytes) {
      written.push(bytes);
      onWrite(bytes);
    },
    close: async () => undefined,
  };
  const reports: { readonly device: string; readonly report: Report }[] = [];
  const inputs: { readonly device: string; readonly levels: string }[] = [];
  const offline: string[] = [];
  const faults = new Map<string, number>();
  const devices = openDevices({
    devices: ones.map(({ id, profile, params }) => {
      return { id, reader: compile(profile), encode: encoder(profile), params, line: "line" };
    }),
    mqtt: undefined,
    lines: new Map([["line", line]]),
    clock,
    utcOffsetMin: () => 480,
    newId: () => "id",
    hear({ device }, report) {
      reports.push({ device, report });
      return undefined;
    },
    inputs(device, levels) {
      const words = levels.map(({ channel, level }) => `${channel} ${level}`);
      inputs.push({ device, levels: levels.length === 64 ? "all unknown" : words.join(" ") });
    },
    whenDurable: (_seq, then) => then(),
    onFault: (_device, code) => void faults.set(code, (faults.get(code) ?? 0) + 1),
    onForged: () => undefined,
    onOffline: (device, isOffline) => void offline.push(`${device} ${isOffline ? "offline" : "back"}`),
  });
  function link(is: LinkState["is"]): void {
    state = { is, since: clock.at() };
    for (const hear of stateHearers) hear(state);
  }
  return {
    clock,
    devices,
    reports,
    inputs,
    offline,
    faults,
    written,
    plug: () => link("up"),
    pull: () => link("down"),
    say(bytes: Uint8Array) {
      for (const hear of hearers) hear(bytes);
    },
    /** What hangs on the line answers by this. */
    answering(answer: (bytes: Uint8Array) => void) {
      onWrite = answer;
    },
    wait: (ms: number) => clock.to(clock.at() + ms),
    /** Everything said, without the heartbeats of a line that is asked. */
    said: () => reports.map(({ device, report }) => `${device} ${JSON.stringify(report)}`),
    presented: () =>
      reports.flatMap(({ report }) =>
        report.is === "presented" ? [`${report.claim.type} ${report.claim.value}`] : [],
      ),
  };
}
