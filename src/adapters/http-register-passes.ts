/** Visitor passes, blocklist and consent over the API. Needs the right `people`. */
import { z } from "zod";
import { CONSENT_WAYS, type ConsentAsked, type PassAsked, type Register } from "../shell/register.ts";
import { qrPng } from "./http-picture.ts";
import { done, idParams, personId, told } from "./http-register.ts";
import type { Mount } from "./http-route.ts";

const minute = z.number().int().min(0).max(1440);
const times = z.strictObject({
  weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7),
  from: minute,
  until: minute,
});
const house = z.string().trim().min(1).max(64);
const passBody = z.strictObject({
  visitor: z.string().trim().min(1).max(64),
  household: house.optional(),
  fromWallMs: z.number().int().min(0),
  untilWallMs: z.number().int().min(0),
  uses: z.number().int().min(1).max(1_000).optional(),
  times: times.optional(),
  levels: z.array(z.string().min(1).max(64)).min(1).max(20).optional(),
  plate: z.string().trim().min(1).max(32).optional(),
});
const pass = z.object({
  id: z.string(),
  visitor: z.string(),
  household: z.string().optional(),
  code: z.string(),
  qr: z.string(),
  fromWallMs: z.number(),
  untilWallMs: z.number(),
  uses: z.number().optional(),
  used: z.number(),
  times: times.optional(),
  plate: z.string().optional(),
  ended: z.boolean(),
});
const barredBody = z.strictObject({
  type: z.enum(["face", "plate", "card", "pin", "code"]),
  value: z.string().trim().min(1).max(64),
  name: z.string().trim().min(1).max(64).optional(),
  why: z.string().trim().min(1).max(64),
});
const consentBody = z.strictObject({
  notice: z.string().trim().min(1).max(64),
  how: z.enum(CONSENT_WAYS),
  birthYear: z.number().int().min(1900).max(2199).optional(),
  guardian: z.string().trim().min(1).max(64).optional(),
});
const consent = z.object({
  id: z.number(),
  face: z.string(),
  state: z.enum(["recorded", "withdrawn"]),
  atWallMs: z.number(),
  takenBy: z.string(),
  notice: z.string().optional(),
  agreedBy: z.string().optional(),
  how: z.string().optional(),
  guardian: z.string().optional(),
  birthYear: z.number().optional(),
  receipts: z.array(
    z.object({ terminal: z.string(), face: z.string(), held: z.enum(["yes", "no", "unknown"]), wallMs: z.number() }),
  ),
});

export function passRoutes(mount: Mount, register: Register): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/passes",
      access: "people",
      says: { zh: "访客码", en: "Visitor passes" },
      query: z.strictObject({ all: z.enum(["yes", "no"]).default("no") }),
      answers: { 200: z.object({ passes: z.array(pass) }) },
    },
    async ({ query }) => told(await register.passes(query.all === "yes")),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/passes",
      access: "people",
      says: { zh: "开一张访客码", en: "Makes a visitor pass" },
      body: passBody,
      answers: { 201: pass },
    },
    async ({ body, asker }) => {
      const { household, uses, times: when, levels, plate, ...needed } = body;
      const asked: PassAsked = {
        ...needed,
        ...(household === undefined ? {} : { household }),
        ...(uses === undefined ? {} : { uses }),
        ...(when === undefined ? {} : { times: when }),
        ...(levels === undefined ? {} : { levels }),
        ...(plate === undefined ? {} : { plate }),
      };
      return told(await register.makePass(asked, asker.by.who), 201);
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/passes/:id/qr.png",
      access: "people",
      says: { zh: "访客码的图片", en: "The pass as a picture" },
      params: idParams,
      answers: { 200: "image/png" },
    },
    async ({ params }) => {
      const found = await register.passes(true);
      if ("why" in found) return told(found);
      const one = found.passes.find(({ id }) => id === params.id);
      if (one === undefined || one.qr === "") return { code: "person-unknown" };
      return { status: 200, body: qrPng(one.qr), type: "image/png" };
    },
  );
  mount(
    {
      method: "DELETE",
      path: "/api/v1/passes/:id",
      access: "people",
      says: { zh: "作废一张访客码", en: "Ends a visitor pass" },
      params: idParams,
      answers: { 200: done },
    },
    async ({ params, asker }) => told(await register.endPass(params.id, asker.by.who)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/barred",
      access: "people",
      says: { zh: "加入黑名单", en: "Puts on the blocklist" },
      body: barredBody,
      answers: { 201: done },
    },
    async ({ body, asker }) => {
      const { name, ...asked } = body;
      return told(await register.bar({ ...asked, ...(name === undefined ? {} : { name }) }, asker.by.who), 201);
    },
  );
  mount(
    {
      method: "DELETE",
      path: "/api/v1/barred/:id",
      access: "people",
      says: { zh: "移出黑名单", en: "Takes off the blocklist" },
      params: idParams,
      answers: { 200: done },
    },
    async ({ params, asker }) => told(await register.unbar(params.id, asker.by.who)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/people/:id/consents",
      access: "people",
      says: { zh: "记下人脸同意", en: "Records a consent to a face being kept" },
      params: z.strictObject({ id: personId }),
      body: consentBody,
      answers: { 201: z.object({ consents: z.array(consent) }) },
    },
    async ({ params, body, asker }) => {
      const { birthYear, guardian, ...needed } = body;
      const asked: ConsentAsked = {
        holder: params.id,
        ...needed,
        ...(birthYear === undefined ? {} : { birthYear }),
        ...(guardian === undefined ? {} : { guardian }),
      };
      return told(await register.consent(asked, asker.by.who), 201);
    },
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/people/:id/withdraw",
      access: "people",
      says: {
        zh: "撤回同意：人脸从名单和每台终端删除",
        en: "Withdraws it: the face leaves the list and every terminal",
      },
      params: idParams,
      answers: { 200: z.object({ consents: z.array(consent) }) },
    },
    async ({ params, asker }) => told(await register.withdraw(params.id, asker.by.who)),
  );
}
