/** Promise 5 at the technician's desk: what a board can't do is said by `check`, not by a gate that doesn't open. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** The site's own profiles, in the folder beside its gate.yaml. */
function withProfile(yaml: string, change: (text: string) => string) {
  const site = siteFolder(`${yaml}profilesDir: own\n`);
  onTestFinished(site.remove);
  const shipped = readFileSync(join(house.profiles, "dry-contact-barrier.json"), "utf8");
  mkdirSync(join(site.folder, "own"));
  writeFileSync(join(site.folder, "own", "dry-contact-barrier.json"), change(shipped));
  const loaded = loadConfig(site.file, {}, house.loadOptions);
  const found = "errors" in loaded ? [...loaded.errors, ...loaded.warnings] : loaded.warnings;
  return found.map((one) => one.code);
}
const PLAIN = SOUND.replace("channel: 2, activeLow: true", "channel: 2");

it("a contact's sense is that of the profile the gate will use, the site's own before the shipped one", () => {
  expect(withProfile(PLAIN, (text) => text)).not.toContain("GUARD_CUT_CABLE");
  const turned = withProfile(PLAIN, (text) => {
    const profile: { inputs: Record<string, { activeLow: boolean }>; samples: unknown[] } = JSON.parse(text);
    const { photocell } = profile.inputs;
    if (photocell !== undefined) photocell.activeLow = !photocell.activeLow;
    return JSON.stringify({ ...profile, samples: profile.samples.slice(0, 1) });
  });
  expect(turned).toContain("GUARD_CUT_CABLE");
});

it("a profile of the site's own that isn't one is an error here, not at the start", () => {
  expect(withProfile(SOUND, (text) => text.replace('"form"', '"from"'))).toContain("PROFILE_INVALID");
});
