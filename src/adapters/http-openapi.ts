/** The API's document (OpenAPI 3.1), made of the very objects that the routes are mounted from. */
import { z } from "zod";
import { PROBLEMS } from "./http-problem.ts";
import type { RouteSpec } from "./http-route.ts";

/** Sent with any command; see `http-once.ts`. */
const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key with the same command: the same answer and no second effect. 同一编号只执行一次",
  schema: { type: "string", minLength: 8, maxLength: 128 },
} as const;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly "x-gatepost-access": string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}
export interface OpenApi {
  readonly openapi: string;
  readonly info: object;
  readonly servers: readonly object[];
  readonly components: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** @param routes as told by `HttpDeps.onRoute` */
export function openapi(routes: readonly RouteSpec[]): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "gatepost 门岗",
      version: "1",
      description:
        "The gate's own API. Every request but those of `page` and `health` names its host and, unless it is a GET, its own origin; refusals are problem+json (RFC 9457) in Chinese and English.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [
      { url: "/" },
      { url: "/office", description: "The same, asked by the office's pages with their own session. 办公页面" },
    ],
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: "gatepost_session",
          description:
            "Under /office it is gatepost_office: a browser holds one session for each. 办公页面用 gatepost_office",
        },
        operator: { type: "http", scheme: "bearer", description: "The operator token. 操作口令" },
      },
      responses: {
        Problem: {
          description: "Refused, with the reason. 拒绝及原因",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
      schemas: { Problem: problemSchema() },
    },
  };
}

function operation(route: RouteSpec): Operation {
  const open = route.access === "page" || route.access === "health" || route.access === "ask";
  const command = route.method !== "GET" && route.access !== "ask";
  const parameters = [
    ...parametersOf(route.params, "path"),
    ...parametersOf(route.query, "query"),
    ...(command ? [IDEMPOTENCY_KEY] : []),
  ];
  return {
    operationId: operationId(route),
    summary: `${route.says.en} ${route.says.zh}`,
    "x-gatepost-access": route.access,
    security: open ? [] : [{ session: [] }, { operator: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [route.bodyType ?? "application/json"]: { schema: plain(route.body, "input") } },
          },
        }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, shape]) => [status, good(shape)])),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** `POST /api/v1/lanes/:lane/orders` → `postLanesLaneOrders`; a page beside the API of its name: `getTrafficPage`. */
function operationId({ method, path, access }: RouteSpec): string {
  const words = path.replace("/api/v1", "").split(/[^A-Za-z0-9]+/);
  const named = words.filter((word) => word !== "").map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  const page = access === "page" && !/[.:]/.test(path);
  return `${method.toLowerCase()}${named.join("")}${page ? "Page" : ""}`;
}

function good(shape: z.ZodType | string | undefined): object {
  if (shape === undefined) return { description: "Done, nothing to tell. 完成" };
  if (typeof shape !== "string")
    return { description: "As asked. 成功", content: { "application/json": { schema: plain(shape, "output") } } };
  const type = shape.includes("/") ? shape.split(";")[0] : "application/octet-stream";
  return { description: "As asked. 成功", content: { [type ?? ""]: { schema: { type: "string" } } } };
}

function parametersOf(schema: z.ZodType | undefined, where: "path" | "query"): NonNullable<Operation["parameters"]> {
  if (schema === undefined) return [];
  const { properties, required } = z
    .object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()).default([]) })
    .parse(plain(schema, "input"));
  const shown = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(plain(schema, "output")).properties;
  return Object.keys(properties).map((name) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: shown[name],
  }));
}

function plain(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io,
    unrepresentable: "any",
  });
  return rest;
}

function problemSchema(): object {
  return {
    type: "object",
    required: ["type", "title", "status", "code", "zh", "en"],
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      code: { enum: Object.keys(PROBLEMS) },
      zh: { type: "string" },
      en: { type: "string" },
      place: { type: "string", description: "A JSON path, or a header's name" },
      detail: { type: "string" },
      mistakes: { type: "array", items: { type: "object" }, description: "Of a list: row, column, how to mend it" },
      waitMs: { type: "number", description: "Try again no sooner" },
    },
  };
}
