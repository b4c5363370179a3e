/** The page's server: static files, state, journal, one stream, orders, health. It decides nothing and moves nothing itself. */
import type { Server as PlainServer, RequestListener } from "node:http";
import type { Server } from "node:https";
import fastifyStatic from "@fastify/static";
import Fastify, { type FastifyError, type FastifyHttpOptions, type FastifyInstance } from "fastify";
import { z } from "zod";
import { GateError } from "../core/fault.ts";
import type { Millis } from "../core/terms.ts";
import type { Accounts, AccountTold } from "../shell/accounts.ts";
import type { Bench } from "../shell/bench.ts";
import type { Desk } from "../shell/desk.ts";
import type { Impact } from "../shell/impact.ts";
import type { Register } from "../shell/register.ts";
import type { Workshop } from "../shell/workshop.ts";
import { accountRoutes } from "./http-accounts.ts";
import { benchRoutes } from "./http-bench.ts";
import { type Border, isLoopback, openBorder, protect } from "./http-border.ts";
import { orderRoutes, readRoutes } from "./http-desk.ts";
import { impactRoutes } from "./http-impact.ts";
import { type Operator, openOperator } from "./http-operator.ts";
import { type HealthDeps, healthRoutes, pageRoutes } from "./http-page.ts";
import { type ProblemCode, refuse } from "./http-problem.ts";
import { type Keeping, registerRoutes } from "./http-register.ts";
import { type Mount, openMount, type RouteSpec } from "./http-route.ts";
import { openWho, sessionRoutes, withoutSeat } from "./http-session.ts";
import { shiftRoutes } from "./http-shift.ts";
import { openStreams } from "./http-stream.ts";
import { authorityRoutes, type Tls, tlsServer } from "./http-tls.ts";
import { type TrafficDeps, trafficRoutes } from "./http-traffic.ts";
import { workshopRoutes } from "./http-workshop.ts";

export interface HttpDeps {
  readonly desk: Desk;
  /** Absent = no technician's page. */
  readonly bench?: Bench;
  readonly workshop?: Workshop;
  /** Monotonic ms, the same as in the views. */
  readonly now: () => Millis;
  /** Absolute folder of the built page (`dist/web`). */
  readonly assets: string;
  /** The address that will be listened on: anything but loopback asks for the operator token. */
  readonly host: string;
  /** Further host names under which the page may be asked for, without port. */
  readonly hosts?: readonly string[];
  /** From the operator token's file; absent = without an account nothing is taken from beyond this machine. */
  readonly operatorToken?: string;
  /** Absent = there are none and nobody can enter. */
  readonly accounts?: Accounts;
  /** Told of each entering and leaving, and of what was done to an account. */
  readonly onAccount?: (told: AccountTold) => void;
  /** The residents' register, and what the configuration says of how long things are kept. */
  readonly register?: { readonly register: Register; readonly keeping: Keeping };
  /** Absent = no assessments are kept here. */
  readonly impact?: Impact;
  /** The street is simulated: without an account this machine is shown everything, not the guard's part alone. */
  readonly simulation?: boolean;
  /** Absent = in the clear. */
  readonly tls?: Tls;
  /** Absent = there is no counted traffic to look at. */
  readonly traffic?: TrafficDeps;
  /** Told of each route as it is mounted: the table of routes × ranks and the API's document are made of them. */
  readonly onRoute?: (route: RouteSpec) => void;
  /** Prometheus text. */
  readonly metricsText: () => Promise<string>;
  readonly inForce?: NonNullable<HealthDeps["inForce"]>;
  /** Told of the open pages and of the slow ones cut off so far, whenever metrics are asked for. */
  readonly onPages?: (open: number, dropped: number) => void;
  /** Told of our own bugs; they are answered with `failed`. */
  readonly onBug?: (error: unknown) => void;
}

const BODY_LIMIT = 4 * 1024;
const REQUEST_MS = 10_000;
const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);

/**
 * Builds the server without listening; `inject` tests it without a socket.
 * @throws nothing; a missing asset folder shows as 404.
 */
