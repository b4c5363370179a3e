// The clerk's list of reasons for an opening by hand: its bounds over the API, on the disk, and two who save at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildHttp } from "../../src/adapters/http.ts";
import { openRegister } from "../../src/adapters/register.ts";
import { keptReasons } from "../../src/adapters/register-rules.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { GateError } from "../../src/core/fault.ts";
import { skeleton } from "../../src/core/plates.ts";
import { ALARM_WORDS, sentence } from "../../src/core/words.ts";
import { registerAt } from "../../src/main-register.ts";
import { rowWords } from "../../src/shell/sentences.ts";
import { handClock } from "../shell/hand-clock.ts";
import { ACCESS, openFakeDesk, REASONS, unkeptReasons } from "../web/fake-desk.ts";
import { until } from "../whole/place.ts";

const dir = mkdtempSync(join(tmpdir(), "gatepost-reasons-"));
const opened: (() => void)[] = [];
afterAll(() => {
  for (const close of opened) close();
  rmSync(dir, { recursive: true, force: true });
});
const two = [
  { zh: "访客", en: "Visitor" },
  { zh: "送水", en: "Water" },
];
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ zh: `原因${n}`, en: `R${n}` }));
const asked = { edition: 0, reasons: two, retired: [] };

describe("over the API", () => {
  const told: object[] = [];
  const keep: { fault?: GateError } = {};
  const reasons = unkeptReasons({
    keep: async () => {
      if (keep.fault !== undefined) throw keep.fault;
    },
    note: async (row) => void told.push(row),
  });
  const register = openRegister({
    thread: { ask: () => Promise.reject(new Error("nobody is asked")) },
    now: () => 0,
    changed: () => undefined,
    usesOf: () => 0,
    access: ACCESS,
    reasons,
    onFault: () => undefined,
  });
  const app = buildHttp({
    desk: openFakeDesk(),
    now: () => 0,
    assets: dir,
    host: "127.0.0.1",
    metricsText: async () => "",
    simulation: true,
    register: { register, keeping: {} },
  });
  opened.push(() => void app.close());
  const own = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
  const put = (body: object) =>
    app.inject({ method: "PUT", url: "/api/v1/reasons", headers: own, payload: { ...asked, ...body } });

  it.each<[string, object, string]>([
    ["none", { reasons: [] }, "$.reasons"],
    ["one alone", { reasons: two.slice(0, 1) }, "$.reasons"],
    ["nine", { reasons: many(9) }, "$.reasons"],
    ["an empty one", { reasons: [...two, { zh: " ", en: "x" }] }, "$.reasons.2.zh"],
    ["seven characters", { reasons: [...two, { zh: "一二三四五六七", en: "x" }] }, "$.reasons.2.zh"],
    ["eleven letters", { reasons: [...two, { zh: "一", en: "abcdefghijk" }] }, "$.reasons.2.en"],
    ["a line's end", { reasons: [...two, { zh: "一\n二", en: "x" }] }, "$.reasons.2.zh"],
    ["one without English", { reasons: [...two, { zh: "一" }] }, "$.reasons.2.en"],
    ["the same twice", { reasons: [...two, { zh: "访客", en: "Guest" }] }, "$.reasons.2"],
    ["one that is retired too", { retired: [{ zh: "送水", en: "Water" }] }, "$.retired.0"],
    ["too many retired", { retired: many(25) }, "$.retired"],
  ])("%s is refused, and nothing is changed", async (_name, body, place) => {
    const answer = await put(body);
    expect([answer.statusCode, answer.json().place]).toEqual([400, place]);
    expect(reasons.view()).toEqual({ edition: 0, reasons: REASONS, retired: [] });
  });

  it("a good one is in force, its row says who; a list made from an older one is refused", async () => {
    const answer = await put({ retired: REASONS.slice(1) });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ edition: 1, reasons: two, made: { by: "岗亭" } });
    expect((await app.inject({ url: "/api/v1/reasons", headers: own })).json()).toEqual(answer.json());
    const open = { by: "岗亭", reasons: "访客、送水", en: "Visitor, Water" };
    expect(told).toEqual([open]);
    const row = { seq: 1, boot: "b", at: 0, wallMs: 0, trust: "trusted", kind: "config", open, hash: "" } as const;
    expect(rowWords(row, { alarms: ALARM_WORDS, decided: sentence }).sentence).toEqual({
      zh: "岗亭改了开门原因，现在是：访客、送水",
      en: "岗亭 changed the reasons for an opening; they are now: Visitor, Water",
    });
    const late = await put({});
    expect([late.statusCode, late.json().code]).toEqual([409, "reasons-changed"]);
  });

  it("of two who save at once one is told so; what can't be kept changes nothing", async () => {
    const both = await Promise.all([put({ edition: 1, reasons: many(8) }), put({ edition: 1 })]);
    expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409]);
    const before = reasons.view();
    keep.fault = new GateError("DATABASE_FULL", "full");
    expect((await put({ edition: 2 })).json().code).toBe("register-failing");
    expect(reasons.view()).toEqual(before);
    delete keep.fault;
    expect((await put({ edition: 2 })).statusCode).toBe(200);
  });
});

it("stand in the list's file: the next start has them, an import leaves them, and a list that is none is not believed", async () => {
  const desk = registerAt({ dataDir: dir, levels: [], graceDays: 0 });
  const gate = openWhitelist({ file: join(dir, "whitelist.sqlite"), skeleton });
  opened.push(desk.close, gate.close);
  expect(gate.within(keptReasons)).toBeUndefined();
  const made = { by: "王芳", atWallMs: 1 };
  desk.keepReasons({ edition: 1, reasons: many(8), retired: [], made });
  const list = { edition: 2, reasons: two, retired: many(3), made };
  desk.keepReasons(list);
  const preview = await desk.preview(new TextEncoder().encode("编号,姓名,房号\nR1,林秀兰,3-2-502\n"));
  desk.apply(preview.id, true, made);
  expect(gate.within(keptReasons)).toEqual(list);
  gate.within((db) => db.exec("DELETE FROM reason WHERE zh = '访客'"));
  expect(gate.within(keptReasons)).toBeUndefined();
});

it("a journal that keeps no row for long keeps no clerk waiting: the list is on the disk, and that is told", async () => {
  const clock = handClock();
  let shown = false;
  const changed = () => {
    shown = true;
  };
  const reasons = unkeptReasons({ clock, changed, note: () => new Promise(() => undefined) });
  const saved = reasons.save(asked, "王芳");
  await until(() => shown);
  clock.to(4_000);
  expect(await saved).toMatchObject({ edition: 1, reasons: two });
});
