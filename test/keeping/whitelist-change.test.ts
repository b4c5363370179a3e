// A change of the list beside a gate at work: all of it or nothing, and whoever is looked up meanwhile is found as before.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { changeList, type ListChange } from "../../src/adapters/whitelist-change.ts";
import { erasePerson } from "../../src/adapters/whitelist-erase.ts";
import { GONE, type Person, undoingOf } from "../../src/adapters/whitelist-people.ts";
import { skeleton } from "../../src/core/plates.ts";
import { place } from "./journal-place.ts";

const DEPS = { skeleton, subjectOf: (holder: string) => `s-${holder}` };
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

function listOf(people: readonly Person[]) {
  const file = join(place(), "whitelist.sqlite");
  const list = openWhitelist({ file, ...DEPS });
  onTestFinished(list.close);
  list.replaceAll(people, "test", 0);
  const change = (more: Partial<ListChange>) =>
    changeList(file, { put: [], remove: [], allowRemovals: false, by: "platform", atWallMs: 5, ...more }, DEPS);
  const who = (card: string) => {
    const holder = list.find("card", card)?.holder;
    return holder === undefined ? undefined : `${holder.id}${holder.blocked ? " blocked" : ""}`;
  };
  return { file, list, change, who };
}

describe("a delta", () => {
  it("lets somebody new in, changes another, suspends a third; the generation before is kept", async () => {
    const { file, list, change, who } = listOf(many(10));
    const key = list.keyOf("p1");
    const became = await change({
      base: 1,
      put: [
        person("new", "card-new", { household: "1-1-1", spaces: 2 }),
        person("p1", "card-other", { slow: true, levels: ["all", "garage"] }),
      ],
      remove: ["p2"],
    });
    expect(became).toEqual({ is: "done", generation: 2 });
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
    const before = openWhitelist({ file: `${file}.previous`, ...DEPS });
    expect([before.generation, before.find("card", "card-1")?.holder.id]).toEqual([1, "p1"]);
    before.close();
  });

  it("of another generation changes nothing", async () => {
    const { change, list, file } = listOf(many(3));
    expect(await change({ base: 7, put: [person("new", "x")] })).toEqual({
      is: "refused",
      why: "need-full",
      generation: 1,
    });
    expect([list.generation, existsSync(`${file}.previous`)]).toEqual([1, true]);
  });

  it.each<[string, Partial<ListChange>, string]>([
    ["a card that somebody else has", { put: [person("new", "fresh"), person("b", "card-1")] }, "credential-taken"],
    ["somebody who isn't there", { remove: ["p1", "nobody"] }, "person-unknown"],
    ["more than a tenth leaving", { remove: ["p1", "p2", "p3", "p4"] }, "too-many-removals"],
  ])("%s: nothing of it is done", async (_, more, why) => {
    const { change, list, who } = listOf(many(20));
    expect(await change(more)).toEqual({ is: "refused", why, generation: 1 });
    expect([who("card-1"), who("fresh"), list.generation, list.size]).toEqual(["p1", undefined, 1, 20]);
  });

  it("many may leave where that is meant; cards may be exchanged, and one of somebody who left given on", async () => {
    const { change, who, list } = listOf(many(8));
    const meant = { remove: ["p1", "p2", "p3", "p4"], allowRemovals: true };
    expect(await change(meant)).toEqual({ is: "done", generation: 2 });
    const exchanged = [person("p5", "card-6"), person("p6", "card-5"), person("new", "card-1")];
    expect(await change({ base: 2, put: exchanged })).toEqual({ is: "done", generation: 3 });
    expect(["card-5", "card-6", "card-1"].map(who)).toEqual(["p6", "p5", "new"]);
    expect(list.damage).toBeUndefined();
  });

  it("a household's spaces count for everybody in it", async () => {
    const household = { household: "1-1-1", spaces: 1 };
    const { change, list } = listOf([person("a", "1", household), person("b", "2", household)]);
    await change({ put: [person("b", "2", { ...household, spaces: 2 })] });
    expect(["1", "2"].map((card) => list.find("card", card)?.holder.spaces)).toEqual([2, 2]);
    expect(list.damage).toBeUndefined();
  });
});

it("a full list: who isn't in it is suspended, and comes back with the next", async () => {
  const { change, who } = listOf(many(3));
  expect(await change({ put: [person("p0", "card-0")], remove: "others", allowRemovals: true })).toMatchObject({
    generation: 2,
  });
  expect(["card-0", "card-1", "card-2"].map(who)).toEqual(["p0", "p1 blocked", "p2 blocked"]);
  await change({ put: many(3), remove: "others" });
  expect(["card-0", "card-1", "card-2"].map(who)).toEqual(["p0", "p1", "p2"]);
});

it("promise 3: while a big one is written everybody is found as before, and the loop has its turns", async () => {
  const { change, who } = listOf(many(50));
  const changing = change({ put: many(2_000).map((one) => ({ ...one, name: "新" })) });
  let turns = 0;
  let done = false;
  void changing.then(() => {
    done = true;
  });
  while (!done) {
    expect(who("card-7")).toBe("p7");
    turns++;
    await new Promise((next) => setImmediate(next));
  }
  expect(turns).toBeGreaterThan(50);
  expect(await changing).toEqual({ is: "done", generation: 2 });
  expect(who("card-1999")).toBe("p1999");
});

it("promise 3: another program that holds the list is waited for, but not on the loop, and not for ever", async () => {
  const { file, change, list } = listOf(many(3));
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  await expect(change({ put: [person("new", "x")] })).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  const how = { apply: true, by: "platform", atWallMs: 0, busyMs: 0 };
  expect(() => erasePerson(file, "p1", how)).toThrow("DATABASE_BUSY");
  const waits = change({ put: [person("new", "x")] });
  other.exec("ROLLBACK");
  other.close();
  expect(await waits).toEqual({ is: "done", generation: 2 });
  expect(list.find("card", "x")?.holder.id).toBe("new");
});

it("a full list that says the same of somebody changes them in nothing: what the clerk did can be undone all the same", async () => {
  const { list, change, file } = listOf(many(12));
  const blocked = list.amend([person("p3", "card-3", { blocked: true, blockedWhy: "欠费" })], {
    by: "clerk",
    atWallMs: 2,
    what: "suspend",
  });
  await change({
    put: many(11).map((one) => (one.id === "p3" ? { ...one, blocked: true, blockedWhy: "欠费" } : one)),
    remove: "others",
  });
  // p11 has left, and stays away: the next one changes nobody at all.
  const again = await change({
    put: many(11).map((one) => (one.id === "p3" ? { ...one, blocked: true, blockedWhy: "欠费" } : one)),
    remove: "others",
  });
  expect(again).toMatchObject({ is: "done", generation: 4 });
  const changed = new Map(list.history(0).map(({ number, people }) => [number, people]));
  expect([changed.get(3), changed.get(4)]).toEqual([1, undefined]);
  const undoing = list.within((db) => undoingOf(db, blocked));
  expect([undoing?.kept, undoing?.people.map(({ id, blocked }) => [id, blocked])]).toEqual([0, [["p3", false]]]);
  expect(existsSync(file)).toBe(true);
});

it("leaves no half copy lying about", async () => {
  const { file, change } = listOf(many(3));
  await change({ put: [person("new", "x")] });
  expect(readdirSync(join(file, "..")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
