/** The residents' register over the API: people, import, export, what was changed and can be undone. Needs the right `people`. */
import { z } from "zod";
import { csvFile } from "../core/csv.ts";
import { PEOPLE_SHOWN, type Register, type RegisterRefusal } from "../shell/register.ts";
import { accessRoute } from "./http-access.ts";
import type { Problem } from "./http-problem.ts";
import { reasonRoutes } from "./http-reasons.ts";
import { passRoutes } from "./http-register-passes.ts";
import type { Answer, Mount } from "./http-route.ts";

export const personId = z.string().min(1).max(64);
export const idParams = z.strictObject({ id: personId });
const numberParams = z.strictObject({ number: z.coerce.number().int().min(1) });
const ids = z.array(personId).min(1).max(2_000);
const wallMs = z.number().int().min(946_684_800_000).max(7_258_118_400_000);
const words = z.object({ zh: z.string(), en: z.string() });
const mistake = z.object({
  row: z.number(),
  column: z.string(),
  value: z.string(),
  code: z.string(),
  message: words,
  hint: words,
});
export const done = z.object({ generation: z.number(), people: z.number(), kept: z.number().optional() });
const personView = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  origin: z.enum(["list", "pass", "barred"]),
  household: z.string().optional(),
  spaces: z.number().optional(),
  phoneEnd: z.string().optional(),
  blocked: z.boolean(),
  blockedWhy: z.string().optional(),
  slow: z.boolean(),
  levels: z.array(z.string()),
  validFrom: z.number().optional(),
  validUntil: z.number().optional(),
  parkingUntil: z.number().optional(),
  credentials: z.array(z.object({ type: z.string(), shown: z.string() })),
  consent: z.enum(["given", "missing"]).optional(),
});
const preview = z.object({
  id: z.string(),
  counts: z.object({
    added: z.number(),
    changed: z.number(),
    suspended: z.number(),
    same: z.number(),
    errors: z.number(),
    nowhere: z.number(),
  }),
  added: z.array(z.object({ name: z.string(), row: z.number() })),
  changed: z.array(
    z.object({
      name: z.string(),
      row: z.number(),
      cells: z.array(z.object({ column: z.string(), from: z.string(), to: z.string() })),
    }),
  ),
  suspended: z.array(z.object({ name: z.string() })),
  errors: z.array(mistake),
  manySuspended: z.boolean(),
});
const FILE_BYTES = 20 * 1024 * 1024;
const CELLS_BYTES = 64 * 1024;
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** A good answer, or the refusal as a problem. */
export function told<T extends object>(found: T | RegisterRefusal, status = 200): Answer | Problem {
  if (!("why" in found) || !isRefusal(found)) return { status, body: found };
  const { why, detail, mistakes } = found;
  return { code: why, ...(detail === undefined ? {} : { detail }), ...(mistakes === undefined ? {} : { mistakes }) };
}

const isRefusal = (found: object): found is RegisterRefusal => "why" in found && typeof found.why === "string";

/** What is kept how long, as the configuration says; shown, not changed here. */
export interface Keeping {
  readonly [what: string]: number | boolean | string;
}

export function registerRoutes(mount: Mount, register: Register, keeping: Keeping): void {
  peopleRoutes(mount, register);
  importRoutes(mount, register);
  passRoutes(mount, register);
  accessRoute(mount, register);
  reasonRoutes(mount, register);
  mount(
    {
      method: "GET",
      path: "/api/v1/keeping",
      access: "people",
      says: { zh: "资料保留多久", en: "How long what is kept" },
      answers: { 200: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])) },
    },
    () => ({ status: 200, body: keeping }),
  );
}

