import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildHttp, type HttpDeps, openHttp } from "../../src/adapters/http.ts";
import { PROBLEMS } from "../../src/adapters/http-problem.ts";
import { GateError } from "../../src/core/fault.ts";
import { type FakeDesk, openFakeDesk } from "./fake-desk.ts";

const assets = mkdtempSync(join(tmpdir(), "gatepost-assets-"));
const ID = "3f0e8a52-6a0b-4f6e-9c57-0c6a8f0b8a11";
const TOKEN = "correct-horse-battery-staple";
let apps: FastifyInstance[] = [];
let now = 0;

beforeAll(() => {
  mkdirSync(join(assets, "assets"));
  writeFileSync(join(assets, "tech.html"), "tech");
  writeFileSync(join(assets, "index.html"), "<!doctype html><title>门岗</title>");
  writeFileSync(join(assets, "traffic.html"), "<!doctype html><title>客流</title>");
  writeFileSync(join(assets, "clerk.html"), "<!doctype html><title>门岗</title>");
  writeFileSync(join(assets, "icon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  writeFileSync(join(assets, "assets", "index-abc.js"), "1;");
  writeFileSync(join(assets, "secret.txt"), "not for anyone");
});
afterAll(() => rmSync(assets, { recursive: true }));
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

function build(change: Partial<HttpDeps> = {}): { app: FastifyInstance; desk: FakeDesk } {
  const desk = openFakeDesk();
  now = 100_000;
  const app = buildHttp({
    desk,
    now: () => now,
    assets,
    host: "127.0.0.1",
    metricsText: async () => "gatepost_up 1\n",
    ...change,
  });
  apps.push(app);
  return { app, desk };
}

const own = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
function orderBody(change: Record<string, unknown> = {}): object {
  return { id: ID, order: "open", tick: `01KB0TB00T.${now}`, sinceTickMs: 0, ...change };
}
function tapped(): object {
  return { id: ID, tick: `01KB0TB00T.${now}`, sinceTickMs: 0 };
}
function amnestyBody(change: Record<string, unknown> = {}): object {
  return { id: ID, why: "数不对", tick: `01KB0TB00T.${now}`, sinceTickMs: 0, ...change };
}
function orderRequest(change: Record<string, unknown> = {}, headers: Record<string, string> = own): InjectOptions {
  return { method: "POST", url: "/api/v1/lanes/main/orders", headers, payload: orderBody(change) };
}

describe("every route × who asks", () => {
  const askers = {
    "own page": own,
    "no origin": { host: "127.0.0.1:8080" },
    "own origin, fetch mark cross-site": { ...own, "sec-fetch-site": "cross-site" },
    "another page": { host: "127.0.0.1:8080", origin: "http://evil.example" },
    "another port of this machine": { host: "127.0.0.1:8080", origin: "http://127.0.0.1:9999" },
    "sandboxed page": { host: "127.0.0.1:8080", origin: "null" },
    "rebound name": { host: "evil.example", origin: "http://evil.example" },
    "rebound name that looks like ours": { host: "localhost.evil.example", origin: "http://localhost.evil.example" },
  } as const;
  const anyPage: Record<string, number> = {
    "own page": 200,
    "no origin": 200,
    "own origin, fetch mark cross-site": 200,
    "another page": 200,
    "another port of this machine": 200,
    "sandboxed page": 200,
    "rebound name": 421,
    "rebound name that looks like ours": 421,
  };
  const reads: Record<string, number> = {
    ...anyPage,
    "own origin, fetch mark cross-site": 403,
    "another page": 403,
    "another port of this machine": 403,
    "sandboxed page": 403,
  };
  const orders: Record<string, number> = { ...reads, "no origin": 403 };
  const missing = (table: Record<string, number>, status: number): Record<string, number> => ({
    ...table,
    "own page": status,
    ...(table["no origin"] === 200 ? { "no origin": status } : {}),
  });
  const unknown: Record<string, number> = {
    "own page": 404,
    "no origin": 404,
    "own origin, fetch mark cross-site": 404,
    "another page": 404,
    "another port of this machine": 404,
    "sandboxed page": 404,
    "rebound name": 421,
    "rebound name that looks like ours": 421,
  };
  const TABLE: readonly (readonly ["GET" | "POST" | "OPTIONS" | "DELETE", string, Record<string, number>, string?])[] =
    [
      ["GET", "/", anyPage],
      ["GET", "/traffic", anyPage],
      ["GET", "/tech", anyPage],
      ["GET", "/clerk", anyPage],
      ["GET", "/icon.svg", anyPage],
      ["GET", "/assets/:file", anyPage, "/assets/index-abc.js"],
      ["GET", "/healthz", anyPage],
      ["GET", "/readyz", anyPage],
      ["GET", "/metrics", anyPage],
      ["GET", "/api/v1/state", reads],
      ["GET", "/api/v1/journal", reads],
      ["GET", "/api/v1/rows/:seq/snapshot", missing(reads, 404), "/api/v1/rows/1/snapshot"],
      ["GET", "/api/v1/stream", reads],
      ["POST", "/api/v1/operator", missing(orders, 403)],
      ["GET", "/api/v1/me", reads],
      ["POST", "/api/v1/sessions", missing(orders, 401)],
      ["DELETE", "/api/v1/sessions/current", missing(orders, 204)],
      ["POST", "/api/v1/lanes/:lane/orders", orders, "/api/v1/lanes/main/orders"],
      ["POST", "/api/v1/areas/:area/amnesty", orders, "/api/v1/areas/inside/amnesty"],
      ["POST", "/api/v1/openings/:opening/reason", missing(orders, 404), `/api/v1/openings/${ID}/reason`],
      ["POST", "/api/v1/shifts", orders],
      ["POST", "/api/v1/alarms/:id/ack", missing(orders, 404), "/api/v1/alarms/none/ack"],
      ["OPTIONS", "/api/v1/lanes/main/orders", unknown],
      ["GET", "/secret.txt", unknown],
      ["GET", "/assets/..%2fsecret.txt", unknown],
      ["DELETE", "/api/v1/state", unknown],
    ];

  for (const [method, route, expected, url] of TABLE) {
    for (const [asker, headers] of Object.entries(askers)) {
      it(`${method} ${route} by ${asker}: ${expected[asker]}`, async () => {
        const { app, desk } = build();
        const bodies: Record<string, object | undefined> = {
          "/api/v1/operator": { token: "x" },
          "/api/v1/sessions": { name: "nobody", password: "x" },
          "/api/v1/lanes/:lane/orders": orderBody(),
          "/api/v1/areas/:area/amnesty": amnestyBody(),
          "/api/v1/openings/:opening/reason": { ...tapped(), reason: "访客" },
          "/api/v1/shifts": { ...tapped(), notes: "", name: "李桂芳" },
          "/api/v1/alarms/:id/ack": {},
        };
        const request = { method, url: url ?? route, headers };
        const payload = bodies[route];
        const streams = route.endsWith("/stream") && expected[asker] === 200;
        if (streams) return expect(await streamStatus(app, headers)).toBe(200);
        const answer = await app.inject(payload === undefined ? request : { ...request, payload });
        expect(answer.statusCode).toBe(expected[asker]);
        expect(answer.headers["x-content-type-options"]).toBe("nosniff");
        expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
        expect(answer.headers["content-security-policy"]).not.toContain("unsafe");
        expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
        if (answer.statusCode >= 400) expect(answer.headers["content-type"]).toContain("application/problem+json");
        expect(desk.orders).toHaveLength(method === "POST" && route.endsWith("orders") && asker === "own page" ? 1 : 0);
      });
    }
  }

  it("has a row for every route there is", () => {
    const mounted: string[] = [];
    build({ onRoute: ({ method, path }) => mounted.push(`${method} ${path}`) });
    const rows = TABLE.filter(([, , table]) => table !== unknown).map(([method, route]) => `${method} ${route}`);
    expect(mounted.toSorted()).toEqual(rows.toSorted());
  });

  it("a route that doesn't say who may stops the start", async () => {
    const { app } = build();
    expect(() => app.get("/api/v1/forgotten", () => "open to all")).toThrow("doesn't say who may");
  });
});

async function streamStatus(app: FastifyInstance, headers: Record<string, string>): Promise<number> {
  const answer = await app.inject({ method: "GET", url: "/api/v1/stream", headers, payloadAsStream: true });
  answer.stream().destroy();
  return answer.statusCode;
}

describe("an order", () => {
  it("is told as recorded once its row is durable", async () => {
    const { app, desk } = build();
    desk.answer = async () => ({ ok: true, seq: 77 });
    const answer = await app.inject(orderRequest());
    expect(answer.json()).toEqual({ recorded: true, seq: 77 });
    expect(desk.orders).toEqual([
      { id: ID, lane: "main", order: { is: "open" }, by: { who: "岗亭", from: "guard-page" } },
    ]);
  });

  it("keeps a lane open for the minutes asked", async () => {
    const { app, desk } = build();
    await app.inject(orderRequest({ order: "lock-open", forMinutes: 30 }));
    expect(desk.orders[0]?.order).toEqual({ is: "lock-open", forMs: 1_800_000 });
  });

  it("is carried out once, however often its id comes; each asker gets the same answer", async () => {
    const { app, desk } = build();
    desk.answer = async () => ({ ok: true, seq: 5 });
    const answers = await Promise.all([1, 2, 3].map(() => app.inject(orderRequest({ id: ID.toUpperCase() }))));
    answers.push(await app.inject(orderRequest()));
    expect(answers.map((answer) => answer.json())).toEqual(Array(4).fill({ recorded: true, seq: 5 }));
    expect(desk.orders).toHaveLength(1);
  });

  it("is refused when its id was used for another one", async () => {
    const { app, desk } = build();
    await app.inject(orderRequest());
    const answer = await app.inject(orderRequest({ order: "close" }));
    expect([answer.statusCode, answer.json().code]).toEqual([409, "id-reused"]);
    expect(desk.orders).toHaveLength(1);
  });

  const late: readonly (readonly [string, number, number, string | undefined])[] = [
    ["tapped now", 0, 0, undefined],
    ["tapped 4 s after the last beat", 4_000, 4_000, undefined],
    ["arrives 3.0 s after the tap", 3_000, 0, undefined],
    ["arrives 3.1 s after the tap", 3_100, 0, "tap-expired"],
    ["replayed the next morning", 36_000_000, 1_000, "tap-expired"],
    ["half a second from the future", 0, 500, undefined],
    ["from the future", 0, 1_100, "tap-expired"],
  ];
  it.each(late)("%s (%i ms later, %i ms since the tick): %s", async (_name, passed, since, code) => {
    const { app, desk } = build();
    const request = orderRequest({ sinceTickMs: since });
    now += passed;
    const answer = await app.inject(request);
    expect(answer.json().code).toBe(code);
    expect(desk.orders).toHaveLength(code === undefined ? 1 : 0);
  });

  it("from before the gate's restart is refused", async () => {
    const { app, desk } = build();
    const answer = await app.inject(orderRequest({ tick: `OTHERBOOT.${now}` }));
    expect([answer.statusCode, answer.json().code]).toEqual([409, "tap-before-restart"]);
    expect(desk.orders).toHaveLength(0);
  });

  it.each([
    "not-clear",
    "interlocked",
    "locked-down",
    "no-such-output",
    "emergency",
    "too-long",
    "lane-unknown",
  ] as const)("refused by the lane for %s says why in both languages", async (why) => {
    const { app, desk } = build();
    desk.answer = async () => ({ ok: false, why });
    const answer = await app.inject(orderRequest());
    const { status, zh, en } = PROBLEMS[why];
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code: why, zh, en, status });
  });

  it("waits no longer than 4 s for the disk, and doesn't say recorded", async () => {
    const { app, desk } = build();
    desk.answer = () => new Promise(() => undefined);
    const answer = await app.inject(orderRequest());
    expect([answer.statusCode, answer.json()]).toEqual([202, { recorded: false }]);
  });
});

