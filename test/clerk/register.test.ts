// The residents' register: finding, changing, undoing, passes, blocklist, consent. On a file, as the gate reads it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { qrPng } from "../../src/adapters/http-picture.ts";
import { openJournal } from "../../src/adapters/journal.ts";
import { siteKey } from "../../src/adapters/keys.ts";
import type { RegisterDesk } from "../../src/adapters/register-desk.ts";
import { isSealed } from "../../src/adapters/register-passes.ts";
import { openTerminals } from "../../src/adapters/terminals.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { skeleton } from "../../src/core/plates.ts";
import { registerAt } from "../../src/main-register.ts";

const top = mkdtempSync(join(tmpdir(), "gatepost-register-"));
const opened: (() => void)[] = [];
afterAll(() => {
  for (const close of opened) close();
  rmSync(top, { recursive: true, force: true });
});

const DAY = 86_400_000;
/** 2026-11-25 10:00 in China. */
const NOW = Date.UTC(2026, 10, 25, 2);
const clerk = { by: "王芳", atWallMs: NOW };
const bytes = (text: string) => new TextEncoder().encode(text);
const HEADER = "编号,姓名,房号,手机,车牌,卡号,人脸编号,权限组,有效期至,停车费至";
const LIST = `${HEADER}
R1,林秀兰,3-2-502,13800138001,川K5B38M,101,F1,residents,2026-11-28,2026-12-31
R2,周建国,3-2-503,13800138002,川KD12345,102,,residents,2026-12-20,
R3,单雄信,1-1-101,13800130042,,103,F3,residents,2027-06-30,
R4,欧阳小明,1-1-102,,川A11111,104,,residents,2026-11-01,
`;

let dir = "";
let desk: RegisterDesk;
/** As the running gate has it open. */
let gate: ReturnType<typeof openWhitelist>;
beforeEach(async () => {
  dir = mkdtempSync(join(top, "d-"));
  desk = registerAt({ dataDir: dir, levels: ["residents", "visitors"], graceDays: 7 });
  const key = siteKey(join(dir, "site.key"));
  gate = openWhitelist({
    file: join(dir, "whitelist.sqlite"),
    skeleton,
    signed: (pass, found) => isSealed(key, pass, found),
  });
  opened.push(desk.close, gate.close);
  await imported(LIST);
});

async function imported(text: string, manySuspended = true) {
  const preview = await desk.preview(bytes(text));
  return desk.apply(preview.id, manySuspended, clerk);
}
const found = (text: string, shown: Parameters<RegisterDesk["people"]>[0]["shown"] = "all") =>
  desk.people({ text, shown, from: 0, most: 50, nowWallMs: NOW }).people.map(({ id }) => id);

describe("finding", () => {
  it.each([
    ["林秀", ["R1"]],
    ["linxiulan", ["R1"]],
    ["LXL", ["R1"]],
    ["xiulan", ["R1"]],
    ["shan", ["R3"]],
    ["dan", []],
    ["oyxm", ["R4"]],
    ["3-2-50", ["R1", "R2"]],
    ["8002", ["R2"]],
    ["5b38", ["R1"]],
    ["川k", ["R1", "R2"]],
    ["ＫＤ123", ["R2"]],
    ["3-2 zhou", ["R2"]],
    ["103", ["R3"]],
    ["nobody", []],
    ["", ["R1", "R2", "R3", "R4"]],
  ])("%j", (text, wanted) => expect(found(text)).toEqual(wanted));

  it.each([
    ["expiring-7", ["R1"]],
    ["expiring-30", ["R1", "R2"]],
    ["expired", ["R4"]],
    ["parking", []],
    ["suspended", []],
    ["barred", []],
  ] as const)("the list %s", (shown, wanted) => expect(found("", shown)).toEqual(wanted));
});

