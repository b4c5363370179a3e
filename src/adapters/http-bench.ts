/** The technician's bench over the API: contacts, outputs, what devices said, and one presented credential followed. */
import { z } from "zod";
import type { Millis } from "../core/terms.ts";
import { type Bench, TECHNICIAN_PAGE } from "../shell/bench.ts";
import type { Desk } from "../shell/desk.ts";
import { answer, ORDER_ANSWERS } from "./http-desk.ts";
import { openOrders, tap, tickOf } from "./http-orders.ts";
import type { Mount } from "./http-route.ts";

const name = z.string().min(1).max(64);
const pulseBody = z.strictObject({
  ...tap,
  lane: name,
  order: z.enum(["open", "close", "stop"]),
  /** The arm is not at rest, and a person who sees it says so all the same. */
  sure: z.boolean().default(false),
});
/** Taps older than the tick's seconds are refused all the same. */
const MOST_CARRIED = 1_000;
const trialSchema = z.looseObject({ reader: z.string(), is: z.enum(["waiting", "heard", "over"]) });

export function benchRoutes(mount: Mount, bench: Bench, desk: Desk, now: () => Millis): void {
  const orders = openOrders(desk, () => desk.view().boot, now);
  const carried = new Set<string>();
  mount(
    {
      method: "GET",
      path: "/api/v1/bench",
      access: "wire",
      says: {
        zh: "输入、输出、设备和行程，调试用",
        en: "Inputs, outputs, devices and travel times, for whoever wires them",
      },
      answers: { 200: z.object({ tick: z.string(), bench: z.looseObject({}) }) },
    },
    () => ({ status: 200, body: { tick: tickOf(desk.view().boot, now()), bench: bench.view() } }),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/bench/pulses",
      access: "wire",
      says: {
        zh: "试一个输出：和人下的命令走同一条路，杆没停稳时要再确认",
        en: "Tries an output: an order like any other; asked again while the arm isn't at rest",
      },
      body: pulseBody,
      answers: ORDER_ANSWERS,
    },
    async ({ body, asker }) => {
      const { sure, lane, ...rest } = body;
      // A stop is never too early; and what was carried out already has its answer, however the arm stands now.
      const free = sure || body.order === "stop" || carried.has(body.id) || bench.isAtRest(lane);
      if (!free) return { code: "not-at-rest", place: "$.sure" };
      carried.add(body.id);
      if (carried.size > MOST_CARRIED) carried.clear();
      const by = { who: asker.by.who, from: TECHNICIAN_PAGE };
      return answer(
        await orders.place(
          lane,
          rest.order === "open" ? { ...rest, order: "open" } : { ...rest, order: rest.order },
          by,
        ),
      );
    },
  );
  mount(
    {
      method: "GET",
      path: "/api/v1/bench/devices/:device/heard",
      access: "wire",
      says: {
        zh: "一台设备最近的报文和解读，不含姓名、号码和图片",
        en: "What a device said last and how it was read, without names, numbers or pictures",
      },
      params: z.strictObject({ device: name }),
      answers: { 200: z.object({ at: z.number(), heard: z.array(z.looseObject({})) }) },
    },
    ({ params }) => {
      const heard = bench.heard(params.device);
      return heard === undefined ? { code: "device-unknown" } : { status: 200, body: { at: now(), heard } };
    },
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/bench/trials",
      access: "wire",
      says: {
        zh: "现在出示：等这台读卡器的下一次识别，30 秒内",
        en: "Present it now: follows the next read of this reader, within 30 s",
      },
      body: z.strictObject({ reader: name }),
      answers: { 201: trialSchema },
    },
    ({ body, asker }) => {
      const trial = bench.present(body.reader, asker.by);
      return trial === undefined ? { code: "device-unknown" } : { status: 201, body: trial };
    },
  );
}
