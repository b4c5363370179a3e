import "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How many of what its row counts this test did, where that is known only when it has run. */
    did?: number;
  }
}
