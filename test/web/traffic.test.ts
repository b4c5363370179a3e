/** The traffic page and its API, over days that were counted and lie on the disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import AXE from "axe-core";
import type { FastifyInstance } from "fastify";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildHttp, openHttp } from "../../src/adapters/http.ts";
import type { TrafficDeps } from "../../src/adapters/http-traffic.ts";
import { openTallyFiles } from "../../src/adapters/uplink-tally.ts";
import { NO_COUNTS, plus } from "../../src/core/traffic.ts";
import { openBook } from "../../src/uplink/book.ts";
import { readDay, readTallied } from "../../src/uplink/kept.ts";
import type { Kept } from "../../src/uplink/tally.ts";
import { ARGS, BROWSER, builtPages, looking } from "./browser.ts";
import { openFakeDesk } from "./fake-desk.ts";

const HOUR = 3_600_000;
const QUARTER = 900_000;
/** 2026-11-24 00:00 in China, a Tuesday; by the desk's clock it is 08:32. */
const TODAY = Date.UTC(2026, 10, 23, 16);
const WEEK = 168 * HOUR;
const offsetMin = () => 480;

/** So many residents in and half as many out in an hour; every quarter of it on. */
function hour(begin: number, many: number): readonly Kept[] {
  const base = {
    revision: 1,
    hash: "0".repeat(64),
    trust: "trusted",
    told: 0,
    inside: { people: 0, vehicles: 0 },
  } as const;
  return Array.from({ length: 4 }, (_, n) => ({
    ...base,
    lane: "main",
    quarterMs: begin + n * QUARTER,
    counts: plus(NO_COUNTS, {
      ...NO_COUNTS,
      passages:
        n === 0
          ? { "in resident face": many / 2, "in resident plate": many / 2, "out visitor code": Math.floor(many / 2) }
          : {},
      waitingBy:
        n === 0
          ? {
              "in resident face": { count: many / 2, totalMs: many * 1_000 },
              "in resident plate": { count: many / 2, totalMs: many * 1_200 },
              "out visitor code": { count: 1, totalMs: 4_000 },
            }
          : {},
      refusals: n === 1 ? { "credential-not-found": 2, "credential-expired": 1 } : {},
      waiting: { count: 2, totalMs: 9_000 },
      opening: { count: 1, totalMs: 1_800 },
      openMs: 60_000,
    }),
  }));
}

/** Five Tuesdays with 20, 22, … an hour and today with 30, from 6 to 8; the gate was off today from 3 to 5. */
async function countedDays(folder: string): Promise<void> {
  const files = openTallyFiles(folder, { day: readDay, tallied: readTallied });
  const quarters: Kept[] = [];
  const on = new Map<number, number>();
  for (let week = 0; week <= 5; week++) {
    const midnight = TODAY - week * WEEK;
    const until = week === 0 ? 8 : 24;
    for (let h = 0; h < until; h++) {
      if (week === 0 && (h === 3 || h === 4)) continue;
      for (let n = 0; n < 4; n++) on.set(midnight + h * HOUR + n * QUARTER, QUARTER);
      if (h >= 6 && h < 20) quarters.push(...hour(midnight + h * HOUR, week === 0 ? 30 : 18 + week * 2));
    }
  }
  const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const dates = [...new Set([...on.keys()].map(dateOf))];
  files.save(
    dates.map((date) => ({
      date,
      upTo: 1,
      quarters: quarters.filter(({ quarterMs }) => dateOf(quarterMs) === date),
      on: Object.fromEntries([...on].filter(([quarterMs]) => dateOf(quarterMs) === date)),
    })),
    { upTo: 1, state: { grants: [], inside: { people: 0, vehicles: 0 }, undated: [] }, owing: "all" },
  );
  await files.close();
}

