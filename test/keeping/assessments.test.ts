// Impact assessments over the register's own files: what is counted, recorded, signed, and never taken away.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CONSENTS_FILE } from "../../src/adapters/consents.ts";
import { openImpact } from "../../src/adapters/register-impact.ts";
import { openRegisterThread, type RegisterThread } from "../../src/adapters/register-thread.ts";
import { dataPart } from "../../src/cli/doctor-data.ts";
import type { Impact } from "../../src/shell/impact.ts";
import { FACTS, WORDS } from "../core/impact-facts.ts";

const NOW = Date.UTC(2026, 10, 25, 2);
const LIST = `编号,姓名,房号,手机,车牌,卡号,人脸编号,权限组,有效期至
R1,林秀兰,3-2-502,13800138001,川K5B38M,101,F1,residents,
R2,周建国,3-2-503,,,102,,residents,
R3,单雄信,1-1-101,13800130042,,,F3,residents,
R4,小宝,1-1-101,,,,F4,residents,
`;
const clerk = { by: "王芳", atWallMs: NOW };
const told: string[] = [];
const dir = mkdtempSync(join(tmpdir(), "gatepost-impact-"));
let thread: RegisterThread;
let impact: Impact;
let leaves = FACTS.leaves;

const open = () => openRegisterThread({ dataDir: dir, levels: ["residents"], graceDays: 7 });

beforeAll(async () => {
  thread = open();
  const preview = await thread.ask("preview", new TextEncoder().encode(LIST));
  await thread.ask("apply", preview.id, true, clerk);
  await thread.ask("consent", { holder: "R1", notice: "2026-1", how: "paper" }, clerk);
  const child = { holder: "R4", birthYear: 2019, guardian: "单雄信" };
  await thread.ask("consent", { ...child, notice: "2026-1", how: "paper" }, clerk);
  const visit = { visitor: "张三", household: "3-2-503", fromWallMs: NOW, untilWallMs: NOW + 3_600_000 };
  await thread.ask("makePass", visit, clerk);
  const { held: _held, faces: _faces, ...gate } = FACTS;
  impact = openImpact({
    thread: { ask: (...asked) => thread.ask(...asked) },
    now: () => NOW,
    changed: ({ what, by }) => void told.push(`${by} ${what}`),
    onFault: ({ code }) => void told.push(code),
    facts: async () => ({ ...gate, leaves, pictures: 2, rows: 77 }),
  });
});
afterAll(async () => {
  await thread.close();
  rmSync(dir, { recursive: true, force: true });
});

async function view() {
  const found = await impact.view();
  if ("why" in found) throw new Error(found.why);
  return found;
}

it("counts what is kept of people, and names nobody", async () => {
  const { facts, due, words } = await view();
  expect(facts.held).toEqual({
    people: 4,
    left: 0,
    households: 3,
    phoneEnds: 2,
    plates: 1,
    cards: 2,
    faces: 3,
    pictures: 2,
    pins: 0,
    codes: 0,
    visitors: 1,
    barred: 0,
    consents: 2,
    rows: 77,
  });
  expect(facts.faces).toEqual({ people: 3, agreed: 2, withdrawn: 0, guarded: 1, otherWay: 1 });
  expect(JSON.stringify(facts)).not.toMatch(/林秀兰|周建国|单雄信|小宝|张三|5B38|F1|F3/);
  expect(due).toEqual({ is: "never-signed" });
  expect(words.conclusion).toBe("");
});

it("is recorded by somebody by name, signed once, and asks for a new look when a fact has changed", async () => {
  const first = await view();
  const doctor = () => dataPart(dir).findings.map(({ code }) => code);
  expect(doctor()).toContain("IMPACT_UNSIGNED");
  expect(await impact.assess({ ...WORDS, conclusion: "" }, first.seen, "王芳")).toEqual({
    number: 1,
    atWallMs: NOW,
    by: "王芳",
  });
  const paper = { signedBy: "陈主任", signedOn: "2026-11-25" };
  expect(await impact.sign(1, paper, "王芳")).toEqual({ why: "assessment-unfinished" });
  expect(await impact.sign(9, paper, "王芳")).toEqual({ why: "assessment-unknown" });
  expect(await impact.record(9)).toEqual({ why: "assessment-unknown" });
  expect((await view()).words.necessity).toBe(WORDS.necessity);
  expect(await impact.assess(WORDS, first.seen, "王芳")).toMatchObject({ number: 2 });
  expect(await impact.sign(2, paper, "王芳")).toMatchObject({ number: 2, signed: paper });
  expect(await impact.sign(2, paper, "王芳")).toEqual({ why: "assessment-signed" });
  expect(doctor()).not.toContain("IMPACT_UNSIGNED");
  const signed = await view();
  expect(signed.due).toEqual({ is: "no" });
  expect(signed.records.map(({ number, signed: one }) => [number, one?.signedBy])).toEqual([
    [2, "陈主任"],
    [1, undefined],
  ]);
  leaves = [
    ...leaves,
    { to: "viid", address: "10.0.0.8", encrypted: true, what: ["faces"], ground: "文号 1234 第七条" },
  ];
  expect((await view()).due).toEqual({ is: "changed", facts: ["leaving"] });
  expect(await impact.assess(WORDS, first.seen, "王芳")).toEqual({ why: "facts-changed" });
  expect(told).toEqual(["王芳 assessment", "王芳 assessment", "王芳 assessment-signed"]);
});

it("is there after a restart as it was, and nothing changes or deletes it", async () => {
  await thread.close();
  thread = open();
  expect(await impact.record(2)).toMatchObject({
    facts: { leaves: FACTS.leaves, held: { people: 4 } },
    words: WORDS,
    signed: { signedBy: "陈主任", signedOn: "2026-11-25", by: "王芳" },
  });
  const db = new Database(join(dir, CONSENTS_FILE));
  for (const sql of [
    "UPDATE assessment SET words = '{}'",
    "DELETE FROM assessment WHERE number = 1",
    "UPDATE assessment_signature SET signed_by = 'x'",
    "DELETE FROM assessment_signature",
  ])
    expect(() => db.exec(sql)).toThrow(/never|once/);
  db.exec("INSERT INTO assessment(wall, made_by, facts, words) VALUES (0, 'x', '{', '{}')");
  db.close();
  expect(await impact.record(3)).toEqual({ why: "register-failing", detail: "DATABASE_DAMAGED" });
  // And the next can be made nevertheless.
  expect(await impact.assess(WORDS, (await view()).seen, "王芳")).toMatchObject({ number: 4 });
});