describe("bad input: a code, a place, and no order", () => {
  const bad: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ["no uuid", { id: "1" }, "$.id"],
    ["unknown order", { order: "explode" }, "$.order"],
    ["no minutes", { order: "lock-open" }, "$.forMinutes"],
    ["minutes without end", { order: "lock-open", forMinutes: 1e9 }, "$.forMinutes"],
    ["half a minute", { order: "lock-open", forMinutes: 0.5 }, "$.forMinutes"],
    ["minutes on an opening", { forMinutes: 5 }, "$"],
    ["a tick of another kind", { tick: 7 }, "$.tick"],
    ["a tick without time", { tick: "01KB0TB00T." }, "$.tick"],
    ["a tick that is no number", { tick: "01KB0TB00T.NaN" }, "$.tick"],
    ["time before the tick", { sinceTickMs: -1 }, "$.sinceTickMs"],
    ["a field nobody knows", { admin: true }, "$"],
  ];
  it.each(bad)("%s", async (_name, change, place) => {
    const { app, desk } = build();
    const answer = await app.inject(orderRequest(change));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "INPUT_INVALID", place });
    expect(desk.orders).toHaveLength(0);
  });

  const json = { ...own, "content-type": "application/json" };
  const raw: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ["broken JSON", "{", json, 400],
    ["no body", "", json, 400],
    [
      "a form, as another page could send",
      "id=1",
      { ...own, "content-type": "application/x-www-form-urlencoded" },
      415,
    ],
    ["plain text", "{}", { ...own, "content-type": "text/plain" }, 400],
    ["a prototype in the body", '{"__proto__":{"x":1}}', json, 400],
    ["5 KB", JSON.stringify({ id: "x".repeat(5_000) }), json, 413],
  ];
  it.each(raw)("%s", async (_name, payload, headers, status) => {
    const { app, desk } = build();
    const answer = await app.inject({ method: "POST", url: "/api/v1/lanes/main/orders", headers, payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().zh).toMatch(/[一-鿿]/);
    expect(desk.orders).toHaveLength(0);
  });

  it.each(["limit=0", "limit=501", "after=-1", "after=x", "page=2"])("journal?%s", async (query) => {
    const { app } = build();
    const answer = await app.inject({ url: `/api/v1/journal?${query}`, headers: own });
    expect([answer.statusCode, answer.json().code]).toEqual([400, "INPUT_INVALID"]);
  });
});

