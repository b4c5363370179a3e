import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { configPath, type Environment, USUAL_CONFIG } from "../../src/config/environment.ts";
import { type LoadOptions, loadConfig } from "../../src/config/load.ts";
import { MIGRATIONS, type Migration, migrate } from "../../src/config/migrate.ts";
import { nearest } from "../../src/config/nearest.ts";
import { profileBriefs } from "../../src/config/profiles.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

const folders: (() => void)[] = [];
afterEach(() => {
  for (const remove of folders.splice(0)) remove();
});
function folderOf(yaml: string): ReturnType<typeof siteFolder> {
  const site = siteFolder(yaml);
  folders.push(site.remove);
  return site;
}

describe("the environment overrides gate.yaml", () => {
  it.each([
    ["GATEPOST_PAGE_PORT", "9090", "page", "port", 9090],
    ["GATEPOST_PAGE_HOST", "127.0.0.2", "page", "host", "127.0.0.2"],
    ["GATEPOST_LOG_LEVEL", "debug", "log", "level", "debug"],
  ] as const)("%s=%s", (name, text, group, key, value) => {
    const loaded = loadConfig(folderOf(SOUND).file, { [name]: text }, { profiles: PROFILES });
    if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
    expect(Object.entries(loaded.config[group])).toContainEqual([key, value]);
  });

  it("GATEPOST_MQTT_PORT, GATEPOST_MQTT_HOST and GATEPOST_DATA_DIR", () => {
    const env = { GATEPOST_MQTT_PORT: "0", GATEPOST_MQTT_HOST: "127.0.0.9", GATEPOST_DATA_DIR: "/srv/gate" };
    const loaded = loadConfig(folderOf(SOUND).file, env, { profiles: PROFILES });
    if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
    expect(loaded.config.mqtt?.embedded).toEqual({ port: 0, host: "127.0.0.9" });
    expect(loaded.dataDir).toBe("/srv/gate");
  });

  it.each([
    ["GATEPOST_PAGE_PORT", "eighty", "ENVIRONMENT_INVALID"],
    ["GATEPOST_PAGE_PORT", "70000", "OUT_OF_RANGE"],
    ["GATEPOST_LOG_LEVEL", "loud", "NOT_ALLOWED"],
  ])("%s=%s is an error that names the variable", (name, text, code) => {
    const loaded = loadConfig(folderOf(SOUND).file, { [name]: text }, { profiles: PROFILES });
    const errors = "errors" in loaded ? loaded.errors : [];
    expect(errors.map((found) => [found.code, found.file, found.line])).toEqual([[code, `$${name}`, 1]]);
  });

  it("an MQTT port without an embedded broker is told, not obeyed", () => {
    const external = SOUND.replace("embedded: { host: 127.0.0.1, port: 1883 }", "external: { url: mqtts://broker }");
    const loaded = loadConfig(folderOf(external).file, { GATEPOST_MQTT_PORT: "1" }, { profiles: PROFILES });
    expect("errors" in loaded).toBe(false);
    expect(loaded.warnings.map((found) => [found.code, found.file])).toEqual([
      ["ENVIRONMENT_UNUSED", "$GATEPOST_MQTT_PORT"],
    ]);
  });

  it("GATEPOST_CONFIG names the file unless the command line does", () => {
    expect(configPath(undefined, {})).toBe(USUAL_CONFIG);
    expect(configPath(undefined, { GATEPOST_CONFIG: "/a" })).toBe("/a");
    expect(configPath("/b", { GATEPOST_CONFIG: "/a" })).toBe("/b");
  });
});