export function buildHttp(deps: HttpDeps): FastifyInstance {
  const { desk, now } = deps;
  // The address we listen on is a name of ours too; "every address" is nobody's.
  const own = EVERY_ADDRESS.has(deps.host) ? [] : [deps.host];
  const border = openBorder([...own, ...(deps.hosts ?? [])]);
  const { tls } = deps;
  const options: FastifyHttpOptions<PlainServer> = {
    logger: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestTimeout: REQUEST_MS,
    rewriteUrl: ({ url = "/" }) => withoutSeat(url),
    routerOptions: { maxParamLength: 128 },
    ...(tls === undefined ? {} : { serverFactory: (listener) => secured(tls, listener, border) }),
  };
  const app = Fastify(options);
  const operator = openOperator({
    loopback: isLoopback(deps.host),
    now,
    ...(deps.operatorToken === undefined ? {} : { token: deps.operatorToken }),
  });
  const streams = openStreams(desk, now);
  deps.accounts?.onEnd(streams.end);

  app.addHook("onRequest", async (request, reply) => {
    protect(reply);
    const problem = border.check(request);
    if (problem !== undefined) return refuse(reply, problem);
  });
  app.addHook("preClose", async () => streams.close());
  app.setNotFoundHandler((_request, reply) => refuse(reply, { code: "not-found" }));
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const code = problemOf(error);
    if (code === "failed") deps.onBug?.(error);
    return refuse(reply, { code });
  });
  // A clerk's file, as it is.
  app.addContentTypeParser(
    "application/octet-stream",
    { parseAs: "buffer" },
    async (_request: unknown, body: Buffer) => body,
  );
  const who = openWho({
    loopback: isLoopback(deps.host),
    openAs: deps.simulation === true ? "admin" : "guard",
    operator,
    ...(deps.accounts === undefined ? {} : { accounts: deps.accounts }),
  });
  const mount = openMount(app, who.asks, now, deps.onRoute ?? (() => undefined));

  app.register(fastifyStatic, {
    root: deps.assets,
    serve: false,
    index: false,
    wildcard: false,
    preCompressed: true, // the build writes each .gz
  });
  pageRoutes(mount);
  healthRoutes(mount, deps, streams);
  readRoutes(mount, desk, now, streams);
  orderRoutes(mount, desk, now);
  operatorRoute(mount, operator);
  const note = deps.onAccount ?? (() => undefined);
  sessionRoutes(mount, deps.accounts, { near: who.near, secure: tls !== undefined, note });
  if (tls?.ca !== undefined && tls.fingerprint !== undefined) authorityRoutes(mount, tls.ca, tls.fingerprint);
  shiftRoutes(mount, desk, deps.accounts, { near: who.near, now, secure: tls !== undefined });
  if (deps.traffic !== undefined) trafficRoutes(mount, desk, deps.traffic);
  if (deps.bench !== undefined) benchRoutes(mount, deps.bench, desk, now);
  if (deps.workshop !== undefined) workshopRoutes(mount, deps.workshop);
  if (deps.accounts !== undefined) accountRoutes(mount, deps.accounts, note);
  if (deps.register !== undefined) registerRoutes(mount, deps.register.register, deps.register.keeping);
  if (deps.impact !== undefined) impactRoutes(mount, deps.impact);
  return app;
}

function secured(tls: Tls, listener: RequestListener, border: Border): Server {
  const server = tlsServer(tls, listener, border.isOwn);
  server.requestTimeout = REQUEST_MS;
  return server;
}

function operatorRoute(mount: Mount, operator: Operator): void {
  mount(
    {
      method: "POST",
      path: "/api/v1/operator",
      access: "ask",
      says: { zh: "用操作口令换一个 Cookie", en: "Trades the operator token for a cookie" },
      body: z.strictObject({ token: z.string().min(1).max(512) }),
      answers: { 204: undefined },
    },
    ({ body }) => {
      const entered = operator.enter(body.token);
      return "code" in entered ? entered : { status: 204, headers: { "set-cookie": entered.cookie } };
    },
  );
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
  return { url: `http${deps.tls === undefined ? "" : "s"}://${name}:${port}/`, port, close: () => app.close() };
}
