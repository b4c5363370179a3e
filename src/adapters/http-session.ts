/** Who asks: a person with a session, the booth, a machine with the operator token, or nobody we know. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { SEATS, type Seat } from "../core/pages.ts";
import { may, type Rank, type Role, rightsOf } from "../core/roles.ts";
import type { Author } from "../core/terms.ts";
import type { AccountRefusal, Accounts, AccountTold, Entered, Entry, Me, Session } from "../shell/accounts.ts";
import type { Operator } from "./http-operator.ts";
import type { Problem } from "./http-problem.ts";
import type { Access, Mount } from "./http-route.ts";

export interface Asker {
  readonly rank: Rank;
  /** Stands in every row that comes of this request. */
  readonly by: Author;
  readonly session?: Session;
}

export interface WhoSettings {
  /** Nobody but this machine can reach the page. */
  readonly loopback: boolean;
  /** What this machine is without any account: a guard at a real gate; on a simulated street everything is shown. */
  readonly openAs: Role;
  readonly operator: Operator;
  readonly accounts?: Accounts;
}

/** Whose session is where: the office's cookie isn't even sent with what the guard's page asks. */
const SESSIONS: Readonly<Record<Seat, { readonly name: string; readonly path: string }>> = {
  booth: { name: "gatepost_session", path: "/" },
  office: { name: "gatepost_office", path: SEATS.office },
};
const BOOTH = "gatepost_booth";
/** How rows name whoever pressed 停 or the emergency opening on a lock screen. */
export const NOBODY_ENTERED = "岗亭（未登录）";

export interface Who {
  /** Who asks, or why not; looked at before a byte of the body is read. */
  readonly asks: (request: FastifyRequest, access: Access) => Asker | Problem;
  /** From this machine, or from a browser in which somebody has entered before. */
  readonly near: (request: FastifyRequest) => boolean;
}