describe("secrets", () => {
  it("come from a file beside gate.yaml, without its last newline, and never stand in the config", () => {
    const loaded = loadConfig(folderOf(SOUND).file, {}, { profiles: PROFILES });
    if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
    expect(loaded.secrets.devices.get("face-in")).toBe("s3cret-words");
    expect(JSON.stringify(loaded.config)).not.toContain("s3cret-words");
  });

  it("come from systemd's credential directory, by the device's id when nothing is written", () => {
    const site = folderOf(SOUND.replace("{ passwordFile: secrets/face-in }", "{}"));
    const credentials = join(site.folder, "credentials");
    mkdirSync(credentials);
    writeFileSync(join(credentials, "face-in"), "from-systemd", { mode: 0o400 });
    const loaded = loadConfig(site.file, { CREDENTIALS_DIRECTORY: credentials }, { profiles: PROFILES });
    if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
    expect(loaded.secrets.devices.get("face-in")).toBe("from-systemd");
  });

  it("lie where the running service has them, for a verb that systemd gave none; a folder of our own goes before", () => {
    const site = folderOf(SOUND.replace("{ passwordFile: secrets/face-in }", "{}"));
    const folder = (name: string, text: string): string => {
      mkdirSync(join(site.folder, name));
      writeFileSync(join(site.folder, name, "face-in"), text, { mode: 0o400 });
      return join(site.folder, name);
    };
    const serviceCredentials = folder("service", "the-service's");
    const read = (env: Environment, options: LoadOptions) => {
      const loaded = loadConfig(site.file, env, { profiles: PROFILES, ...options });
      return "errors" in loaded ? loaded.errors.map(({ code }) => code) : loaded.secrets.devices.get("face-in");
    };
    expect(read({}, { serviceCredentials })).toBe("the-service's");
    expect(read({ CREDENTIALS_DIRECTORY: folder("own", "our-own") }, { serviceCredentials })).toBe("our-own");
    // The service doesn't run, or has none.
    expect(read({}, { serviceCredentials: join(site.folder, "nowhere") })).toEqual(["SECRET_MISSING"]);
  });

  it("that can't be looked at are told, not thrown; one beside gate.yaml does as well", () => {
    const site = folderOf(SOUND);
    const serviceCredentials = join(site.folder, "service");
    mkdirSync(serviceCredentials);
    symlinkSync("face-in", join(serviceCredentials, "face-in"));
    const read = () => loadConfig(site.file, {}, { profiles: PROFILES, serviceCredentials });
    expect(read()).toMatchObject({ warnings: [] });
    rmSync(join(site.folder, "secrets", "face-in"));
    expect(read()).toMatchObject({
      errors: [{ code: "SECRET_UNREADABLE", hint: { en: expect.stringContaining(serviceCredentials) } }],
    });
  });

  it("that everybody may read are warned of", () => {
    const site = folderOf(SOUND);
    chmodSync(join(site.folder, "secrets", "face-in"), 0o644);
    expect(loadConfig(site.file, {}, { profiles: PROFILES }).warnings.map((found) => found.code)).toEqual([
      "SECRET_EXPOSED",
    ]);
  });

  it.each([
    ["empty", ""],
    ["too large", "x".repeat(70_000)],
  ])("that are %s are refused", (_what, text) => {
    const site = folderOf(SOUND);
    writeFileSync(join(site.folder, "secrets", "face-in"), text);
    const loaded = loadConfig(site.file, {}, { profiles: PROFILES });
    expect("errors" in loaded ? loaded.errors.map((found) => found.code) : []).toEqual(["SECRET_UNREADABLE"]);
  });

  const page = (token: string) => folderOf(SOUND.replace("dataDir: data", `page: { host: 192.168.4.1${token} }`));

  it("the operator token comes from its file, or from systemd by its name", () => {
    const written = loadConfig(page(", operatorTokenFile: secrets/operator").file, {}, { profiles: PROFILES });
    expect("errors" in written ? written.errors : written.secrets.operatorToken).toBe("q7PzVd0mLr2xWc9s");
    const site = page("");
    const credentials = join(site.folder, "credentials");
    mkdirSync(credentials);
    writeFileSync(join(credentials, "operator-token"), "a-token-from-systemd\n", { mode: 0o400 });
    const given = loadConfig(site.file, { CREDENTIALS_DIRECTORY: credentials }, { profiles: PROFILES });
    expect("errors" in given ? given.errors : given.secrets.operatorToken).toBe("a-token-from-systemd");
  });

  it.each([
    ["four digits", "4711"],
    ["a sentence", "open the gate for me"],
  ])("an operator token of %s is refused", (_what, text) => {
    const site = page(", operatorTokenFile: secrets/operator");
    writeFileSync(join(site.folder, "secrets", "operator"), text);
    const loaded = loadConfig(site.file, {}, { profiles: PROFILES });
    expect("errors" in loaded ? loaded.errors.map((found) => [found.code, found.path]) : []).toEqual([
      ["SECRET_SHORT", "page.operatorTokenFile"],
    ]);
  });

  it("are not opened when the check runs without them", () => {
    const site = folderOf(SOUND.replace("secrets/face-in", "secrets/elsewhere"));
    expect("errors" in loadConfig(site.file, {}, { profiles: PROFILES, readSecrets: false })).toBe(false);
  });

  it("may stand in a simulation", () => {
    const site = folderOf(
      SOUND.replace("dataDir: data", "simulation: true").replace("passwordFile: secrets/face-in", "password: demo"),
    );
    const loaded = loadConfig(site.file, {}, { profiles: PROFILES });
    expect("errors" in loaded ? loaded.errors : loaded.secrets.devices.get("face-in")).toBe("demo");
  });
});

