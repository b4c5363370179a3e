/** vitest's JSON report, as far as it is asked here. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          fullName: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).optional(),
          meta: z.object({ did: z.int().optional() }).optional(),
        }),
      ),
    }),
  ),
});

export interface Ran {
  readonly titles: readonly string[];
  readonly status: "passed" | "failed" | "skipped";
  readonly seconds: number;
  /** See did.d.ts. */
  readonly did?: number;
  /** Why it failed. */
  readonly why?: readonly string[];
  /** It stands for a whole file that couldn't be loaded. */
  readonly unloaded?: true;
}

/** Every test of one report; a file that couldn't be loaded is one failed test without a title. */
export function readReport(file: string): readonly Ran[] {
  return report.parse(JSON.parse(readFileSync(file, "utf8"))).testResults.flatMap((one): readonly Ran[] =>
    one.assertionResults.length === 0
      ? [{ titles: [one.message ?? one.name], status: "failed", seconds: 0, unloaded: true }]
      : one.assertionResults.map((test) => ({
          titles: [...test.ancestorTitles, test.title],
          status: test.status === "passed" || test.status === "failed" ? test.status : "skipped",
          seconds: (test.duration ?? 0) / 1_000,
          ...(test.failureMessages?.length ? { why: test.failureMessages } : {}),
          ...(test.meta?.did === undefined ? {} : { did: test.meta.did }),
        })),
  );
}

/** Numbers of the promises that a title names: `promise 1`, `promises 1 and 2`, `promise 1, 4, 6`. */
export function promisesIn(title: string): readonly number[] {
  const found = [...title.matchAll(/promises? (\d(?:(?:, | and )\d)*)/g)].flatMap(([, list]) =>
    (list ?? "").split(/\D+/).map(Number),
  );
  return [...new Set(found)];
}
