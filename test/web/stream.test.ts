import { mkdtempSync, rmSync } from "node:fs";
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { openHttp } from "../../src/adapters/http.ts";
import { type FakeDesk, openFakeDesk } from "./fake-desk.ts";

interface Told {
  readonly event: string;
  readonly id?: string;
  readonly body: { readonly seq?: number; readonly tick?: string; readonly view?: { readonly alarms: unknown[] } };
}
interface Page {
  readonly told: Told[];
  readonly request: ClientRequest;
  readonly answer: IncomingMessage;
  readonly ended: () => boolean;
}

const assets = mkdtempSync(join(tmpdir(), "gatepost-assets-"));
let desk: FakeDesk;
let http: Awaited<ReturnType<typeof openHttp>>;
const pages: Page[] = [];

beforeEach(async () => {
  desk = openFakeDesk();
  const deps = { desk, now: () => performance.now(), assets, metricsText: async () => "" };
  http = await openHttp({ host: "127.0.0.1", port: 0 }, deps);
});
afterEach(async () => {
  for (const page of pages.splice(0)) page.request.destroy();
  await http.close();
});
afterAll(() => rmSync(assets, { recursive: true }));

function join1(headers: Record<string, string> = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const request = get(`${http.url}api/v1/stream`, { headers }, (answer) => {
      const told: Told[] = [];
      let text = "";
      let over = false;
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) told.push(...parse(block));
      });
      answer.on("close", () => {
        over = true;
      });
      const page = { told, request, answer, ended: () => over };
      pages.push(page);
      resolve(page);
    });
    request.on("error", reject);
  });
}

function parse(block: string): readonly Told[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const event = field("event");
  const id = field("id");
  if (event === undefined) return [];
  return [{ event, ...(id === undefined ? {} : { id }), body: JSON.parse(field("data") ?? "null") }];
}

const seqs = (page: Page) => page.told.filter((one) => one.event === "row").map((one) => one.body.seq);
const until = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 10 });

it("a new page gets the view, then the newest hundred rows, then each row as it is written", async () => {
  for (let count = 0; count < 130; count += 1) desk.write({});
  const page = await join1();
  await until(() => expect(seqs(page)).toHaveLength(100));
  expect(page.told[0]).toMatchObject({ event: "view", body: { view: { boot: "01KB0TB00T" } } });
  expect(page.told[1]?.event).toBe("reset");
  desk.write({});
  await until(() => expect(seqs(page).at(-1)).toBe(131));
  expect(page.answer.headers["cache-control"]).toBe("no-store");
  expect(page.answer.headers["x-content-type-options"]).toBe("nosniff");
});

it("a page that comes back gets exactly the rows it missed, once each", async () => {
  for (let count = 0; count < 5; count += 1) desk.write({});
  const first = await join1();
  await until(() => expect(seqs(first)).toEqual([1, 2, 3, 4, 5]));
  const lastId = first.told.at(-1)?.id ?? "";
  first.request.destroy();
  for (let count = 0; count < 7; count += 1) desk.write({});
  const second = await join1({ "last-event-id": lastId });
  desk.write({});
  await until(() => expect(seqs(second)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]));
  expect(second.told.some((one) => one.event === "reset")).toBe(false);
});

it.each(["99", "x", "-1", "1e99"])("a page with Last-Event-ID %s, of no journal of ours, starts anew", async (id) => {
  for (let count = 0; count < 3; count += 1) desk.write({});
  const page = await join1({ "last-event-id": id });
  await until(() => expect(seqs(page)).toEqual([1, 2, 3]));
  expect(page.told.some((one) => one.event === "reset")).toBe(true);
});

it("a page away for more than 500 rows starts anew with the newest hundred", async () => {
  for (let count = 0; count < 520; count += 1) desk.write({});
  const page = await join1({ "last-event-id": "10" });
  await until(() => expect(seqs(page)).toHaveLength(100));
  expect(seqs(page)[0]).toBe(421);
});

it("a change is told by itself; an input that chatters becomes ten views a second at most", async () => {
  const page = await join1();
  await until(() => expect(page.told.length).toBeGreaterThan(0));
  desk.setLane("main", { barrier: "opening" });
  await until(() => expect(page.told.filter((one) => one.event === "view")).toHaveLength(2));
  const before = page.told.length;
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      desk.set({ alarms: [] });
      if (performance.now() - began < 500) return;
      clearInterval(timer);
      desk.setLane("main", { barrier: "open" });
      resolve();
    }, 1);
  });
  await until(() => expect(JSON.stringify(page.told.at(-1))).toContain('"barrier":"open"'));
  const views = page.told.length - before;
  expect(views).toBeGreaterThan(1);
  expect(views).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / 100) + 1);
});

it("a beat with a fresh tick comes every 5 s", async () => {
  const page = await join1();
  await until(() => expect(page.told.some((one) => one.event === "beat")).toBe(true));
  const tick = page.told.find((one) => one.event === "beat")?.body.tick ?? "";
  const age = performance.now() - Number(tick.split(".")[1]);
  expect(tick).toMatch(/^01KB0TB00T\.\d+$/);
  expect(age).toBeLessThan(5_000);
});

it("a page that doesn't read is dropped, and the others go on", async () => {
  const slow = await join1();
  const quick = await join1();
  const gone = new Promise<void>((resolve) => slow.request.on("close", () => resolve()));
  slow.answer.pause();
  const long = "门".repeat(30_000);
  let written = 0;
  let feeding = true;
  function feed(): void {
    written = desk.write({ open: { long } }).seq;
    if (feeding && written < 200) setTimeout(feed, 1);
    else slow.answer.resume();
  }
  feed();
  await until(() => expect(seqs(quick).at(-1)).toBe(200));
  feeding = false;
  await gone;
  expect(seqs(slow).length).toBeLessThan(200);
  expect(quick.ended()).toBe(false);
});

it("a page that comes back after 500 long rows is not taken for one that doesn't read", async () => {
  for (let count = 0; count < 501; count += 1) desk.write({ open: { long: "x".repeat(2_000) } });
  const page = await join1({ "last-event-id": "1" });
  desk.setLane("main", { barrier: "opening" });
  await until(() => expect(seqs(page)).toHaveLength(500));
  desk.write({});
  await until(() => expect(seqs(page).at(-1)).toBe(502));
});

it("the server's end ends every stream at once", async () => {
  const page = await join1();
  await http.close();
  await until(() => expect(page.ended()).toBe(true));
});

it("the thirty-third page is told that there are too many", async () => {
  for (let count = 0; count < 32; count += 1) await join1();
  const one = await join1();
  expect(one.answer.statusCode).toBe(503);
  pages[0]?.request.destroy();
  await vi.waitFor(async () => expect((await join1()).answer.statusCode).toBe(200), { timeout: 4_000, interval: 50 });
});