describe("the file itself", () => {
  it("that isn't there is an error, not a throw", () => {
    const loaded = loadConfig("/nowhere/gate.yaml", {}, { profiles: PROFILES });
    expect("errors" in loaded ? loaded.errors.map((found) => [found.code, found.line]) : []).toEqual([
      ["CONFIG_UNREADABLE", 1],
    ]);
  });

  it.each([
    ["in GBK", Buffer.from([0x73, 0x69, 0x74, 0x65, 0x3a, 0x20, 0xd0, 0xc7]), "CONFIG_UNREADABLE"],
    ["of two megabytes", Buffer.alloc(2_000_000, 0x20), "CONFIG_TOO_LARGE"],
    ["empty", Buffer.alloc(0), "KEY_MISSING"],
    ["a list", Buffer.from("- a\n"), "WRONG_TYPE"],
    ["a word", Buffer.from("hello"), "WRONG_TYPE"],
    [
      "billion laughs",
      Buffer.from(
        `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((to, i) => `${to}: &${to} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]`).join("\n")}\n`,
      ),
      "YAML_SYNTAX",
    ],
  ])("%s is refused", (_what, bytes, code) => {
    const site = folderOf("");
    writeFileSync(site.file, bytes);
    const loaded = loadConfig(site.file, {}, { profiles: PROFILES });
    expect("errors" in loaded ? loaded.errors.map((found) => found.code) : []).toContain(code);
  });
});

describe("device profiles are read from their folders", () => {
  it("with what they claim, ask for and can do; a later folder wins", () => {
    const { folder } = folderOf("");
    const profile = {
      meta: { id: "terminal" },
      link: { via: "serial", baud: 9600 },
      framing: { ends: ["0D"], cut: "line" },
      params: { deviceId: { type: "text" }, unit: { type: "number", default: 1 } },
      messages: [{ reports: [{ is: "presented", claim: { type: "face", value: "{who}" } }] }],
      commands: { unlock: { moves: "open" } },
      samples: [{ expect: { reports: [{ claim: { type: "card" } }] } }],
    };
    writeFileSync(join(folder, "terminal.json"), JSON.stringify(profile));
    writeFileSync(join(folder, "broken.json"), "{");
    expect(profileBriefs([folder, join(folder, "missing")])).toEqual({
      briefs: [
        {
          id: "terminal",
          link: "serial",
          claims: ["face"],
          serial: { baud: 9600 },
          framing: '{"cut":"line","ends":["0D"]}',
          params: { deviceId: { required: true, type: "text" }, unit: { required: false, type: "number" } },
          commands: { unlock: "open" },
          inputs: false,
        },
      ],
      unreadable: [join(folder, "missing")],
    });
  });

  it("that can't be read are an error", () => {
    const site = folderOf(SOUND.replace("dataDir: data", "profilesDir: nowhere"));
    const loaded = loadConfig(site.file, {}, { shippedProfilesDir: site.folder });
    expect("errors" in loaded ? loaded.errors.map((found) => [found.code, found.line]) : []).toContainEqual([
      "PROFILES_UNREADABLE",
      4,
    ]);
  });
});

describe("migrations", () => {
  const steps: readonly Migration[] = [
    {
      from: 1,
      what: "gate.title became gate.name",
      change: (document) => document.setIn(["gate", "name"], document.getIn(["gate", "title"])),
    },
    { from: 2, what: "gate.title goes", change: (document) => void document.deleteIn(["gate", "title"]) },
  ];

  it("run in order, keep comments, and leave today's version behind", () => {
    const document = parseDocument("# ours\ngate:\n  title: 正门 # the big one\n");
    const migrated = migrate(document, steps, 3);
    expect(migrated.applied.map((step) => step.from)).toEqual([1, 2]);
    expect(document.toJS()).toEqual({ gate: { name: "正门" }, version: 3 });
    expect(String(document)).toContain("# ours");
    expect(migrate(document, steps, 3).applied).toEqual([]);
  });

  it("never guess: a gap is our bug, a newer file is refused", () => {
    expect(() => migrate(parseDocument("version: 1"), steps.slice(1), 3)).toThrow("version 1");
    const newer = migrate(parseDocument("version: 4"), steps, 3);
    expect(newer.findings.map((found) => found.code)).toEqual(["CONFIG_NEWER"]);
  });

  it("shipped ones are numbered without gaps", () => {
    expect(MIGRATIONS.map((step) => step.from)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });
});

it.each([
  ["plate-inn", "plate-in"],
  ["PLATEIN", "plate-in"],
  ["palte-in", "plate-in"],
  ["xyz", undefined],
  ["", undefined],
])("nearest to %s is %s", (word, meant) => {
  expect(nearest(word, ["plate-in", "plate-outside", "face"])).toBe(meant);
});
