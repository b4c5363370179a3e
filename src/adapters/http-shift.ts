/**
 * Handing over: the next guard's own PIN opens the next session, one row tells who left what to whom, and only then the
 * leaving guard's session ends. Where there are no accounts, names are typed and nobody is asked for a PIN.
 */
import { z } from "zod";
import { may } from "../core/roles.ts";
import type { Millis } from "../core/terms.ts";
import type { Accounts, Entered, Entry } from "../shell/accounts.ts";
import type { Desk } from "../shell/desk.ts";
import { answer, ORDER_ANSWERS } from "./http-desk.ts";
import { openOrders, tap } from "./http-orders.ts";
import type { Problem } from "./http-problem.ts";
import type { Mount } from "./http-route.ts";
import { type Asker, browserOf, entryCookies, refusalOf, seatOf, type Who } from "./http-session.ts";

/** The body of a hand-over. */
export const handOverBody = z.strictObject({
  ...tap,
  notes: z.string().trim().max(200),
  /** What the next guard types to enter; without accounts, what the guard is called. */
  name: z.string().trim().min(1).max(64),
  pin: z
    .string()
    .regex(/^\d{6,12}$/)
    .optional(),
});

export function shiftRoutes(
  mount: Mount,
  desk: Desk,
  accounts: Accounts | undefined,
  { near, now, secure }: { readonly near: Who["near"]; readonly now: () => Millis; readonly secure: boolean },
): void {
  const orders = openOrders(desk, () => desk.view().boot, now);

  async function next(entry: Omit<Entry, "secret">, pin: string | undefined): Promise<Entered | Problem> {
    if (accounts === undefined || pin === undefined) return { code: "INPUT_INVALID", place: "$.pin" };
    const told = await accounts.enter({ ...entry, secret: pin });
    if ("why" in told) return refusalOf(told);
    if (may(told.session.role, "operate")) return told;
    accounts.leave(told.session.id);
    return { code: "not-allowed" };
  }

  mount(
    {
      method: "POST",
      path: "/api/v1/shifts",
      access: "operate",
      says: { zh: "交班：计数、留言、接班人的 PIN", en: "Hands the shift over: counts, notes, the next guard's PIN" },
      body: handOverBody,
      answers: ORDER_ANSWERS,
    },
    async ({ body, asker, request }) => {
      const named = accounts?.any === true;
      const entered = named ? await next({ name: body.name, ...browserOf(request, near) }, body.pin) : undefined;
      if (entered !== undefined && "code" in entered) return entered;
      const told = answer(await orders.handOver(body, entered?.session.who ?? body.name, asker.by));
      if (told === "taken" || "code" in told || entered === undefined) return told;
      leave(asker);
      return { ...told, headers: { "set-cookie": entryCookies(entered, seatOf(request), secure) } };
    },
  );

  function leave({ session }: Asker): void {
    if (session !== undefined) accounts?.leave(session.id);
  }
}