describe("reading", () => {
  it("the journal after a row, oldest first", async () => {
    const { app, desk } = build();
    for (let count = 0; count < 9; count += 1) desk.write({});
    const seqs = async (url: string): Promise<number[]> =>
      (await app.inject({ url, headers: own })).json().rows.map((row: { seq: number }) => row.seq);
    expect(await seqs("/api/v1/journal?after=4&limit=3")).toEqual([5, 6, 7]);
    expect(await seqs("/api/v1/journal?limit=2")).toEqual([8, 9]);
  });

  it.each([
    ["a JPEG", { base64: "/9j/2Q==" }, "image/jpeg"],
    ["one of a form that lost its plus signs", { base64: "/9j/ 9k=" }, "image/jpeg"],
    ["a PNG out of a multipart body", { bytes: Buffer.from("89504E470D0A1A0A00", "hex") }, "image/png"],
    ["a page of somebody else's", { bytes: Buffer.from("<script>") }, undefined],
    ["nothing that is base64", { base64: "%%%" }, undefined],
    ["none, or gone", undefined, undefined],
  ])("a row's picture: %s", async (_what, found, type) => {
    const { app, desk } = build();
    desk.snapshot = () => found;
    const answer = await app.inject({ url: "/api/v1/rows/7/snapshot", headers: own });
    expect(answer.statusCode).toBe(type === undefined ? 404 : 200);
    if (type === undefined) return expect(answer.json().code).toBe("not-found");
    expect(answer.headers).toMatchObject({ "content-type": type, "cache-control": "no-store" });
    expect(answer.rawPayload[0]).toBe(type === "image/jpeg" ? 0xff : 0x89);
  });

  it("readyz says why not, with 503", async () => {
    const { app, desk } = build();
    desk.ready = false;
    const answer = await app.inject({ url: "/readyz", headers: own });
    expect([answer.statusCode, answer.json()]).toEqual([503, { ready: false, why: ["道闸继电器没有响应"] }]);
  });

  it("a bug is answered without its message, and told to us", async () => {
    const bugs: unknown[] = [];
    const failing = async (): Promise<string> => {
      throw new Error("inner secret");
    };
    const { app } = build({ metricsText: failing, onBug: (error) => bugs.push(error) });
    const answer = await app.inject({ url: "/metrics", headers: own });
    expect([answer.statusCode, answer.json().code]).toEqual([500, "failed"]);
    expect(answer.body).not.toContain("secret");
    expect(bugs).toHaveLength(1);
  });

  it("an order that hits a bug of ours is answered as failed, and not tried again under its id", async () => {
    const bugs: unknown[] = [];
    const { app, desk } = build({ onBug: (error) => bugs.push(error) });
    desk.answer = () => {
      throw new Error("our bug");
    };
    const answers = [await app.inject(orderRequest()), await app.inject(orderRequest())];
    expect(answers.map((answer) => answer.json().code)).toEqual(["failed", "failed"]);
    expect(desk.orders).toHaveLength(1);
    expect(bugs).toHaveLength(2);
  });

  it("open pages are told to the metrics", async () => {
    const told: number[] = [];
    const { app } = build({ onPages: (open, dropped) => told.push(open, dropped) });
    await app.inject({ url: "/metrics", headers: own });
    expect(told).toEqual([0, 0]);
  });

  it("an acknowledged alarm is told once", async () => {
    const { app, desk } = build();
    desk.set({ alarms: [{ id: "a 1", kind: "tailgate", lane: "main", sinceWallMs: 0, count: 1 }] });
    const ack = { method: "POST", headers: own, url: "/api/v1/alarms/a%201/ack", payload: {} } as const;
    expect((await app.inject(ack)).statusCode).toBe(204);
    expect(desk.acknowledged).toEqual(["a 1"]);
  });
});

