/**
 * Another site's page in the booth's own browser, on the same machine and so the same "site" to a cookie: it sends what
 * a page can send, shows our page inside its own, and takes our address by a DNS trick. Real Chromium, real server.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openHttp } from "../../src/adapters/http.ts";
import { guard, made, openFolder, PIN } from "../accounts/place.ts";
import { openFakeDesk } from "./fake-desk.ts";

const place = openFolder();
const desk = openFakeDesk();
let http: Awaited<ReturnType<typeof openHttp>>;
let evil: Server;
let evilPort: number;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  mkdirSync(join(place.folder, "page"));
  writeFileSync(join(place.folder, "page", "index.html"), "<!doctype html><title>gate</title><h1>OURS</h1>");
  const accounts = place.open();
  made(await accounts.add(guard));
  http = await openHttp(
    { host: "127.0.0.1", port: 0 },
    {
      desk,
      now: () => performance.now(),
      assets: join(place.folder, "page"),
      metricsText: async () => "",
      accounts,
    },
  );
  evil = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>evil</title><iframe id="frame" src="${http.url}"></iframe>`);
  });
  await new Promise<void>((done) => evil.listen(0, "127.0.0.1", done));
  const bound = evil.address();
  evilPort = typeof bound === "object" && bound !== null ? bound.port : 0;
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"],
  });
});
beforeEach(async () => {
  await page?.close();
  const context = await browser.newContext();
  page = await context.newPage();
  // A guard has entered in this browser.
  await page.goto(http.url);
  const entered = await page.evaluate(
    async (pin) =>
      (
        await fetch("/api/v1/sessions", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ name: "wang", pin }),
        })
      ).status,
    PIN,
  );
  expect(entered).toBe(200);
});
afterAll(async () => {
  await browser.close();
  evil.closeAllConnections();
  await new Promise((done) => evil.close(done));
  await http.close();
  await place.leave();
});

const body = () =>
  JSON.stringify({
    id: "3f0e8a52-6a0b-4f6e-9c57-0c6a8f0b8a11",
    order: "emergency",
    tick: `${desk.view().boot}.${Math.round(performance.now())}`,
    sinceTickMs: 0,
  });

it("its own page opens the gate: the cookie serves", async () => {
  const status = await page.evaluate(
    async (text) =>
      (
        await fetch("/api/v1/lanes/main/orders", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: text,
        })
      ).status,
    body(),
  );
  expect(status).toBe(200);
  expect(desk.orders.map(({ by }) => by.who)).toEqual(["王建国"]);
});

it.each([
  ["JSON with its cookie", "cors", "application/json"],
  ["a simple request, as a form would send it", "no-cors", "text/plain"],
] as const)("another page sends %s: nothing moves and nothing is read", async (_what, mode, type) => {
  const before = desk.orders.length;
  await page.goto(`http://127.0.0.1:${evilPort}/`);
  const told = await page.evaluate(
    async ([url, text, how, kind]) => {
      try {
        const answer = await fetch(`${url}api/v1/lanes/main/orders`, {
          method: "POST",
          credentials: "include",
          mode: how === "cors" ? "cors" : "no-cors",
          headers: { "content-type": kind ?? "" },
          body: text ?? "",
        });
        return `${answer.type} ${answer.status}`;
      } catch {
        return "refused";
      }
    },
    [http.url, body(), mode, type],
  );
  expect(["refused", "opaque 0"]).toContain(told);
  expect(desk.orders).toHaveLength(before);
});

it("a form of another page is refused", async () => {
  const before = desk.orders.length;
  await page.goto(`http://127.0.0.1:${evilPort}/`);
  const [answer] = await Promise.all([
    page.waitForResponse((one) => one.url().includes("/orders")),
    page.evaluate(`(() => {
      const form = document.createElement("form");
      form.method = "POST";
      form.action = "${http.url}api/v1/lanes/main/orders";
      form.enctype = "text/plain";
      document.body.append(form);
      form.submit();
    })()`),
  ]);
  expect(answer.status()).toBe(403);
  expect(desk.orders).toHaveLength(before);
});

it("another page can't read the state or the stream, nor show ours inside it", async () => {
  await page.goto(`http://127.0.0.1:${evilPort}/`);
  const read = await page.evaluate(
    async (url) =>
      fetch(`${url}api/v1/state`, { credentials: "include" }).then(
        (answer) => answer.text(),
        () => "refused",
      ),
    http.url,
  );
  expect(read).toBe("refused");
  const inner = page.frames().filter((frame) => frame !== page.mainFrame());
  const shown = await Promise.all(inner.map((frame) => frame.content()));
  expect(shown.map((text) => text.includes("OURS"))).toEqual([false]);
  expect(await page.content()).not.toContain("OURS");
});

it("a name that was turned to our address (rebinding) is answered by a refusal", async () => {
  const answer = await page.goto(`http://evil.example:${new URL(http.url).port}/`);
  expect(answer?.status()).toBe(421);
});
