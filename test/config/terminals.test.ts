import { afterEach, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { ProfileBrief } from "../../src/config/profiles.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

const LED: ProfileBrief = {
  id: "led-voice-board",
  link: "serial",
  claims: [],
  params: {},
  commands: { say: "none", lift: "open" },
  serial: { baud: 9600 },
};
const left: { remove(): void }[] = [];
afterEach(() => {
  for (const one of left.splice(0)) one.remove();
});

function codes(change: (yaml: string) => string): readonly string[] {
  const site = siteFolder(change(SOUND));
  left.push(site);
  const loaded = loadConfig(site.file, {}, { profiles: [...PROFILES, LED] });
  return [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings].map(({ code, path }) => `${code} ${path}`);
}
const board = (path: string) => `  - id: led\n    profile: led-voice-board\n    serial: { path: ${path} }\nlanes:\n`;
const feedback =
  (what: string, path = "/dev/ttyUSB9", device = "led") =>
  (yaml: string) =>
    yaml
      .replace("lanes:\n", board(path))
      .replace("to: inside }", `to: inside, feedback: { device: ${device}, ${what} } }`);
const SAY = "onGranted: { command: say, args: { text: '{name}' } }";
const BEFORE = codes((yaml) => yaml);

it.each<[string, (yaml: string) => string, readonly string[]]>([
  ["a managed terminal", (yaml) => yaml.replace("    purpose:", "    enrol: true\n    purpose:"), []],
  [
    "one that can't be managed",
    (yaml) => yaml.replace("    params: { unit: 1 }", "    params: { unit: 1 }\n    enrol: true"),
    ["NOT_APPLICABLE devices[1].enrol"],
  ],
  [
    "one that no access point reads at",
    (yaml) =>
      yaml.replace("    purpose:", "    enrol: true\n    purpose:").replace("readers: [face-in]", "readers: []"),
    ["NOT_APPLICABLE devices[0].enrol", "UNUSED devices[0].id", "READERS_EMPTY lanes[0].accessPoints[0].readers"],
  ],
  ["a board of its own", feedback(SAY), []],
  [
    "a board on the relays' line",
    feedback(SAY, "/dev/ttyUSB0"),
    ["SERIAL_CONFLICT lanes[0].accessPoints[0].feedback.device"],
  ],
  [
    "no such board",
    feedback(SAY, "/dev/ttyUSB9", "lcd"),
    ["UNKNOWN_DEVICE lanes[0].accessPoints[0].feedback.device", "UNUSED devices[2].id"],
  ],
  [
    "no such command",
    feedback("onRefused: { command: sya }"),
    ["COMMAND_UNKNOWN lanes[0].accessPoints[0].feedback.onRefused.command"],
  ],
  [
    "nothing like a command",
    feedback("onRefused: { command: zzzzzzzzzz }"),
    ["COMMAND_UNKNOWN lanes[0].accessPoints[0].feedback.onRefused.command"],
  ],
  [
    "a command that opens",
    feedback("onGranted: { command: lift }"),
    ["COMMAND_WRONG lanes[0].accessPoints[0].feedback.onGranted.command"],
  ],
])("%s", (_, change, expected) => {
  expect(
    codes(change)
      .filter((code) => !BEFORE.includes(code) && !code.startsWith("SERIAL_CONFLICT devices"))
      .toSorted(),
  ).toEqual([...expected].toSorted());
});
