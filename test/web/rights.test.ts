/**
 * Every route × everybody who can ask, with real accounts and their cookies. The server itself names its routes: a new
 * one without a row here fails.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AccountsOpen } from "../../src/adapters/accounts.ts";
import { buildHttp, type HttpDeps } from "../../src/adapters/http.ts";
import type { RouteSpec } from "../../src/adapters/http-route.ts";
import { openRegister } from "../../src/adapters/register.ts";
import { openRegisterThread } from "../../src/adapters/register-thread.ts";
import { RIGHTS, ROLES } from "../../src/core/roles.ts";
import { admin, guard, made, openFolder, PASSWORD, PIN } from "../accounts/place.ts";
import { fakeBench, fakeWorkshop } from "./fake-bench.ts";
import { ACCESS, type FakeDesk, openFakeDesk, UNCOUNTED, unkeptReasons } from "./fake-desk.ts";
import { fakeImpact } from "./fake-impact.ts";

const TOKEN = "Kd93-qPz71-wLm04";
const RANKS = ["stranger", "booth", "machine", "guard", "clerk", "technician", "admin"] as const;

/** Route → who gets past the door, in the order of RANKS. Orders are looked at one by one below. */
const TABLE: Readonly<Record<string, string>> = {
  "GET /": "yyyyyyy",
  "GET /traffic": "yyyyyyy",
  "GET /tech": "yyyyyyy",
  "GET /icon.svg": "yyyyyyy",
  "GET /assets/:file": "yyyyyyy",
  "GET /healthz": "yyyyyyy",
  "GET /readyz": "yyyyyyy",
  "GET /metrics": "yyyyyyy",
  "GET /api/v1/me": "yyyyyyy",
  "POST /api/v1/sessions": "yyyyyyy",
  "POST /api/v1/setup": "yyyyyyy",
  "POST /api/v1/operator": "yyyyyyy",
  "GET /api/v1/state": "-yyyyyy",
  "GET /api/v1/stream": "-yyyyyy",
  "POST /api/v1/lanes/:lane/orders": "-y-yyyy",
  "GET /api/v1/journal": "--yyyyy",
  "GET /api/v1/rows/:seq/snapshot": "---y-yy",
  // Today; of other days for clerks and above (traffic.test.ts).
  "GET /api/v1/traffic": "--yyyyy",
  "GET /api/v1/traffic.csv": "--yyyyy",
  "POST /api/v1/areas/:area/amnesty": "---y-yy",
  "POST /api/v1/alarms/:id/ack": "---y-yy",
  "POST /api/v1/openings/:opening/reason": "---y-yy",
  "POST /api/v1/shifts": "---y-yy",
  "GET /api/v1/accounts": "------y",
  "POST /api/v1/accounts": "------y",
  "PATCH /api/v1/accounts/:id": "------y",
  "PUT /api/v1/accounts/:id/secret": "------y",
  "DELETE /api/v1/accounts/:id/totp": "------y",
  "GET /api/v1/bench": "-----yy",
  "POST /api/v1/bench/pulses": "-----yy",
  "GET /api/v1/bench/devices/:device/heard": "-----yy",
  "POST /api/v1/bench/trials": "-----yy",
  "GET /api/v1/workshop/config": "-----yy",
  "POST /api/v1/workshop/config/checks": "-----yy",
  "PUT /api/v1/workshop/config/offered": "-----yy",
  "GET /api/v1/workshop/log": "-----yy",
  "GET /api/v1/workshop/about": "-----yy",
  "POST /api/v1/workshop/bundles": "-----yy",
  "POST /api/v1/workshop/backups": "------y",
  "DELETE /api/v1/sessions/current": "---yyyy",
  "PUT /api/v1/me/secret": "---yyyy",
  "POST /api/v1/me/totp": "---yyyy",
  "PUT /api/v1/me/totp": "---yyyy",
  "GET /clerk": "yyyyyyy",
  "GET /api/v1/keeping": "----y-y",
  "GET /api/v1/people": "----y-y",
  "GET /api/v1/people/:id": "----y-y",
  "PUT /api/v1/people/:id": "----y-y",
  "POST /api/v1/people/suspend": "----y-y",
  "POST /api/v1/people/extend": "----y-y",
  "GET /api/v1/people/:id/about": "----y-y",
  "POST /api/v1/imports": "----y-y",
  "POST /api/v1/imports/:id/apply": "----y-y",
  "GET /api/v1/imports/:id/mistakes.xlsx": "----y-y",
  "GET /api/v1/people.csv": "----y-y",
  "GET /api/v1/generations": "----y-y",
  "POST /api/v1/generations/:number/undo": "----y-y",
  "GET /api/v1/passes": "----y-y",
  "POST /api/v1/passes": "----y-y",
  "GET /api/v1/passes/:id/qr.png": "----y-y",
  "DELETE /api/v1/passes/:id": "----y-y",
  "POST /api/v1/barred": "----y-y",
  "DELETE /api/v1/barred/:id": "----y-y",
  "GET /api/v1/access": "----y-y",
  "GET /api/v1/reasons": "----y-y",
  "PUT /api/v1/reasons": "----y-y",
  "POST /api/v1/people/:id/consents": "----y-y",
  "POST /api/v1/people/:id/withdraw": "----y-y",
  "GET /api/v1/assessments": "----y-y",
  "GET /api/v1/assessments/:number": "----y-y",
  "POST /api/v1/assessments": "----y-y",
  "POST /api/v1/assessments/:number/signature": "----y-y",
};
const SECRETS = { guard: { pin: PIN }, clerk: { password: PASSWORD }, technician: { password: PASSWORD } } as const;

