/** Impact assessments over the API: the facts and records, one record, recording and its signature. Needs the right `people`. */
import { z } from "zod";
import { STANDS_ON } from "../core/impact.ts";
import { dayOfText } from "../core/traffic-hours.ts";
import type { Impact, ImpactRefusal } from "../shell/impact.ts";
import type { RegisterRefusal } from "../shell/register.ts";
import type { Problem } from "./http-problem.ts";
import type { Answer, Mount } from "./http-route.ts";
import { factsForm, WORDS_BYTES, wordsForm } from "./register-impact-form.ts";

const numbered = z.strictObject({ number: z.coerce.number().int().min(1) });
const date = z.string().refine((text) => dayOfText(text) !== undefined, "a date of the calendar, YYYY-MM-DD");
const signature = z.strictObject({ signedBy: z.string().trim().min(1).max(64), signedOn: date });
const assessment = z.object({
  number: z.number().int(),
  atWallMs: z.number(),
  by: z.string(),
  signed: z.object({ signedBy: z.string(), signedOn: z.string(), atWallMs: z.number(), by: z.string() }).optional(),
});

export function impactRoutes(mount: Mount, impact: Impact): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/assessments",
      access: "people",
      says: {
        zh: "影响评估：主机知道的情况、以前的记录、要不要重新评估",
        en: "Impact assessments: the facts that the gate knows, the records, and whether one is due",
      },
      answers: {
        200: z.object({
          facts: factsForm,
          words: wordsForm,
          seen: z.string(),
          due: z.union([
            z.object({ is: z.enum(["never-signed", "no"]) }),
            z.object({ is: z.literal("changed"), facts: z.array(z.enum(STANDS_ON)) }),
          ]),
          records: z.array(assessment),
        }),
      },
    },
    async () => told(await impact.view()),
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/assessments/:number",
      access: "people",
      says: { zh: "一份影响评估", en: "One assessment" },
      params: numbered,
      answers: { 200: assessment.extend({ facts: factsForm, words: wordsForm }) },
    },
    async ({ params }) => told(await impact.record(params.number)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/assessments",
      access: "people",
      says: {
        zh: "按现在的情况保存一份评估；不再更改",
        en: "Records the facts as they are, with what people say of them",
      },
      body: z.strictObject({ words: wordsForm, seen: z.string().max(64) }),
      bodyLimit: WORDS_BYTES,
      answers: { 201: assessment },
    },
    async ({ body, asker }) => told(await impact.assess(body.words, body.seen, asker.by.who), 201),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/assessments/:number/signature",
      access: "people",
      says: { zh: "登记打印的评估已签字", en: "Notes who signed the printed record, and when" },
      params: numbered,
      body: signature,
      answers: { 200: assessment },
    },
    async ({ params, body, asker }) => told(await impact.sign(params.number, body, asker.by.who)),
  );
}

function told(found: object | ImpactRefusal | RegisterRefusal, status = 200): Answer | Problem {
  if (!("why" in found)) return { status, body: found };
  const { why } = found;
  return { code: why, ...("detail" in found && found.detail !== undefined ? { detail: found.detail } : {}) };
}