describe("beyond this machine", () => {
  const host = { host: "gate.lan:8080", origin: "http://gate.lan:8080" };
  const lan = { host: "0.0.0.0", hosts: ["gate.lan"] };

  it.each(["/api/v1/state", "/api/v1/journal", "/api/v1/stream"])("%s is closed without a token file", async (url) => {
    const { app } = build(lan);
    const answer = await app.inject({ url, headers: host });
    expect([answer.statusCode, answer.json().code]).toEqual([403, "operator-unset"]);
  });

  it("an order is refused without a token file, even with some token", async () => {
    const { app, desk } = build(lan);
    const answer = await app.inject(orderRequest({}, { ...host, authorization: "Bearer anything" }));
    expect([answer.statusCode, answer.json().code]).toEqual([403, "operator-unset"]);
    expect(desk.orders).toHaveLength(0);
  });

  it("an order needs the token: none, a wrong one, the right one", async () => {
    const { app, desk } = build({ ...lan, operatorToken: TOKEN });
    expect((await app.inject(orderRequest({}, host))).json().code).toBe("operator-needed");
    expect((await app.inject(orderRequest({}, { ...host, authorization: "Bearer no" }))).json().code).toBe(
      "operator-wrong",
    );
    expect(desk.orders).toHaveLength(0);
    expect((await app.inject(orderRequest({}, { ...host, authorization: `Bearer ${TOKEN}` }))).statusCode).toBe(200);
  });

  it("the token buys a cookie for twelve hours that scripts can't read", async () => {
    const { app, desk } = build({ ...lan, operatorToken: TOKEN });
    const enter = { method: "POST", url: "/api/v1/operator", headers: host, payload: { token: TOKEN } } as const;
    const entered = await app.inject(enter);
    expect(entered.statusCode).toBe(204);
    const cookie = String(entered.headers["set-cookie"]);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const headers = { ...host, cookie: cookie.split(";")[0] ?? "" };
    expect((await app.inject(orderRequest({}, headers))).statusCode).toBe(200);
    now += 12 * 3_600_000;
    expect((await app.inject(orderRequest({}, headers))).json().code).toBe("operator-needed");
    expect(desk.orders).toHaveLength(1);
  });

  it("guessing ends after ten tries, and begins again a minute later", async () => {
    const { app } = build({ ...lan, operatorToken: TOKEN });
    const guess = (token: string) =>
      app.inject({ method: "POST", url: "/api/v1/operator", headers: host, payload: { token } });
    for (let count = 0; count < 10; count += 1) expect((await guess(`guess ${count}`)).statusCode).toBe(401);
    expect((await guess(TOKEN)).statusCode).toBe(429);
    now += 60_001;
    expect((await guess(TOKEN)).statusCode).toBe(204);
  });
});

