/**
 * A guard's day on the real service: the simulated street before it, its terminal and camera over Mosquitto, the page in
 * Chromium behind a line that loses its power. What is judged is what the relay board heard and what stands on the disk.
 */
import { open } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Street } from "../../src/simulator/street.ts";
import { ARGS, BROWSER } from "../web/browser.ts";
import { type Line, tapLine } from "./county-platform.ts";
import { CAR_CLOSE, CAR_OPEN, dayYaml, openDayStreet, PEOPLE, WALK_OPEN } from "./day-site.ts";
import { type Gate, openPlace, type Running, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { importResidents, type StoredRow, storedRows, type Witness, watchBoard } from "./site.ts";

const PASSWORD = "correct horse battery";
const STAFF = [
  { name: "wang", who: "王建国", role: "guard", secret: "481516" },
  { name: "liu", who: "刘桂芳", role: "guard", secret: "640275" },
  { name: "he", who: "何芳", role: "clerk", secret: "another horse 0815" },
] as const;
const [WANG, LIU, HE] = STAFF;
const TABS = 12;

/** Counts the tones that the page asks of the browser. */
const EARS = `(() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    window.tones += 1;
    return start.call(this, at);
  };
})()`;

describe.skipIf(BROWSER === undefined)("a guard's whole day", { timeout: 120_000 }, () => {
  const place = openPlace();
  let gate: Gate;
  let county: Running;
  let board: Witness;
  let street: Street;
  let reader: Awaited<ReturnType<typeof serialPair>>;
  /** From the devices to their broker, from the gate to the platform, from the booth's browser to the gate. */
  let wall: Line;
  let platform: Line;
  let booth: Line;
  let browser: Browser;
  let page: Page;
  let office: Page;

  beforeAll(async () => {
    const [broker, relays, cards] = await Promise.all([
      startMosquitto(place),
      serialPair(place, "relays"),
      serialPair(place, "cards"),
    ]);
    reader = cards;
    board = await watchBoard(relays.theirs);
    // As the platform does: without anybody who listens there the gate calls the line down.
    county = place.run("mosquitto_sub", ["-p", String(broker.port), "-t", "gatepost/v1/#", "-q", "1", "-v"]);
    [wall, platform] = await Promise.all([tapLine(broker.port), tapLine(broker.port)]);
    const yaml = dayYaml({
      broker: broker.url,
      platform: `mqtt://127.0.0.1:${platform.port}`,
      relays: relays.ours,
      cards: cards.ours,
    });
    // The terminal says once that it is there, when the gate listens already.
    wall.stall();
    street = openDayStreet(`mqtt://127.0.0.1:${wall.port}`, board);
    place.write("gate.yaml", yaml);
    const launched = chromium.launch({ executablePath: BROWSER ?? "", args: ARGS });
    await importResidents(place, PEOPLE);
    gate = await startGate(place, yaml);
    wall.heal();
    booth = await tapLine(Number(new URL(gate.page).port));
    browser = await launched;
  });
  afterAll(async () => {
    await browser?.close();
    await street?.close();
    for (const line of [wall, platform, booth]) line?.close();
    await place.leave();
  });

  let isOver = false;
  beforeEach(({ skip, onTestFailed }) => {
    skip(isOver, "the day has ended in an earlier step");
    onTestFailed(() => {
      isOver = true;
    });
  });

  const rows = (kind: string): readonly StoredRow[] => storedRows(place).filter((row) => row.kind === kind);
  const heard = (frame: string): number => board.pulses().filter((one) => one === frame).length;
  /** The next row of this kind and lane once `cause` is done. */
  async function following(kind: string, lane: string | null, cause: () => unknown): Promise<StoredRow> {
    const here = () => rows(kind).filter((row) => row.lane === lane);
    const before = here().length;
    await cause();
    return until(
      () => here()[before],
      30_000,
      () => gate.running.printed().slice(-3_000),
    );
  }
  const fill = async (where: Page, fields: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(fields)) await where.fill(`input[name=${name}]`, text);
  };
  /** Tab after Tab until the focus is there. */
  async function tabTo(selector: string): Promise<void> {
    for (let n = 0; n < 80; n += 1) {
      if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${selector} can't be reached by Tab`);
  }
  const atRest = (lane: string) => page.waitForSelector(`[data-lane=${lane}] [data-barrier=closed]`);

  test("the first admin makes accounts; the guard comes on shift with a PIN", async () => {
    const code = await until(() => /"setupCode":"([^"]+)"/.exec(gate.running.printed())?.[1]);
    office = await (await browser.newContext()).newPage();
    office.setDefaultTimeout(45_000);
    await office.goto(`${gate.page}/tech`);
    await office.waitForSelector("input[name=code]");
    await fill(office, { code, name: "admin", who: "管理员", password: PASSWORD });
    await office.click("form .primary");
    await office.waitForSelector("input[name=totp]");
    await fill(office, { name: "admin", password: PASSWORD });
    await office.click("form .primary");
    await office.click("[data-tab=accounts]");
    for (const { name, who, role, secret } of STAFF) {
      await office.selectOption("select[name=role]", role);
      await fill(office, { name, who, secret });
      await office.click("form .primary");
      await office.waitForSelector(`[data-account=${name}]`);
    }
    await office.click("[data-act=leave]");
    await office.waitForSelector("input[name=totp]");

    const context = await browser.newContext({ viewport: { width: 1024, height: 600 } });
    await context.addInitScript(EARS);
    page = await context.newPage();
    page.setDefaultTimeout(45_000);
    await page.goto(`http://127.0.0.1:${booth.port}/`);
    await page.waitForSelector(".lock .entry");
    expect(await page.locator("[data-order=open]").count()).toBe(0);
    await page.fill("#enter-name", WANG.name);
    await page.fill("#enter-secret", WANG.secret);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-lane=walk] [data-order=open]");
    await page.waitForSelector(`.duty >> text=${WANG.who}`);
    await page.waitForSelector(".sign.good.platform");
    // The terminal is heard, and nothing has moved by itself.
    const heard = async () => (await fetch(`${gate.page}/metrics`)).text();
    await until(async () => (await heard()).includes('gatepost_link_up{device="face-in"} 1'));
    expect(board.pulses()).toEqual([]);
  });

  test("a resident is let in by the terminal, a stranger isn't, and the page says why", async () => {
    const granted = await following("decision", "walk", () => street.send("walk", "in", true));
    expect(granted.open).toMatchObject({ outcome: "granted", reader: "face-in", accessPoint: "walk-in" });
    await page.waitForSelector(`[data-lane=walk] .event.good[data-seq="${granted.seq}"]`);
    expect(await page.textContent("[data-lane=walk] .event")).toMatch(/放行.*林秀兰.*3-1-302/);
    await until(() => board.pulses().length > 0);
    expect(board.pulses()).toEqual([WALK_OPEN]);

    // A car is on its way meanwhile: the camera sees it once it stands at the line.
    street.send("car", "in", true);
    const refused = await following("decision", "walk", () => street.send("walk", "in", false));
    expect(refused.open).toMatchObject({ outcome: "denied", reason: "credential-not-found" });
    await page.waitForSelector(`[data-lane=walk] .event.bad[data-seq="${refused.seq}"]`);
    expect(await page.textContent("[data-lane=walk] .event")).toMatch(/拒绝.*不是本小区登记的人或车/);
    expect(board.pulses()).toEqual([WALK_OPEN]);
  });

  test("the iron gate propped with a stone rings until somebody says so", async () => {
    const stone = setInterval(() => street.send("iron", "in", true), 500);
    try {
      await until(
        () => rows("alarm").some(({ lane, open: row }) => lane === "iron" && row.alarm === "held-open"),
        30_000,
      );
      const alarm = '.alarm[data-alarm="iron.held-open"]';
      await page.waitForSelector(`${alarm} >> text=东侧铁门`);
      await until(async () => (await page.evaluate("window.tones")) !== 0);
      const seen = await following("calm", null, () => page.click(`${alarm} button`));
      expect(seen.open).toMatchObject({ acknowledged: "iron.held-open", by: WANG.who });
      await page.waitForSelector(".alarm", { state: "detached" });
    } finally {
      clearInterval(stone);
    }
  });

  test("the button opens, and the reason is asked after", async () => {
    await atRest("walk");
    const opened = await following("override", "walk", () => tap(page, "walk", "[data-order=open]"));
    expect(opened).toMatchObject({ lane: "walk", open: { order: "open", by: WANG.who, from: "guard-page" } });
    await until(() => heard(WALK_OPEN) === 2);
    const reason = await following("reason", null, () => page.click(".why [data-reason=快递外卖]"));
    expect(reason.open).toMatchObject({ reason: "快递外卖", by: WANG.who });
    await page.waitForSelector(`.journal li[data-seq="${opened.seq}"]`);
  });

  test("a plate that nearly stands on the list is let in by the guard, and the row names both", async () => {
    await page.waitForSelector("[data-lane=car] .order.almost");
    expect(await page.textContent("[data-lane=car] .order.almost")).toMatch(/川K·?A8B37.*陈志强/);
    expect(heard(CAR_OPEN)).toBe(0);
    const order = await following("override", "car", () => tap(page, "car", ".order.almost"));
    expect(order).toMatchObject({ lane: "car", open: { order: "open", by: WANG.who, from: "guard-page" } });
    const asked = rows("decision").find((row) => row.open.id === order.open.about);
    expect(asked).toMatchObject({ lane: "car", open: { outcome: "denied", ask: true, reader: "plate-in" } });
    await until(() => heard(CAR_OPEN) === 1);
  });

  test("the booth's network loses its power: a visitor and the car pass, and the guard's tap opens nothing, then or later", async () => {
    await atRest("walk");
    const before = { orders: rows("override").length, opened: heard(WALK_OPEN) };
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/lanes/walk/orders"), { timeout: 90_000 });
    answered.catch(() => undefined); // told below, by the step that waits for it
    booth.stall();
    await page.keyboard.press("F2");
    const [digits] = await Promise.all([
      makePass(),
      page.waitForSelector("[data-lane=walk] .event.bad >> text=没有送到"),
    ]);
    const visit = await following("decision", "walk", async () => {
      const line = await open(reader.theirs, "r+");
      await line.write(`${digits}\r\n`);
      await line.close();
    });
    expect(visit.open).toMatchObject({ outcome: "granted", reader: "card-reader", holderKind: "visitor" });
    const passed = await until(() => rows("passage").find(({ open: row }) => row.credit === visit.open.id));
    expect(passed).toMatchObject({ lane: "walk", open: { direction: "in" } });
    await until(() => rows("passage").some(({ lane }) => lane === "car") && heard(CAR_CLOSE) === 1);
    await page.waitForSelector(".veil");
    await page.waitForSelector(".head .sign.bad >> text=主机断开");
    expect(await page.isDisabled("[data-lane=walk] [data-order=open]")).toBe(true);
    expect(await office.evaluate(PASSES)).toMatchObject({ passes: [{ visitor: "张三", used: 1, ended: true }] });

    booth.heal();
    // The tap has waited on the line and comes now: too late.
    expect((await answered).status()).toBe(409);
    await page.waitForSelector(".veil", { state: "detached" });
    await page.waitForSelector(`.journal li[data-seq="${visit.seq}"]`);
    await page.waitForSelector("[data-lane=walk] [data-order=open]:not(:disabled)");
    expect(rows("override").length).toBe(before.orders);
    expect(heard(WALK_OPEN) - before.opened).toBe(1);
  });

  test("a lane is kept open, with an end, and that is ended before", async () => {
    await atRest("car");
    expect([heard(CAR_OPEN), heard(CAR_CLOSE)]).toEqual([1, 1]);
    await page.click("[data-lane=car] .hold");
    const held = await following("mode", "car", () => page.click("[data-lane=car] .short >> nth=0"));
    expect(held.open).toMatchObject({ mode: "locked-open", by: WANG.who, from: "guard-page" });
    await page.waitForSelector("[data-lane=car] .mode >> text=常开中");
    await page.waitForSelector("[data-lane=car] [data-barrier=open]");
    await following("reason", null, () => page.click(".why [data-reason=施工搬家]"));
    const ended = await following("mode", "car", () => tap(page, "car", "[data-order=release]"));
    expect(ended.open).toMatchObject({ mode: "controlled", by: WANG.who });
    await atRest("car");
    expect([heard(CAR_OPEN), heard(CAR_CLOSE)]).toEqual([2, 2]);
  });

  test("the platform's line is cut: a sign of its own, and the next guard takes over and opens, by keyboard alone", async () => {
    await until(() => /\/passage \{/.test(county.printed()), 30_000, county.printed);
    platform.close();
    await page.waitForSelector(".sign.warn.platform");
    await page.waitForSelector(".sign.good >> text=主机已连");
    await page.keyboard.press("F7");
    await page.waitForSelector(".hand-over");
    await tabTo("#notes");
    await page.keyboard.type("北门灯坏了");
    await tabTo("#next-name");
    await page.keyboard.type(LIU.name);
    await tabTo("#next-secret");
    await page.keyboard.type(LIU.secret);
    const shift = await following("shift", null, () => page.keyboard.press("Enter"));
    expect(shift.open).toMatchObject({ by: WANG.who, to: LIU.who, manual: 3, unreasoned: 0 });
    await page.waitForSelector(".sheet", { state: "detached" });
    await page.waitForSelector(`.duty >> text=${LIU.who}`);

    await atRest("walk");
    await tabTo("[data-lane=walk] [data-order=open]");
    await page.keyboard.press("Space");
    const opened = await following("override", "walk", () => page.keyboard.press("Enter"));
    expect(opened).toMatchObject({ lane: "walk", open: { order: "open", by: LIU.who, from: "guard-page" } });
    await page.waitForSelector(".why");
    await tabTo(".why [data-reason=访客]");
    const reason = await following("reason", null, () => page.keyboard.press("Enter"));
    expect(reason.open).toMatchObject({ reason: "访客", by: LIU.who });
    await page.waitForSelector(".why", { state: "detached" });
  });

  test("twelve tabs at once show the same opening, and a tap in one of them is one order", async () => {
    const context = page.context();
    const more = Array.from({ length: TABS - 1 }, async () => {
      const tab = await context.newPage();
      tab.setDefaultTimeout(60_000);
      await tab.goto(page.url());
      await tab.waitForSelector("[data-lane=walk] [data-barrier=closed]");
      return tab;
    });
    const tabs = [page, ...(await Promise.all(more))];
    const opened = await following("override", "walk", () => tap(tabs[7] ?? page, "walk", "[data-order=open]"));
    const shown = `.journal li[data-seq="${opened.seq}"]`;
    await Promise.all(tabs.map((tab) => tab.waitForSelector(shown, { state: "attached" })));
    const words = await Promise.all(tabs.map((tab) => tab.textContent(shown)));
    expect(new Set(words).size).toBe(1);
    expect(words[0]).toContain(LIU.who);
    await until(() => heard(WALK_OPEN) === 5);
  });

  test("at the end of the day each movement has its row, and each row of a hand its name", async () => {
    await page.context().close();
    expect(await gate.running.stop()).toBe(0);
    const moves = rows("move").map(({ lane, open: row }) => `${lane} ${row.command}`);
    expect(moves.length).toBeGreaterThan(8);
    expect(board.pulses()).toEqual(moves.map((move) => FRAMES[move]));
    expect(rows("override").map(({ lane, open: row }) => [lane, row.order, row.by, row.from])).toEqual([
      ["walk", "open", WANG.who, "guard-page"],
      ["car", "open", WANG.who, "guard-page"],
      ["car", "lock-open", WANG.who, "guard-page"],
      ["car", "release", WANG.who, "guard-page"],
      ["walk", "open", LIU.who, "guard-page"],
      ["walk", "open", LIU.who, "guard-page"],
    ]);
    // In came the resident, the visitor and whoever a guard let in; each of the first two by the right of a row.
    const granted = rows("decision").filter((row) => row.open.outcome === "granted");
    const credits = rows("passage").map((row) => row.open.credit);
    expect(granted.map((row) => credits.includes(row.open.id))).toEqual([true, true]);
    expect(rows("calm").some(({ lane, open: row }) => lane === "iron" && row.alarm === "held-open")).toBe(true);
    expect(county.printed()).not.toMatch(/林秀兰|陈志强|张三|王建国/);
    for (const { secret } of STAFF) expect(gate.running.printed()).not.toContain(secret);
  });

  /** One tap; where the page says that it came too late to the gate (a machine as slow as that), another, as a guard would. */
  async function tap(tab: Page, lane: string, button: string): Promise<void> {
    const note = `[data-lane=${lane}] .event.bad:not([data-seq])`;
    for (;;) {
      const answered = tab.waitForResponse((answer) => answer.url().endsWith(`/lanes/${lane}/orders`));
      await tab.click(`[data-lane=${lane}] ${button}`);
      const answer = await answered;
      if (answer.ok()) return;
      expect(answer.status()).toBe(409);
      await tab.waitForSelector(`${note} >> text=过期`);
      await tab.waitForSelector(note, { state: "detached" });
    }
  }

  /** The clerk, in the office's own browser; the six digits as they stand on the ticket. */
  async function makePass(): Promise<string> {
    await office.goto(`${gate.page}/clerk`);
    await office.waitForSelector("input[name=totp]");
    await fill(office, { name: HE.name, password: HE.secret });
    await office.click("form .primary");
    await office.click("[data-tab=passes]");
    await fill(office, { visitor: "张三", household: "3-1-302" });
    const made = await following("whitelist", null, () => office.click("form .primary"));
    expect(made.open).toMatchObject({ what: "pass", by: HE.who });
    const digits = (await office.textContent(".ticket .digits")) ?? "";
    return digits.replace(/\D/g, "");
  }
});

const PASSES = `fetch("/office/api/v1/passes?all=yes").then((answer) => answer.json())`;
const FRAMES: Readonly<Record<string, string>> = {
  "car open": CAR_OPEN,
  "car close": CAR_CLOSE,
  "walk open": WALK_OPEN,
};
