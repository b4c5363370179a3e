/** What another gate.yaml would change: what is meant, the wires first, no secret. */
import { expect, it } from "vitest";
import { difference } from "../../src/config/difference.ts";
import { checkText } from "../../src/config/load.ts";
import { BARRIER, PROFILES } from "./profiles.ts";
import { SOUND } from "./site.ts";

const PLAIN = SOUND.replace("mqtt: { passwordFile: secrets/face-in }", "mqtt: { password: first-word }").replace(
  "dataDir: data",
  "dataDir: data\nsimulation: true",
);

function meant(yaml: string) {
  const defaults = (id: string) => (id === "dry-contact-barrier" ? BARRIER : undefined);
  const loaded = checkText(
    "/nowhere/gate.yaml",
    yaml,
    {},
    { profiles: PROFILES, profileDefaults: defaults, readSecrets: false },
  );
  if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
  return { config: loaded.config, defaults };
}
/** Each change in one line: `part path from -> to`. */
const told = (before: string, after: string) =>
  difference(meant(before), meant(after)).map(
    ({ part, path, from, to }) => `${part} ${path}: ${from?.en ?? "-"} -> ${to?.en ?? "-"}`,
  );

it.each<[string, (yaml: string) => string, readonly string[]]>([
  ["nothing", (yaml) => yaml, []],
  [
    "a comment, the order of devices, a default written out",
    (yaml) => `# mine\n${yaml.replace("kind: vehicle", "kind: vehicle\n    maxLockedOpenMinutes: 60")}`,
    [],
  ],
  [
    "a relay",
    (yaml) => yaml.replace("open: { device: relays, channel: 1 }", "open: { device: relays, channel: 3 }"),
    ["wires lanes[car-in].outputs.open: relay 1 of relays, pulse 400 ms -> relay 3 of relays, pulse 400 ms"],
  ],
  [
    "a pin and its sense",
    (yaml) => yaml.replace("{ gpio: 22, bias: up }", "{ gpio: 23, activeLow: true }"),
    [
      "wires lanes[car-in].inputs.fire: GPIO 22, pull up, active high, debounce 50 ms -> GPIO 23, pull none, active low, debounce 50 ms",
    ],
  ],
  [
    "an address and a line",
    (yaml) => yaml.replace("unit: 1", "unit: 2").replace("ttyUSB0", "ttyUSB1"),
    ["wires devices[relays].serial.path: /dev/ttyUSB0 -> /dev/ttyUSB1", "wires devices[relays].params.unit: 1 -> 2"],
  ],
  [
    "a travel time",
    (yaml) => yaml.replace("name: 进口车道", "name: 进口车道\n    times: { travelMs: 4000 }"),
    ["wires lanes[car-in].times.travelMs: 12000 -> 4000"],
  ],
  [
    "people's rules, the rest, and a wire, in that file's order",
    (yaml) =>
      yaml
        .replace("name: 星河小区", "name: 银河小区, holidays: [2026-01-01], graceDays: 3")
        .replace('until: "22:00"', 'until: "23:00"')
        .replace("port: 1883", "port: 1884"),
    [
      "wires mqtt.embedded.port: 1883 -> 1884",
      "people site.graceDays: 0 -> 3",
      "people site.holidays[2026-01-01]: - -> 2026-01-01",
      "people timeProfiles[daytime].windows[0].until: 22:00 -> 23:00",
      "rest site.name: 星河小区 -> 银河小区",
    ],
  ],
  [
    "a secret",
    (yaml) => yaml.replace("first-word", "second-word"),
    ["wires devices[face-in].mqtt.password: ▒▒▒▒ -> ▒▒▒▒"],
  ],
])("%s", (_what, change, expected) => {
  expect(told(PLAIN, change(PLAIN))).toEqual(expected);
});

it("a lane that comes is told with each contact, one that goes in one line; no gate before: all of it is new", () => {
  const more = PLAIN.replace(
    "areas:",
    "  - { id: walk, kind: pedestrian, name: 人行门, outputs: { open: { gpio: 5 } } }\nareas:",
  );
  expect(told(PLAIN, more)).toEqual(
    expect.arrayContaining([
      "wires lanes[walk]: - -> 人行门",
      "wires lanes[walk].outputs.open: - -> GPIO 5, active high, pulse 500 ms",
    ]),
  );
  expect(told(more, PLAIN)).toEqual(["wires lanes[walk]: 人行门 -> -"]);
  expect(difference(undefined, meant(PLAIN)).every(({ from, to }) => from === undefined && to !== undefined)).toBe(
    true,
  );
});

it("each setting is told in both languages, from the file's own schema", () => {
  const [change] = difference(meant(PLAIN), meant(PLAIN.replace("kind: vehicle", "kind: pedestrian")));
  expect(change).toMatchObject({
    path: "lanes[car-in].kind",
    what: { en: "monitored: a contact only, counted and watched", zh: "通道类型：车行、人行、仅监测" },
  });
});
