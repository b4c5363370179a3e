/** Promise 5 at the technician's desk: what a board can't do is said by `check`, not by a gate that doesn't open. */

import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { houseAt } from "../../src/cli/house.ts";
import { loadConfig } from "../../src/config/load.ts";
import { SOUND, siteFolder } from "./site.ts";

const house = houseAt(join(import.meta.dirname, "../.."));
/** Without the quotes that a board of another address would need. */
function codes(yaml: string): readonly string[] {
  const site = siteFolder(yaml);
  onTestFinished(site.remove);
  const loaded = loadConfig(site.file, {}, house.loadOptions);
  return "errors" in loaded ? loaded.errors.map((one) => `${one.code} ${one.path}`) : [];
}

it("the sound site is sound", () => expect(codes(SOUND)).toEqual([]));

it.each<readonly [string, string, string, string]>([
  [
    "a board that has no pulse: its relay would stay on",
    "profile: waveshare-modbus-relay\n    serial: { path: /dev/ttyUSB0 }\n    params: { unit: 1 }",
    "profile: lcus-relay\n    serial: { path: /dev/ttyUSB0 }",
    "COMMAND_UNKNOWN lanes[0].outputs.open.channel",
  ],
  [
    "a reader in the place of a board",
    "profile: waveshare-modbus-relay\n    serial: { path: /dev/ttyUSB0 }\n    params: { unit: 1 }",
    "profile: rdm6300\n    serial: { path: /dev/ttyUSB0 }",
    "COMMAND_UNKNOWN lanes[0].outputs.open.channel",
  ],
  [
    "a relay that the board doesn't have",
    "open: { device: relays, channel: 1 }",
    "open: { device: relays, channel: 9 }",
    "OUT_OF_RANGE lanes[0].outputs.open.channel",
  ],
  [
    "a pulse shorter than the board can time",
    "open: { device: relays, channel: 1 }",
    "open: { device: relays, channel: 1, pulseMs: 50 }",
    "OUT_OF_RANGE lanes[0].outputs.open.pulseMs",
  ],
  [
    "a loop on a device that tells no levels",
    "photocell: { device: relays, channel: 2, activeLow: true }",
    "photocell: { device: face-in, channel: 2, activeLow: true }",
    "INPUT_UNKNOWN lanes[0].inputs.photocell.device",
  ],
])("%s", (_what, from, to, wanted) => {
  expect(SOUND).toContain(from);
  expect(codes(SOUND.replace(from, to))).toContain(wanted);
});
