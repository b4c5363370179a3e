/** What a gate runs by when its gate.yaml can't be used. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { GOOD_FILE, loadOrLastGood } from "../../src/config/last-good.ts";
import { SOUND, siteFolder } from "./site.ts";

const GOOD = SOUND.replace("进口车道", "原来的车道");
const options = { readSecrets: false };

/** A folder with this gate.yaml and, in its data folder, a last good one. */
function placed(yaml: string, good: string | undefined, data = "data") {
  const site = siteFolder(yaml);
  onTestFinished(site.remove);
  mkdirSync(join(site.folder, data), { recursive: true });
  if (good !== undefined) writeFileSync(join(site.folder, data, GOOD_FILE), good);
  return site;
}
const laneOf = (loaded: ReturnType<typeof loadOrLastGood>) =>
  "config" in loaded ? loaded.config.lanes[0]?.name : loaded.errors[0]?.code;

it("a sound gate.yaml is used, whatever was good before", () => {
  const loaded = loadOrLastGood(placed(SOUND, GOOD).file, {}, options);
  expect([laneOf(loaded), "broken" in loaded]).toEqual(["进口车道", false]);
});

it.each([
  ["a syntax error", SOUND.replace("site: {", "site: {{"), "YAML_SYNTAX"],
  ["a word that is none", SOUND.replace("kind: vehicle", "kind: vehicel"), undefined],
  ["an unknown profile", SOUND.replace("faceterm-mqtt", "faceterm-mqqt"), undefined],
])("%s: the last good one stands in, and its text is what is in force", (_what, yaml, code) => {
  const site = placed(yaml, GOOD);
  const loaded = loadOrLastGood(site.file, {}, options);
  expect(laneOf(loaded)).toBe("原来的车道");
  expect(loaded).toMatchObject({ text: GOOD, file: site.file, dataDir: join(site.folder, "data") });
  const [first] = "broken" in loaded ? (loaded.broken ?? []) : [];
  expect(first?.file).toBe(site.file);
  expect(first?.line).toBeGreaterThan(0);
  if (code !== undefined) expect(first?.code).toBe(code);
});

it("a gate.yaml that is gone, or says nothing of its data any more: the environment and systemd know where they lie", () => {
  const site = placed(SOUND, GOOD);
  rmSync(site.file);
  expect(laneOf(loadOrLastGood(site.file, {}, options))).toBe("CONFIG_UNREADABLE");
  expect(laneOf(loadOrLastGood(site.file, { STATE_DIRECTORY: join(site.folder, "data") }, options))).toBe("原来的车道");
  expect(laneOf(loadOrLastGood(site.file, { GATEPOST_DATA_DIR: "data" }, options))).toBe("原来的车道");
});

it.each([
  ["there is none", undefined],
  ["it is unsound itself", GOOD.replace("kind: vehicle", "kind: vehicel")],
  ["it keeps its data elsewhere: another gate's", GOOD.replace("dataDir: data", "dataDir: other")],
])("nothing stands in when %s", (_what, good) => {
  const loaded = loadOrLastGood(placed(SOUND.replace("site: {", "site: {{"), good).file, {}, options);
  expect(laneOf(loaded)).toBe("YAML_SYNTAX");
});
