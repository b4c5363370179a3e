// A GA/T 1400 platform in gate.yaml: what is refused, where, and with what hint.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { viidFindings } from "../../src/config/rules-viid.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

function load(viid: string) {
  const place = siteFolder(SOUND.replace("devices:\n", `viid: ${viid}\ndevices:\n`));
  try {
    writeFileSync(join(place.folder, "secrets", "word"), "g4te-East\n", { mode: 0o600 });
    writeFileSync(join(place.folder, "secrets", "ca.pem"), "ca\n");
    return loadConfig(place.file, {}, { profiles: PROFILES });
  } finally {
    place.remove();
  }
}
const all = (viid: string) => {
  const loaded = load(viid);
  return [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings];
};
const US = 'deviceId: "33038100001190000001", passwordFile: secrets/word';
const SAFE = `url: "https://viid.example:8443", ${US}`;
const GROUND = "县公安局2026年第12号文第三条";

describe("a GA/T 1400 platform", () => {
  it.each([
    ["encrypted", `{ ${SAFE}, caFile: secrets/ca.pem }`, []],
    ["in clear over the network", `{ url: "http://viid.example", ${US} }`, ["error VIID_CLEAR_TEXT viid.url"]],
    ["in clear, and why", `{ url: "http://viid.example", ${US}, clearTextGround: 视频专网，县局机房VPN接入 }`, []],
    ["in clear to this very machine", `{ url: "http://127.0.0.1:8088", ${US} }`, []],
    ["an address that is none", `{ url: "https://:x", ${US} }`, ["error BAD_FORM viid.url"]],
    ["faces by no right", `{ ${SAFE}, faces: true }`, ["error FACES_GROUND_MISSING viid.faces"]],
    ["faces by a recorded one", `{ ${SAFE}, faces: true, facesGround: ${GROUND} }`, []],
    ["plates by no right", `{ ${SAFE}, plates: plain }`, ["error PLATES_GROUND_MISSING viid.plates"]],
    ["plates by a recorded one", `{ ${SAFE}, plates: plain, platesGround: ${GROUND} }`, []],
    ["a pseudonym for a plate", `{ ${SAFE}, plates: pseudonym }`, ["error NOT_ALLOWED viid.plates"]],
    [
      "a lane that isn't there",
      `{ ${SAFE}, laneDevices: { car-on: "33038100001190000002" } }`,
      ["error VIID_DEVICE_UNKNOWN viid.laneDevices.car-on"],
    ],
    ["the only lane under the gate's own code", `{ ${SAFE}, laneDevices: { car-in: "33038100001190000001" } }`, []],
    [
      "a password that isn't there",
      '{ url: "https://viid.example", deviceId: "33038100001190000001", passwordFile: secrets/none }',
      ["error SECRET_UNREADABLE viid.passwordFile"],
    ],
  ])("%s", (_, viid, expected) =>
    expect(all(viid).map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toEqual(expected),
  );

  it.each([
    [
      "19 digits",
      `{ url: "https://viid.example", deviceId: "3303810000119000000", passwordFile: secrets/word }`,
      "viid.deviceId",
    ],
    ["a life sign rarer than 90 s", `{ ${SAFE}, keepaliveSeconds: 91 }`, "viid.keepaliveSeconds"],
    ["no password", '{ url: "https://viid.example", deviceId: "33038100001190000001" }', "viid"],
  ])("%s", (_, viid, path) => {
    const [first] = all(viid);
    expect(first?.severity).toBe("error");
    expect(first?.path.startsWith(path)).toBe(true);
  });

  it.each([
    ["two lanes under one code", { "car-in": "33038100001190000002", "car-out": "33038100001190000002" }],
    ["a lane under the code that the other falls back on", { "car-in": "33038100001190000001" }],
  ])("%s", (_, laneDevices) => {
    const loaded = load(`{ ${SAFE} }`);
    if ("errors" in loaded) throw new Error("not loaded");
    const { config } = loaded;
    const [lane] = config.lanes;
    if (lane === undefined || config.viid === undefined) throw new Error("no lane");
    const found = viidFindings({
      ...config,
      lanes: [lane, { ...lane, id: "car-out" }],
      viid: { ...config.viid, laneDevices },
    });
    expect(found.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([
      "VIID_DEVICE_TWICE viid.laneDevices.car-in",
    ]);
  });

  it("every error has its line and a hint in both languages", () => {
    const found = all(`{ url: "http://viid.example", ${US}, faces: true, plates: plain }`);
    expect(found).toHaveLength(3);
    for (const { line, hint } of found) {
      expect(line).toBeGreaterThan(1);
      expect(hint.zh.length * hint.en.length).toBeGreaterThan(0);
    }
  });

  it("the password is read from its file", () => {
    const loaded = load(`{ ${SAFE}, caFile: secrets/ca.pem }`);
    if ("errors" in loaded) throw new Error("not loaded");
    expect(loaded.secrets.viid).toBe("g4te-East");
    expect([...loaded.secrets.files.keys()]).toEqual(["viid.caFile"]);
    expect(loaded.config.viid).toMatchObject({
      faces: false,
      persons: false,
      plates: "withheld",
      keepaliveSeconds: 60,
    });
  });
});