/** Without a list behind it: who gets past the door is told by the door. */
const thread = openRegisterThread();
const register = openRegister({
  thread,
  now: () => 0,
  changed: () => undefined,
  usesOf: () => 0,
  access: ACCESS,
  reasons: unkeptReasons(),
  onFault: () => undefined,
});
afterAll(thread.close);

let place: ReturnType<typeof openFolder>;
let accounts: AccountsOpen;
let app: FastifyInstance;
let desk: FakeDesk;
let routes: RouteSpec[];
/** Cookies and headers by rank. */
let papers: Readonly<Record<(typeof RANKS)[number], Record<string, string>>>;
const own = { host: "gate.lan:8080", origin: "http://gate.lan:8080" };

function build(change: Partial<HttpDeps>): FastifyInstance {
  desk = openFakeDesk();
  routes = [];
  return buildHttp({
    desk,
    now: () => performance.now(),
    assets: join(place.folder, "page"),
    host: "0.0.0.0",
    hosts: ["gate.lan"],
    metricsText: async () => "",
    accounts,
    traffic: UNCOUNTED,
    bench: fakeBench(),
    workshop: fakeWorkshop(),
    register: { register, keeping: {} },
    impact: fakeImpact(),
    onRoute: (route) => void routes.push(route),
    ...change,
  });
}

async function cookiesOf(name: string, secret: Record<string, string>): Promise<Record<string, string>> {
  const answer = await app.inject({
    method: "POST",
    url: "/api/v1/sessions",
    headers: own,
    payload: { name, ...secret },
  });
  expect(answer.statusCode).toBe(200);
  return Object.fromEntries(answer.cookies.map((one) => [one.name, one.value]));
}
const cookie = (given: Record<string, string>) => ({
  cookie: Object.entries(given)
    .map(([name, value]) => `${name}=${value}`)
    .join("; "),
});
function order(name: string, headers: Record<string, string>): InjectOptions {
  const { boot } = desk.view();
  const payload = { id: randomUUID(), order: name, tick: `${boot}.${Math.round(performance.now())}`, sinceTickMs: 0 };
  return {
    method: "POST",
    url: "/api/v1/lanes/main/orders",
    headers: { ...own, ...headers },
    payload: name === "lock-open" ? { ...payload, forMinutes: 1 } : payload,
  };
}

