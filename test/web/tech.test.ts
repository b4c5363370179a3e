// The technician's page to older eyes: axe's rules, sizes and what sticks out, with the longest names, in both themes and
// languages; and that it is worked by keyboard alone. The gate behind it is a fake: what it does is tested elsewhere.
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHttp } from "../../src/adapters/http.ts";
import { admin, guard, made, openFolder, PASSWORD, PIN } from "../accounts/place.ts";
import { ARGS, BROWSER, builtPages, looking } from "./browser.ts";
import { fakeBench, fakeWorkshop } from "./fake-bench.ts";
import { type FakeDesk, openFakeDesk } from "./fake-desk.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIOLATIONS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => id + " " + node.html.slice(0, 90) + " " + (node.any[0]?.message ?? ""))))`;
/** What is wider than the page (but for the row of tabs, which scrolls), too small to hit, or too small to read. */
const LAYOUT = `(() => {
  const all = [...document.querySelectorAll("body *")].filter((one) => one.getClientRects().length > 0);
  const words = all.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ""));
  return {
    wide: document.scrollingElement.scrollWidth - innerWidth,
    outside: all.filter((one) => one.closest("nav") === null && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 80)),
    small: all.filter((one) => one.matches("button, a, input, select") && one.offsetHeight < 60).map((one) => one.outerHTML.slice(0, 80)),
    tiny: words.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 20).map((one) => one.outerHTML.slice(0, 80)),
  };
})()`;
const CLEAN = { wide: 0, outside: [], small: [], tiny: [] };
/** Tab → what must be on the page before it is looked at, and what is opened on the way. */
const TABS: readonly (readonly [string, string, string?])[] = [
  ["io", "[data-act=sure]", "[data-act=pulse]"],
  ["devices", ".heard .bad", "[data-act=heard]"],
  ["trial", "[data-step=decided]"],
  ["travel", "[data-travel] pre"],
  ["config", ".config"],
  ["log", ".log"],
  ["home", "[data-act=backup]"],
  ["sheet", ".signs"],
  ["accounts", "input[name=fresh]", "[data-act=reset]"],
  ["looks", ".looks"],
];

describe.skipIf(BROWSER === undefined)("the technician's page", { timeout: 90_000 }, () => {
  const place = openFolder();
  let assets: string;
  let browser: Browser;
  let http: Awaited<ReturnType<typeof openHttp>>;
  let desk: FakeDesk;

  beforeAll(async () => {
    assets = await builtPages();
    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
    desk = openFakeDesk();
    const accounts = place.open();
    made(await accounts.add(admin));
    made(await accounts.add(guard));
    http = await openHttp(
      { host: "127.0.0.1", port: 0 },
      {
        desk,
        now: () => performance.now(),
        assets,
        metricsText: async () => "",
        accounts,
        bench: fakeBench(),
        workshop: fakeWorkshop(),
      },
    );
  });
  afterAll(async () => {
    await browser.close();
    await http.close();
    await place.leave();
    rmSync(assets, { recursive: true });
  });

  async function openPage(width: number, height: number, looks: Readonly<Record<string, string>>): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.addInitScript(looking(looks));
    await page.goto(`${http.url}tech`);
    await page.waitForSelector("input[name=totp]");
    return page;
  }
  async function enter(page: Page): Promise<void> {
    await page.fill("input[name=name]", "chen");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-output]");
  }

  const LOOKS = [
    { theme: "day", language: "zh", size: "20" },
    { theme: "night", language: "en", size: "24" },
    { theme: "night", language: "zh", size: "20" },
    { theme: "day", language: "en", size: "30" },
  ];
  it.each(LOOKS)("axe finds nothing and nothing sticks out: $theme, $language, $size px", async (looks) => {
    const page = await openPage(1024, 600, looks);
    // Through the driver: the page's own policy lets no script in.
    await page.evaluate(AXE);
    expect(["door", await page.evaluate(VIOLATIONS)]).toEqual(["door", []]);
    await enter(page);
    for (const width of [1024, 360]) {
      await page.setViewportSize({ width, height: width === 360 ? 640 : 600 });
      for (const [tab, waits, opens] of TABS) {
        await page.click(`[data-tab=${tab}]`);
        // What was unfolded before is unfolded still, as soon as the tab is drawn.
        await page.waitForSelector(`[data-tab=${tab}][aria-pressed=true]`);
        if (opens !== undefined && (await page.$(waits)) === null) await page.click(opens);
        await page.waitForSelector(waits);
        const state = `${tab} ${width}`;
        expect([state, await page.evaluate(LAYOUT)]).toEqual([state, CLEAN]);
        if (width === 1024) expect([state, await page.evaluate(VIOLATIONS)]).toEqual([state, []]);
      }
    }
    await page.context().close();
  });

  it("on the booth's PC it has a session of its own: the guard stays in, and his page stays his", async () => {
    const context = await browser.newContext({ viewport: { width: 1024, height: 600 } });
    const booth = await context.newPage();
    booth.setDefaultTimeout(20_000);
    await booth.goto(http.url);
    await booth.fill("#enter-name", "wang");
    await booth.fill("#enter-secret", PIN);
    await booth.keyboard.press("Enter");
    await booth.waitForSelector("[data-lane=main] [data-order=open]:enabled");
    const tech = await context.newPage();
    tech.setDefaultTimeout(20_000);
    await tech.goto(`${http.url}tech`);
    await tech.waitForSelector("input[name=totp]");
    await enter(tech);
    await booth.reload();
    await booth.waitForSelector("[data-lane=main] [data-order=open]:enabled");
    expect(await booth.textContent("header")).toContain("王建国");
    expect(await booth.textContent("header")).not.toContain("陈主任");
    await tech.click("[data-act=leave]");
    await tech.waitForSelector("input[name=totp]");
    await booth.reload();
    await booth.waitForSelector("[data-lane=main] [data-order=open]:enabled");
    await context.close();
  });

  it("an output is tried by keyboard alone, and only by the second key", async () => {
    const page = await openPage(1024, 600, { theme: "day", language: "zh", size: "20" });
    await enter(page);
    await page.focus("[data-output='main open'] [data-act=pulse]");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-act=sure]");
    expect(desk.orders).toHaveLength(0);
    await page.focus("[data-act=sure]");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".said.good");
    expect(desk.orders).toMatchObject([
      { lane: "main", order: { is: "open" }, by: { who: "陈主任", from: "technician-page" } },
    ]);
    await page.context().close();
  });
});
