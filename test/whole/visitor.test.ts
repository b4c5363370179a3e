/** A visitor's pass, whole: made over the API of the running gate, shown to a reader on a serial line, opens once. */
import { open } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openOffice } from "./office.ts";
import { type Gate, openPlace, type Place, serialPair, startGate, until } from "./place.ts";
import { FLASH, RESIDENTS, siteYaml, storedRows, type Witness, watchBoard } from "./site.ts";

const PASSWORD = "not-a-default-7f21";

describe("a visitor pass", () => {
  let place: Place;
  let board: Witness;
  let gate: Gate;
  let reader: Awaited<ReturnType<typeof serialPair>>;
  let site = "";
  const { ask } = openOffice(() => gate.page);

  beforeAll(async () => {
    place = openPlace();
    const relays = await serialPair(place, "relays");
    reader = await serialPair(place, "cards");
    board = await watchBoard(relays.theirs);
    site = siteYaml({
      mqtt: "{ embedded: { port: 0 } }",
      relays: relays.ours,
      cardReader: reader.ours,
      passwordFile: place.write("face-in.password", `${PASSWORD}\n`),
    });
    gate = await startGate(place, site);
  });
  afterAll(() => place.leave());

  const decisions = () => storedRows(place).filter((row) => row.kind === "decision");
  async function present(text: string) {
    const before = decisions().length;
    const line = await open(reader.theirs, "r+");
    await line.write(`${text}\r\n`);
    await line.close();
    await until(() => decisions().length > before, 15_000, gate.running.printed);
    return decisions().at(-1)?.open;
  }

  test("without an account nobody manages residents; with the clerk's, a list is imported", async () => {
    expect((await ask("GET", "/people")).status).toBeGreaterThanOrEqual(401);
    const code = /"setupCode":"([^"]+)"/.exec(gate.running.printed())?.[1];
    const admin = { code, name: "admin", who: "管理员", password: "long enough 4711" };
    expect((await ask("POST", "/setup", admin)).status, gate.running.printed().slice(-3000)).toBe(201);
    await ask("POST", "/sessions", { name: "admin", password: "long enough 4711" });
    const clerk = { name: "wang", who: "王芳", role: "clerk", password: "another long 0815" };
    expect((await ask("POST", "/accounts", clerk)).status).toBe(201);
    await ask("POST", "/sessions", { name: "wang", password: "another long 0815" });

    const preview = await ask("POST", "/imports", new TextEncoder().encode(RESIDENTS));
    expect(preview.body).toMatchObject({ counts: { added: 2, errors: 0 } });
    expect((await ask("POST", `/imports/${preview.body.id}/apply`, {})).body).toMatchObject({ people: 2 });
    expect((await ask("GET", "/people?text=lxl")).body).toMatchObject({ people: [{ name: "林秀兰" }] });
  });

  test("the picture's text opens once; the six digits of the same pass are used up with it", async () => {
    const now = Date.now();
    const made = await ask("POST", "/passes", {
      visitor: "张三",
      household: "3-1-302",
      fromWallMs: now - 60_000,
      untilWallMs: now + 3_600_000,
      uses: 1,
    });
    expect(made.status).toBe(201);
    const moved = board.writes().length;
    expect(await present(made.body.qr)).toMatchObject({ outcome: "granted", holderKind: "visitor" });
    await until(() => board.writes().length > moved);
    expect(board.writes().slice(moved)).toEqual([FLASH]);
    expect(await present(made.body.code)).toMatchObject({ outcome: "denied", reason: "use-count-exhausted" });
    expect(board.writes().length).toBe(moved + 1);
    const told = await ask("GET", "/passes?all=yes");
    expect(told.body.passes).toMatchObject([{ visitor: "张三", used: 1, ended: true }]);
  });

  test("one that was ended, and one that somebody made up, open nothing", async () => {
    const now = Date.now();
    const made = await ask("POST", "/passes", {
      visitor: "李四",
      household: "3-1-302",
      fromWallMs: now - 60_000,
      untilWallMs: now + 3_600_000,
    });
    const moved = board.writes().length;
    const forged = `${made.body.qr.slice(0, -2)}00`;
    expect(await present(forged)).toMatchObject({ outcome: "denied", reason: "credential-not-found" });
    expect((await ask("DELETE", `/passes/${made.body.id}`)).status).toBe(200);
    expect(await present(made.body.qr)).toMatchObject({ outcome: "denied", reason: "credential-not-found" });
    expect(board.writes().length).toBe(moved);
  });

  test("the clerk sees who may pass when, and the reasons that they save are the guard's, after a restart too", async () => {
    expect((await ask("GET", "/access")).body).toMatchObject({
      levels: [{ id: "residents", everywhere: true, holders: 2 }],
      unpublished: [],
    });
    const { body: before } = await ask("GET", "/reasons");
    const reasons = [...before.reasons.slice(1), { zh: "送水", en: "Water" }];
    const saved = await ask("PUT", "/reasons", {
      edition: before.edition,
      reasons,
      retired: before.reasons.slice(0, 1),
    });
    expect(saved.body).toMatchObject({ reasons, made: { by: "王芳" } });
    expect((await ask("GET", "/state")).body.view.reasons).toEqual(reasons);
    expect(await gate.running.stop()).toBe(0);
    gate = await startGate(place, site);
    expect((await ask("GET", "/state")).body.view.reasons).toEqual(reasons);
    const row = storedRows(place).find(({ kind, open }) => kind === "config" && open.reasons !== undefined);
    expect(row?.open).toMatchObject({ by: "王芳", reasons: reasons.map(({ zh }) => zh).join("、") });
  });

  test("each change stands in the journal with who", () => {
    const told = storedRows(place)
      .filter((row) => row.kind === "whitelist")
      .map(({ open: { what, by } }) => `${by} ${what}`);
    expect(told).toEqual(["王芳 import", "王芳 pass", "王芳 pass", "王芳 pass-end"]);
  });
});
