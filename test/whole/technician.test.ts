/**
 * The technician on the real service, with a real browser: the first admin by the code on the console, a pulse seen on the
 * relay board's wire, a real card followed to the disk, a configuration laid down, files taken home; all of it in the journal.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { ARGS, BROWSER } from "../web/browser.ts";
import { openPlace, serialPair, startGate, top, until } from "./place.ts";
import { FLASH, importResidents, siteYaml, storedRows, watchBoard } from "./site.ts";

const PASSWORD = "correct horse battery";

describe.skipIf(BROWSER === undefined)("the technician's page", () => {
  const place = openPlace();
  let browser: Browser | undefined;
  afterAll(async () => {
    await browser?.close();
    await place.leave();
  });

  it("from the set-up code to a backup in the hand", { timeout: 120_000 }, async () => {
    const relays = await serialPair(place, "relays");
    const cards = await serialPair(place, "cards");
    const board = await watchBoard(relays.theirs);
    const yaml = siteYaml({
      mqtt: "{ embedded: { port: 0 } }",
      relays: relays.ours,
      cardReader: cards.ours,
      passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
    });
    place.write("gate.yaml", yaml);
    await importResidents(place);
    const { page: url, running } = await startGate(place, yaml);
    const code = await until(() => /"setupCode":"([^"]+)"/.exec(running.printed())?.[1]);

    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
    const context = await browser.newContext({ viewport: { width: 1024, height: 600 }, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${url}/tech`);
    const fill = async (fields: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(fields)) await page.fill(`input[name=${name}]`, text);
    };
    await page.waitForSelector("input[name=code]");
    await fill({ code, name: "li", who: "李工", password: PASSWORD });
    await page.click("form .primary");
    await page.waitForSelector("input[name=totp]");
    await fill({ name: "li", password: PASSWORD });
    await page.click("form .primary");

    // A pulse goes out only after the second tap, as the named person's order.
    await page.click("[data-output='walk open'] [data-act=pulse]");
    await page.waitForSelector("[data-act=sure]");
    expect(board.writes()).toEqual([]);
    await page.click("[data-act=sure]");
    await until(() => board.writes().length === 1);
    expect(board.writes()).toEqual([FLASH]);
    await page.waitForSelector(".said.good");

    // A real card on the line, followed.
    await page.click("[data-tab=trial]");
    await page.click("text=card-reader");
    // The gate is at rest again before somebody comes.
    await until(async () => (await page.evaluate(BARRIER)) === "closed", 20_000);
    await page.click("[data-act=present]");
    await page.waitForSelector("[data-trial=waiting]");
    const line = await open(cards.theirs, "r+");
    await line.write("0005913727\r\n");
    for (const step of ["heard", "decoded", "decided", "moved", "outcome", "recorded"])
      await page.waitForSelector(`[data-step=${step}] .good`);
    await line.close();
    await until(() => board.writes().length === 2);

    // What it sent is kept without the number.
    await page.click("[data-tab=devices]");
    await page.click("[data-device=card-reader] [data-act=heard]");
    await page.waitForSelector(".heard li");
    expect(await page.textContent(".heard")).not.toMatch(/0005913727|59137/);

    await page.click("[data-tab=config]");
    await page.fill("textarea[name=config]", yaml.replace("profile: faceterm-mqtt", "profile: facterm-mqtt"));
    await page.click("[data-act=offer]");
    await page.waitForSelector(".findings .bad");
    expect(existsSync(join(place.dir, "data", "gate.yaml.offered"))).toBe(false);
    const better = yaml.replace("测试小区", "测试花园");
    await page.fill("textarea[name=config]", better);
    await page.click("[data-act=offer]");
    await page.waitForSelector("[data-show=apply]");
    expect(readFileSync(join(place.dir, "data", "gate.yaml.offered"), "utf8")).toBe(better);
    expect(readFileSync(join(place.dir, "gate.yaml"), "utf8")).toBe(yaml);

    await page.click("[data-tab=home]");
    const brought = async (act: string) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-act=${act}]`)]);
      return readFileSync(await download.path());
    };
    const bundle = await brought("bundle");
    expect([...bundle.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    await page.waitForSelector("[data-act=backup]:not(:disabled)");
    await fill({ passphrase: "twelve or more 12" });
    const backup = await brought("backup");
    expect(backup.length).toBeGreaterThan(10_000);
    expect(backup.includes("林秀兰")).toBe(false);
    // Nothing of it stays here.
    await until(() => readdirSync(join(place.dir, "data")).every((name) => !name.startsWith("parcel-")));

    await page.click("[data-tab=sheet]");
    await page.waitForSelector(".signs");
    expect(await page.textContent(".sheet")).toMatch(/☑ 人行门 · 开（relays DO1）.*今天试过.*李工/);
    await page.click("[data-act=leave]");
    await page.waitForSelector("input[name=totp]");
    expect(await running.stop()).toBe(0);

    const rows = storedRows(place);
    const told = rows.filter(({ kind }) => ["account", "override", "move", "config"].includes(kind));
    expect(told.map(({ kind, open: row }) => [kind, row.deed ?? row.order ?? row.command ?? row.offered])).toEqual([
      ["account", "set-up"],
      ["account", "entered"],
      ["override", "open"],
      ["move", "open"],
      ["move", "open"],
      ["config", true],
      ["account", "left"],
    ]);
    expect(told[2]?.open).toMatchObject({ by: "李工", from: "technician-page" });
    expect(running.printed()).not.toContain(PASSWORD);
    expect(running.printed()).not.toContain("twelve or more 12");
    expect(existsSync(join(top, "dist", "web", "tech.html"))).toBe(true);
  });
});

const BARRIER = `fetch("/api/v1/state").then((answer) => answer.json()).then(({ view }) => view.lanes[0].barrier)`;
