import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

const site = siteFolder(SOUND);
afterAll(site.remove);

const SEED = 20261124;
const PIECES = [
  "{",
  "}",
  "[",
  "]",
  ":",
  "-",
  "*a",
  "&a",
  "!!x",
  "\t",
  "\n",
  "'",
  '"',
  "#",
  "__proto__: {a: 1}\n",
  "null",
  "~",
  "1e999",
  "：",
  "\u0000",
  "😀",
  "? ",
  "<<: *a",
  "!!binary x",
  "%YAML 1.1\n---\n",
];

it(`300 damaged files: never a throw, every error inside the file and in two languages (seed ${SEED})`, () => {
  const damage = fc.record({
    at: fc.nat(SOUND.length),
    cut: fc.nat(20),
    piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      const text = damages.reduce(
        (yaml, { at, cut, piece }) => yaml.slice(0, at) + piece + yaml.slice(at + cut),
        SOUND,
      );
      writeFileSync(site.file, text);
      const loaded = loadConfig(site.file, {}, { profiles: PROFILES });
      const lines = text.split("\n");
      for (const problem of [...("errors" in loaded ? loaded.errors : []), ...loaded.warnings]) {
        expect(problem.line).toBeGreaterThanOrEqual(1);
        expect(problem.line).toBeLessThanOrEqual(lines.length);
        expect(problem.column).toBeGreaterThanOrEqual(1);
        expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? "").length + 1);
        expect(problem.hint.zh && problem.hint.en && problem.message.zh && problem.message.en).toBeTruthy();
      }
      if ("errors" in loaded) expect(loaded.errors.length).toBeGreaterThan(0);
      expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
    }),
    { seed: SEED, numRuns: 300 },
  );
});
