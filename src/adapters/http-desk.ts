/** The gate's state, its journal, the stream, and orders. */
import { z } from "zod";
import { isRescue, may } from "../core/roles.ts";
import type { Millis } from "../core/terms.ts";
import type { Snapshot } from "../decode/snapshot.ts";
import type { Desk } from "../shell/desk.ts";
import { protectiveHeaders } from "./http-border.ts";
import { amnestyBody, type Told as OrderTold, openOrders, orderBody, reasonBody, tickOf } from "./http-orders.ts";
import type { Mount, Told } from "./http-route.ts";
import type { Streams } from "./http-stream.ts";
import { unnamed } from "./http-views.ts";

const laneParams = z.strictObject({ lane: z.string().min(1).max(64) });
const areaParams = z.strictObject({ area: z.string().min(1).max(64) });
const openingParams = z.strictObject({ opening: z.uuid() });
const alarmParams = z.strictObject({ id: z.string().min(1).max(128) });
const rowParams = z.strictObject({ seq: z.coerce.number().int().min(1) });
const journalQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const lastEventId = z.coerce.number().int().min(0).optional().catch(undefined);
const recorded = z.union([
  z.object({ recorded: z.literal(true), seq: z.number().int() }),
  z.object({ recorded: z.literal(false) }),
]);
export const ORDER_ANSWERS = { 200: recorded, 202: recorded };

export function readRoutes(mount: Mount, desk: Desk, now: () => Millis, streams: Streams): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/state",
      access: "look",
      says: { zh: "现在的状态", en: "The state now" },
      answers: { 200: z.object({ tick: z.string(), view: z.looseObject({}) }) },
    },
    ({ asker }) => {
      const view = desk.view();
      const shown = may(asker.rank, "watch") ? view : unnamed(view);
      return { status: 200, body: { tick: tickOf(view.boot, now()), view: shown } };
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/journal",
      access: "watch",
      says: { zh: "日志：最新的，或某一条之后的", en: "Rows of the journal: the newest, or those after one" },
      query: journalQuery,
      answers: { 200: z.object({ rows: z.array(z.looseObject({ seq: z.number().int() })) }) },
    },
    ({ query: { after, limit } }) => ({
      status: 200,
      body: { rows: after === undefined ? desk.rows(limit) : desk.rowsAfter(after, limit) },
    }),
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/rows/:seq/snapshot",
      access: "operate",
      says: {
        zh: "终端随识别发来的抓拍；只在内存里，过一会儿就没有了",
        en: "The picture that came with a recognition: from memory alone, and gone after a while",
      },
      params: rowParams,
      answers: { 200: "image/jpeg" },
    },
    ({ params }) => {
      const picture = pictureOf(desk.snapshot(params.seq));
      return picture === undefined ? { code: "not-found" } : { status: 200, ...picture };
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/stream",
      access: "look",
      says: {
        zh: "状态、日志和心跳的事件流（SSE），每页一条",
        en: "Views, rows and a beat (server-sent events), one per page",
      },
      answers: { 200: "text/event-stream" },
    },
    ({ asker, request }, reply) => {
      if (streams.full) return { code: "streams-full" };
      reply.hijack();
      reply.raw.writeHead(200, {
        ...Object.fromEntries(protectiveHeaders()),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      request.raw.socket.setNoDelay(true);
      const reader = {
        names: may(asker.rank, "watch"),
        ...(asker.session === undefined ? {} : { session: asker.session.id }),
      };
      streams.join(reply.raw, reader, lastEventId.parse(request.headers["last-event-id"]));
      return "taken";
    },
  );
}

/** What a device calls a picture is an attacker's input: only what begins as one is given to a browser. */
function pictureOf(found: Snapshot | undefined): { readonly type: string; readonly body: Buffer } | undefined {
  if (found === undefined) return undefined;
  // In a form a `+` that wasn't escaped reads as a space.
  const body = "bytes" in found ? Buffer.from(found.bytes) : Buffer.from(found.base64.replaceAll(" ", "+"), "base64");
  const type = PICTURES.find(({ begins }) => body.subarray(0, begins.length).equals(begins))?.type;
  return type === undefined ? undefined : { type, body };
}

const PICTURES = [
  { type: "image/jpeg", begins: Buffer.from("FFD8FF", "hex") },
  { type: "image/png", begins: Buffer.from("89504E470D0A1A0A", "hex") },
] as const;

export function orderRoutes(mount: Mount, desk: Desk, now: () => Millis): void {
  const orders = openOrders(desk, () => desk.view().boot, now);
  mount(
    {
      method: "POST",
      path: "/api/v1/lanes/:lane/orders",
      // 停 and the emergency opening wait for no password; the others are looked at below.
      access: "rescue",
      says: { zh: "给一条通道下命令", en: "An order to a lane" },
      params: laneParams,
      body: orderBody,
      answers: ORDER_ANSWERS,
    },
    async ({ params, body, asker }) => {
      if (!isRescue(body.order) && !may(asker.rank, "operate"))
        return { code: asker.session === undefined ? "login-needed" : "not-allowed" };
      return answer(await orders.place(params.lane, body, asker.by));
    },
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/areas/:area/amnesty",
      access: "operate",
      says: { zh: "区域清零", en: "Nobody counts as inside the area from now on" },
      params: areaParams,
      body: amnestyBody,
      answers: ORDER_ANSWERS,
    },
    async ({ params, body, asker }) => answer(await orders.clear(params.area, body, asker.by)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/openings/:opening/reason",
      access: "operate",
      says: { zh: "手动开门的原因，事后补填", en: "Why a lane was opened by hand, told afterwards" },
      params: openingParams,
      body: reasonBody,
      answers: ORDER_ANSWERS,
    },
    async ({ params, body, asker }) => answer(await orders.explain(params.opening.toLowerCase(), body, asker.by)),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/alarms/:id/ack",
      access: "operate",
      says: { zh: "报警已知", en: "Acknowledges an alarm" },
      params: alarmParams,
      answers: { 204: undefined },
    },
    ({ params, asker }) => (desk.acknowledge(params.id, asker.by) ? { status: 204 } : { code: "alarm-unknown" }),
  );
}

export function answer(told: OrderTold): Told {
  if ("code" in told) return told;
  if (told.ok === "not-yet-recorded") return { status: 202, body: { recorded: false } };
  if (!told.ok) return { code: told.why };
  return { status: 200, body: { recorded: true, seq: told.seq } };
}
