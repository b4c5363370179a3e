/** The page's own files, and the probes: nothing in them is anybody's. */
import { z } from "zod";
import { PAGES } from "../core/pages.ts";
import type { Desk } from "../shell/desk.ts";
import type { Mount } from "./http-route.ts";
import type { Streams } from "./http-stream.ts";

/** As Vite names them. */
const ASSET = /^[\w-]+(\.[\w-]+)+$/;

export function pageRoutes(mount: Mount): void {
  const file = (path: string, name: string, zh: string, en: string) =>
    mount({ method: "GET", path, access: "page", says: { zh, en }, answers: { 200: name } }, (_asked, reply) => {
      reply.header("cache-control", "no-cache").sendFile(name, { cacheControl: false });
      return "taken";
    });
  for (const { path, file: name, says } of PAGES) file(path, name, says.zh, says.en);
  file("/icon.svg", "icon.svg", "图标", "The page's icon");
  mount(
    {
      method: "GET",
      path: "/assets/:file",
      access: "page",
      says: { zh: "网页的文件", en: "The page's files" },
      params: z.object({ file: z.string() }),
      answers: { 200: "file" },
    },
    ({ params }, reply) => {
      if (!ASSET.test(params.file)) return { code: "not-found" };
      reply.header("vary", "accept-encoding").sendFile(`assets/${params.file}`, { maxAge: "365d", immutable: true });
      return "taken";
    },
  );
}

export interface HealthDeps {
  readonly desk: Desk;
  readonly metricsText: () => Promise<string>;
  /** Which configuration the gate works by; never what stands in it. */
  readonly inForce?: { readonly sha256: string; readonly standsIn: boolean };
  readonly onPages?: (open: number, dropped: number) => void;
}

export function healthRoutes(mount: Mount, deps: HealthDeps, streams: Streams): void {
  const inForce = deps.inForce === undefined ? {} : { config: deps.inForce };
  const alive = z.object({ alive: z.boolean() });
  const config = z.object({ sha256: z.string(), standsIn: z.boolean() });
  const ready = z.object({ ready: z.boolean(), why: z.array(z.string()), config: config.optional() });
  mount(
    {
      method: "GET",
      path: "/healthz",
      access: "health",
      says: { zh: "程序在不在", en: "Whether it is alive" },
      answers: { 200: alive, 503: alive },
    },
    () => {
      const health = deps.desk.health();
      return { status: health.alive ? 200 : 503, body: { alive: health.alive } };
    },
  );
  mount(
    {
      method: "GET",
      path: "/readyz",
      access: "health",
      says: { zh: "能不能判断、能不能动闸", en: "Whether it can decide and can move the barrier" },
      answers: { 200: ready, 503: ready },
    },
    () => {
      const health = deps.desk.health();
      return { status: health.ready ? 200 : 503, body: { ready: health.ready, why: health.why, ...inForce } };
    },
  );
  mount(
    {
      method: "GET",
      path: "/metrics",
      access: "health",
      says: { zh: "Prometheus 指标", en: "Prometheus metrics" },
      answers: { 200: "text/plain; version=0.0.4; charset=utf-8" },
    },
    async () => {
      deps.onPages?.(streams.count, streams.dropped);
      return { status: 200, body: await deps.metricsText(), type: "text/plain; version=0.0.4; charset=utf-8" };
    },
  );
}
