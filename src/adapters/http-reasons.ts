/** The clerk's list of reasons for an opening by hand, over the API. Needs the right `people`. */
import { z } from "zod";
import { REASON_BOUNDS, repeatedReason } from "../core/reasons.ts";
import type { Register } from "../shell/register.ts";
import { told } from "./http-register.ts";
import type { Mount } from "./http-route.ts";

/** No line ends, nothing invisible: it stands on a tile. */
const word = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^\P{C}+$/u);
const reason = z.strictObject({ zh: word(REASON_BOUNDS.zh), en: word(REASON_BOUNDS.en) });
const list = {
  edition: z.int().min(0),
  reasons: z.array(reason).min(REASON_BOUNDS.fewest).max(REASON_BOUNDS.most),
  retired: z.array(reason).max(REASON_BOUNDS.retired),
};
const asked = z.strictObject(list).superRefine(({ reasons, retired }, issues) => {
  const at = repeatedReason([...reasons, ...retired]);
  if (at === undefined) return;
  const path = at < reasons.length ? ["reasons", at] : ["retired", at - reasons.length];
  issues.addIssue({ code: "custom", path, message: "twice" });
});
const view = z.object({ ...list, made: z.object({ by: z.string(), atWallMs: z.number() }).optional() });

export function reasonRoutes(mount: Mount, register: Pick<Register, "reasons" | "saveReasons">): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/reasons",
      access: "people",
      says: { zh: "手动开门的原因有哪些", en: "The reasons for an opening by hand" },
      answers: { 200: view },
    },
    () => ({ status: 200, body: register.reasons() }),
  );
  mount(
    {
      method: "PUT",
      path: "/api/v1/reasons",
      access: "people",
      says: { zh: "改手动开门的原因，马上生效", en: "Changes them, in force at once" },
      body: asked,
      answers: { 200: view },
    },
    async ({ body, asker }) => told(await register.saveReasons(body, asker.by.who)),
  );
}