const folder = mkdtempSync(join(tmpdir(), "gatepost-traffic-"));
const reads: string[] = [];
let traffic: TrafficDeps;
let rates: { readonly device: string; readonly rate: number }[] = [];
beforeAll(async () => {
  await countedDays(folder);
  // As after a restart: whatever is known lies on the disk.
  const files = openTallyFiles(folder, { day: readDay, tallied: readTallied });
  const book = openBook({
    tally: { recent: () => undefined, last: () => undefined },
    look(date) {
      reads.push(date);
      return files.look(date);
    },
    offsetMin,
    now: () => ({ boot: "a", at: 0, wallMs: 0, trust: "trusted" }),
    pause: () => Promise.resolve(),
  });
  traffic = {
    book,
    offsetMin,
    faces: () => 2_000,
    get rates() {
      return rates;
    },
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the API", () => {
  let app: FastifyInstance;
  const build = (simulation: boolean) =>
    buildHttp({
      desk: openFakeDesk(),
      now: () => performance.now(),
      assets: tmpdir(),
      host: "127.0.0.1",
      metricsText: async () => "",
      simulation,
      traffic,
    });
  beforeAll(() => {
    app = build(true);
  });
  afterAll(() => app.close());
  const get = (query: string, kind = "") =>
    app.inject({ url: `/api/v1/traffic${kind}${query}`, headers: { host: "127.0.0.1" } });

  it("today by the hour, beside the same hours of the weeks before", async () => {
    const told = (await get("")).json();
    expect(told).toMatchObject({ from: "2026-11-24", to: "2026-11-24", place: "星河小区 东门", weeks: 8 });
    expect(told.now).toEqual({ date: "2026-11-24", hour: 8, trust: "holdover" });
    const shown = told.hours.map((one: { hour: number; state: string; in: number; out: number; usual?: object }) => [
      one.hour,
      one.state,
      one.in,
      one.out,
      one.usual,
    ]);
    expect(shown.slice(2, 9)).toEqual([
      [2, "whole", 0, 0, { median: 0, weeks: 5 }],
      [3, "off", 0, 0, { median: 0, weeks: 5 }],
      [4, "off", 0, 0, { median: 0, weeks: 5 }],
      [5, "whole", 0, 0, { median: 0, weeks: 5 }],
      [6, "whole", 30, 15, { median: 36, weeks: 5 }],
      [7, "whole", 30, 15, { median: 36, weeks: 5 }],
      [8, "running", 0, 0, { median: 36, weeks: 5 }],
    ]);
    expect(told.refusals).toEqual([
      { reason: "credential-not-found", count: 4 },
      { reason: "credential-expired", count: 2 },
    ]);
    expect(told.devices).toMatchObject([{ link: "up" }, { link: "up" }, { link: "down", why: "没有心跳" }]);
    expect(told.accuracy.rates.every((one: object) => !("device" in one))).toBe(true);
    // Each counted day is read once, however often it is looked at.
    const before = reads.length;
    expect((await get("")).statusCode).toBe(200);
    expect(reads.length).toBe(before);
  });

  it("what a maker states is told beside the assumptions, with the list as long as it is", async () => {
    rates = [{ device: "face-1", rate: 1e-6 }];
    const told = (await get("")).json();
    rates = [];
    expect(told.accuracy).toMatchObject({ faces: 2_000, rates: [{ name: "人脸机 主入口", oneIn: 500 }, {}, {}, {}] });
  });

  it("narrowed by lane, direction and kind", async () => {
    const told = (await get("?direction=out&kind=visitor&lane=main")).json();
    expect(told.hours[6]).toMatchObject({ in: 0, out: 15, usual: { median: 12, weeks: 5 }, refused: 3 });
    expect((await get("?lane=door")).json().hours[6]).toMatchObject({ in: 0, usual: { median: 0 }, refused: 0 });
  });

  it.each([
    ["?from=2026-11-31", 400],
    ["?from=yesterday", 400],
    ["?from=2026-11-24&to=2026-11-23", 400],
    ["?from=2026-10-01&to=2026-11-01", 400],
    ["?from=2026-10-25&to=2026-11-24", 200],
    ["?to=2026-11-17", 200],
    ["?kind=cat", 400],
    ["?lane=nowhere", 404],
    ["?colour=red", 400],
  ])("%s is answered with %i", async (query, status) => {
    const told = await get(query);
    expect(told.statusCode).toBe(status);
    if (status !== 200) expect(told.json()).toMatchObject({ zh: expect.any(String), code: expect.any(String) });
  });

  it("the same figures as CSV, with the mark and CRLF, in either language", async () => {
    const told = await get("?table=hours&language=en", ".csv");
    expect(told.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(told.headers["content-disposition"]).toBe('attachment; filename="traffic-hours-2026-11-24.csv"');
    const lines = told.body.split("\r\n");
    expect(lines[0]).toBe("\uFEFFDate,Hour,Known,In,Out,Unknown,Together,Usual,Usual of weeks");
    expect(lines[7]).toBe("2026-11-24,06:00,Whole,30,15,0,45,36,5");
    expect(lines[4]).toBe("2026-11-24,03:00,Not known,,,,,0,5");
    const week = await get("?table=refusals&from=2026-11-17&to=2026-11-24", ".csv");
    expect(week.headers["content-disposition"]).toContain("traffic-refusals-2026-11-17-2026-11-24.csv");
    expect(week.body).toContain("不是本小区登记的人或车,credential-not-found,");
    expect((await get("?table=parity&language=en", ".csv")).body.split("\r\n").slice(0, 4)).toEqual([
      "\uFEFFLane,Way,Times,Share of the lane,Waits measured,Mean wait (s)",
      "主入口车道,Face,30,33.3%,30,2.0",
      "主入口车道,Plate,30,33.3%,30,2.4",
      "主入口车道,Code,30,33.3%,2,4.0",
    ]);
    expect((await get("?table=secrets", ".csv")).statusCode).toBe(400);
    expect((await get("?lane=nowhere", ".csv")).statusCode).toBe(404);
  });

  it("a guard sees today, by its name too, and no other day", async () => {
    const booth = build(false);
    const ask = async (path: string) =>
      (await booth.inject({ url: `/api/v1/traffic${path}`, headers: { host: "127.0.0.1" } })).statusCode;
    expect(await ask("")).toBe(200);
    expect(await ask("?from=2026-11-24&to=2026-11-24")).toBe(200);
    expect(await ask(".csv?table=passages")).toBe(200);
    for (const other of ["?from=2026-11-23", "?from=2026-11-23&to=2026-11-24", "?to=2026-11-25", ".csv?to=2026-11-17"])
      expect([other, await ask(other)]).toEqual([other, 403]);
    await booth.close();
  });
});

describe.skipIf(BROWSER === undefined)("the page", { timeout: 90_000 }, () => {
  let assets: string;
  let browser: Browser;
  let http: Awaited<ReturnType<typeof openHttp>>;
  let context: BrowserContext | undefined;
  let page: Page;
  const wrongs: string[] = [];

  beforeAll(async () => {
    assets = await builtPages();
    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
    http = await openHttp(
      { host: "127.0.0.1", port: 0 },
      {
        desk: openFakeDesk(),
        now: () => performance.now(),
        assets,
        metricsText: async () => "",
        simulation: true,
        traffic,
      },
    );
  });
  afterAll(async () => {
    await browser.close();
    await http.close();
    rmSync(assets, { recursive: true });
  });
  async function look(width: number, height: number, looks: Parameters<typeof looking>[0] = {}): Promise<void> {
    await context?.close();
    wrongs.length = 0;
    context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => wrongs.push(String(error)));
    page.on("console", (told) => {
      if (told.type() === "error") wrongs.push(told.text());
    });
    await page.addInitScript(looking(looks));
    await page.goto(`${http.url}traffic`);
    await page.waitForSelector("[data-table=devices] tbody tr");
  }
  const cells = (table: string, row: number) =>
    page.locator(`[data-table=${table}] tbody tr`).nth(row).locator("th, td").allTextContents();

  it("shows today against the usual week, in charts and in tables with the same figures", async () => {
    await look(1024, 600);
    expect(await cells("hours", 6)).toEqual(["06:00", "完整", "30", "15", "0", "45", "36", "5"]);
    // Off isn't 0.
    expect(await cells("hours", 3)).toEqual(["03:00", "没有数据", "—", "—", "—", "—", "0", "5"]);
    expect(await page.textContent(".sum")).toBe("2026-11-24：进 60，出 30");
    expect(await page.textContent("main")).toContain("到 08:00 的完整小时：90 次，平常约 72 次。");
    expect(await page.textContent("main")).toContain("不是这台设备的数字");
    expect(await page.textContent("[data-part=parity]")).toContain(
      "刷脸和其他方式等得差不多（刷脸 2 秒，其他 2.5 秒）",
    );
    expect(await cells("parity", 0)).toEqual(["主入口车道", "人脸", "30", "33.3%", "30", "2.0"]);
    expect(await page.locator("[data-chart] canvas").count()).toBe(4);
    // Something is drawn in each: not all of it is one colour.
    const blank = `[...document.querySelectorAll("[data-chart] canvas")].filter((one) => {
      const dots = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
      return new Set(new Uint32Array(dots.buffer)).size < 3;
    }).length`;
    expect(await page.evaluate(blank)).toBe(0);
    await page.selectOption("[data-choose=direction]", "out");
    await page.locator(".sum", { hasText: /^2026-11-24：进 0，出 30$/ }).waitFor();
    expect(await cells("hours", 6)).toEqual(["06:00", "完整", "0", "15", "0", "15", "12", "5"]);
    await page.click("[data-days=week]");
    await page.locator(".sum", { hasText: /^2026-11-18 – 2026-11-24/ }).waitFor();
    const link = await page.getAttribute("[data-table=hours] + p .csv", "href");
    expect(link).toBe("/office/api/v1/traffic.csv?table=hours&language=zh&from=2026-11-18&to=2026-11-24&direction=out");
    const file = await (await fetch(new URL(link ?? "", http.url))).text();
    expect(file.split("\r\n")).toHaveLength(7 * 24 + 2);
    expect(wrongs).toEqual([]);
  });

  it("by keyboard alone: every choice, table and file is reached", async () => {
    await look(1024, 600);
    const reached = new Set<string>();
    const where = `(() => {
      const one = document.activeElement;
      return one.dataset.days ?? one.dataset.choose ?? one.dataset.table ?? one.getAttribute("href") ?? one.dataset.act ?? one.type ?? "";
    })()`;
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press("Tab");
      reached.add(String(await page.evaluate(where)));
    }
    for (const one of [
      "/",
      "looks",
      "today",
      "yesterday",
      "week",
      "date",
      "lane",
      "direction",
      "kind",
      "hours",
      "groups",
      "times",
      "parity",
      "refusals",
      "accuracy",
      "devices",
    ])
      expect(reached).toContain(one);
    for (const table of ["hours", "groups", "lanes", "times", "parity", "refusals", "accuracy", "devices"])
      expect(reached).toContain(`/office/api/v1/traffic.csv?table=${table}&language=zh`);
  });

  // Each theme and language at each of the two screens once.
  const LOOKS = [
    { theme: "day", language: "zh", size: "20", width: 1024, height: 600 },
    { theme: "night", language: "en", size: "20", width: 1024, height: 600 },
    { theme: "day", language: "en", size: "30", width: 360, height: 640 },
    { theme: "night", language: "zh", size: "30", width: 360, height: 640 },
  ];
  it.each(LOOKS)(
    "axe finds nothing and nothing sticks out: $theme, $language, $size px, $width×$height",
    async ({ width, height, ...looks }) => {
      await look(width, height, looks);
      await page.evaluate(AXE.source);
      await page.click("[data-act=looks]");
      await page.waitForSelector("[data-look=size-20]");
      const violations = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + " " + nodes.map((one) => one.html).join(" ")))`;
      expect(await page.evaluate(violations)).toEqual([]);
      const sticksOut = `({
        wide: document.scrollingElement.scrollWidth - innerWidth,
        small: [...document.querySelectorAll("button, select, input, a")].filter((one) => one.offsetHeight < 60 || one.offsetWidth < 60).map((one) => one.outerHTML),
        tiny: [...document.querySelectorAll("body *")].filter((one) => one.getClientRects().length > 0 && parseFloat(getComputedStyle(one).fontSize) < 20).map((one) => one.outerHTML),
      })`;
      expect(await page.evaluate(sticksOut)).toEqual({ wide: 0, small: [], tiny: [] });
      expect(wrongs).toEqual([]);
    },
  );

  it("says when the gate doesn't answer, and keeps the figures", async () => {
    await look(1024, 600);
    await context?.setOffline(true);
    await page.selectOption("[data-choose=direction]", "in");
    expect(await page.textContent("[role=alert]")).toContain("与主机断开");
    expect(await cells("hours", 6)).toEqual(["06:00", "完整", "30", "15", "0", "45", "36", "5"]);
    await context?.setOffline(false);
    await page.selectOption("[data-choose=direction]", "out");
    await page.waitForSelector("[role=alert]", { state: "detached" });
  });

  it("the chart library is this page's alone; all that the page loads is at most 60 KB gzipped", () => {
    const sizeOf = (name: string): number => {
      const html = readFileSync(join(assets, name), "utf8");
      const loaded = new Set([...html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map((found) => found[1] ?? ""));
      const read = (file: string) => readFileSync(join(assets, "assets", file), "utf8");
      for (const file of loaded)
        for (const [, more] of read(file).matchAll(/from"\.\/([^"]+)"/g)) loaded.add(more ?? "");
      expect([name, [...loaded].some((file) => read(file).includes("u-under"))]).toEqual([
        name,
        name === "traffic.html",
      ]);
      return [...loaded].reduce((sum, file) => sum + gzipSync(read(file)).length, 0);
    };
    for (const name of readdirSync(assets).filter((file) => file.endsWith(".html")))
      expect(sizeOf(name)).toBeLessThanOrEqual(60 * 1024);
  });
});