function peopleRoutes(mount: Mount, register: Register): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/people",
      access: "people",
      says: { zh: "查找住户", en: "Finds people" },
      query: z.strictObject({
        text: z.string().max(64).default(""),
        shown: z.enum(PEOPLE_SHOWN).default("all"),
        from: z.coerce.number().int().min(0).max(200_000).default(0),
        most: z.coerce.number().int().min(1).max(200).default(50),
      }),
      answers: { 200: z.object({ people: z.array(personView), total: z.number(), graceDays: z.number() }) },
    },
    async ({ query }) => told(await register.people(query)),
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/people/:id",
      access: "people",
      says: { zh: "一位住户", en: "One person" },
      params: idParams,
      answers: {
        200: z.object({
          person: personView,
          cells: z.record(z.string(), z.string()),
          consents: z.array(z.record(z.string(), z.unknown())),
        }),
      },
    },
    async ({ params }) => told(await register.person(params.id)),
  );
  mount(
    {
      method: "PUT",
      path: "/api/v1/people/:id",
      access: "people",
      says: { zh: "新增或修改一位住户，格子同表格的一行", en: "Adds or changes a person; cells as in a file's row" },
      params: idParams,
      body: z.record(z.string().max(32), z.string().max(512)),
      bodyLimit: CELLS_BYTES,
      answers: { 200: done },
    },
    async ({ params, body, asker }) => told(await register.save({ ...body, 编号: params.id }, asker.by.who)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/people/suspend",
      access: "people",
      says: { zh: "停用；不写原因是恢复", en: "Suspends; without a reason: active again" },
      body: z.strictObject({ ids, why: z.string().trim().min(1).max(64).optional() }),
      bodyLimit: CELLS_BYTES * 4,
      answers: { 200: done },
    },
    async ({ body, asker }) => told(await register.suspend(body.ids, body.why, asker.by.who)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/people/extend",
      access: "people",
      says: { zh: "批量延期：有效期或停车费", en: "Extends many: their validity or the parking fee" },
      body: z.strictObject({ ids, what: z.enum(["validity", "parking"]), untilWallMs: wallMs }),
      bodyLimit: CELLS_BYTES * 4,
      answers: { 200: done },
    },
    async ({ body, asker }) => told(await register.extend(body.ids, body.what, body.untilWallMs, asker.by.who)),
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/people/:id/about",
      access: "people",
      says: { zh: "一个人的全部资料", en: "Everything that is kept of one person" },
      params: idParams,
      query: z.strictObject({ as: z.enum(["json", "page"]).default("json") }),
      answers: { 200: z.record(z.string(), z.unknown()) },
    },
    async ({ params, query }) => {
      const found = await register.about(params.id);
      if ("why" in found || query.as === "json") return told("why" in found ? found : { about: found.about });
      return { status: 200, body: plainPage(found.about), type: "text/html; charset=utf-8" };
    },
  );
}

function importRoutes(mount: Mount, register: Register): void {
  mount(
    {
      method: "POST",
      path: "/api/v1/imports",
      access: "people",
      says: { zh: "看一个名单文件会改变什么；不写入", en: "What a file would change; writes nothing" },
      body: z.instanceof(Uint8Array),
      bodyType: "application/octet-stream",
      bodyLimit: FILE_BYTES,
      answers: { 200: preview },
    },
    async ({ body }) => told(await register.preview(body)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/imports/:id/apply",
      access: "people",
      says: { zh: "确认写入", en: "Writes it" },
      params: idParams,
      body: z.strictObject({ manySuspended: z.boolean().default(false) }),
      answers: { 200: done },
    },
    async ({ params, body, asker }) => told(await register.apply(params.id, body.manySuspended, asker.by.who)),
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/imports/:id/mistakes.xlsx",
      access: "people",
      says: { zh: "错误行", en: "The wrong rows" },
      params: idParams,
      answers: { 200: XLSX },
    },
    async ({ params }) => {
      const found = await register.mistakes(params.id);
      if ("why" in found) return told(found);
      return {
        status: 200,
        body: Buffer.from(found.file),
        type: XLSX,
        headers: {
          "content-disposition": `attachment; filename="mistakes.xlsx"; filename*=UTF-8''${encodeURIComponent("错误行.xlsx")}`,
        },
      };
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/people.csv",
      access: "people",
      says: { zh: "导出名单，密码不显示", en: "The list; PINs masked" },
      answers: { 200: "text/csv; charset=utf-8" },
    },
    async () => {
      const found = await register.exported();
      if ("why" in found) return told(found);
      return {
        status: 200,
        // The mark tells spreadsheets that it is UTF-8.
        body: csvFile(found.rows),
        type: "text/csv; charset=utf-8",
        headers: {
          "content-disposition": `attachment; filename="residents.csv"; filename*=UTF-8''${encodeURIComponent("住户名单.csv")}`,
        },
      };
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/generations",
      access: "people",
      says: { zh: "30 天内的更改", en: "Changes of the last 30 days" },
      answers: {
        200: z.object({
          generations: z.array(
            z.object({
              number: z.number(),
              atWallMs: z.number(),
              by: z.string(),
              what: z.string(),
              people: z.number(),
            }),
          ),
        }),
      },
    },
    async () => told(await register.history()),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/generations/:number/undo",
      access: "people",
      says: { zh: "撤销一次更改", en: "Undoes a change" },
      params: numberParams,
      answers: { 200: done },
    },
    async ({ params, asker }) => told(await register.undo(params.number, asker.by.who)),
  );
}

/** To be printed and handed over: no script, no style of its own. */
function plainPage(about: unknown): string {
  const text = JSON.stringify(about, null, 2).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>个人资料</title><h1>个人资料 Personal data</h1><pre>${text}</pre></html>`;
}