beforeAll(async () => {
  place = openFolder();
  mkdirSync(join(place.folder, "page", "assets"), { recursive: true });
  for (const name of ["index.html", "clerk.html", "tech.html", "traffic.html", "icon.svg", "assets/x.js"])
    writeFileSync(join(place.folder, "page", name), "x");
  accounts = place.open();
  made(await accounts.add(admin));
  for (const role of ["guard", "clerk", "technician"] as const)
    made(await accounts.add({ ...guard, name: role, role, secret: SECRETS[role] }));
  app = build({ operatorToken: TOKEN });
  const entered = await cookiesOf("guard", SECRETS.guard);
  papers = {
    stranger: {},
    booth: cookie({ gatepost_booth: entered.gatepost_booth ?? "" }),
    machine: { authorization: `Bearer ${TOKEN}` },
    guard: cookie({ gatepost_session: entered.gatepost_session ?? "" }),
    clerk: cookie(await cookiesOf("clerk", SECRETS.clerk)),
    technician: cookie(await cookiesOf("technician", SECRETS.technician)),
    admin: cookie(await cookiesOf("chen", { password: PASSWORD })),
  };
  await app.close();
});
beforeEach(() => {
  app = build({ operatorToken: TOKEN });
});
afterEach(() => app.close());
afterAll(() => place.leave());

it("has a row for every route there is", () => {
  expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(Object.keys(TABLE).toSorted());
});

describe("who gets past the door", () => {
  async function passes(route: string, rank: (typeof RANKS)[number], allowed: boolean): Promise<void> {
    // Leaving and a wrong old secret would use up the papers of the others.
    const [method = "", path = ""] = route.split(" ");
    const url = path.replace(":file", "x.js").replace(":lane", "none").replace(":seq", "1").replace(/:\w+/, "none");
    if (method === "DELETE" && path.endsWith("current") && allowed) return;
    const headers = { ...own, ...papers[rank], "content-type": "application/json" };
    const payload = method === "GET" || method === "DELETE" ? {} : { payload: "{}" };
    const { "content-type": _none, ...bare } = headers;
    const answer = await app.inject({
      method: method as "GET",
      url,
      headers: "payload" in payload ? headers : bare,
      ...payload,
      payloadAsStream: path.endsWith("stream") && allowed,
    });
    if (path.endsWith("stream") && allowed) answer.stream().destroy();
    const turnedAway = [401, 403].includes(answer.statusCode);
    expect([rank, turnedAway]).toEqual([rank, !allowed]);
    if (turnedAway) {
      const inside = ROLES.some((role) => role === rank);
      expect(answer.json().code).toBe(inside ? "not-allowed" : "login-needed");
    }
    expect(desk.orders).toHaveLength(0);
  }
  it.each(Object.entries(TABLE))("%s: %s", async (route, marks) => {
    expect(marks).toHaveLength(RANKS.length);
    for (const [i, rank] of RANKS.entries()) await passes(route, rank, marks[i] === "y");
  });
});

describe("orders", () => {
  const ORDERS = ["open", "close", "stop", "lock-open", "lock-down", "release", "emergency", "emergency-end"];
  const CASES = ORDERS.flatMap((name) => RANKS.map((rank) => [name, rank] as const));
  it.each(CASES)("%s by %s", async (name, rank) => {
    const rescue = name === "stop" || name === "emergency";
    const allowed = RIGHTS[rescue ? "rescue" : "operate"].includes(rank);
    const answer = await app.inject(order(name, papers[rank]));
    expect(answer.statusCode === 200).toBe(allowed);
    expect(desk.orders).toHaveLength(allowed ? 1 : 0);
    if (!allowed) return expect([401, 403]).toContain(answer.statusCode);
    const who = { booth: "岗亭（未登录）", admin: "陈主任" };
    const expected = rank === "booth" || rank === "admin" ? who[rank] : "王建国";
    expect(desk.orders[0]?.by).toEqual({ who: expected, from: "guard-page" });
  });
});

