// Home Assistant in gate.yaml: what is refused, and what is warned of.
import { expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

function load(home: string, change: (yaml: string) => string = (yaml) => yaml) {
  const place = siteFolder(change(SOUND.replace("devices:\n", `homeAssistant: ${home}\ndevices:\n`)));
  try {
    return loadConfig(place.file, {}, { profiles: PROFILES });
  } finally {
    place.remove();
  }
}
const found = (...given: Parameters<typeof load>): readonly string[] => {
  const loaded = load(...given);
  const all = [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings];
  return all.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
};
const OWN = "broker: { url: mqtts://ha.lan, username: gate, passwordFile: secrets/operator }";

it.each([
  ["all that is needed", `{ ${OWN} }`, []],
  ["no broker: the embedded one serves devices alone", "{}", ["error HOME_BROKER_MISSING homeAssistant"]],
  [
    "a user name without a password",
    "{ broker: { url: mqtts://ha.lan, username: gate } }",
    ["error SECRET_MISSING homeAssistant.broker.username"],
  ],
  [
    "a password in clear over the network",
    `{ ${OWN.replace("mqtts:", "mqtt:")} }`,
    ["warning BROKER_EXPOSED homeAssistant.broker.url"],
  ],
  [
    "a certificate authority that isn't there",
    "{ broker: { url: mqtts://ha.lan, caFile: secrets/none.pem } }",
    ["error SECRET_UNREADABLE homeAssistant.broker.caFile"],
  ],
])("%s", (_, home, wanted) => expect(found(home)).toEqual(wanted));

it.each(["home/#", "+/home", "/home", "home/", "家"])("refuses %s as a prefix", (prefix) => {
  const [only, ...more] = found(`{ ${OWN}, prefix: "${prefix}" }`);
  expect(only).toMatch(/^error \S+ homeAssistant\.prefix$/);
  expect(more).toEqual([]);
});

it("goes over the devices' outside broker where no other is named, and has its password", () => {
  const outside = (yaml: string) =>
    yaml.replace("embedded: { host: 127.0.0.1, port: 1883 }", "external: { url: mqtts://broker.xinghe }");
  expect(found("{}", outside)).toEqual([]);
  const loaded = load(`{ ${OWN} }`);
  if ("errors" in loaded) throw new Error("refused");
  expect(loaded.secrets.homeAssistantBroker).toBe("q7PzVd0mLr2xWc9s");
  expect(loaded.config.homeAssistant?.prefix).toBe("homeassistant");
});