it("PORT_BUSY names the port when another program has it", async () => {
  const { desk } = build();
  const deps = { desk, now: () => now, assets, metricsText: async () => "" };
  const first = await openHttp({ host: "127.0.0.1", port: 0 }, deps);
  const fault = await openHttp({ host: "127.0.0.1", port: first.port }, deps).catch((error: unknown) => error);
  await first.close();
  expect(fault).toBeInstanceOf(GateError);
  expect(fault).toMatchObject({ code: "PORT_BUSY", context: { port: first.port } });
});

describe("an amnesty", () => {
  const ask = (change: Record<string, unknown> = {}, area = "inside"): InjectOptions => ({
    method: "POST",
    url: `/api/v1/areas/${area}/amnesty`,
    headers: own,
    payload: amnestyBody(change),
  });

  it("is carried out once, with who and why", async () => {
    const { app, desk } = build();
    expect((await app.inject(ask())).json()).toEqual({ recorded: true, seq: 1 });
    expect((await app.inject(ask())).statusCode).toBe(200);
    expect(desk.amnesties).toEqual([
      { id: ID, area: "inside", by: { who: "岗亭", from: "guard-page" }, why: "数不对" },
    ]);
  });

  it.each([
    ["an unknown area", {}, "garage", 404, "area-unknown"],
    ["no reason", { why: " " }, "inside", 400, "INPUT_INVALID"],
    ["too old a tap", { sinceTickMs: 3_001 }, "inside", 409, "tap-expired"],
    ["another start's tap", { tick: "elsewhere.1" }, "inside", 409, "tap-before-restart"],
  ])("%s is refused", async (_what, change, area, status, code) => {
    const { app, desk } = build();
    const answer = await app.inject(ask(change, area));
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(desk.amnesties).toEqual([]);
  });

  it("its id is not an order's as well", async () => {
    const { app } = build();
    await app.inject(ask());
    expect((await app.inject(orderRequest())).json().code).toBe("id-reused");
  });
});

