import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lint } from "../../src/decode/lint.ts";
import { isDevice, isOsdp, parseProfile } from "../../src/decode/load.ts";
import { runOsdpSamples } from "../../src/decode/osdp-sample.ts";
import { profileJsonSchema } from "../../src/decode/profile.ts";
import { runContactSamples, runSamples } from "../../src/decode/sample.ts";

const FOLDER = fileURLToPath(new URL("../../device-profiles/", import.meta.url));
const SCHEMA = "profile.schema.json";
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".json") && name !== SCHEMA);

function load(name: string) {
  const loaded = parseProfile(readFileSync(`${FOLDER}${name}`, "utf8"), name);
  if (loaded.is === "errors") throw new Error(`${name}: ${JSON.stringify(loaded.errors, undefined, 1)}`);
  return loaded.profile;
}

function samplesOf(profile: ReturnType<typeof load>) {
  if (isOsdp(profile)) return runOsdpSamples(profile);
  return isDevice(profile) ? runSamples(profile) : runContactSamples(profile);
}

describe("every shipped profile", () => {
  it("there are some", () => {
    expect(FILES.length).toBeGreaterThanOrEqual(3);
  });

  it.each(FILES)("%s: its own samples pass", (name) => {
    const profile = load(name);
    const runs = samplesOf(profile);
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) expect({ name: run.name, is: run.got }).toEqual({ name: run.name, is: run.expected });
    expect(lint(profile)).toEqual([]);
    for (const run of runs) expect({ name: run.name, passed: run.passed }).toEqual({ name: run.name, passed: true });
  });
});

it("profile.schema.json is what the schema says; UPDATE_SCHEMA=1 writes it", () => {
  const text = `${JSON.stringify(profileJsonSchema(), undefined, 2)}\n`;
  if (process.env.UPDATE_SCHEMA === "1") writeFileSync(`${FOLDER}${SCHEMA}`, text);
  expect(readFileSync(`${FOLDER}${SCHEMA}`, "utf8")).toBe(text);
});

it.each(["README.md", "README.zh-CN.md"])("the example in %s is a good profile as it stands", (name) => {
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(readFileSync(`${FOLDER}${name}`, "utf8")) ?? [];
  const loaded = parseProfile(example, "test-vendor-reader");
  if (loaded.is === "errors") throw new Error(JSON.stringify(loaded.errors, undefined, 1));
  expect(lint(loaded.profile)).toEqual([]);
});

it.each(["README.md", "README.zh-CN.md"])("the forms at a glance in %s are of the right form", (name) => {
  const [, forms = ""] = /```jsonc\n([\s\S]*?)```/.exec(readFileSync(`${FOLDER}${name}`, "utf8")) ?? [];
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(readFileSync(`${FOLDER}${name}`, "utf8")) ?? [];
  const loaded = parseProfile({ ...JSON.parse(example), ...JSON.parse(`{${forms}}`) }, "test-vendor-reader");
  if (loaded.is === "errors") throw new Error(JSON.stringify(loaded.errors, undefined, 1));
  expect(loaded.profile.form).toBe("device");
});
