import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/built.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    coverage: {
      provider: "v8",
      include: ["src/core/**/*.ts", "src/decode/**/*.ts"],
      reporter: ["text", "json-summary"],
      reportOnFailure: true,
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
  },
});
