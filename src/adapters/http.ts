/** The page's server: static files, state, journal, one stream, orders, health. It decides nothing and moves nothing itself. */
import fastifyStatic from "@fastify/static";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { z } from "zod";
import { GateError } from "../core/fault.ts";
import type { Author, Millis } from "../core/terms.ts";
import type { Desk } from "../shell/desk.ts";
import { isLoopback, openBorder, protect, protectiveHeaders } from "./http-border.ts";
import { openOperator } from "./http-operator.ts";
import { amnestyBody, openOrders, orderBody, type Told, tickOf } from "./http-orders.ts";
import { type Problem, type ProblemCode, refuse } from "./http-problem.ts";
import { openStreams, type Streams } from "./http-stream.ts";

export interface HttpDeps {
  readonly desk: Desk;
  /** Monotonic ms, the same as in the views. */
  readonly now: () => Millis;
  /** Absolute folder of the built page (`dist/web`). */
  readonly assets: string;
  /** The address that will be listened on: anything but loopback asks for the operator token. */
  readonly host: string;
  /** Further host names under which the page may be asked for, without port. */
  readonly hosts?: readonly string[];
  /** From the operator token's file; absent = nothing is taken from beyond this machine. */
  readonly operatorToken?: string;
  /** Prometheus text. */
  readonly metricsText: () => Promise<string>;
  /** Told of the open pages and of the slow ones cut off so far, whenever metrics are asked for. */
  readonly onPages?: (open: number, dropped: number) => void;
  /** Told of our own bugs; they are answered with `failed`. */
  readonly onBug?: (error: unknown) => void;
}

const BODY_LIMIT = 4 * 1024;
/** As Vite names them. */
const ASSET = /^[\w-]+(\.[\w-]+)+$/;
const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);
const laneParams = z.strictObject({ lane: z.string().min(1).max(64) });
const areaParams = z.strictObject({ area: z.string().min(1).max(64) });
const alarmParams = z.strictObject({ id: z.string().min(1).max(128) });
const nothing = z.union([z.undefined(), z.null(), z.strictObject({})]);
const enterBody = z.strictObject({ token: z.string().min(1).max(512) });
const journalQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const lastEventId = z.coerce.number().int().min(0).optional().catch(undefined);

/**
 * Builds the server without listening; `inject` tests it without a socket.
 * @throws nothing; a missing asset folder shows as 404.
 */
export function buildHttp(deps: HttpDeps): FastifyInstance {
  const { desk, now } = deps;
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestTimeout: 10_000,
    routerOptions: { maxParamLength: 128 },
  });
  // The address we listen on is a name of ours too; "every address" is nobody's.
  const own = EVERY_ADDRESS.has(deps.host) ? [] : [deps.host];
  const border = openBorder([...own, ...(deps.hosts ?? [])]);
  const operator = openOperator({
    loopback: isLoopback(deps.host),
    now,
    ...(deps.operatorToken === undefined ? {} : { token: deps.operatorToken }),
  });
  const streams = openStreams(desk, now);

  app.addHook("onRequest", async (request, reply) => {
    protect(reply);
    const problem = border.check(request);
    if (problem !== undefined) return refuse(reply, problem);
    const access = request.routeOptions.config.access;
    if (access !== "read" && access !== "order") return;
    const { authorization, cookie } = request.headers;
    const papers = operator.check({ authorization, cookie });
    if (papers !== undefined) return refuse(reply, papers);
  });
  app.addHook("preClose", async () => streams.close());
  app.setNotFoundHandler((_request, reply) => refuse(reply, { code: "not-found" }));
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const code = problemOf(error);
    if (code === "failed") deps.onBug?.(error);
    return refuse(reply, { code });
  });

  app.register(fastifyStatic, { root: deps.assets, serve: false, index: false, wildcard: false });
  pageRoutes(app);
  healthRoutes(app, deps, streams);
  readRoutes(app, deps, streams);
  const by: Author = { who: isLoopback(deps.host) ? "岗亭" : "操作员", from: "guard-page" };
  orderRoutes(app, deps, by);

  app.post("/api/v1/operator", { config: { access: "enter" } }, async (request, reply) => {
    const body = enterBody.safeParse(request.body);
    if (!body.success) return refuse(reply, invalid(body.error));
    const entered = operator.enter(body.data.token);
    if ("code" in entered) return refuse(reply, entered);
    return reply.header("set-cookie", entered.cookie).code(204).send();
  });
  return app;
}

function pageRoutes(app: FastifyInstance): void {
  app.get("/", { config: { access: "page" } }, (_request, reply) =>
    reply.header("cache-control", "no-cache").sendFile("index.html", { cacheControl: false }),
  );
  app.get("/icon.svg", { config: { access: "page" } }, (_request, reply) => reply.sendFile("icon.svg"));
  app.get<{ Params: { file: string } }>("/assets/:file", { config: { access: "page" } }, (request, reply) => {
    if (!ASSET.test(request.params.file)) return refuse(reply, { code: "not-found" });
    return reply.sendFile(`assets/${request.params.file}`, { maxAge: "365d", immutable: true });
  });
}

