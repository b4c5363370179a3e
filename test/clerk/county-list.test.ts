// What the county asks of the list: all of it or nothing, but for what is the gate's own; and the gate's thread does none of it.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { CountyAnswer, DeltaAsked } from "../../src/adapters/register-county.ts";
import { openRegisterThread } from "../../src/adapters/register-thread.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { GONE, type Person } from "../../src/adapters/whitelist-people.ts";
import { skeleton } from "../../src/core/plates.ts";
import { registerAt } from "../../src/main-register.ts";

const top = mkdtempSync(join(tmpdir(), "gatepost-county-list-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const person = (id: string, card: string, more: Partial<Person> = {}): Person => ({
  id,
  name: `张${id}`,
  kind: "resident",
  blocked: false,
  slow: false,
  levels: ["all"],
  credentials: card === "" ? [] : [{ type: "card", value: card, original: card }],
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => person(`p${n}`, `card-${n}`));
const BY_COUNTY = { by: "platform", atWallMs: 5 };
const BY_CLERK = { by: "王芳", atWallMs: 3 };
const NOTHING = { base: 1, put: [], remove: [], allowRemovals: false };

function listOf(people: readonly Person[]) {
  const dir = mkdtempSync(join(top, "d-"));
  const file = join(dir, "whitelist.sqlite");
  const place = { dataDir: dir, levels: ["all", "garage"], graceDays: 7 };
  const desk = registerAt(place);
  /** As the running gate has it open. */
  const list = openWhitelist({ file, skeleton });
  list.replaceAll(people, "test", 0);
  onTestFinished(() => {
    list.close();
    desk.close();
  });
  const delta = (more: Partial<DeltaAsked>) =>
    desk.countyDelta({ ...NOTHING, base: list.generation, ...more }, BY_COUNTY);
  const whole = (put: readonly Person[], allowRemovals = false) =>
    desk.countyPart({ upload: "u", part: 1, parts: 1, people: put, allowRemovals }, BY_COUNTY);
  const who = (card: string) => {
    const holder = list.find("card", card)?.holder;
    return holder === undefined ? undefined : `${holder.id}${holder.blocked ? " blocked" : ""}`;
  };
  return { dir, file, place, desk, list, delta, whole, who };
}
const done = (generation: number, held: readonly string[] = []): CountyAnswer => ({ is: "done", generation, held });

describe("a delta", () => {
  it("lets somebody new in, changes another, suspends a third; the generation before is kept", () => {
    const { file, list, delta, who } = listOf(many(10));
    const key = list.keyOf("p1");
    const became = delta({
      put: [
        person("new", "card-new", { household: "1-1-1", spaces: 2 }),
        person("p1", "card-other", { slow: true, levels: ["all", "garage"] }),
      ],
      remove: ["p2"],
    });
    expect(became).toEqual(done(2));
    expect(["card-new", "card-1", "card-other", "card-2", "card-3"].map(who)).toEqual([
      "new",
      undefined,
      "p1",
      "p2 blocked",
      "p3",
    ]);
    expect(list.find("card", "card-new")?.holder).toMatchObject({ household: "1-1-1", spaces: 2 });
    expect(list.find("card", "card-2")?.holder.blockedWhy).toBe(GONE);
    expect(list.keyOf("p1")).toEqual(key);
    expect(list.made()).toEqual({ number: 2, by: "platform", credentials: 11 });
    expect(list.damage).toBeUndefined();
    const before = openWhitelist({ file: `${file}.previous`, skeleton });
    expect([before.generation, before.find("card", "card-1")?.holder.id]).toEqual([1, "p1"]);
    before.close();
  });

  it.each<[string, Partial<DeltaAsked>, string, string | undefined]>([
    ["of another generation", { base: 7, put: [person("new", "fresh")] }, "need-full", undefined],
    [
      "a card that somebody else has",
      { put: [person("new", "fresh"), person("b", "card-1")] },
      "credential-taken",
      "put/1/credentials/0",
    ],
    ["somebody who isn't there", { remove: ["p1", "nobody"] }, "person-unknown", "remove/1"],
    ["more than a tenth leaving", { remove: ["p1", "p2", "p3", "p4"] }, "too-many-removals", undefined],
    [
      "a level that isn't there",
      { put: [person("new", "fresh", { levels: ["vip"] })] },
      "level-unknown",
      "put/0/levels",
    ],
  ])("%s: nothing of it is done", (_, more, why, at) => {
    const { delta, list, who } = listOf(many(20));
    expect(delta(more)).toEqual({ is: "refused", why, generation: 1, ...(at === undefined ? {} : { at }) });
    expect([who("card-1"), who("fresh"), list.generation, list.size]).toEqual(["p1", undefined, 1, 20]);
  });

  it("many may leave where that is meant; cards may be exchanged, and one of somebody who left given on", () => {
    const { delta, who, list } = listOf(many(8));
    expect(delta({ remove: ["p1", "p2", "p3", "p4"], allowRemovals: true })).toEqual(done(2));
    expect(delta({ put: [person("p5", "card-6"), person("p6", "card-5"), person("new", "card-1")] })).toEqual(done(3));
    expect(["card-5", "card-6", "card-1"].map(who)).toEqual(["p6", "p5", "new"]);
    expect(delta({ put: [person("other", "card-2")], remove: ["p7"] })).toEqual(done(4));
    expect(["card-2", "card-7"].map(who)).toEqual(["other", "p7 blocked"]);
    expect(list.damage).toBeUndefined();
  });

  it("with uses: they are the person's, by whatever they come in", () => {
    const { delta, list } = listOf(many(3));
    const credentials = (["card", "code"] as const).map((type) => ({ type, value: "4711", original: "4711" }));
    delta({ put: [person("guest", "", { maxUses: 2, credentials })] });
    for (const type of ["card", "code"] as const)
      expect(list.find(type, "4711")?.credential).toMatchObject({ maxUses: 2, countedAs: "guest" });
    expect(list.find("card", "card-1")?.credential.countedAs).toBeUndefined();
  });

  it("a household's spaces count for everybody in it, and are nobody's when nobody lives there", () => {
    const household = { household: "1-1-1", spaces: 1 };
    const { delta, list } = listOf([person("a", "1", household), person("b", "2", household)]);
    const spaces = () => ["1", "2"].map((card) => list.find("card", card)?.holder.spaces);
    delta({ put: [person("b", "2", { ...household, spaces: 2 }), person("a", "1", { household: "1-1-1" })] });
    expect(spaces()).toEqual([2, 2]);
    delta({ put: [person("a", "1"), person("b", "2")] });
    delta({ put: [person("a", "1", { household: "1-1-1" })] });
    expect(spaces()).toEqual([undefined, undefined]);
    expect(list.damage).toBeUndefined();
  });
});

describe("a full list", () => {
  it("suspends who isn't in it, who comes back with the next", () => {
    const { whole, who } = listOf(many(3));
    expect(whole([person("p0", "card-0")], true)).toEqual(done(2));
    expect(["card-0", "card-1", "card-2"].map(who)).toEqual(["p0", "p1 blocked", "p2 blocked"]);
    whole(many(3));
    expect(["card-0", "card-1", "card-2"].map(who)).toEqual(["p0", "p1", "p2"]);
  });

  it("in parts does nothing before the last; one that is missing, or an erasing meanwhile, begins it anew", () => {
    const { desk, who } = listOf(many(3));
    const part = (n: number) =>
      desk.countyPart(
        { upload: "u", part: n, parts: 2, people: [person(`p${n}`, `card-${n}`)], allowRemovals: true },
        BY_COUNTY,
      );
    const lost = { is: "refused", why: "upload-unknown", generation: 1 };
    expect(part(2)).toEqual(lost);
    expect(part(1)).toEqual({ is: "kept" });
    expect(desk.countyErase("nobody", BY_COUNTY)).toMatchObject({ is: "refused", why: "person-unknown", at: "person" });
    expect(part(2)).toEqual(lost);
    expect(part(1)).toEqual({ is: "kept" });
    expect(who("card-0")).toBe("p0");
    expect(part(2)).toEqual(done(2));
    expect(["card-0", "card-1"].map(who)).toEqual(["p0 blocked", "p1"]);
  });

  it("that says the same of somebody changes them in nothing: what the clerk did can be undone all the same", () => {
    const household = { household: "1-1-1", spaces: 1 };
    const { list, whole, desk } = listOf(many(12).map((one) => ({ ...one, ...household })));
    desk.suspend(["p3"], "欠费", BY_CLERK);
    // As the county has it: the household's spaces are told with one of them alone.
    const same = many(11).map((one, n) => ({ ...one, household: "1-1-1", ...(n === 0 ? { spaces: 1 } : {}) }));
    expect(whole(same)).toEqual(done(3, ["people/3"]));
    // p11 has left, and stays away: the next one changes nobody at all.
    expect(whole(same)).toEqual(done(4, ["people/3"]));
    const changed = new Map(list.history(0).map(({ number, people }) => [number, people]));
    expect([changed.get(3), changed.get(4)]).toEqual([1, undefined]);
    expect(desk.undo(2, BY_CLERK)).toMatchObject({ people: 1, kept: 0 });
    expect(list.find("card", "card-3")?.holder.blocked).toBe(false);
  });
});

describe("what is the gate's own", () => {
  const reason = (list: ReturnType<typeof listOf>["list"], card: string) => list.find("card", card)?.holder.blockedWhy;

  it("a clerk's suspension stays, whatever else is changed; the county is told where", () => {
    const { delta, list, desk, who } = listOf(many(12));
    desk.suspend(["p1", "p2"], "欠费", BY_CLERK);
    const put = [person("p0", "card-0"), person("p1", "card-new", { levels: ["garage"] }), person("p2", "card-2")];
    expect(delta({ put })).toEqual(done(3, ["put/1", "put/2"]));
    expect([who("card-new"), reason(list, "card-new"), who("card-2")]).toEqual(["p1 blocked", "欠费", "p2 blocked"]);
    expect(list.find("card", "card-new")?.holder.accessLevels).toEqual(["garage"]);
    // Nor by leaving and coming back.
    expect(delta({ remove: ["p1"] })).toEqual(done(4));
    expect(reason(list, "card-new")).toBe(`${GONE}；欠费`);
    expect(delta({ put: [person("p1", "card-new")] })).toEqual(done(5, ["put/0"]));
    expect(reason(list, "card-new")).toBe("欠费");
    // The clerk lifts it.
    desk.suspend(["p1"], null, BY_CLERK);
    expect(delta({ put: [person("p1", "card-new")] })).toEqual(done(7));
    expect(who("card-new")).toBe("p1");
  });

  it("one without a reason stays too, also behind a leaving", () => {
    const { delta, who } = listOf([...many(12), person("x", "card-x", { blocked: true })]);
    expect(delta({ put: [person("x", "card-x")] })).toEqual(done(2, ["put/0"]));
    delta({ remove: ["x"] });
    expect(delta({ put: [person("x", "card-x")] })).toEqual(done(4, ["put/0"]));
    expect(who("card-x")).toBe("x blocked");
  });

  it("the county lifts its own suspension, and the clerk may; whoever the clerk suspends again is the clerk's", () => {
    const { delta, list, desk, who } = listOf(many(12));
    const blocked = { blocked: true, blockedWhy: "县里停用" };
    expect(delta({ put: [person("p1", "card-1", blocked)] })).toEqual(done(2));
    expect([who("card-1"), reason(list, "card-1")]).toEqual(["p1 blocked", "县里停用"]);
    delta({ remove: ["p1"] });
    expect(delta({ put: [person("p1", "card-1")] })).toEqual(done(4));
    expect(who("card-1")).toBe("p1");
    delta({ put: [person("p1", "card-1", blocked)] });
    desk.suspend(["p1"], "欠费", BY_CLERK);
    // Suspended by both: it is the clerk's word that stands.
    expect(delta({ put: [person("p1", "card-1", blocked)] })).toEqual(done(7));
    expect(reason(list, "card-1")).toBe("欠费");
    expect(delta({ put: [person("p1", "card-1")] })).toEqual(done(8, ["put/0"]));
  });

  it("the clerk's file that says the same of the county's suspension leaves it the county's", async () => {
    const { delta, desk, who } = listOf(many(12));
    delta({ put: [person("p1", "card-1", { blocked: true, blockedWhy: "县里停用" })] });
    const rows = desk.exported().rows;
    const text = new TextEncoder().encode(rows.map((cells) => cells.join(",")).join("\n"));
    const { id, errors } = await desk.preview(text);
    expect(errors).toEqual([]);
    desk.apply(id, true, BY_CLERK);
    expect(delta({ put: [person("p1", "card-1")] })).toMatchObject({ is: "done", held: [] });
    expect(who("card-1")).toBe("p1");
  });

  it("a visitor pass and a blocklist's entry are no one's the county could name", () => {
    const { delta, whole, list, desk, who } = listOf(many(12));
    const until = Date.UTC(2030, 0, 1);
    const pass = desk.makePass(
      { visitor: "客人", levels: ["all"], fromWallMs: until - 86_400_000, untilWallMs: until, plate: "川A11111" },
      { by: "王芳", atWallMs: until - 1_000 },
    );
    if ("why" in pass) throw new Error(pass.why);
    desk.bar({ type: "card", value: "bad-card", why: "偷车" }, BY_CLERK);
    const barred = [...list.people()].find(({ origin }) => origin === "barred")?.id ?? "";
    const generation = list.generation;
    const refused = (why: string, at: string) => ({ is: "refused", why, at, generation });
    expect(delta({ put: [person("p0", "card-0"), person(barred, "card-new")] })).toEqual(refused("id-taken", "put/1"));
    expect(delta({ put: [person(pass.id, "card-new")] })).toEqual(refused("id-taken", "put/0"));
    expect(whole([...many(12), person(barred, "card-new")])).toEqual(refused("id-taken", "people/12"));
    expect(delta({ remove: [barred] })).toEqual(refused("person-unknown", "remove/0"));
    expect(delta({ put: [person("p0", "bad-card")] })).toEqual(refused("credential-taken", "put/0/credentials/0"));
    expect(desk.countyErase(barred, BY_COUNTY)).toEqual(refused("id-taken", "person"));
    expect(whole(many(12))).toMatchObject({ is: "done" });
    expect([who("bad-card"), list.find("plate", "川A11111")?.holder.id]).toEqual([`${barred} blocked`, pass.id]);
  });
});

describe("in the register's thread", () => {
  function threadOf(people: readonly Person[]) {
    const at = listOf(people);
    const thread = openRegisterThread(at.place);
    onTestFinished(thread.close);
    return { ...at, thread };
  }

  it("promise 3: while a big list is written everybody is found as before; the clerk's change waits its turn, and both are done", async () => {
    const { list, thread, who } = threadOf(many(50));
    const people = many(3_000).map((one) => ({ ...one, name: "新" }));
    const changing = thread.ask(
      "countyPart",
      { upload: "u", part: 1, parts: 1, people, allowRemovals: false },
      BY_COUNTY,
    );
    const clerks = thread.ask("suspend", ["p7"], "欠费", BY_CLERK);
    let settled = false;
    void changing.then(() => {
      settled = true;
    });
    let turns = 0;
    while (!settled) {
      const found = list.find("card", "card-7")?.holder.name;
      if (list.generation === 1) expect(found).toBe("张p7");
      turns++;
      await new Promise((next) => setImmediate(next));
    }
    expect(turns).toBeGreaterThan(10);
    expect(await changing).toEqual(done(2));
    expect(await clerks).toEqual({ generation: 3, people: 1 });
    expect([who("card-2999"), who("card-7")]).toEqual(["p2999", "p7 blocked"]);
  });

  it("another program that holds the list is waited for there, but not for ever", async () => {
    const { file, thread, list } = threadOf(many(3));
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const put = [person("new", "x")];
    const asked = () => thread.ask("countyDelta", { ...NOTHING, put }, BY_COUNTY);
    await expect(asked()).rejects.toMatchObject({ code: "DATABASE_BUSY" });
    await expect(thread.ask("countyErase", "p1", BY_COUNTY)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
    other.exec("ROLLBACK");
    other.close();
    expect(await asked()).toEqual(done(2));
    expect(list.find("card", "x")?.holder.id).toBe("new");
  });
});

it("leaves no half copy lying about, and keeps the generation before", () => {
  const { dir, file, delta } = listOf(many(3));
  delta({ put: [person("new", "x")] });
  expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(existsSync(`${file}.previous`)).toBe(true);
});
