import { rmSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openHttp } from "../../src/adapters/http.ts";
import { guard, made, openFolder, PIN } from "../accounts/place.ts";
import { ARGS, BROWSER, builtPages } from "./browser.ts";
import { type FakeDesk, openFakeDesk, writeMorning } from "./fake-desk.ts";

const OPENING = "8c1c2d3e-0000-4000-8000-000000000001";
const NEXT_PIN = "640275";

describe.skipIf(BROWSER === undefined)("the guard at work", () => {
  let assets: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let desk: FakeDesk;
  let http: Awaited<ReturnType<typeof openHttp>>;
  let pages: number;
  const folder = openFolder();

  beforeAll(async () => {
    assets = await builtPages();
    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
  });
  afterAll(async () => {
    await browser.close();
    await folder.leave();
    rmSync(assets, { recursive: true });
  });
  beforeEach(() => {
    desk = openFakeDesk();
    writeMorning(desk);
  });
  afterEach(async () => {
    await context.close();
    await http.close();
    await folder.shut();
  });

  async function begin(accounts?: ReturnType<typeof folder.open>, simulation = false): Promise<void> {
    http = await openHttp(
      { host: "127.0.0.1", port: 0 },
      {
        desk,
        now: () => performance.now(),
        assets,
        metricsText: async () => "",
        onPages: (open) => {
          pages = open;
        },
        simulation,
        ...(accounts === undefined ? {} : { accounts }),
      },
    );
    context = await browser.newContext({ viewport: { width: 1024, height: 600 }, colorScheme: "light" });
    page = await show();
  }
  async function show(): Promise<Page> {
    const fresh = await context.newPage();
    fresh.setDefaultTimeout(45_000);
    await fresh.goto(http.url);
    await fresh.waitForSelector("[data-lane=main]");
    return fresh;
  }
  /** Whatever is open has all its buttons and fields on the screen, at all three sizes. */
  async function fits(): Promise<void> {
    for (const size of ["24", "30", "20"]) {
      await page.evaluate(`document.documentElement.setAttribute("data-size", "${size}")`);
      const outside = `[...document.querySelectorAll("button, input, textarea, a.button")]
        .filter((one) => one.getClientRects().length > 0)
        .filter((one) => {
          const cut = one.closest(".sheet") !== null && one.scrollWidth > one.clientWidth;
          return cut || one.getBoundingClientRect().bottom > innerHeight - 8;
        })
        .map((one) => one.outerHTML)`;
      expect([size, await page.evaluate(outside)]).toEqual([size, []]);
      const upon = `(() => {
        const keys = document.querySelector(".sheet .keys")?.getBoundingClientRect();
        return [...document.querySelectorAll(".sheet .acts > *")].filter(
          (one) => keys !== undefined && one.getBoundingClientRect().bottom > keys.top + 1,
        ).length;
      })()`;
      expect([size, await page.evaluate(upon)]).toEqual([size, 0]);
    }
  }
  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 40_000, interval: 20 });
  const orders = () => desk.orders.map(({ order }) => order.is);
  const opened = (at: number, id = OPENING) => ({ id, lane: "main", by: "岗亭", boot: "01KB0TB00T", at, wallMs: 0 });
  const openings = (...list: ReturnType<typeof opened>[]) =>
    desk.set({ shift: { ...desk.view().shift, openings: list, unreasoned: list.length } });

  it("the reason is asked after the opening, on every page, and once; a minute later it is left at 未填写", async () => {
    await begin();
    openings(opened(performance.now() - 61_000, "8c1c2d3e-0000-4000-8000-000000000002"));
    desk.setLane("main", { barrier: "opening" });
    await page.waitForSelector("[data-lane=main] [data-barrier=opening]");
    expect(await page.locator(".why").count()).toBe(0);
    openings(opened(performance.now()));
    await page.waitForSelector(".why");
    expect(await page.locator(".why [data-reason]").count()).toBe(8);
    expect(await page.textContent(".why h2")).toContain("主入口车道");
    await page.click("[data-reason=快递外卖]");
    await page.waitForSelector(".why", { state: "detached" });
    expect(desk.reasons).toMatchObject([{ opening: OPENING, reason: "快递外卖" }]);
    // 不填 closes the tiles here and writes nothing.
    openings(opened(performance.now()));
    await page.click(".why .back");
    await page.waitForSelector(".why", { state: "detached" });
    expect(desk.reasons).toHaveLength(1);
    expect(orders()).toEqual([]);
  });

  it("an almost-match is let in by one tap that names its row", async () => {
    await begin();
    const row = desk.write({
      lane: "main",
      verdict: "ask",
      who: "川K·F8B238",
      almost: { plate: "川K·F88238", name: "王小雨" },
      household: "2-1-101",
      boot: "01KB0TB00T",
      sentence: { zh: "名单里没有这块车牌", en: "This plate isn't on the list." },
    });
    await page.waitForSelector("[data-lane=main] .almost");
    expect(await page.textContent("[data-lane=main] .event")).toContain("等待确认");
    expect(await page.textContent("[data-lane=main] .almost")).toMatch(/放行\s+川K·F88238\s+王小雨/);
    expect(await page.textContent("[data-lane=main] .sentence")).toContain("2-1-101");
    await page.click("[data-lane=main] .almost");
    await until(() => expect(desk.orders).toMatchObject([{ lane: "main", order: { is: "open" }, about: row.seq }]));
  });

  it("a lane says that its reader is silent, and since when its barrier is what it is", async () => {
    await begin();
    expect(await page.textContent("[data-lane=door] .inputs")).toContain("识别断线");
    expect(await page.locator("[data-lane=main] .inputs").count()).toBe(0);
    desk.setLane("main", { barrier: "open", since: performance.now() - 1_900_000 });
    await page.waitForSelector("[data-lane=main] [data-barrier=open]");
    expect(await page.textContent("[data-lane=main] .barrier")).toContain("31 分钟");
  });

  it("kept open until a half hour that the guard picks", async () => {
    await begin();
    await page.click("[data-lane=main] .hold");
    await page.click("[data-lane=main] .buttons button:nth-child(4)");
    // The fake desk's wall clock began at 08:32:05.
    expect(await page.textContent("[data-lane=main] .short")).toBe("到 09:30");
    await page.click("[data-lane=main] .buttons button:nth-child(3)");
    expect(await page.textContent("[data-lane=main] .short")).toBe("到 10:00");
    await page.click("[data-lane=main] .short");
    await until(() => expect(orders()).toEqual(["lock-open"]));
    const [held] = desk.orders;
    const forMs = held?.order.is === "lock-open" ? held.order.forMs : 0;
    expect(forMs / 60_000).toBeGreaterThanOrEqual(85);
    expect(forMs / 60_000).toBeLessThanOrEqual(88);
  });

  it.each(["zh", "en"])(
    "the menu of whoever may do all leads to every page, and all of it is seen: %s",
    async (language) => {
      await begin(undefined, true);
      await page.click(".duty");
      await page.waitForSelector(".sheet");
      await page.click(`[data-look=language-${language}]`);
      const ways = await page
        .locator(".sheet a.button")
        .evaluateAll((all) => all.map((one) => one.getAttribute("href")));
      expect(ways).toEqual(["/clerk", "/traffic", "/tech"]);
      await fits();
    },
  );

  it("without accounts: a hand-over by name with notes; F8 covers the page, 停 works, a tap uncovers it", async () => {
    await begin();
    await page.keyboard.press("F7");
    expect(await page.textContent(".counts .lacking")).toContain("未填原因1");
    await page.fill("#notes", "北门灯坏了");
    await page.fill("#next-name", "李桂芳");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".sheet", { state: "detached" });
    expect(desk.handOvers).toMatchObject([{ to: "李桂芳", notes: "北门灯坏了", by: { who: "岗亭" } }]);
    await until(async () => expect(await page.textContent(".duty")).toContain("李桂芳"));

    await page.keyboard.press("F8");
    await page.waitForSelector(".lock");
    expect(await page.locator("[data-order=open], .event, .journal").count()).toBe(0);
    await page.keyboard.press("F1");
    await page.keyboard.press("F7");
    await page.click("[data-lane=main] [data-order=stop]");
    await until(() => expect(orders()).toEqual(["stop"]));
    expect(await page.locator(".sheet").count()).toBe(0);
    await page.click(".lock .primary");
    await page.waitForSelector("[data-lane=main] [data-order=open]");

    // The list is closed until there are accounts; the page says how one is made.
    await page.click(".duty");
    await page.waitForSelector(".sheet");
    expect(await page.locator("[data-act=clerk]").count()).toBe(0);
    await page.goto(`${http.url}clerk`);
    await page.getByText("gatepost accounts add").waitFor();
  });

  it("with accounts: nobody's name on the lock screen, 停 and emergency work there, a PIN opens the page, the next guard's PIN takes over", async () => {
    const accounts = folder.open();
    for (const one of [guard, { name: "li", who: "李桂芳", role: "guard" as const, secret: { pin: NEXT_PIN } }])
      made(await accounts.add(one));
    await begin(accounts);
    await page.waitForSelector(".lock .entry");
    expect(await page.textContent("body")).not.toMatch(/王小雨|川K|张建国/);
    await fits();
    expect(await page.locator("[data-order=open]").count()).toBe(0);
    await page.click("[data-lane=main] [data-order=stop]");
    await page.click("[data-lane=main] [data-ask=emergency]");
    await page.click("[data-lane=main] [data-order=emergency]");
    await until(() => expect(orders()).toEqual(["stop", "emergency"]));
    expect(desk.orders[0]?.by.who).toBe("岗亭（未登录）");

    await page.fill("#enter-name", "wang");
    await page.fill("#enter-secret", "000111");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".entry [role=alert]");
    for (const digit of PIN) await page.click(`.pad button:text-is("${digit}")`);
    await page.click(".pad .primary");
    await page.waitForSelector("[data-lane=main] [data-order=open]");
    await until(async () => expect(await page.textContent(".duty")).toContain("王建国"));
    await until(async () => expect(await page.locator(".journal li").count()).toBe(7));
    await page.keyboard.press("F1");
    await until(() => expect(desk.orders[2]).toMatchObject({ order: { is: "open" }, by: { who: "王建国" } }));

    await page.keyboard.press("F7");
    await page.waitForSelector(".hand-over .pad");
    await fits();
    await page.fill("#next-name", "li");
    await page.fill("#next-secret", NEXT_PIN);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".sheet", { state: "detached" });
    expect(desk.handOvers).toMatchObject([{ to: "李桂芳", by: { who: "王建国" } }]);
    await until(async () => expect(await page.textContent(".duty")).toContain("李桂芳"));

    await page.keyboard.press("F8");
    await page.waitForSelector(".lock .entry");
    await until(async () => expect(await page.textContent("body")).not.toMatch(/王小雨|川K/));
  });

  it("an alarm is spoken in the page's language, and a duress alarm is not", async () => {
    await begin();
    await page.addInitScript(`
      window.spoken = [];
      window.SpeechSynthesisUtterance = function (text) { this.text = text; };
      Object.defineProperty(window, "speechSynthesis", {
        value: { speaking: false, speak: (one) => window.spoken.push(one.lang + " " + one.text), cancel() {} },
      });`);
    await page.reload();
    await page.waitForSelector("[data-lane=main]");
    desk.set({ alarms: [{ id: "d", kind: "duress", lane: "main", sinceWallMs: 0, count: 1 }] });
    await page.waitForSelector(".alarm");
    expect(await page.evaluate("window.spoken")).toEqual([]);
    desk.set({ alarms: [{ id: "t", kind: "tailgate", lane: "main", sinceWallMs: 0, count: 1 }] });
    await until(async () => expect(await page.evaluate("window.spoken.length")).not.toBe(0));
    expect(await page.evaluate("window.spoken[0]")).toBe("zh-CN 报警，主入口车道，跟车闯入");
  });

  it("twelve tabs at once: each is up to date and can order, over one stream, and another takes over when its tab is closed", {
    timeout: 90_000,
  }, async () => {
    await begin();
    const tabs = [page, await show()];
    let asked = 0;
    tabs[1]?.on("request", () => {
      asked += 1;
    });
    while (tabs.length < 12) tabs.push(await show());
    // What one that comes is told is none of the others' business: they would all ask the gate anew for each.
    expect(asked).toBeLessThan(10);
    desk.setLane("main", { barrier: "opening" });
    await Promise.all(tabs.map((tab) => tab.waitForSelector("[data-lane=main] [data-barrier=opening]")));
    await tabs[11]?.click("[data-lane=main] [data-order=open]");
    await until(() => expect(orders()).toEqual(["open"]));
    await until(async () => {
      await fetch(`${http.url}metrics`);
      expect(pages).toBe(1);
    });
    await page.close();
    desk.setLane("main", { barrier: "open" });
    await Promise.all(tabs.slice(1).map((tab) => tab.waitForSelector("[data-lane=main] [data-barrier=open]")));
    expect(await tabs[5]?.locator(".veil").count()).toBe(0);
  });

  it("the network is cut and back: a tap in between is refused, not kept", async () => {
    await begin();
    await context.setOffline(true);
    await page.click("[data-lane=main] [data-order=open]");
    await until(async () => expect(await page.textContent("[data-lane=main] .event")).toContain("没有送到"));
    await context.setOffline(false);
    desk.setLane("main", { barrier: "open" });
    await page.waitForSelector("[data-lane=main] [data-barrier=open]");
    expect(orders()).toEqual([]);
    await page.click("[data-lane=main] [data-order=close]");
    await until(() => expect(orders()).toEqual(["close"]));
  });

  it("a whole tour by keyboard alone: each button is reached, seen, and worked", async () => {
    await begin();
    const words = () => page.evaluate("document.activeElement.textContent");
    const seen: unknown[] = [];
    await page.keyboard.press("Tab");
    for (let n = 0; n < 40 && (await page.evaluate("document.activeElement !== document.body")); n += 1) {
      seen.push(await words());
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")).toBe("4px");
      await page.keyboard.press("Tab");
    }
    expect(seen.join(" ")).toMatch(/张建国.*开门.*停.*更多.*关门.*常开….*开门.*更多.*清零.*全部/);
    const to = async (selector: string) => {
      for (let n = 0; n < 60; n += 1) {
        if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`${selector} can't be reached`);
    };
    await to("[data-lane=main] .more");
    await page.keyboard.press("Enter");
    await to("[data-ask=lock-down]");
    await page.keyboard.press("Enter");
    await to("[data-order=lock-down]");
    await page.keyboard.press("Enter");
    await until(() => expect(orders()).toEqual(["lock-down"]));
    await to(".duty");
    await page.keyboard.press("Enter");
    await to("[data-look=theme-night]");
    await page.keyboard.press("Enter");
    expect(await page.getAttribute("html", "data-theme")).toBe("night");
    await to("[data-look=size-30]");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".sheet", { state: "detached" });
    await page.reload();
    await page.waitForSelector("[data-lane=main]");
    expect(await page.getAttribute("html", "data-size")).toBe("30");
    expect(await page.getAttribute("html", "data-theme")).toBe("night");
  });
});
