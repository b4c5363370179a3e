import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

const KEYS: Readonly<Record<string, string>> = {
  "one.key": "00112233445566778899aabbccddeeff\n",
  "two.key": "FF112233 44556677 8899AABB CCDDEEFF",
  "default.key": "303132333435363738393A3B3C3D3E3F",
  "zeros.key": "0".repeat(32),
  "short.key": "0011",
};
const READER = {
  id: "osdp-reader",
  link: "serial",
  driver: "osdp",
  claims: ["card", "pin"],
  serial: { baud: 9600 },
  params: { address: { required: true, type: "number" } },
  commands: {},
} as const;

const reader = (id: string, rest: string, address = 3, path = "/dev/ttyUSB1") => `  - id: ${id}
    profile: osdp-reader
    serial: { path: ${path} }
    params: { address: ${address} }
${rest === "" ? "" : `    osdp: ${rest}\n`}`;

function found(devices: string, change: (yaml: string) => string = (yaml) => yaml): readonly string[] {
  const site = siteFolder(change(SOUND.replace("lanes:\n", () => `${devices}lanes:\n`)));
  mkdirSync(join(dirname(site.file), "secrets"), { recursive: true });
  for (const [name, key] of Object.entries(KEYS))
    writeFileSync(join(dirname(site.file), "secrets", name), key, { mode: 0o600 });
  try {
    const loaded = loadConfig(site.file, {}, { profiles: [...PROFILES, READER] });
    const told = [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings];
    return told
      .filter(({ code, path }) => code !== "UNUSED" && path.startsWith("devices["))
      .map(({ severity, code, path }) => `${severity} ${code} ${path}`);
  } finally {
    site.remove();
  }
}

const KEY = "{ keyFile: secrets/one.key }";
it.each<[string, string, readonly string[]]>([
  ["one with a key", reader("a", KEY), []],
  ["two on one bus", reader("a", KEY) + reader("b", "{ keyFile: secrets/two.key }", 4), []],
  ["one without a key", reader("a", ""), ["error SECRET_MISSING devices[2]"]],
  ["one that says nothing", reader("a", "{}"), ["error SECRET_MISSING devices[2].osdp"]],
  [
    "clear text with a reason",
    reader("a", '{ clear: "inside the booth, wires in view" }'),
    ["warning CLEAR_TEXT devices[2].osdp.clear"],
  ],
  ["clear text without one", reader("a", '{ clear: "yes" }'), ["error OUT_OF_RANGE devices[2].osdp.clear"]],
  [
    "both",
    reader("a", "{ keyFile: secrets/one.key, clear: because of reasons }"),
    ["error CHOOSE_ONE devices[2].osdp"],
  ],
  [
    "install mode",
    reader("a", "{ keyFile: secrets/one.key, installMinutes: 15 }"),
    ["warning INSTALL_MODE devices[2].osdp.installMinutes"],
  ],
  [
    "install mode for ever",
    reader("a", "{ keyFile: secrets/one.key, installMinutes: 600 }"),
    ["error OUT_OF_RANGE devices[2].osdp.installMinutes"],
  ],
  [
    "install mode without a key",
    reader("a", "{ clear: because of reasons, installMinutes: 5 }"),
    ["error NOT_APPLICABLE devices[2].osdp.installMinutes"],
  ],
  [
    "the key of every reader",
    reader("a", "{ keyFile: secrets/default.key }"),
    ["error KEY_INVALID devices[2].osdp.keyFile"],
  ],
  ["a key of zeros", reader("a", "{ keyFile: secrets/zeros.key }"), ["error KEY_INVALID devices[2].osdp.keyFile"]],
  ["a short key", reader("a", "{ keyFile: secrets/short.key }"), ["error KEY_INVALID devices[2].osdp.keyFile"]],
  ["no such key", reader("a", "{ keyFile: secrets/none.key }"), ["error SECRET_UNREADABLE devices[2].osdp.keyFile"]],
  ["one key for two", reader("a", KEY) + reader("b", KEY, 4), ["error KEY_TWICE devices[3].osdp.keyFile"]],
  [
    "one address for two",
    reader("a", KEY) + reader("b", "{ keyFile: secrets/two.key }"),
    ["error SERIAL_UNIT_TWICE devices[3].params.address"],
  ],
  ["an address that isn't", reader("a", KEY, 127), ["error OUT_OF_RANGE devices[2].params.address"]],
  ["a relay board on its line", reader("a", KEY, 3, "/dev/ttyUSB0"), ["error SERIAL_CONFLICT devices[1].serial"]],
])("%s", (_, devices, expected) => {
  expect(found(devices)).toEqual(expected);
});

it("osdp: on a device that is none", () => {
  const change = (yaml: string) =>
    yaml.replace("    params: { unit: 1 }\n", () => `    params: { unit: 1 }\n    osdp: ${KEY}\n`);
  expect(found("", change)).toEqual(["error NOT_APPLICABLE devices[1].osdp"]);
});
