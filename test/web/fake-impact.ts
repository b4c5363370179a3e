import type { Impact } from "../../src/shell/impact.ts";

/** Assessments of a gate that has none: who gets past the door is told by the door. */
export const fakeImpact = (): Impact => ({
  view: async () => ({ why: "register-failing" }),
  record: async () => ({ why: "assessment-unknown" }),
  assess: async () => ({ why: "facts-changed" }),
  sign: async () => ({ why: "assessment-unknown" }),
});
