/** What the last runs showed: kept beside the rows, so that docs/reliability.md can be held against both. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const run = z.strictObject({
  date: z.iso.date(),
  machine: z.string(),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** Of these tests alone, as vitest tells. */
  seconds: z.number(),
  /** What was counted while they ran, where the row can't say beforehand. */
  did: z.int().optional(),
});
export type Run = z.infer<typeof run>;

const planted = z.strictObject({
  name: z.string(),
  /** The test that failed first; absent: it escaped. */
  caughtBy: z.string().optional(),
  seconds: z.number(),
  date: z.iso.date(),
});
export type PlantedResult = z.infer<typeof planted>;

const results = z.strictObject({
  /** Row, file and title ({@link keyOf}) → what the suite's size and the long run gave, that one by part (`2/16`) where it has parts. */
  runs: z.record(
    z.string(),
    z.strictObject({ short: run.optional(), full: run.optional(), parts: z.record(z.string(), run).optional() }),
  ),
  /** File → promise → how many tests whose titles name it passed. */
  named: z.record(z.string(), z.record(z.string(), z.int())),
  planted: z.array(planted),
});
export type Results = z.infer<typeof results>;

export const keyOf = (file: string, title: string): string => `${file} › ${title}`;

const fileIn = (top: string) => join(top, "test", "reliability", "results.json");

export function readResults(top: string): Results {
  return results.parse(JSON.parse(readFileSync(fileIn(top), "utf8")));
}

export function writeResults(top: string, told: Results): void {
  writeFileSync(fileIn(top), `${JSON.stringify(told, undefined, 2)}\n`);
}
