/** A small sound site; tests break it in one place at a time. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SOUND = `version: 1
site: { id: xinghe, name: 星河小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
mqtt:
  embedded: { host: 127.0.0.1, port: 1883 }
devices:
  - id: face-in
    profile: faceterm-mqtt
    mqtt: { passwordFile: secrets/face-in }
    params: { deviceId: "2107466" }
    purpose: 业主自愿登记后进门
  - id: relays
    profile: waveshare-modbus-relay
    serial: { path: /dev/ttyUSB0 }
    params: { unit: 1 }
lanes:
  - id: car-in
    kind: vehicle
    name: 进口车道
    barrier: { profile: dry-contact-barrier }
    outputs:
      open: { device: relays, channel: 1 }
      close: { device: relays, channel: 2 }
    inputs:
      limit-open: { device: relays, channel: 1 }
      photocell: { device: relays, channel: 2, activeLow: true }
      fire: { gpio: 22, bias: up }
    accessPoints:
      - { id: car-in, direction: in, readers: [face-in], to: inside }
areas:
  - { id: inside }
accessLevels:
  - { id: residents, accessPoints: all, timeProfile: daytime }
timeProfiles:
  - id: daytime
    windows:
      - { days: mon-fri, from: "06:00", until: "22:00" }
`;

/** Line 1 of SOUND is `version: 1`; this gives the line a text stands on, so that tests needn't count. */
export function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length;
}

/** A folder with gate.yaml and the secrets it names; `remove` takes it away. */
export function siteFolder(yaml: string): { readonly folder: string; readonly file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-config-"));
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "secrets", "face-in"), "s3cret-words\n", { mode: 0o600 });
  writeFileSync(join(folder, "secrets", "operator"), "q7PzVd0mLr2xWc9s\n", { mode: 0o600 });
  const file = join(folder, "gate.yaml");
  writeFileSync(file, yaml);
  return { folder, file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