export function openWho(settings: WhoSettings): Who {
  const { loopback, openAs, operator, accounts } = settings;
  const by = (who: string): Author => ({ who, from: "guard-page" });

  function near(request: FastifyRequest): boolean {
    const mark = cookieOf(request.headers.cookie, BOOTH);
    return loopback || (mark !== undefined && accounts?.isBooth(mark) === true);
  }
  function without(request: FastifyRequest): Asker | Problem {
    const { authorization, cookie } = request.headers;
    const named = accounts?.any === true;
    if (loopback) return named ? { rank: "booth", by: by(NOBODY_ENTERED) } : { rank: openAs, by: by("岗亭") };
    const papers = operator.check({ authorization, cookie });
    // Once people have names, a token that everybody shares may only read.
    if (papers === undefined) return { rank: named ? "machine" : "guard", by: by("操作员") };
    if (papers.code === "operator-wrong" || papers.code === "too-many-tries") return papers;
    if (near(request)) return { rank: "booth", by: by(NOBODY_ENTERED) };
    return { rank: "stranger", by: by(NOBODY_ENTERED) };
  }

  function refusal(request: FastifyRequest, { session }: Asker): Problem {
    if (session !== undefined) return { code: "not-allowed" };
    if (accounts?.any === true) return { code: "login-needed" };
    const { authorization, cookie } = request.headers;
    return operator.check({ authorization, cookie }) ?? { code: "not-allowed" };
  }

  function asks(request: FastifyRequest, access: Access): Asker | Problem {
    if (access === "page" || access === "health") return { rank: "stranger", by: by(NOBODY_ENTERED) };
    const token = sessionOf(request);
    const session = token === undefined ? undefined : accounts?.sessionOf(token);
    const asker = session === undefined ? without(request) : { rank: session.role, by: by(session.who), session };
    if ("code" in asker) return asker;
    return may(asker.rank, access) ? asker : refusal(request, asker);
  }
  return { asks, near };
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  return new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{20,128})(?:;|$)`).exec(header ?? "")?.[1];
}

/** An address as the API knows it; what the office's pages ask is the same API. For fastify's `rewriteUrl`. */
export function withoutSeat(url: string): string {
  return url.startsWith(`${SEATS.office}/api/`) ? url.slice(SEATS.office.length) : url;
}

/** At which of the browser's two seats this was asked. */
export function seatOf({ originalUrl }: Pick<FastifyRequest, "originalUrl">): Seat {
  return withoutSeat(originalUrl) === originalUrl ? "booth" : "office";
}

/** The session's cookie of the seat at which this was asked; never the other one's. */
const sessionOf = (request: FastifyRequest): string | undefined =>
  cookieOf(request.headers.cookie, SESSIONS[seatOf(request)].name);

const entryBody = z.strictObject({
  name: z.string().min(1).max(64),
  password: z.string().min(1).max(256).optional(),
  pin: z
    .string()
    .regex(/^\d{6,12}$/)
    .optional(),
  totp: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
});
export const roleSchema = z.enum(["guard", "clerk", "technician", "admin"]);
/** `Me`, as the document shows it. */
export const meSchema = z.object({
  rank: z.enum(["stranger", "booth", "machine", "guard", "clerk", "technician", "admin"]),
  user: z.object({ name: z.string(), who: z.string(), role: roleSchema }).nullable(),
  rights: z.array(z.string()),
  accounts: z.boolean(),
  until: z.number().optional(),
});

/** `GET /me`, `POST /sessions`, `DELETE /sessions/current`. */
export function sessionRoutes(
  mount: Mount,
  accounts: Accounts | undefined,
  {
    near,
    secure,
    note,
  }: { readonly near: Who["near"]; readonly secure: boolean; readonly note: (told: AccountTold) => void },
): void {
  const meOf = ({ rank, session }: Pick<Asker, "rank" | "session">): Me => ({
    rank,
    user: session === undefined ? null : { name: session.name, who: session.who, role: session.role },
    rights: rightsOf(rank),
    accounts: accounts?.any === true,
    ...(session === undefined ? {} : { until: session.until }),
  });
  mount(
    {
      method: "GET",
      path: "/api/v1/me",
      access: "ask",
      says: { zh: "我是谁，可以做什么", en: "Who I am taken for, and what I may do" },
      answers: { 200: meSchema },
    },
    ({ asker }) => ({ status: 200, body: meOf(asker) }),
  );
  mount(
    {
      method: "POST",
      path: "/api/v1/sessions",
      access: "ask",
      says: {
        zh: "登录：口令或 PIN，必要时加动态码",
        en: "Enter with a password or PIN, and a one-time code if asked",
      },
      body: entryBody,
      answers: { 200: meSchema },
    },
    async ({ body, request }) => {
      const secret = body.pin ?? body.password;
      if (secret === undefined) return { code: "INPUT_INVALID", place: "$.password" };
      if (accounts === undefined) return { code: "entry-wrong" };
      const instead = sessionOf(request);
      const told = await accounts.enter({
        name: body.name,
        secret,
        ...browserOf(request, near),
        ...(body.totp === undefined ? {} : { code: body.totp }),
        ...(instead === undefined ? {} : { instead }),
      });
      if ("why" in told) return refusalOf(told);
      const { session } = told;
      const headers = { "set-cookie": entryCookies(told, seatOf(request), secure) };
      note({ deed: "entered", whose: session.who, role: session.role });
      return { status: 200, body: meOf({ rank: session.role, session }), headers };
    },
  );
  mount(
    {
      method: "DELETE",
      path: "/api/v1/sessions/current",
      access: "own",
      says: { zh: "退出（锁屏）", en: "Leave (lock the screen)" },
      answers: { 204: undefined },
    },
    ({ asker, request }) => {
      const { session } = asker;
      if (session !== undefined) {
        accounts?.leave(session.id);
        note({ deed: "left", whose: session.who, role: session.role });
      }
      return { status: 204, headers: { "set-cookie": cookie(SESSIONS[seatOf(request)], "gone", 0, secure) } };
    },
  );
}

/** Where somebody asks to enter. */
export function browserOf(request: FastifyRequest, near: Who["near"]): Pick<Entry, "address" | "near" | "mark"> {
  const mark = cookieOf(request.headers.cookie, BOOTH);
  return { address: request.ip, near: near(request), ...(mark === undefined ? {} : { mark }) };
}

/** What a browser is given by whoever has entered in it. */
export function entryCookies({ token, seconds, booth }: Entered, seat: Seat, secure: boolean): readonly string[] {
  return [
    cookie(SESSIONS[seat], token, seconds, secure),
    ...(booth === undefined ? [] : [cookie({ name: BOOTH, path: "/" }, booth, BOOTH_SECONDS, secure)]),
  ];
}

const cookie = (
  { name, path }: { readonly name: string; readonly path: string },
  value: string,
  seconds: number,
  secure: boolean,
): string => `${name}=${value}; Path=${path}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}; Max-Age=${seconds}`;

/** An account's refusal as a problem. */
export function refusalOf({ why, waitMs, detail }: AccountRefusal): Problem {
  return { code: why, ...(waitMs === undefined ? {} : { waitMs }), ...(detail === undefined ? {} : { detail }) };
}

/** How long a browser stays known as one of this gate's after somebody has entered in it: 30 days. */
const BOOTH_SECONDS = 30 * 86_400;