describe("this machine, over loopback", () => {
  const local = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
  const me = async () => (await app.inject({ url: "/api/v1/me", headers: local })).json();

  it("is the booth once accounts exist: it looks, stops, lets out, and asks for a name for all else", async () => {
    await app.close();
    app = build({ host: "127.0.0.1" });
    expect(await me()).toEqual({ rank: "booth", user: null, rights: ["ask", "look", "rescue"], accounts: true });
    expect((await app.inject(order("open", local))).json().code).toBe("login-needed");
    expect((await app.inject(order("stop", local))).statusCode).toBe(200);
  });

  it.each([
    ["a real gate", false, "guard"],
    ["a simulated street", true, "admin"],
  ])("without any account, at %s, works as before", async (_what, simulation, rank) => {
    await app.close();
    const empty = openFolder();
    app = build({ host: "127.0.0.1", accounts: empty.open(), simulation });
    expect(await me()).toMatchObject({ rank, user: null, accounts: false });
    expect((await app.inject(order("open", local))).statusCode).toBe(200);
    expect(desk.orders[0]?.by.who).toBe("岗亭");
    await empty.leave();
  });

  it("with a file of accounts that can't be read doesn't open for everybody", async () => {
    await app.close();
    const empty = openFolder();
    writeFileSync(empty.file, "no database".repeat(1_000));
    app = build({ host: "127.0.0.1", accounts: empty.open() });
    expect(await me()).toMatchObject({ rank: "booth", accounts: true });
    expect((await app.inject(order("open", local))).statusCode).toBe(401);
    expect((await app.inject(order("emergency", local))).statusCode).toBe(200);
    await empty.leave();
  });
});

describe("cookies", () => {
  it("of a session and a booth can't be read by scripts, nor sent by other sites", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/sessions",
      headers: own,
      payload: { name: "guard", pin: PIN },
    });
    const set = [answer.headers["set-cookie"]].flat();
    expect(set).toHaveLength(2);
    for (const one of set)
      expect(one).toMatch(/^gatepost_\w+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    expect(answer.json()).toMatchObject({ rank: "guard", user: { name: "guard", who: "王建国", role: "guard" } });
  });

  it("leaving ends the session, whatever is sent afterwards", async () => {
    const mine = cookie(await cookiesOf("clerk", SECRETS.clerk));
    const leave = { method: "DELETE", url: "/api/v1/sessions/current", headers: { ...own, ...mine } } as const;
    expect((await app.inject(leave)).statusCode).toBe(204);
    expect((await app.inject(leave)).json().code).toBe("login-needed");
  });
});