describe("a file against the list", () => {
  it("is told as what is new, changed, the same and to be suspended; nothing is written before", async () => {
    const preview = await desk.preview(
      bytes(`${HEADER}
R1,林秀兰,3-2-502,13800138001,川K5B38M,101,F1,residents,2027-11-28,2026-12-31
R2,周建国,3-2-503,13800138002,川KD12345,102,,residents,2026-12-20,
R3,单雄信,1-1-101,13800130042,,103,F3,residents,2027-06-30,
R9,新人,9-9-909,,,109,,residents,,
`),
    );
    expect(preview.counts).toEqual({ added: 1, changed: 1, suspended: 1, same: 2, errors: 0, nowhere: 0 });
    expect(preview.changed[0]?.cells).toEqual([{ column: "有效期至", from: "2026-11-28", to: "2027-11-28" }]);
    expect(gate.find("card", "109")).toBeUndefined();
    expect(desk.apply(preview.id, false, clerk)).toMatchObject({ people: 3 });
    expect(gate.find("card", "109")?.holder.name).toBe("新人");
    expect(gate.find("card", "104")?.holder.blocked).toBe(true);
  });

  it("asks again when many would go, and refuses a preview that the list has overtaken", async () => {
    const everybodyElse = Array.from({ length: 8 }, (_, n) => `X${n},人${n},8-1-${n},,,9${n},,residents,,`).join("\n");
    await imported(`${LIST}${everybodyElse}\n`);
    const preview = await desk.preview(bytes(LIST));
    expect(preview.manySuspended).toBe(true);
    expect(desk.apply(preview.id, false, clerk)).toEqual({ why: "many-suspended", detail: "8" });
    desk.suspend(["R1"], "搬走", clerk);
    expect(desk.apply(preview.id, true, clerk)).toEqual({ why: "list-changed" });
    expect(desk.apply("p999", true, clerk)).toEqual({ why: "preview-unknown" });
  });

  it("with mistakes writes nothing, and gives the wrong rows as a book without what mustn't be shown", async () => {
    const preview = await desk.preview(bytes(`${HEADER}\nR1,=cmd(),3,,,511025199001011234,,residents,不知道,\n`));
    expect(preview.errors.map(({ code }) => code)).toEqual(["FORMULA", "CITIZEN_ID", "NOT_A_DATE"]);
    expect(desk.apply(preview.id, true, clerk)).toMatchObject({ why: "has-mistakes" });
    const told = desk.mistakes(preview.id);
    if ("why" in told) throw new Error(told.why);
    const again = await desk.preview(told.file);
    expect(JSON.stringify(again)).not.toContain("511025199001011234");
    expect(gate.find("card", "101")?.holder.name).toBe("林秀兰");
  });
});

describe("undoing", () => {
  const last = () => desk.history(NOW).generations[0]?.number ?? 0;

  it("brings back what an import changed, and whoever was new has left", async () => {
    await imported(
      `${HEADER}\nR1,林秀兰,3-2-502,13800138001,川K5B38M,777,F1,,2026-11-28,\nR9,新人,9-9-909,,,109,,residents,,\n`,
    );
    expect(gate.find("card", "101")).toBeUndefined();
    expect(desk.undo(last(), clerk)).toMatchObject({ people: 5, kept: 0 });
    expect(gate.find("card", "101")?.holder).toMatchObject({ name: "林秀兰", accessLevels: ["residents"] });
    expect(gate.find("card", "104")?.holder.blocked).toBe(false);
    expect(gate.find("card", "109")).toBeUndefined();
    expect(found("")).toEqual(["R1", "R2", "R3", "R4"]);
  });

  it("leaves alone whoever was changed since, and what somebody else carries now", async () => {
    desk.suspend(["R1", "R2"], "欠费", clerk);
    const suspended = last();
    desk.suspend(["R2"], null, clerk);
    expect(desk.undo(suspended, clerk)).toMatchObject({ people: 1, kept: 1 });
    expect(gate.find("card", "101")?.holder.blocked).toBe(false);
    const { cells } = personOf("R4");
    desk.save({ ...cells, 卡号: "" }, clerk);
    const emptied = last();
    desk.save({ ...personOf("R3").cells, 卡号: "103;104" }, clerk);
    desk.undo(emptied, clerk);
    expect(gate.find("card", "104")?.holder.name).toBe("单雄信");
  });

  it("isn't to be had after 30 days, nor for what never was", () => {
    expect(desk.undo(99, clerk)).toEqual({ why: "undo-unknown" });
    expect(desk.undo(last(), { ...clerk, atWallMs: NOW + 31 * DAY })).toEqual({ why: "undo-unknown" });
  });
});

function personOf(id: string) {
  const told = desk.person(id);
  if ("why" in told) throw new Error(told.why);
  return told;
}

