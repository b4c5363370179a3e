// Devices that push over HTTP in gate.yaml: what is refused, and what is warned of.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { profileBriefs, SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

const WITH_PUSH = [
  ...PROFILES,
  { id: "uface-http", link: "http" as const, claims: ["face" as const, "card" as const], params: {}, commands: {} },
];

/** SOUND whose face terminal pushes; `http` is its own part, `more` is written before the devices. */
function site(http: string, more = "http: { port: 8088 }", second = ""): string {
  return SOUND.replace("profile: faceterm-mqtt", "profile: uface-http")
    .replace("mqtt: { passwordFile: secrets/face-in }", `http: ${http}`)
    .replace('    params: { deviceId: "2107466" }\n', "")
    .replace("devices:\n", `${more}\ndevices:\n${second}`);
}

function codes(yaml: string, secret = "0123456789abcdef"): readonly string[] {
  const place = siteFolder(yaml);
  try {
    mkdirSync(join(place.file, "..", "secrets"), { recursive: true });
    for (const name of ["face-in", "other"]) {
      writeFileSync(join(place.file, "..", "secrets", name), secret);
      chmodSync(join(place.file, "..", "secrets", name), 0o600);
    }
    const loaded = loadConfig(place.file, {}, { profiles: WITH_PUSH });
    return [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings].map((found) => found.code);
  } finally {
    place.remove();
  }
}

const FILE = "{ secretFile: secrets/face-in }";
const other = (http: string): string =>
  `  - id: other\n    profile: uface-http\n    http: ${http}\n    purpose: 另一台测试终端\n`;
const USED = "UNUSED";

it("faces without a liveness check are warned of, unless they open nothing", () => {
  const warned = (point: string) => {
    const place = siteFolder(SOUND.replace("to: inside", point));
    try {
      const profiles = PROFILES.map((brief) =>
        brief.id === "faceterm-mqtt" ? { ...brief, noLiveness: true as const } : brief,
      );
      return loadConfig(place.file, {}, { profiles, readSecrets: false }).warnings.map((found) => found.code);
    } finally {
      place.remove();
    }
  };
  expect(warned("to: inside")).toEqual(["PHOTO_OPENS"]);
  expect(warned("to: inside, liveness: required")).toEqual([]);
  const { briefs } = profileBriefs([SHIPPED_PROFILES]);
  expect(briefs.filter((brief) => brief.noLiveness).map(({ id }) => id)).toEqual(["double-take", "frigate"]);
  expect(briefs.filter((brief) => brief.hub).map(({ id }) => id)).toEqual(["double-take", "frigate"]);
});

describe("a hub's account at the embedded broker", () => {
  const camera = (id: string): string =>
    `  - id: ${id}\n    profile: nvr\n    mqtt: { username: nvr, passwordFile: secrets/other }\n    params: { camera: ${id} }\n`;
  const both = SOUND.replace("devices:\n", `devices:\n${camera("cam-a")}${camera("cam-b")}`);
  const brief = { id: "nvr", link: "mqtt" as const, claims: ["card" as const] };

  it("may serve several of its cameras, and nothing else may", () => {
    const loadWith = (hub: boolean) => {
      const place = siteFolder(both);
      try {
        const profiles = [...PROFILES, hub ? { ...brief, hub: true as const } : brief];
        const loaded = loadConfig(place.file, {}, { profiles, readSecrets: false });
        return "errors" in loaded ? loaded.errors.map((found) => found.code) : [];
      } finally {
        place.remove();
      }
    };
    expect(loadWith(true)).toEqual([]);
    expect(loadWith(false)).toEqual(["MQTT_USERNAME_TWICE"]);
  });
});

describe("a device that pushes", () => {
  it.each<[string, string, readonly string[]]>([
    ["by a secret path", site(FILE), []],
    ["nobody listens", site(FILE, "# none"), ["HTTP_MISSING"]],
    ["on the page's port", site(FILE, "http: { port: 8080 }"), ["HTTP_PORT_TWICE"]],
    ["on the broker's port", site(FILE, "http: { port: 1883 }"), ["HTTP_PORT_TWICE"]],
    ["on any free port", site(FILE, "http: { port: 0 }"), []],
    ["in the clear on the network", site(FILE, "http: { host: 192.168.4.1 }"), ["HTTP_EXPOSED"]],
    ["without a secret", site("{}"), ["SECRET_MISSING"]],
    ["with a secret in the file itself", site("{ secret: 0123456789abcdef }"), ["SECRET_INLINE"]],
    ["by its address, which is missing", site("{ by: address }"), ["HTTP_ADDRESS_MISSING"]],
    ["by its address", site("{ by: address, address: 10.20.4.40 }"), ["HTTP_BY_ADDRESS"]],
    ["by an address that is none", site("{ by: address, address: terminal }"), ["BAD_FORM"]],
    [
      "two of one address",
      site("{ by: address, address: 10.0.0.1 }", undefined, other("{ by: address, address: 10.0.0.1 }")),
      ["HTTP_ADDRESS_TWICE", "HTTP_BY_ADDRESS", "HTTP_BY_ADDRESS", USED],
    ],
    [
      "two of one name",
      site(
        "{ by: digest, username: t, secretFile: secrets/face-in }",
        undefined,
        other("{ by: digest, username: t, secretFile: secrets/other }"),
      ),
      ["HTTP_USERNAME_TWICE", USED],
    ],
    [
      "two links",
      site(FILE).replace(`http: ${FILE}`, `http: ${FILE}\n    mqtt: { passwordFile: secrets/face-in }`),
      ["CHOOSE_ONE"],
    ],
    ["the wrong link", SOUND.replace("profile: faceterm-mqtt", "profile: uface-http"), ["LINK_WRONG", "PARAM_UNKNOWN"]],
  ])("%s", (_name, yaml, expected) => {
    expect(codes(yaml).toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ["short", "a path's secret that is too short"],
    ["0123456789abcde/", "one with a slash"],
  ])("%s: %s", (secret) => {
    expect(codes(site(FILE), secret)).toEqual(["HTTP_SECRET_WEAK"]);
    // A password may be any.
    expect(codes(site("{ by: basic, secretFile: secrets/face-in }"), secret)).toEqual([]);
  });

  it("in a demonstration its secret may stand in the file", () => {
    const demo = site("{ secret: demo-0123456789ab }").replace("version: 1\n", "version: 1\nsimulation: true\n");
    expect(codes(demo)).toEqual([]);
  });
});
