/** The technician's workshop over the API: the configuration, the log, and what is taken home. */
import { Readable } from "node:stream";
import { z } from "zod";
import { GateError } from "../core/fault.ts";
import { TECHNICIAN_PAGE } from "../shell/bench.ts";
import type { Parcel, Workshop } from "../shell/workshop.ts";
import type { Mount, Told } from "./http-route.ts";

const LARGEST_CONFIG = 1024 * 1024;
const configBody = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(LARGEST_CONFIG / 2),
});
const checkedSchema = z.object({ sound: z.boolean(), findings: z.array(z.looseObject({ line: z.number() })) });

export function workshopRoutes(mount: Mount, workshop: Workshop): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/workshop/config",
      access: "wire",
      says: { zh: "正在用的配置，不含密码", en: "The configuration in force, without secrets" },
      answers: { 200: z.looseObject({ file: z.string(), text: z.string() }) },
    },
    () => ({ status: 200, body: workshop.config() }),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/workshop/config/checks",
      access: "wire",
      says: {
        zh: "检查一份配置：行、列、提示；什么也不存",
        en: "Checks a configuration: line, column, hint; stores nothing",
      },
      body: configBody,
      bodyLimit: LARGEST_CONFIG,
      answers: { 200: checkedSchema },
    },
    ({ body }) => ({ status: 200, body: workshop.check(body.text) }),
  );
  mount(
    {
      method: "PUT",
      path: "/api/v1/workshop/config/offered",
      access: "wire",
      says: {
        zh: "检查并存下一份配置，由人在主机上启用",
        en: "Checks a configuration and lays it down for a person to put in force",
      },
      body: configBody,
      bodyLimit: LARGEST_CONFIG,
      answers: { 200: checkedSchema },
    },
    async ({ body, asker }) => {
      try {
        const by = { who: asker.by.who, from: TECHNICIAN_PAGE };
        return { status: 200, body: await workshop.offer(body.text, by) };
      } catch (cause) {
        return unkept(cause);
      }
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/workshop/log",
      access: "wire",
      says: { zh: "最近的日志，不含姓名和号码", en: "The newest lines of the log, redacted" },
      answers: { 200: z.object({ lines: z.array(z.string()) }) },
    },
    () => ({ status: 200, body: { lines: workshop.log() } }),
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/workshop/about",
      access: "wire",
      says: {
        zh: "版本、系统、磁盘、证书指纹和账号",
        en: "Versions, system, disk, certificate's fingerprint and accounts",
      },
      answers: { 200: z.looseObject({ version: z.string() }) },
    },
    async () => ({ status: 200, body: await workshop.about() }),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/workshop/bundles",
      access: "wire",
      says: { zh: "技术支持包，没有姓名、车牌和密码", en: "The support bundle: no names, plates or secrets" },
      answers: { 200: "application/gzip" },
    },
    async () => sent(workshop.bundle?.(), "application/gzip"),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/workshop/backups",
      access: "accounts",
      says: {
        zh: "整机备份，用口令加密；只给管理员，恢复在命令行上做",
        en: "The whole gate, sealed with a passphrase, for admins alone; it is restored on the command line",
      },
      body: z.strictObject({
        passphrase: z
          .string()
          .min(12)
          .max(256)
          .regex(/^[^\r\n]*$/),
      }),
      answers: { 200: "application/octet-stream" },
    },
    async ({ body }) => sent(workshop.backup?.(body.passphrase), "application/octet-stream"),
  );
}

async function sent(making: Promise<Parcel> | undefined, type: string): Promise<Told> {
  if (making === undefined) return { code: "not-found" };
  try {
    const { name, bytes } = await making;
    const headers = { "content-disposition": `attachment; filename="${name}"` };
    return { status: 200, body: Readable.from(bytes, { objectMode: false }), type, headers };
  } catch (cause) {
    return unkept(cause);
  }
}

/** The world's faults are told; a bug of ours is none of them. */
function unkept(cause: unknown): Told {
  if (cause instanceof GateError) return { code: "not-kept", detail: cause.message };
  if (cause instanceof Error && "code" in cause) return { code: "not-kept", detail: String(cause.code) };
  throw cause;
}