describe("one person", () => {
  it("is saved as a row of the file would be, secrets kept where they are masked", () => {
    desk.save({ ...personOf("R2").cells, 密码: "9073" }, clerk);
    expect(personOf("R2").cells.密码).toBe("••••");
    expect(desk.save({ ...personOf("R2").cells, 姓名: "周建军" }, clerk)).toMatchObject({ people: 1 });
    expect(gate.find("pin", "9073")?.holder.name).toBe("周建军");
    expect(desk.save(personOf("R2").cells, clerk)).toMatchObject({ people: 0 });
    expect(desk.save({ ...personOf("R2").cells, 车牌: "HELLO" }, clerk)).toMatchObject({
      why: "has-mistakes",
      mistakes: [{ column: "车牌", code: "NOT_A_PLATE" }],
    });
    expect(desk.save({ ...personOf("R2").cells, 卡号: "101" }, clerk)).toMatchObject({ why: "credential-taken" });
  });

  it("is extended: the validity, or the parking fee that ends the plate alone", () => {
    desk.extend(["R1", "R4"], "validity", NOW + 365 * DAY, clerk);
    desk.extend(["R1"], "parking", NOW - DAY, clerk);
    expect(gate.find("card", "101")?.credential.validUntil).toBe(NOW + 365 * DAY);
    expect(gate.find("plate", "川K5B38M")?.credential.validUntil).toBe(NOW - DAY);
    expect(desk.extend(["R1", "nobody"], "validity", NOW, clerk)).toEqual({ why: "person-unknown" });
    expect(found("", "parking")).toEqual(["R1"]);
  });
});

describe("visitor passes", () => {
  const asked = { visitor: "张三", household: "3-2-502", fromWallMs: NOW, untilWallMs: NOW + 3_600_000, uses: 1 };
  const made = (more = {}) => {
    const told = desk.makePass({ ...asked, ...more }, clerk);
    if ("why" in told) throw new Error(told.why);
    return told;
  };

  it("open by picture, by six digits as a code or a PIN, with the host's levels, counted as one", () => {
    const pass = made({ plate: "川k99999" });
    expect(pass.code).toMatch(/^\d{6}$/);
    for (const [type, value] of [
      ["code", pass.qr],
      ["code", pass.code],
      ["pin", pass.code],
      ["plate", "川K99999"],
    ] as const)
      expect(gate.find(type, value)).toMatchObject({
        holder: { name: "张三", accessLevels: ["residents"], household: "3-2-502" },
        credential: { validFrom: NOW, validUntil: NOW + 3_600_000, maxUses: 1, countedAs: pass.id },
      });
  });

  it("aren't taken with other terms than they were sealed with, nor with another seal", () => {
    const pass = made({ times: { weekdays: [1, 3], from: 480, until: 1080 } });
    expect(gate.find("code", pass.qr)?.credential.times?.windows[0]).toMatchObject({ weekdays: [1, 3], from: 480 });
    gate.within((db) => {
      const longer = NOW + 999 * DAY;
      db.prepare("UPDATE credential SET valid_until = ?, sum = row_sum('') WHERE value = ?").run(longer, pass.qr);
    });
    expect(gate.find("code", pass.qr)).toBeUndefined();
    expect(gate.find("code", `${pass.qr.slice(0, -1)}0`)).toBeUndefined();
  });

  it.each([
    [{ untilWallMs: NOW - 1 }, "pass-invalid"],
    [{ untilWallMs: NOW + 400 * DAY }, "pass-invalid"],
    [{ household: "9-9-999" }, "levels-needed"],
    [{ levels: ["everywhere"] }, "levels-needed"],
    [{ plate: "HELLO" }, "pass-invalid"],
    [{ plate: "川K5B38M" }, "credential-taken"],
  ])("%j is refused: %s", (more, why) => expect(desk.makePass({ ...asked, ...more }, clerk)).toMatchObject({ why }));

  it("end when they are ended, stay through an import, and no file takes their code", async () => {
    const pass = made();
    await imported(LIST);
    expect(gate.find("code", pass.qr)?.holder.name).toBe("张三");
    const taken = await desk.preview(bytes(`编号,姓名,通行码\nR1,林秀兰,${pass.code}\n`));
    expect(taken.errors.map(({ code }) => code)).toEqual(["TAKEN"]);
    desk.endPass(pass.id, clerk);
    expect(gate.find("code", pass.qr)).toBeUndefined();
    expect(desk.passes(NOW).passes).toMatchObject([{ id: pass.id, ended: true }]);
  });

  it("have a picture: a PNG", () => {
    expect(qrPng(made().qr).subarray(1, 4).toString("latin1")).toBe("PNG");
  });
});

