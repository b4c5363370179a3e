import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { gateJsonSchema } from "../../src/config/schema.ts";
import { PROFILES } from "./profiles.ts";

const shipped = (name: string): string => fileURLToPath(new URL(`../../config/${name}`, import.meta.url));

describe("the shipped configurations", () => {
  it.each(["example.yaml", "demo.yaml"])("%s has neither errors nor warnings", (name) => {
    const loaded = loadConfig(shipped(name), {}, { profiles: PROFILES, readSecrets: false });
    expect("errors" in loaded ? loaded.errors : []).toEqual([]);
    expect(loaded.warnings).toEqual([]);
  });

  it("gate.schema.json is what the schema says today (vitest -u writes it)", async () => {
    await expect(`${JSON.stringify(gateJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(shipped("gate.schema.json"));
  });
});
