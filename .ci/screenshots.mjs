#!/usr/bin/env node
// `npm run screenshots`: starts the demo and photographs its pages into docs/screenshots. Another page is one line of SHOTS.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(top, "docs", "screenshots");
const PLAIN = { path: "/", width: 1024, height: 600, size: "20", theme: "day", language: "zh", ready: "[data-seq]" };
const TRAFFIC = { ...PLAIN, path: "/traffic", ready: "[data-chart=refusals] canvas" };
const CLERK = { ...PLAIN, path: "/clerk", ready: ".people li" };
const TECH = { ...PLAIN, path: "/tech", ready: "[data-output]" };
/** A clerk's file, mistakes and all. */
const LIST = {
  name: "住户名单.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(
    "编号,姓名,房号,车牌,有效期至,权限组\nR-0417,林秀兰,3-1-302,川K·8B230,2027-12-31,residents\nR-7001,何美玲,2-1-101,,2027.6.30,residents\n" +
      "R-7002,赵国强,2-1-102,川K,,residents\n",
  ),
};
/** `whole`: with what has to be scrolled to. `clicks`: one after the other before the picture is taken; `waits`: what must be on the page by then. */
const SHOTS = [
  { ...PLAIN, name: "guard-day" },
  { ...PLAIN, name: "guard-night", theme: "night" },
  { ...PLAIN, name: "guard-large", size: "30" },
  { ...PLAIN, name: "guard-english", language: "en" },
  { ...PLAIN, name: "guard-why", clicks: ["[data-order=open]"], waits: ".why" },
  { ...PLAIN, name: "guard-hand-over", clicks: [".duty", "[data-act=hand-over]"], waits: ".hand-over" },
  { ...PLAIN, name: "guard-locked", clicks: [".duty", "[data-act=lock]"], waits: ".lock" },
  { ...PLAIN, name: "guard-snapshot", waits: "[data-lane=walk] .snapshot" },
  { ...PLAIN, name: "guard-telephone", width: 360, height: 640 },
  { ...TRAFFIC, name: "traffic-day" },
  { ...TRAFFIC, name: "traffic-night-english", theme: "night", language: "en" },
  { ...TRAFFIC, name: "traffic-week", clicks: ["[data-days=week]"], waits: "main[aria-busy=false]", whole: true },
  { ...TRAFFIC, name: "traffic-telephone", width: 360, height: 640, whole: true },
  { ...CLERK, name: "clerk-residents" },
  { ...CLERK, name: "clerk-resident", clicks: [".people li button"], waits: ".fields" },
  { ...CLERK, name: "clerk-import", clicks: ["[data-tab=import]"], chooses: LIST, waits: ".diff" },
  {
    ...CLERK,
    name: "clerk-pass",
    clicks: ["[data-tab=passes]"],
    fills: { visitor: "王小雨", household: "3-1-302" },
    submits: ".fields .primary",
    waits: ".ticket img",
  },
  { ...CLERK, name: "clerk-levels", clicks: ["[data-tab=access]"], waits: "[data-level]" },
  { ...CLERK, name: "clerk-reasons", clicks: ["[data-tab=reasons]"], waits: ".reasons li" },
  { ...CLERK, name: "clerk-impact", clicks: ["[data-tab=impact]"], waits: ".sheet table" },
  { ...CLERK, name: "clerk-telephone", width: 360, height: 640, theme: "night" },
  { ...TECH, name: "tech-io", clicks: ["[data-act=pulse]"], waits: "[data-act=sure]" },
  { ...TECH, name: "tech-devices", clicks: ["[data-tab=devices]", "[data-act=heard]"], waits: ".heard li" },
  { ...TECH, name: "tech-trial", clicks: ["[data-tab=trial]", "[data-act=present]"], waits: "[data-trial]" },
  { ...TECH, name: "tech-config", clicks: ["[data-tab=config]"], waits: ".config", theme: "night" },
  { ...TECH, name: "tech-sheet", clicks: ["[data-tab=sheet]"], waits: ".signs", height: 1200 },
  { ...TECH, name: "tech-telephone", width: 360, height: 640, language: "en" },
];

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
if (CHROMIUM === undefined) {
  console.error("No Chromium here: sudo apt-get install -y chromium fonts-noto-cjk");
  process.exit(1);
}
execFileSync(process.execPath, [join(top, ".ci", "build.mjs"), "--if-needed"], { cwd: top, stdio: "inherit" });

const data = mkdtempSync(join(tmpdir(), "gatepost-screenshots-"));
countDays(join(data, "traffic"));
const demo = spawn(
  process.execPath,
  [join(top, "dist", "gatepost.cjs"), "demo", "--port", "0", "--mqtt-port", "0", "--seed", "7"],
  { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, GATEPOST_DATA_DIR: data } },
);
const ended = new Promise((done) => demo.once("exit", done));