describe("the blocklist", () => {
  it("holds a plate of nobody's, refuses a resident's, and is emptied again", () => {
    desk.bar({ type: "plate", value: "川a88888", why: "撞坏道闸" }, clerk);
    expect(gate.find("plate", "川A88888")?.holder).toMatchObject({ blocked: true, blockedWhy: "撞坏道闸" });
    expect(desk.bar({ type: "plate", value: "川K5B38M", why: "x" }, clerk)).toMatchObject({ why: "credential-taken" });
    const [id = ""] = found("", "barred");
    desk.unbar(id, clerk);
    expect(gate.find("plate", "川A88888")).toBeUndefined();
    expect(found("", "barred")).toEqual([]);
  });
});

describe("consent to a face", () => {
  const asked = { holder: "R1", notice: "2026-1", how: "paper" } as const;

  it("is kept with who, when, how and which notice; under 14 a guardian is needed", () => {
    expect(personOf("R1").person.consent).toBe("missing");
    expect(desk.consent({ ...asked, birthYear: 2015 }, clerk)).toEqual({ why: "guardian-needed" });
    expect(desk.consent({ ...asked, birthYear: 2012 }, clerk)).toEqual({ why: "guardian-needed" });
    desk.consent({ ...asked, birthYear: 2015, guardian: "林建" }, clerk);
    expect(personOf("R1").person.consent).toBe("given");
    expect(personOf("R1").consents).toMatchObject([
      { notice: "2026-1", how: "paper", takenBy: "王芳", atWallMs: NOW, guardian: "林建", birthYear: 2015 },
    ]);
  });

  it("withdrawn takes the face off the list, shows each terminal's receipt, and no file or undoing brings it back", async () => {
    desk.consent(asked, clerk);
    const before = desk.history(NOW).generations[0]?.number ?? 0;
    const terminals = openTerminals(join(dir, "terminals.sqlite"), NOW, () => undefined);
    const receipt = {
      face: "F1",
      holder: "R1",
      held: "yes",
      is: "confirmed",
      tries: 1,
      wallMs: NOW,
      dueAt: 0,
    } as const;
    terminals.save("face-1", [{ ...receipt }]);
    const told = desk.withdraw("R1", clerk);
    expect(told).toMatchObject({
      consents: [
        { state: "withdrawn", takenBy: "王芳", receipts: [{ terminal: "face-1", face: "F1", held: "yes" }] },
        { state: "recorded", agreedBy: "林秀兰" },
      ],
    });
    expect(gate.find("face", "F1")).toBeUndefined();
    expect(gate.find("card", "101")?.holder.name).toBe("林秀兰");
    terminals.save("face-1", [{ ...receipt, held: "no", is: "removed" }]);
    expect(personOf("R1").consents[0]?.receipts).toMatchObject([{ held: "no" }]);
    expect((await desk.preview(bytes(LIST))).errors.map(({ code }) => code)).toEqual(["CONSENT_WITHDRAWN"]);
    desk.undo(desk.history(NOW).generations[0]?.number ?? 0, clerk);
    desk.undo(before, clerk);
    expect(gate.find("face", "F1")).toBeUndefined();
    expect(desk.withdraw("R1", clerk)).toEqual({ why: "no-face" });
    desk.consent(asked, clerk);
    expect((await desk.preview(bytes(LIST))).errors).toEqual([]);
    await terminals.close();
  });
});

it("one person's data are given out: the list's, the consents, and what the journal says", () => {
  const key = siteKey(join(dir, "site.key"));
  const journal = openJournal({
    file: join(dir, "journal.sqlite"),
    boot: "b",
    siteKey: key,
    keyOf: gate.keyOf,
    subjectOf: gate.subjectOf,
    keyOfSubject: gate.keyOfSubject,
    dateOf: () => "2026-11-25",
    onRow: () => undefined,
  });
  opened.push(journal.close);
  const wall = { epochMs: NOW, trust: "trusted", date: "2026-11-25", weekday: 3, minute: 600 } as const;
  journal.append({
    kind: "decision",
    now: { at: 1, wall },
    open: { outcome: "granted" },
    subject: "R1",
    sealed: { name: "林秀兰" },
  });
  journal.append({ kind: "decision", now: { at: 2, wall }, open: { outcome: "denied" }, subject: "R2" });
  journal.write();
  expect(desk.about("R1")).toMatchObject({
    about: { person: { name: "林秀兰" }, passages: [{ open: { outcome: "granted" }, sealed: { name: "林秀兰" } }] },
  });
  expect(desk.about("nobody")).toEqual({ why: "person-unknown" });
});