function healthRoutes(app: FastifyInstance, deps: HttpDeps, streams: Streams): void {
  app.get("/healthz", { config: { access: "health" } }, async (_request, reply) => {
    const { alive } = deps.desk.health();
    return fresh(reply)
      .code(alive ? 200 : 503)
      .send({ alive });
  });
  app.get("/readyz", { config: { access: "health" } }, async (_request, reply) => {
    const { ready, why } = deps.desk.health();
    return fresh(reply)
      .code(ready ? 200 : 503)
      .send({ ready, why });
  });
  app.get("/metrics", { config: { access: "health" } }, async (_request, reply) => {
    deps.onPages?.(streams.count, streams.dropped);
    return fresh(reply)
      .type("text/plain; version=0.0.4; charset=utf-8")
      .send(await deps.metricsText());
  });
}

function readRoutes(app: FastifyInstance, deps: HttpDeps, streams: Streams): void {
  const { desk, now } = deps;
  app.get("/api/v1/state", { config: { access: "read" } }, async (_request, reply) => {
    const view = desk.view();
    return fresh(reply).send({ tick: tickOf(view.boot, now()), view });
  });
  app.get("/api/v1/journal", { config: { access: "read" } }, async (request, reply) => {
    const query = journalQuery.safeParse(request.query);
    if (!query.success) return refuse(reply, invalid(query.error));
    const { after, limit } = query.data;
    return fresh(reply).send({ rows: after === undefined ? desk.rows(limit) : desk.rowsAfter(after, limit) });
  });
  app.get("/api/v1/stream", { config: { access: "read" } }, (request, reply) => {
    if (streams.full) return refuse(reply, { code: "streams-full" });
    reply.hijack();
    reply.raw.writeHead(200, {
      ...Object.fromEntries(protectiveHeaders()),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    request.raw.socket.setNoDelay(true);
    streams.join(reply.raw, lastEventId.parse(request.headers["last-event-id"]));
  });
}

function orderRoutes(app: FastifyInstance, deps: HttpDeps, by: Author): void {
  const orders = openOrders(deps.desk, () => deps.desk.view().boot, deps.now);
  app.post("/api/v1/lanes/:lane/orders", { config: { access: "order" } }, async (request, reply) => {
    const params = laneParams.safeParse(request.params);
    if (!params.success) return refuse(reply, invalid(params.error));
    const body = orderBody.safeParse(request.body);
    if (!body.success) return refuse(reply, invalid(body.error));
    return answer(reply, await orders.place(params.data.lane, body.data, by));
  });
  app.post("/api/v1/areas/:area/amnesty", { config: { access: "order" } }, async (request, reply) => {
    const params = areaParams.safeParse(request.params);
    if (!params.success) return refuse(reply, invalid(params.error));
    const body = amnestyBody.safeParse(request.body);
    if (!body.success) return refuse(reply, invalid(body.error));
    return answer(reply, await orders.clear(params.data.area, body.data, by));
  });
  app.post("/api/v1/alarms/:id/ack", { config: { access: "order" } }, async (request, reply) => {
    const params = alarmParams.safeParse(request.params);
    if (!params.success) return refuse(reply, invalid(params.error));
    if (!nothing.safeParse(request.body).success) return refuse(reply, { code: "INPUT_INVALID", place: "$" });
    if (!deps.desk.acknowledge(params.data.id, by)) return refuse(reply, { code: "alarm-unknown" });
    return reply.code(204).send();
  });
}

function answer(reply: FastifyReply, told: Told): FastifyReply {
  if ("code" in told) return refuse(reply, told);
  if (told.ok === "not-yet-recorded") return fresh(reply).code(202).send({ recorded: false });
  if (!told.ok) return refuse(reply, { code: told.why });
  return fresh(reply).send({ recorded: true, seq: told.seq });
}

function fresh(reply: FastifyReply): FastifyReply {
  return reply.header("cache-control", "no-store");
}

function invalid(error: z.ZodError): Problem {
  const first = error.issues[0];
  const place = ["$", ...(first?.path ?? []).map(String)].join(".");
  return { code: "INPUT_INVALID", place, ...(first === undefined ? {} : { detail: first.message }) };
}

function problemOf(error: FastifyError): ProblemCode {
  if (error.statusCode === 413) return "too-large";
  if (error.statusCode === 415) return "media-type";
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return "INPUT_INVALID";
  return "failed";
}

/**
 * Builds the server and listens.
 * @throws GateError PORT_BUSY when another program has the port
 */
export async function openHttp(
  where: { readonly host: string; readonly port: number },
  deps: Omit<HttpDeps, "host">,
): Promise<{ readonly url: string; readonly port: number; close(): Promise<void> }> {
  const app = buildHttp({ ...deps, host: where.host });
  try {
    await app.listen({ host: where.host, port: where.port });
  } catch (cause) {
    await app.close();
    if (cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE") {
      throw new GateError(
        "PORT_BUSY",
        `page ${where.host}:${where.port} is taken; set page.port or GATEPOST_PAGE_PORT 网页端口已被占用，请改 page.port 或环境变量 GATEPOST_PAGE_PORT`,
        { cause, context: where },
      );
    }
    throw cause;
  }
  const bound = app.server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : where.port;
  const name = where.host.includes(":") ? `[${where.host}]` : where.host;
  return { url: `http://${name}:${port}/`, port, close: () => app.close() };
}