/** Nine weeks of counted days, as invented as the demo's street, so that the traffic page has something to compare. */
function countDays(folder) {
  mkdirSync(folder, { recursive: true });
  const quarterMs = 900_000;
  const now = Math.floor(Date.now() / quarterMs) * quarterMs;
  // By the hour in China: the morning's way out, the evening's way in.
  const out = [1, 0, 0, 0, 1, 4, 18, 42, 35, 16, 12, 14, 13, 10, 9, 10, 13, 18, 20, 15, 12, 9, 5, 2];
  const into = [2, 1, 0, 0, 0, 1, 5, 9, 12, 11, 13, 18, 14, 10, 9, 12, 20, 38, 44, 27, 20, 15, 9, 4];
  const days = new Map();
  for (let at = now - 63 * 86_400_000; at < now; at += quarterMs) {
    const local = new Date(at + 8 * 3_600_000);
    const hour = local.getUTCHours();
    const many = (figure) => Math.round((figure * (80 + ((local.getUTCDate() * 7 + hour * 3) % 40))) / 400);
    const date = new Date(at).toISOString().slice(0, 10);
    const day = days.get(date) ?? { date, upTo: 0, quarters: [], on: {} };
    days.set(date, day);
    // A night without power, nine days ago.
    if (at > now - 9.6 * 86_400_000 && at < now - 9.2 * 86_400_000) continue;
    day.on[at] = quarterMs;
    const counted = (lane, passages, share) => ({
      lane,
      quarterMs: at,
      inside: { people: 0, vehicles: 0 },
      revision: 1,
      hash: "0".repeat(64),
      trust: "trusted",
      told: 0,
      counts: {
        passages,
        refusals:
          hour % 4 === share ? { "credential-not-found": 1 } : hour % 6 === share ? { "credential-expired": 1 } : {},
        waiting: { count: 2, totalMs: 5_200 + hour * 130 * share },
        opening: { count: 2, totalMs: 3_300 * share },
        openMs: 20_000 + many(into[hour]) * 9_000 * share,
      },
    });
    day.quarters.push(
      counted("car-in", { "in resident plate": many(into[hour]), "in courier guard": many(into[hour] / 5) }, 1),
      counted("car-out", { "out resident plate": many(out[hour]), "out visitor code": many(out[hour] / 9) }, 2),
      counted("walk", { "in resident face": many(into[hour] * 2), "out resident card": many(out[hour] * 2) }, 3),
    );
  }
  for (const [date, day] of days) {
    const json = JSON.stringify(day);
    // As the gate itself keeps them: with a sum in front.
    const sum = createHash("sha256").update(json).digest("hex").slice(0, 16);
    writeFileSync(join(folder, `${date}.json`), `${sum} ${json}\n`);
  }
}

/** The address it prints once it listens. */
function address() {
  return new Promise((done, fail) => {
    let printed = "";
    demo.stdout.on("data", (chunk) => {
      printed += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(printed);
      if (found !== null) done(found[0]);
    });
    demo.once("exit", () => fail(new Error(`the demo ended: ${printed}`)));
  });
}

async function photograph(browser, url, shot) {
  const { width, height, size, theme, language } = shot;
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: "reduce",
    locale: language === "zh" ? "zh-CN" : "en-GB",
  });
  try {
    const page = await context.newPage();
    await page.addInitScript(
      (looks) => {
        for (const [key, value] of Object.entries(looks)) localStorage.setItem(key, value);
      },
      { size, theme, language },
    );
    await page.goto(`${url}${shot.path}`);
    await page.waitForSelector(shot.ready, { timeout: 60_000 });
    for (const selector of shot.clicks ?? []) await page.click(selector);
    if (shot.chooses !== undefined) await page.setInputFiles("input[type=file]", shot.chooses);
    for (const [field, text] of Object.entries(shot.fills ?? {})) await page.fill(`[name=${field}]`, text);
    if (shot.submits !== undefined) await page.click(shot.submits);
    if (shot.waits !== undefined) await page.waitForSelector(shot.waits);
    await page.screenshot({ path: join(out, `${shot.name}.png`), fullPage: shot.whole === true });
    console.log(`docs/screenshots/${shot.name}.png`);
  } finally {
    await context.close();
  }
}

try {
  mkdirSync(out, { recursive: true });
  const url = await address();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  const wanted = process.argv.slice(2);
  for (const shot of SHOTS) if (wanted.length === 0 || wanted.includes(shot.name)) await photograph(browser, url, shot);
  await browser.close();
} finally {
  demo.kill("SIGTERM");
  await ended;
  rmSync(data, { recursive: true, force: true });
}
