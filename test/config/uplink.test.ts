// The line to the county platform in gate.yaml: what is refused, and what is warned of.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { privatePem, publicPem } from "../uplink/signer.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

function load(uplink: string) {
  const place = siteFolder(SOUND.replace("devices:\n", `uplink: ${uplink}\ndevices:\n`));
  try {
    for (const name of ["ca.pem", "gate.pem", "gate.key", "word"])
      writeFileSync(join(place.folder, "secrets", name), `${name}\n`, { mode: 0o600 });
    writeFileSync(join(place.folder, "secrets", "county.pub"), publicPem("town"));
    writeFileSync(join(place.folder, "secrets", "sample.pub"), publicPem("county"));
    writeFileSync(join(place.folder, "secrets", "county.key"), privatePem("town"), { mode: 0o600 });
    return loadConfig(place.file, {}, { profiles: PROFILES });
  } finally {
    place.remove();
  }
}
const found = (uplink: string): readonly string[] => {
  const loaded = load(uplink);
  const all = [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings];
  return all.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
};
const URL = "url: mqtts://platform.example";
const PAIR = "certFile: secrets/gate.pem, keyFile: secrets/gate.key";

describe("the line to the platform", () => {
  it.each([
    ["in clear over the network", "{ url: mqtt://platform.example }", ["error UPLINK_CLEAR_TEXT uplink.url"]],
    ["in clear to this very machine", "{ url: mqtt://127.0.0.1:1883 }", []],
    ["encrypted, as nobody in particular", `{ ${URL} }`, ["warning UPLINK_ANONYMOUS uplink.url"]],
    ["a certificate without its key", `{ ${URL}, certFile: secrets/gate.pem }`, ["error UPLINK_KEY_PAIR uplink"]],
    ["a user name without a password", `{ ${URL}, username: gate }`, ["error SECRET_MISSING uplink.username"]],
    ["with a client certificate", `{ ${URL}, caFile: secrets/ca.pem, ${PAIR} }`, []],
    ["with a password", `{ ${URL}, username: gate, passwordFile: secrets/word }`, []],
    [
      "a key that isn't there",
      `{ ${URL}, certFile: secrets/gate.pem, keyFile: secrets/none }`,
      ["error SECRET_UNREADABLE uplink.keyFile"],
    ],
    ["an address that is none", '{ url: "mqtts://:x" }', ["error BAD_FORM uplink.url"]],
    [
      "plates in clear by no right",
      `{ ${URL}, ${PAIR}, plates: plain }`,
      ["error PLATES_GROUND_MISSING uplink.plates"],
    ],
    [
      "plates in clear by a recorded one",
      `{ ${URL}, ${PAIR}, plates: plain, platesGround: 县公安局2026年第12号文第三条 }`,
      [],
    ],
    [
      "a code for a lane that isn't there",
      `{ ${URL}, ${PAIR}, laneCodes: { car-on: "1" } }`,
      ["error UPLINK_CODE_UNKNOWN uplink.laneCodes.car-on"],
    ],
    [
      "two devices under one code",
      `{ ${URL}, ${PAIR}, deviceCodes: { face-in: relays } }`,
      ["error UPLINK_CODE_TWICE uplink.deviceCodes.face-in"],
    ],
    ["a command key", `{ ${URL}, ${PAIR}, commandKeys: [{ id: county, publicKeyFile: secrets/county.pub }] }`, []],
    [
      "two keys of one name",
      `{ ${URL}, ${PAIR}, commandKeys: [{ id: county, publicKeyFile: secrets/county.pub }, { id: county, publicKeyFile: secrets/county.pub }] }`,
      ["error COMMAND_KEY_TWICE uplink.commandKeys[1].id"],
    ],
    [
      "a private key at the gate",
      `{ ${URL}, ${PAIR}, commandKeys: [{ id: county, publicKeyFile: secrets/county.key }] }`,
      ["error COMMAND_KEY_PRIVATE uplink.commandKeys[0].publicKeyFile"],
    ],
    [
      "the documents' sample key",
      `{ ${URL}, ${PAIR}, commandKeys: [{ id: county, publicKeyFile: secrets/sample.pub }] }`,
      ["error COMMAND_KEY_KNOWN uplink.commandKeys[0].publicKeyFile"],
    ],
    [
      "a command key that is none",
      `{ ${URL}, ${PAIR}, commandKeys: [{ id: county, publicKeyFile: secrets/gate.pem }] }`,
      ["error COMMAND_KEY_INVALID uplink.commandKeys[0].publicKeyFile"],
    ],
    [
      "a command that there isn't",
      `{ ${URL}, ${PAIR}, commandKeys: [{ id: county, publicKeyFile: secrets/county.pub, may: [fly] }] }`,
      ["error NOT_ALLOWED uplink.commandKeys[0].may[0]"],
    ],
    ["a mistyped word", `{ ${URL}, ${PAIR}, plates: clear }`, ["error NOT_ALLOWED uplink.plates"]],
  ])("%s", (_, uplink, expected) => expect(found(uplink)).toEqual(expected));

  it("certificate, key, authority and password are read from their files", () => {
    const loaded = load(`{ ${URL}, caFile: secrets/ca.pem, ${PAIR}, username: gate, passwordFile: secrets/word }`);
    if ("errors" in loaded) throw new Error("not loaded");
    expect(loaded.secrets.uplink).toBe("word");
    expect([...loaded.secrets.files.keys()]).toEqual(["uplink.caFile", "uplink.certFile", "uplink.keyFile"]);
  });
});
