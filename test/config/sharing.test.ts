// What the site's gates share, in gate.yaml: what is refused, and what is warned of.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

function load(sharing: string, change: (yaml: string) => string = (yaml) => yaml) {
  const place = siteFolder(change(SOUND.replace("devices:\n", `sharing: ${sharing}\ndevices:\n`)));
  try {
    writeFileSync(join(place.folder, "secrets", "sharing"), `${"5c".repeat(32)}\n`, { mode: 0o600 });
    writeFileSync(join(place.folder, "secrets", "short"), "xinghe-2026\n", { mode: 0o600 });
    return loadConfig(place.file, {}, { profiles: PROFILES });
  } finally {
    place.remove();
  }
}
const found = (sharing: string, change?: (yaml: string) => string): readonly string[] => {
  const loaded = load(sharing, change);
  const all = [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings];
  return all.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
};
const KEY = "keyFile: secrets/sharing";
const BROKER = "broker: { url: mqtts://broker.xinghe }";

describe("what the gates share", () => {
  it.each([
    ["all that is needed", `{ ${KEY}, gates: [north, east], ${BROKER} }`, []],
    [
      "no broker for it: the embedded one serves devices alone",
      `{ ${KEY}, gates: [north] }`,
      ["error SHARING_BROKER_MISSING sharing"],
    ],
    ["this very gate", `{ ${KEY}, gates: [north, main], ${BROKER} }`, ["error SHARING_GATE_SELF sharing.gates[1]"]],
    ["a gate twice", `{ ${KEY}, gates: [north, north], ${BROKER} }`, ["error SHARING_GATE_TWICE sharing.gates[1]"]],
    [
      "a key that is guessed",
      `{ keyFile: secrets/short, gates: [north], ${BROKER} }`,
      ["error SHARING_KEY_WEAK sharing.keyFile"],
    ],
    [
      "a key that isn't there",
      `{ keyFile: secrets/none, gates: [north], ${BROKER} }`,
      ["error SECRET_UNREADABLE sharing.keyFile"],
    ],
    [
      "a user name without a password",
      `{ ${KEY}, gates: [north], broker: { url: mqtts://broker.xinghe, username: main } }`,
      ["error SECRET_MISSING sharing.broker.username"],
    ],
    [
      "a password in clear over the network",
      `{ ${KEY}, gates: [north], broker: { url: mqtt://broker.xinghe, username: main, passwordFile: secrets/sharing } }`,
      ["warning BROKER_EXPOSED sharing.broker.url"],
    ],
    [
      "a password in clear within this machine",
      `{ ${KEY}, gates: [north], broker: { url: "mqtt://127.0.0.1:1884", username: main, passwordFile: secrets/sharing } }`,
      [],
    ],
    [
      "letters in clear text lines: they are sealed themselves",
      `{ ${KEY}, gates: [north], broker: { url: mqtt://b.lan } }`,
      [],
    ],
    ["nobody to share with", `{ ${KEY}, gates: [], ${BROKER} }`, ["error OUT_OF_RANGE sharing.gates"]],
  ])("%s", (_, sharing, wanted) => expect(found(sharing)).toEqual(wanted));

  it("goes over the devices' outside broker where no other is named", () => {
    const outside = (yaml: string) =>
      yaml.replace("embedded: { host: 127.0.0.1, port: 1883 }", "external: { url: mqtts://broker.xinghe }");
    expect(found(`{ ${KEY}, gates: [north] }`, outside)).toEqual([]);
  });

  it("is pointless without areas", () => {
    const bare = (yaml: string) => yaml.replace("areas:\n  - { id: inside }\n", "").replace(", to: inside", "");
    expect(found(`{ ${KEY}, gates: [north], ${BROKER} }`, bare)).toEqual(["warning SHARING_NO_AREAS sharing"]);
  });

  it("stays hard while a gate is silent, unless the site says otherwise", () => {
    const loaded = load(`{ ${KEY}, gates: [north], ${BROKER} }`);
    if (!("config" in loaded)) throw new Error("not loaded");
    expect(loaded.config.sharing).toMatchObject({ whenApart: "hard", silentSeconds: 60 });
    expect(loaded.secrets.sharing).toBe("5c".repeat(32));
  });
});
