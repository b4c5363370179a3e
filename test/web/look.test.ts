// What the page looks like to older eyes: axe's rules, what sticks out, how large and how clear things are; with the
// longest names there are, in both themes, three sizes and two languages.
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHttp } from "../../src/adapters/http.ts";
import { ALARMS } from "../../src/core/terms.ts";
import { ARGS, BROWSER, builtPages, LAYOUT } from "./browser.ts";
import { type FakeDesk, openFakeDesk } from "./fake-desk.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Every rule of axe, its best practices too; told are the rule and the first place of each. */
const VIOLATIONS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => id + " " + node.html.slice(0, 90) + " " + (node.any[0]?.message ?? ""))))`;
/** Contrast of what matters most, after WCAG's formula: told are those under 7:1. */
const FAINT = `(() => {
  const channel = (value) => (value <= 10.31475 ? value / 3294.6 : Math.pow((value / 255 + 0.055) / 1.055, 2.4));
  const light = (rgb) => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (one) => {
    for (let at = one; at !== null; at = at.parentElement) {
      const rgba = numbers(getComputedStyle(at).backgroundColor);
      if (rgba.length === 3 || rgba[3] === 1) return rgba;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll(".verdict, .sentence, .barrier b, .alarm b, .veil, .lane h2, [data-order=open], [data-order=stop], [data-order=close], .counts dd, .why h2 span, .tiles button")]
    .filter((one) => one.getClientRects().length > 0)
    .map((one) => {
      const [a, b] = [light(numbers(getComputedStyle(one).color)), light(behind(one))];
      return [one.className || one.tagName, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    })
    .filter(([, ratio]) => ratio < 7)
    .map(([name, ratio]) => name + " " + ratio.toFixed(2));
})()`;
const SMALL = `[...document.querySelectorAll("[data-order=open], [data-order=stop]")]
  .filter((one) => one.getClientRects().length > 0 && one.closest(".lane") !== null && (one.offsetWidth < 88 || one.offsetHeight < 88))
  .map((one) => one.textContent + " " + one.offsetWidth + "×" + one.offsetHeight)`;
const CLEAN = { wide: 0, high: 0, small: [], tiny: [], outside: [], cut: [] };

const LANES = ["北侧消防通道入口", "北侧消防通道出口", "东侧人行出入口"];

describe.skipIf(BROWSER === undefined)("for older eyes", { timeout: 90_000 }, () => {
  let assets: string;
  let browser: Browser;
  let http: Awaited<ReturnType<typeof openHttp>>;
  let desk: FakeDesk;
  let context: BrowserContext | undefined;
  let page: Page;

  beforeAll(async () => {
    assets = await builtPages();
    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
    desk = openFakeDesk();
    http = await openHttp(
      { host: "127.0.0.1", port: 0 },
      { desk, now: () => performance.now(), assets, metricsText: async () => "" },
    );
  });
  afterAll(async () => {
    await browser.close();
    await http.close();
    rmSync(assets, { recursive: true });
  });

  async function look(width: number, height: number): Promise<void> {
    await context?.close();
    // What moves is half transparent while it moves.
    context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
    page = await context.newPage();
    page.setDefaultTimeout(45_000);
    await page.goto(http.url);
    await page.waitForSelector("[data-lane=main]");
  }
  /** As a guard changes it: by the menu. */
  async function wear(looks: Readonly<Record<string, string>>): Promise<void> {
    await page.click(".duty");
    for (const [name, choice] of Object.entries(looks)) await page.click(`[data-look=${name}-${choice}]`);
    await page.click(".foot .back");
  }
  const found = (script: string): Promise<unknown> => page.evaluate(script);

  /** The longest of everything: names, plates, sentences; with an alarm, a question, and a near match, or without. */
  function crowd(lanes: number, troubled: boolean): void {
    const [main] = desk.view().lanes;
    if (main === undefined) throw new Error("no lane");
    const named = LANES.slice(0, lanes).map((name, n) => ({
      ...main,
      id: n === 0 ? "main" : `lane${n}`,
      name,
      inputs: troubled ? [{ role: "safety-loop" as const, level: "unknown" as const, since: 0 }] : [],
    }));
    const at = performance.now();
    const opening = { id: "8c1c2d3e-0000-4000-8000-000000000001", lane: "main", by: "岗亭", boot: "01KB0TB00T" };
    desk.set({
      site: { id: "x", name: "星河湾国际花园小区" },
      lanes: [...named, ...desk.view().lanes.filter(({ kind }) => kind === "monitored")],
      alarms: troubled
        ? [
            {
              id: "a",
              kind: "did-not-close",
              lane: "main",
              sinceWallMs: 0,
              count: 12,
              detail: "已开着 3 分钟，杆下有车",
            },
          ]
        : [],
      shift: {
        ...desk.view().shift,
        openings: troubled ? [{ ...opening, at, wallMs: 0 }] : [],
      },
    });
    for (const { id } of named)
      desk.write({
        lane: id,
        boot: "01KB0TB00T",
        verdict: troubled ? "ask" : "granted",
        who: troubled ? "川KAD0517" : "欧阳秀兰 川KA30517",
        household: "12-3-1804",
        snapshot: at + 600_000,
        ...(troubled ? { almost: { plate: "川KAD0517", name: "欧阳秀兰" } } : {}),
        sentence: {
          zh: "设备时间还没核对好，请您看一下再开，放行，已过期，还在宽限期内",
          en: "The device's clock isn't checked yet; please look and decide; expired, within the days of grace.",
        },
      });
  }

  /** Sets the lanes and waits until the page shows it. */
  async function show(lanes: number, troubled: boolean): Promise<void> {
    crowd(lanes, troubled);
    await page.waitForSelector(".alarm", { state: troubled ? "attached" : "detached" });
    await page.waitForSelector(".almost", { state: troubled ? "attached" : "detached" });
    await page.waitForSelector(".why", { state: troubled ? "attached" : "detached" });
  }

  const SIZES = ["20", "24", "30"] as const;
  const TONGUES = ["zh", "en"] as const;
  const looks = (["day", "night"] as const).flatMap((theme) => TONGUES.map((language) => ({ theme, language })));

  it.each(looks)(
    "axe finds nothing, and what matters is 7:1: $theme, $language, three sizes, quiet and troubled",
    async (one) => {
      await look(1024, 600);
      // Through the driver: the page's own policy lets no script in.
      await page.evaluate(AXE);
      for (const size of SIZES) {
        await wear({ ...one, size });
        for (const troubled of [true, false]) {
          await show(2, troubled);
          expect([size, troubled, await found(VIOLATIONS)]).toEqual([size, troubled, []]);
          expect([size, troubled, await found(FAINT)]).toEqual([size, troubled, []]);
        }
      }
      for (const open of [".duty", "[data-act=hand-over]"]) {
        await page.click(open);
        await page.waitForSelector(".sheet");
        expect([open, await found(VIOLATIONS)]).toEqual([open, []]);
        expect([open, await found(FAINT)]).toEqual([open, []]);
      }
      await page.keyboard.press("F8");
      await page.waitForSelector(".lock");
      expect(await found(VIOLATIONS)).toEqual([]);
    },
  );

  const screens = [
    [1024, 600, 2],
    [1024, 600, 3],
    [360, 640, 3],
  ] as const;
  it.each(screens)(
    "at %i×%i with %i lanes nothing sticks out, with the longest words at all sizes",
    async (width, height, lanes) => {
      await look(width, height);
      for (const size of SIZES)
        for (const language of TONGUES) {
          await wear({ size, language });
          for (const troubled of [true, false]) {
            await show(lanes, troubled);
            const clean = async (what: string) => {
              const state = `${what} ${size} ${language} ${troubled ? "troubled" : "quiet"}`;
              expect([state, await found(LAYOUT)]).toEqual([state, CLEAN]);
            };
            if (width < 761) await page.click(".tabs button:first-child");
            await clean("lanes");
            expect([size, language, await found(SMALL)]).toEqual([size, language, []]);
            if (!troubled) continue;
            for (const unfolds of [".hold", ".more"]) {
              await page.click(`[data-lane=main] ${unfolds}`);
              await clean(unfolds);
              await page.click("[data-lane=main] .back");
            }
            if (width < 761) {
              await page.click(".tabs button:last-child");
              await clean("beside");
            }
            await page.keyboard.press("F8");
            await page.waitForSelector(".lock");
            await clean("locked");
            await page.click(".lock .primary");
          }
        }
    },
  );

  it.each(TONGUES)("under three lanes no reason is broken in two: %s", async (language) => {
    await look(1024, 600);
    await wear({ size: "20", language });
    await show(3, true);
    const lines = `[...document.querySelectorAll(".tiles button")].map((tile) => {
      const words = document.createRange();
      words.selectNodeContents(tile);
      return [tile.textContent, new Set([...words.getClientRects()].map(({ top }) => Math.round(top))).size];
    })`;
    expect(await found(`${lines}.length`)).toBe(9);
    expect(await found(`${lines}.filter(([, lines]) => lines !== 1)`)).toEqual([]);
  });

  it("no alarm's name is cut", async () => {
    await look(360, 640);
    for (const language of TONGUES) {
      await wear({ language, size: "30" });
      for (const kind of ALARMS) {
        desk.set({ alarms: [{ id: kind, kind, lane: "main", sinceWallMs: 0, count: 12 }] });
        await page.waitForSelector(`[data-alarm=${kind}]`);
        expect([kind, await found(LAYOUT)]).toEqual([kind, CLEAN]);
      }
    }
  });
});
