// Devices that we call over HTTP in gate.yaml: what is refused, and what is warned of.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { profileBriefs, SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

const BOTH = {
  id: "uface-http",
  link: "http" as const,
  claims: ["face" as const, "card" as const],
  params: {},
  commands: { open: "open", say: "none" },
  roster: true as const,
  pushes: true,
  calls: { password: true },
  called: ["open", "say"],
};
const CALLED = {
  id: "web-relay",
  link: "http" as const,
  claims: [],
  params: {},
  commands: { open: "open" },
  pushes: false,
  calls: { password: false },
  called: ["open"],
};
const DEAF = { ...BOTH, id: "deaf", calls: undefined, called: [] };
const PROFILES_HERE = [...PROFILES, BOTH, CALLED, (({ calls: _, ...rest }) => rest)(DEAF)];

/** SOUND whose face terminal speaks HTTP. */
function site(http: string, profile = "uface-http", more = "http: { port: 8088 }"): string {
  return SOUND.replace("profile: faceterm-mqtt", `profile: ${profile}`)
    .replace("mqtt: { passwordFile: secrets/face-in }", `http: ${http}`)
    .replace('    params: { deviceId: "2107466" }\n', "")
    .replace("devices:\n", `${more}\ndevices:\n`);
}

function loaded(yaml: string) {
  const place = siteFolder(yaml);
  try {
    mkdirSync(join(place.file, "..", "secrets"), { recursive: true });
    for (const name of ["face-in", "call", "ca.pem"]) {
      writeFileSync(join(place.file, "..", "secrets", name), `${name}-0123456789abcdef`.replace(".", "-"));
      chmodSync(join(place.file, "..", "secrets", name), 0o600);
    }
    return loadConfig(place.file, {}, { profiles: PROFILES_HERE });
  } finally {
    place.remove();
  }
}
const codes = (yaml: string) => {
  const found = loaded(yaml);
  return [...("errors" in found ? found.errors : []), ...found.warnings].map(({ code }) => code);
};

const FILE = "secretFile: secrets/face-in";
const call = (url: string, more = ", passwordFile: secrets/call") => `{ ${FILE}, call: { url: "${url}"${more} } }`;
const CA = ", passwordFile: secrets/call, caFile: secrets/ca.pem";
const LAN = "http://192.168.1.20:8090";

describe("a device that we call", () => {
  it.each<[string, string, readonly string[]]>([
    ["in the clear on the network", site(call(LAN)), ["CALL_EXPOSED"]],
    ["on this machine", site(call("http://127.0.0.1:8090")), []],
    ["encrypted, with its certificate", site(call("https://192.168.1.20", CA)), []],
    ["encrypted, believing anybody", site(call("https://192.168.1.20")), ["CALL_CA_MISSING"]],
    ["a certificate for nothing", site(call(LAN, CA)), ["NOT_APPLICABLE"]],
    ["an address with a path", site(call("http://192.168.1.20/open")), ["BAD_FORM"]],
    ["an address with a password", site(call("http://admin:x@192.168.1.20")), ["BAD_FORM"]],
    ["no password", site(call("http://127.0.0.1", "")), ["SECRET_MISSING"]],
    ["its password in the file itself", site(call("http://127.0.0.1", ", password: hunter2")), ["SECRET_INLINE"]],
    [
      "a password file that isn't there",
      site(call("http://127.0.0.1", ", passwordFile: secrets/none")),
      ["SECRET_UNREADABLE"],
    ],
    [
      "it pushes too, and has no secret",
      site('{ call: { url: "http://127.0.0.1", passwordFile: secrets/call } }'),
      ["SECRET_MISSING"],
    ],
    ["a model that can't be called", site(call("http://127.0.0.1"), "deaf"), ["NOT_APPLICABLE"]],
    ["a model of another link", site(call("http://127.0.0.1"), "faceterm-mqtt"), ["LINK_WRONG", "PARAM_MISSING"]],
    [
      "only called: no secret, no port of ours",
      site('{ call: { url: "http://127.0.0.1" } }', "web-relay", "# none"),
      [],
    ],
    [
      "faces are to be put into it, and nobody says where it is",
      site(`{ ${FILE} }`).replace(`http: { ${FILE} }`, `http: { ${FILE} }\n    enrol: true`),
      ["CALL_MISSING"],
    ],
    ["it is only read: it needn't be called", site(`{ ${FILE} }`), []],
  ])("%s", (_name, yaml, expected) => {
    expect(codes(yaml).toSorted()).toEqual(expected.toSorted());
  });

  it("its command is an output's or an access point's, and nobody says where it is", () => {
    const opening = site(`{ ${FILE} }`).replace(
      "open: { device: relays, channel: 1 }",
      "open: { device: face-in, command: open }",
    );
    expect(opening).toContain("command: open");
    expect(codes(opening)).toContain("CALL_MISSING");
    const saying = site(`{ ${FILE} }`).replace(
      "readers: [face-in]",
      "readers: [face-in], feedback: { device: face-in, onGranted: { command: say } }",
    );
    expect(saying).toContain("command: say");
    expect(codes(saying)).toContain("CALL_MISSING");
  });

  it("password and certificate are read from their files, and may stand in a demonstration", () => {
    const found = loaded(site(call("https://192.168.1.20", CA)));
    if ("errors" in found) throw new Error(JSON.stringify(found.errors));
    const index = found.config.devices.findIndex(({ id }) => id === "face-in");
    expect(found.secrets.calls.get("face-in")).toBe("call-0123456789abcdef");
    expect(found.secrets.files.get(`devices.${index}.http.call.caFile`)).toContain("ca-pem");
    const demo = site(call("http://127.0.0.1", ", password: demo")).replace(
      "version: 1\n",
      "version: 1\nsimulation: true\n",
    );
    const shown = loaded(demo);
    expect("errors" in shown ? shown.errors : shown.secrets.calls.get("face-in")).toBe("demo");
  });

  it("what the shipped profiles say of themselves", () => {
    const { briefs } = profileBriefs([SHIPPED_PROFILES]);
    expect(briefs.filter(({ calls }) => calls !== undefined).map(({ id, calls }) => [id, calls?.password])).toEqual([
      ["hikvision-isapi", true],
      ["uface-http", true],
    ]);
    expect(briefs.find(({ id }) => id === "uface-http")).toMatchObject({
      pushes: true,
      called: expect.arrayContaining(["open"]),
    });
    expect(briefs.find(({ id }) => id === "vzenith-http")).toMatchObject({ pushes: true, called: [] });
  });
});
