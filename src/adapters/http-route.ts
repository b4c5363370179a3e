/**
 * How a route is declared: path, who may, what goes in and comes out, in one object. What isn't declared so doesn't
 * exist; the table of routes × ranks, and the OpenAPI document, are made of the same objects.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Right } from "../core/roles.ts";
import { once } from "./http-once.ts";
import { type Problem, refuse } from "./http-problem.ts";
import type { Asker } from "./http-session.ts";

/** `page` and `health` tell and change nothing of anybody: no question is asked. Else the right that is needed. */
export type Access = "page" | "health" | Right;

export interface RouteSpec<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As fastify writes it: `/api/v1/lanes/:lane/orders`. */
  readonly path: string;
  readonly access: Access;
  /** One line for the API's document. */
  readonly says: { readonly zh: string; readonly en: string };
  readonly params?: P;
  readonly query?: Q;
  /** Absent = nothing, `null` or `{}`; for another content type than JSON, the parser's product. */
  readonly body?: B;
  /** Content type of the body where it isn't JSON. */
  readonly bodyType?: string;
  /** Bytes; 4 KB unless said. */
  readonly bodyLimit?: number;
  /** Good answers by status; refusals are problem+json everywhere. `undefined` = no body. */
  readonly answers: Readonly<Record<number, z.ZodType | string | undefined>>;
}

/** What a route's work is given: everything in it has been looked at. */
export interface Asked<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Who asks; `asker.by` is the author of the rows. */
  readonly asker: Asker;
  readonly request: FastifyRequest;
}

/** A good answer. A `string` or `Buffer` body goes as `type` (default text/plain), anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}
/** `taken` = the work answers by itself, on the reply (files, streams). */
export type Told = Answer | Problem | "taken";

export type Mount = <P extends z.ZodType = z.ZodAny, Q extends z.ZodType = z.ZodAny, B extends z.ZodType = z.ZodAny>(
  spec: RouteSpec<P, Q, B>,
  act: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>, reply: FastifyReply) => Told | Promise<Told>,
) => void;

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
}

const nothing = z.union([z.undefined(), z.null(), z.strictObject({})]);

/**
 * @param who names the asker of a request, or the problem with it; called before a byte of the body is read
 * @param onRoute told of each route as it is mounted
 * @throws Error at the start (a bug of ours) for a route that doesn't say who may
 */
export function openMount(
  app: FastifyInstance,
  who: (request: FastifyRequest, access: Access) => Asker | Problem,
  now: () => number,
  onRoute: (spec: RouteSpec) => void,
): Mount {
  const askers = new WeakMap<FastifyRequest, Asker>();
  const again = once(now);
  app.addHook("onRoute", ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`route ${String(method)} ${url} doesn't say who may`);
  });
  app.addHook("onRequest", async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (access === undefined) return;
    const asker = who(request, access);
    if ("code" in asker) return refuse(reply, asker);
    askers.set(request, asker);
  });
  return (spec, act) => {
    onRoute(spec);
    app.route({
      method: spec.method,
      url: spec.path,
      config: { access: spec.access },
      ...(spec.bodyLimit === undefined ? {} : { bodyLimit: spec.bodyLimit }),
      handler: async (request, reply) => {
        const asker = askers.get(request);
        if (asker === undefined) return refuse(reply, { code: "route-closed" });
        const params = (spec.params ?? z.any()).safeParse(request.params);
        if (!params.success) return refuse(reply, invalid(params.error));
        const query = (spec.query ?? z.any()).safeParse(request.query);
        if (!query.success) return refuse(reply, invalid(query.error));
        if (spec.body === undefined && !nothing.safeParse(request.body).success)
          return refuse(reply, { code: "INPUT_INVALID", place: "$" });
        const body = (spec.body ?? z.any()).safeParse(request.body);
        if (!body.success) return refuse(reply, invalid(body.error));
        const work = async () =>
          act({ params: params.data, query: query.data, body: body.data, asker, request }, reply);
        // Entering is no command: an answer that holds a cookie is given once.
        const plain = spec.method === "GET" || spec.access === "ask";
        const told = plain ? await work() : await again(request, asker, work);
        return told === "taken" ? reply : answer(reply, told);
      },
    });
  };
}

function answer(reply: FastifyReply, told: Answer | Problem): FastifyReply {
  if ("code" in told) return refuse(reply, told);
  reply.code(told.status).header("cache-control", "no-store");
  for (const [name, value] of Object.entries(told.headers ?? {})) reply.header(name, value);
  if (told.type !== undefined) reply.type(told.type);
  return reply.send(told.body);
}

/** The first thing that is wrong with an input, with its place. */
export function invalid(error: z.ZodError): Problem {
  const first = error.issues[0];
  const place = ["$", ...(first?.path ?? []).map(String)].join(".");
  return { code: "INPUT_INVALID", place, ...(first === undefined ? {} : { detail: first.message }) };
}
