/** Access levels and their times as the configuration has them: shown, not changed here. Needs the right `people`. */
import { z } from "zod";
import type { Register } from "../shell/register.ts";
import { told } from "./http-register.ts";
import type { Mount } from "./http-route.ts";

const times = z.object({
  id: z.string(),
  windows: z.array(
    z.object({
      weekdays: z.array(z.int().min(1).max(7)),
      holidays: z.enum(["also", "only", "never", "as-weekday"]),
      from: z.int().min(0).max(1440),
      until: z.int().min(0).max(1440),
    }),
  ),
  firstDate: z.string().optional(),
  lastDate: z.string().optional(),
});
const level = z.object({
  id: z.string(),
  name: z.string().optional(),
  everywhere: z.boolean(),
  lanes: z.array(z.object({ id: z.string(), name: z.string(), only: z.enum(["in", "out"]).optional() })),
  times: times.optional(),
  holders: z.int().min(0),
});

export function accessRoute(mount: Mount, register: Pick<Register, "access">): void {
  mount(
    {
      method: "GET",
      path: "/api/v1/access",
      access: "people",
      says: {
        zh: "权限组：哪些门、什么时间、多少人；节假日是否已录入",
        en: "Access levels: which lanes, when, how many people; whether the holidays are there",
      },
      answers: {
        200: z.object({ levels: z.array(level), holidays: z.array(z.string()), unpublished: z.array(z.int()) }),
      },
    },
    async () => told(await register.access()),
  );
}
