// The clerk's page in a browser, over the real register on a file: import, undo, a visitor pass, consent; for older eyes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHttp } from "../../src/adapters/http.ts";
import { openRegister, type Told } from "../../src/adapters/register.ts";
import { openImpact } from "../../src/adapters/register-impact.ts";
import { openRegisterThread } from "../../src/adapters/register-thread.ts";
import { FACTS } from "../core/impact-facts.ts";
import { ARGS, BROWSER, builtPages } from "../web/browser.ts";
import { ACCESS, openFakeDesk, unkeptReasons } from "../web/fake-desk.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIOLATIONS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => id + " " + node.html.slice(0, 90))))`;
/** What is too wide, too small to hit, or too small to read. */
const LAYOUT = `(() => {
  const shown = [...document.querySelectorAll("body *")].filter((one) => one.getClientRects().length > 0);
  const words = shown.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""));
  return {
    wide: document.scrollingElement.scrollWidth - innerWidth,
    small: shown.filter((one) => one.matches("button, a.button") && (one.offsetHeight < 60 || one.offsetWidth < 60)).map((one) => one.textContent),
    tiny: words.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 20).map((one) => one.tagName),
  };
})()`;
const CLEAN = { wide: 0, small: [], tiny: [] };
const LIST = `编号,姓名,房号,手机,车牌,人脸编号,权限组,有效期至
R1,林秀兰,3-2-502,13800138001,川K5B38M,F1,households,2099-12-31
R2,周建国,3-2-503,13800138002,川KD12345,,households,
`;