describe("what a guard tells afterwards", () => {
  const OPENING = "8c1c2d3e-0000-4000-8000-000000000001";
  const opening = { id: OPENING, lane: "main", by: "岗亭", boot: "01KB0TB00T", at: 0, wallMs: 0 };
  const explain = (change: object = {}) => ({
    method: "POST" as const,
    url: `/api/v1/openings/${OPENING}/reason`,
    headers: own,
    payload: { ...tapped(), reason: "访客", ...change },
  });

  it("a reason names its opening, once", async () => {
    const { app, desk } = build();
    desk.set({ shift: { ...desk.view().shift, openings: [opening] } });
    expect((await app.inject(explain())).json()).toMatchObject({ recorded: true });
    expect((await app.inject(explain())).statusCode).toBe(200);
    expect(desk.reasons).toEqual([
      { id: ID, opening: OPENING, reason: "访客", by: { who: "岗亭", from: "guard-page" } },
    ]);
    const again = await app.inject(explain({ id: OPENING }));
    expect([again.statusCode, again.json().code]).toEqual([404, "opening-unknown"]);
  });

  it("a plate is let in as what it nearly is by the row that refused it, with `open` alone", async () => {
    const { app, desk } = build();
    await app.inject(orderRequest({ about: 12 }));
    expect(desk.orders).toMatchObject([{ order: { is: "open" }, about: 12 }]);
    const closed = await app.inject(orderRequest({ id: OPENING, order: "close", about: 12 }));
    expect([closed.statusCode, closed.json().code]).toEqual([400, "INPUT_INVALID"]);
  });

  it("a hand-over without accounts names whoever takes over, and is carried out once", async () => {
    const { app, desk } = build();
    const request = {
      method: "POST" as const,
      url: "/api/v1/shifts",
      headers: own,
      payload: { ...tapped(), notes: " 北门灯坏了 ", name: "李桂芳" },
    };
    expect((await app.inject(request)).json()).toMatchObject({ recorded: true });
    expect((await app.inject(request)).statusCode).toBe(200);
    expect(desk.handOvers).toEqual([
      { id: ID, by: { who: "岗亭", from: "guard-page" }, to: "李桂芳", notes: "北门灯坏了" },
    ]);
  });
});