describe("two seats of one browser: the booth's page and the office's", () => {
  const office = "/office";
  /** What a browser keeps and sends: a cookie goes to its path alone. */
  const jar = new Map<string, { readonly value: string; readonly path: string }>();
  beforeEach(() => jar.clear());
  async function browse(method: "GET" | "POST" | "DELETE", seat: string, path: string, payload?: object) {
    const url = `${seat}/api/v1${path}`;
    const sent = [...jar].filter(([, kept]) => url.startsWith(kept.path)).map(([name, { value }]) => [name, value]);
    const answer = await app.inject({
      method,
      url,
      headers: { ...own, ...cookie(Object.fromEntries(sent)) },
      ...(payload === undefined ? {} : { payload }),
    });
    for (const { name, value, path: at, maxAge } of answer.cookies)
      if (maxAge === 0) jar.delete(name);
      else jar.set(name, { value, path: String(at) });
    return answer;
  }
  const enter = async (seat: string, name: string, secret: object) =>
    expect((await browse("POST", seat, "/sessions", { name, ...secret })).statusCode).toBe(200);
  const rank = async (seat: string) => (await browse("GET", seat, "/me")).json().rank;

  it("who enters at one ends nothing at the other, and neither has the other's rights", async () => {
    await enter("", "guard", SECRETS.guard);
    expect([await rank(""), await rank(office)]).toEqual(["guard", "booth"]);
    await enter(office, "clerk", SECRETS.clerk);
    expect([await rank(""), await rank(office)]).toEqual(["guard", "clerk"]);
    expect((await browse("GET", "", "/people")).json().code).toBe("not-allowed");
    expect((await browse("POST", office, "/shifts", {})).json().code).toBe("not-allowed");
    expect((await browse("DELETE", office, "/sessions/current")).statusCode).toBe(204);
    expect([await rank(""), await rank(office)]).toEqual(["guard", "booth"]);
  });

  it("who enters anew at a seat takes the place of whoever sat there", async () => {
    await enter(office, "clerk", SECRETS.clerk);
    const before = jar.get("gatepost_office");
    await enter(office, "technician", SECRETS.technician);
    expect(await rank(office)).toBe("technician");
    jar.set("gatepost_office", before ?? { value: "", path: "/" });
    expect(await rank(office)).not.toBe("clerk");
  });

  it.each(["", office])("a clerk who has entered at '%s' leaves the booth its lock screen", async (seat) => {
    await enter("", "guard", SECRETS.guard);
    await enter(seat, "clerk", SECRETS.clerk);
    await browse("DELETE", seat, "/sessions/current");
    await browse("DELETE", "", "/sessions/current");
    expect(await rank("")).toBe("booth");
  });

  it("nothing but the API is asked at the office's seat", async () => {
    for (const url of ["/office", "/office/", "/office/healthz", "/office/office/api/v1/me", "/officeapi/v1/me"])
      expect((await app.inject({ url, headers: own })).statusCode, url).toBe(404);
  });
});

it("a lock screen is shown no name, plate or number", async () => {
  desk.set({
    alarms: [
      {
        id: "1",
        kind: "blocklisted",
        lane: "main",
        sinceWallMs: 0,
        count: 1,
        detail: "川K·B1234",
        acknowledgedBy: "王建国",
      },
    ],
  });
  desk.setLane("main", { mode: "locked-open", by: "王建国" });
  const read = async (headers: Record<string, string>) =>
    (await app.inject({ url: "/api/v1/state", headers: { ...own, ...headers } })).body;
  expect(await read(papers.guard)).toMatch(/川K·B1234.*王建国|王建国.*川K·B1234/);
  const bare = await read(papers.booth);
  expect(bare).not.toMatch(/川K·B1234|王建国/);
  expect(JSON.parse(bare).view.lanes[0]).toMatchObject({ id: "main", mode: "locked-open" });
});

describe("Idempotency-Key", () => {
  const make = (key: string, name: string): InjectOptions => ({
    method: "POST",
    url: "/api/v1/accounts",
    headers: { ...own, ...papers.admin, "idempotency-key": key },
    payload: { name, who: "李", role: "guard", pin: "480217" },
  });
  it("the same command again has the same answer and no second effect", async () => {
    const key = randomUUID();
    const name = `g-${key.slice(0, 8)}`;
    const answers = await Promise.all([app.inject(make(key, name)), app.inject(make(key, name))]);
    answers.push(await app.inject(make(key, name)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(accounts.list().filter((one) => one.name === name)).toHaveLength(1);
    expect((await app.inject(make(randomUUID(), name))).json().code).toBe("name-taken");
  });
  it("another command under it is refused, and one that is no key too", async () => {
    const key = randomUUID();
    await app.inject(make(key, `h-${key.slice(0, 8)}`));
    expect((await app.inject(make(key, "other"))).json().code).toBe("id-reused");
    expect((await app.inject(make("x", "other"))).json()).toMatchObject({
      code: "INPUT_INVALID",
      place: "Idempotency-Key",
    });
  });
  it("an order's id serves as well, and a key that came with it changes nothing", async () => {
    const key = randomUUID();
    const once = order("open", { ...papers.guard, "idempotency-key": key });
    const answers = [await app.inject(once), await app.inject(once)];
    expect(answers.map(({ body }) => body)).toEqual([answers[0]?.body, answers[0]?.body]);
    expect(desk.orders).toHaveLength(1);
  });
});
