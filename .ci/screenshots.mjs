#!/usr/bin/env node
// `npm run screenshots`: starts the demo and photographs its pages into docs/screenshots. Another page is one line of SHOTS.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(top, "docs", "screenshots");
const PLAIN = { path: "/", width: 1024, height: 600, size: "20", theme: "day", language: "zh", ready: "[data-seq]" };
/** `clicks`: one after the other before the picture is taken; `waits`: what must be on the page by then. */
const SHOTS = [
  { ...PLAIN, name: "guard-day" },
  { ...PLAIN, name: "guard-night", theme: "night" },
  { ...PLAIN, name: "guard-large", size: "30" },
  { ...PLAIN, name: "guard-english", language: "en" },
  { ...PLAIN, name: "guard-why", clicks: ["[data-order=open]"], waits: ".why" },
  { ...PLAIN, name: "guard-hand-over", clicks: [".duty", "[data-act=hand-over]"], waits: ".hand-over" },
  { ...PLAIN, name: "guard-locked", clicks: [".duty", "[data-act=lock]"], waits: ".lock" },
  { ...PLAIN, name: "guard-telephone", width: 360, height: 640 },
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
const demo = spawn(
  process.execPath,
  [join(top, "dist", "gatepost.cjs"), "demo", "--port", "0", "--mqtt-port", "0", "--seed", "7"],
  { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, GATEPOST_DATA_DIR: data } },
);
const ended = new Promise((done) => demo.once("exit", done));

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
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
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
    if (shot.waits !== undefined) await page.waitForSelector(shot.waits);
    await page.screenshot({ path: join(out, `${shot.name}.png`) });
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