describe.skipIf(BROWSER === undefined)("the clerk's page", () => {
  let assets: string;
  let dir: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let http: Awaited<ReturnType<typeof openHttp>>;
  const told: string[] = [];
  const wrongs: string[] = [];
  const deps = () => ({
    thread,
    now: Date.now,
    changed: ({ what, by }: Told) => void told.push(`${by} ${what}`),
    usesOf: () => 0,
    access: ACCESS,
    reasons,
    onFault: (fault: Error) => void wrongs.push(fault.message),
  });
  const register = () => openRegister(deps());
  let thread: ReturnType<typeof openRegisterThread>;
  const desk = openFakeDesk();
  // As main joins them: kept by the thread, shown by the desk.
  const reasons = unkeptReasons({
    keep: (list) => thread.ask("keepReasons", list),
    note: async ({ by, reasons: now }) => void told.push(`${by} ${now}`),
    changed: () => desk.set({ reasons: reasons.view().reasons }),
  });
  let opened: ReturnType<typeof register>;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "gatepost-clerk-"));
    assets = await builtPages();
    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
    thread = openRegisterThread({ dataDir: dir, levels: ["households", "staff"], graceDays: 7 });
    opened = register();
    http = await openHttp(
      { host: "127.0.0.1", port: 0 },
      {
        desk,
        now: () => performance.now(),
        assets,
        metricsText: async () => "",
        simulation: true,
        register: { register: opened, keeping: { strangerDays: 30 } },
        impact: openImpact({ ...deps(), facts: async () => ({ ...FACTS, pictures: 0, rows: 5 }) }),
      },
    );
    context = await browser.newContext({ viewport: { width: 1024, height: 600 } });
    page = await context.newPage();
    page.setDefaultTimeout(45_000);
    page.on("pageerror", (error) => wrongs.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) wrongs.push(message.text());
    });
    await page.goto(`${http.url}clerk`);
    await page.evaluate(AXE);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await http.close();
    await thread.close();
    rmSync(assets, { recursive: true, force: true });
    rmSync(dir, { recursive: true, force: true });
  });

  const tab = (word: string) => page.getByRole("navigation").getByRole("button", { name: word, exact: true }).click();
  const said = (words: string) => page.locator(".said", { hasText: words }).waitFor();
  const press = (word: string) => page.getByRole("main").getByRole("button", { name: word, exact: true }).click();
  async function chooseFile(name: string, text: string): Promise<void> {
    await page.setInputFiles("input[type=file]", { name, mimeType: "text/csv", buffer: Buffer.from(text) });
  }
  async function clean(what: string): Promise<void> {
    expect([what, await page.evaluate(VIOLATIONS)]).toEqual([what, []]);
    for (const [width, height] of [
      [360, 640],
      [1024, 600],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect([what, width, await page.evaluate(LAYOUT)]).toEqual([what, width, CLEAN]);
    }
  }

  it("is reached from the guard's menu by whoever may see the list, with room for it at every size", async () => {
    for (const [width, height] of [
      [1024, 600],
      [360, 640],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.goto(http.url);
      await page.click(".duty");
      for (const size of ["20", "24", "30"]) {
        await page.click(`[data-look=size-${size}]`);
        expect([width, size, await page.evaluate(LAYOUT)]).toEqual([width, size, CLEAN]);
      }
      await page.click("[data-look=size-20]");
    }
    await page.click("[data-act=clerk]");
    await page.getByRole("heading", { name: "住户管理" }).waitFor();
    await page.evaluate(AXE);
  }, 60_000);

  it("imports a file: the diff first, then 确认, and it can be undone", async () => {
    await tab("导入名单");
    await chooseFile("错的.csv", `${LIST}R3,=坏,1-1-101,,,,households,\n`);
    await page.locator(".diff", { hasText: "像公式" }).waitFor();
    expect(await page.getByRole("link", { name: "下载错误行.xlsx" }).count()).toBe(1);
    expect(await page.getByRole("button", { name: "确认写入" }).count()).toBe(0);
    await clean("mistakes");
    await chooseFile("好的.csv", LIST);
    await page.locator(".counts", { hasText: "新增 2" }).waitFor();
    await clean("diff");
    await press("确认写入");
    await said("已写入");
    await tab("住户");
    await page.locator(".people li", { hasText: "林秀兰" }).waitFor();
    await tab("更改和撤销");
    await press("撤销");
    await said("已撤销");
    await clean("changes");
    await tab("住户");
    await page.getByText("没有找到").waitFor();
    await tab("导入名单");
    await chooseFile("再来.csv", LIST);
    await page.locator(".counts", { hasText: "更改 2" }).waitFor();
    await press("确认写入");
    await said("已写入");
    expect(told).toEqual(["岗亭 import", "岗亭 undo", "岗亭 import"]);
  }, 60_000);

  it("finds by initials, edits one, records a consent and its withdrawal", async () => {
    await tab("住户");
    await page.getByRole("searchbox").fill("lxl");
    await page.locator(".people li", { hasText: "周建国" }).waitFor({ state: "detached" });
    await clean("people");
    await page.locator(".people .person", { hasText: "林秀兰" }).click();
    await page.getByLabel("车牌", { exact: true }).fill("HELLO");
    await press("保存");
    await said("不像车牌");
    // What it has is ticked, with what each means beside it.
    expect(
      await page.locator(".levels input:checked").evaluateAll((all) => all.map((one) => one.getAttribute("value"))),
    ).toEqual(["households"]);
    expect(await page.textContent(".levels")).toContain("东侧人行门（只进）：周一至周五 08:00–18:00，节假日除外");
    await page.getByLabel("车牌", { exact: true }).fill("川K5B38N");
    await press("保存");
    await said("已保存");
    await page.locator(".people .person", { hasText: "川K5B38N" }).click();
    await page.getByLabel("告知书版本").fill("2026-1");
    await press("记下同意");
    await page.locator(".consents li", { hasText: "2026-1" }).waitFor();
    await clean("one person");
    await press("撤回同意，删除人脸");
    await page.locator(".consents li", { hasText: "已撤回" }).waitFor();
    await press("← 返回");
    await page.getByRole("searchbox").fill("");
  }, 60_000);

  it("asks before what is typed and not saved goes; an untouched form is gone for the list", async () => {
    const plate = page.getByLabel("车牌", { exact: true });
    const open = () => page.locator(".people .person", { hasText: "林秀兰" }).click();
    const question = page.getByRole("alertdialog", { name: "有内容还没保存" });
    await open();
    await plate.waitFor();
    await tab("访客码");
    await tab("住户");
    await open();
    await plate.fill("川A00001");
    await tab("访客码");
    await question.waitFor();
    await clean("unsaved");
    await press("回去保存");
    await question.waitFor({ state: "detached" });
    expect(await plate.inputValue()).toBe("川A00001");
    await press("← 返回");
    await question.waitFor();
    await tab("访客码");
    await press("不要了，离开");
    await page.getByLabel("访客姓名").waitFor();
    await tab("住户");
    await page.locator(".people li", { hasText: "川K5B38N" }).waitFor();
    await tab("开门原因");
    await page.locator(".reasons li").nth(7).waitFor();
    await page.getByLabel("8. 原因").fill("别的");
    await tab("住户");
    await question.waitFor();
    await press("不要了，离开");
    await page.locator(".people li").first().waitFor();
    await tab("开门原因");
    await page.locator(".reasons li").nth(7).waitFor();
    expect(await page.getByLabel("8. 原因").inputValue()).toBe("其他");
  }, 60_000);

  it("makes a visitor pass with a picture and six digits, and ends it", async () => {
    await tab("访客码");
    await page.getByLabel("访客姓名").fill("张三");
    await page.getByLabel("主人房号").fill("3-2-503");
    await press("开访客码");
    await said("访客码已开好");
    const picture = page.locator(".ticket img");
    await picture.waitFor();
    await page.waitForFunction(`document.querySelector(".ticket img").naturalWidth > 100`);
    expect(await page.textContent(".digits")).toMatch(/^\d{3} \d{3}$/);
    await press("每周固定时间");
    await clean("passes");
    await press("作废");
    await said("已作废");
    await page.getByText("现在没有有效的访客码").waitFor();
  }, 60_000);

  it("fills in an impact assessment, records it, notes its signature, and prints it without the page around it", async () => {
    await tab("影响评估 !");
    await page.getByText("还没有签过字的影响评估").waitFor();
    for (const blank of ["necessity", "impact", "measures", "conclusion"])
      await page.fill(`#blank-${blank}`, "写明了。");
    await clean("impact, being written");
    await press("保存这份评估");
    await said("已保存");
    await page.getByLabel("签字的人").fill("陈主任");
    await press("登记已签字");
    await said("还有没写的地方");
    await press("← 返回现在的情况");
    await page.fill("#blank-assessors", "王芳");
    await press("保存这份评估");
    await page.locator(".which", { hasText: "№ 2" }).waitFor();
    await page.getByLabel("签字的人").fill("陈主任");
    await press("登记已签字");
    await page.locator(".signature", { hasText: "陈主任" }).waitFor();
    await clean("impact, signed");
    await page.emulateMedia({ media: "print" });
    const printed = await page.locator("body").innerText();
    expect(printed).toContain("个人信息保护影响评估记录");
    expect(printed).toContain("写明了。");
    expect(printed).not.toMatch(/住户管理|登记已签字|林秀兰|周建国|5B38/);
    await page.emulateMedia({ media: "screen" });
    await press("← 返回现在的情况");
    await page.getByText("主要情况没有变").waitFor();
    expect(await page.locator("[data-tab=impact]").innerText()).toBe("影响评估");
  }, 60_000);

  it("shows the levels with their times and holders, and what isn't published; somebody new gets the usual level", async () => {
    await tab("权限时间");
    const told = page.locator("[data-level=households]");
    await told.locator("td", { hasText: "2 人" }).waitFor();
    expect(await told.textContent()).toContain("每天全天");
    expect(await page.textContent(".tab ul")).toContain("2026 年 3 天：10月1日至10月3日");
    await page.locator(".unpublished", { hasText: "2027 年节假日未发布" }).waitFor();
    await clean("access");
    await tab("住户");
    await press("新增住户");
    expect(await page.getByLabel("住户 所有门").isChecked()).toBe(true);
    await page.getByLabel("住户 所有门").uncheck();
    await page.getByLabel("staff").check();
    await clean("somebody new");
    await page.getByLabel("编号", { exact: true }).fill("R3");
    await page.getByLabel("姓名", { exact: true }).fill("陈保洁");
    await press("保存");
    await said("已保存");
    await tab("权限时间");
    await page.locator("[data-level=staff] td", { hasText: "1 人" }).waitFor();
  }, 60_000);

  it("edits the reasons for an opening: order, a new one, one retired; the guard's page has them at once", async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    await tab("开门原因");
    await page.locator(".reasons li").nth(7).waitFor();
    await clean("reasons");
    await page.getByRole("button", { name: "停用 施工搬家" }).click();
    await press("加一个");
    await page.getByLabel("8. 原因").fill("访客");
    await press("保存");
    await said("有两个原因一样");
    await page.getByLabel("8. 原因").fill("送水");
    await page.getByRole("button", { name: "上移 送水" }).click();
    await press("保存");
    await said("门卫的屏幕已换成新的");
    expect(told.at(-1)).toBe("岗亭 访客、快递外卖、业主未登记、识别错误、急救消防、设备故障、送水、其他");
    expect(desk.view().reasons.at(-2)).toEqual({ zh: "送水", en: "送水" });
    await page.locator(".people li", { hasText: "施工搬家" }).waitFor();
    await clean("reasons saved");
  }, 60_000);

  it("keeps a blocklist, and looks as its reader wants it", async () => {
    await tab("黑名单");
    await page.getByLabel("号码").fill("川A88888");
    await page.getByLabel("原因").fill("撞坏道闸");
    await press("加入黑名单");
    await said("已加入黑名单");
    await page.locator(".people li", { hasText: "撞坏道闸" }).waitFor();
    await clean("blocklist");
    await press("移出");
    await said("已移出");
    await tab("字号颜色");
    await page.click("[data-look=theme-night]");
    await clean("night");
    await page.click("[data-look=size-30]");
    await page.click("[data-look=language-en]");
    await page.getByRole("navigation").getByRole("button", { name: "Residents", exact: true }).click();
    await page.locator(".people li").first().waitFor();
    await clean("large, English");
    expect(wrongs).toEqual([]);
  }, 60_000);
});
