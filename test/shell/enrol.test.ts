/** Promise 6: who leaves the list leaves every terminal, with a receipt; told as stories. */
import { expect, test } from "vitest";
import { openEnrolSite, resident } from "./enrol-site.ts";

const A = resident("A");
const B = resident("B");

test("the list and a picture each: both terminals hold them, and the pictures are gone", async () => {
  const site = openEnrolSite();
  site.list(A, B);
  site.picture("A", "p1");
  site.picture("B", "p1");
  await site.run(40);
  expect([site.held("t1"), site.held("t2")]).toEqual([
    ["A", "B"],
    ["A", "B"],
  ]);
  expect(site.pictures.size).toBe(0);
  expect(site.rows).toEqual(expect.arrayContaining(["t1 added", "t2 added"]));
  expect(site.rows).toHaveLength(4);
  // Nothing more is said when nothing is owed.
  const before = site.sentTo.length;
  await site.run(30);
  expect(site.sentTo.length).toBe(before);
  site.close();
});

test("promise 6: a resident leaves while a terminal is off for a week; removed from it when it is back", async () => {
  const site = await enrolled(A, B);
  const t2 = site.terminals.get("t2");
  if (t2 === undefined) throw new Error("no t2");
  t2.on = false;
  site.list(B);
  await site.run(400);
  expect([site.held("t1"), site.held("t2")]).toEqual([["B"], ["A", "B"]]);
  await site.hours(7 * 24);
  expect(site.alarms).toEqual(["face-not-removed t2: 1"]);
  expect(site.receipts().get("t2")?.get("A")).toMatchObject({ held: "maybe", did: "remove" });
  t2.on = true;
  await site.run(20);
  expect(site.held("t2")).toEqual(["B"]);
  expect(site.receipts().get("t2")?.get("A")).toMatchObject({ held: "no", is: "removed" });
  expect(site.rows.filter((row) => row === "t2 removed")).toHaveLength(1);
  expect(site.alarms.at(-1)).toBe("calm face-not-removed");
  site.close();
});

test("a terminal that was reset: what it lost is told; with the pictures kept it is filled again", async () => {
  for (const keepPictures of [false, true]) {
    const site = await enrolledWith({ keepPictures }, A, B);
    const t1 = site.terminals.get("t1");
    if (t1 === undefined) throw new Error("no t1");
    t1.on = false;
    await site.run(400);
    t1.faces.reset();
    t1.on = true;
    await site.run(40);
    expect(site.rows.filter((row) => row === "t1 missing")).toHaveLength(2);
    expect(site.held("t1")).toEqual(keepPictures ? ["A", "B"] : []);
    site.close();
  }
});

test("an exchanged terminal holds somebody else's people: they are found, told and removed; its own page's can only be told", async () => {
  const site = await enrolled(A);
  const t1 = site.terminals.get("t1");
  if (t1 === undefined) throw new Error("no t1");
  t1.on = false;
  await site.run(400);
  const pic = `data:image/jpeg;base64,${Buffer.alloc(1_200, 7).toString("base64")}`;
  t1.faces.answer({ operator: "EditPerson", info: { customId: "X", name: "x", pic } });
  t1.faces.enrolHere("somebody");
  t1.on = true;
  await site.run(60);
  expect(site.held("t1")).toEqual(["A"]);
  expect(site.rows.slice(2)).toEqual(["t1 found", "t1 removed"]);
  expect(site.alarms).toEqual(["face-not-removed t1: 1"]);
  site.close();
});

test("full: nothing is added for an hour, or until somebody has left", async () => {
  const site = openEnrolSite({ capacity: 1, keepPictures: true });
  site.list(A, B);
  site.picture("A", "p1");
  site.picture("B", "p1");
  await site.run(60);
  expect(site.held("t1")).toEqual(["A"]);
  expect(site.rows).toContain("t1 refused 467");
  const edits = site.sentTo.filter((one) => one === "t1 EditPerson").length;
  await site.run(300);
  expect(site.sentTo.filter((one) => one === "t1 EditPerson").length).toBe(edits);
  site.list(B);
  await site.run(120);
  expect(site.held("t1")).toEqual(["B"]);
  site.close();
});

test("one refuses one picture: told once, not tried again with the same one; a better one is", async () => {
  const site = openEnrolSite();
  site.terminals.get("t1")?.faces.refuse("A", 478);
  site.list(A);
  site.picture("A", "p1");
  await site.run(300);
  expect(site.rows).toEqual(expect.arrayContaining(["t1 refused 478", "t2 added"]));
  expect(site.sentTo.filter((one) => one === "t1 EditPerson")).toHaveLength(1);
  // The other terminal has it, this one doesn't: the picture stays.
  expect(site.pictures.size).toBe(1);
  site.terminals.get("t1")?.faces.refuse("A", undefined);
  site.picture("A", "p2");
  await site.run(60);
  expect([site.held("t1"), site.pictures.size]).toEqual([["A"], 0]);
  site.close();
});

test("a removal that is refused is tried on, and is an alarm", async () => {
  const site = await enrolled(A);
  site.terminals.get("t1")?.faces.refuse("A", 465);
  site.list();
  await site.run(120);
  expect(site.alarms).toEqual(["face-not-removed t1: 1"]);
  expect(site.held("t2")).toEqual([]);
  site.terminals.get("t1")?.faces.refuse("A", undefined);
  await site.run(700);
  expect(site.held("t1")).toEqual([]);
  expect(site.alarms.at(-1)).toBe("calm face-not-removed");
  site.close();
});

test("busy, or no answer: sent again later, once at a time", async () => {
  const site = openEnrolSite();
  const t1 = site.terminals.get("t1");
  t1?.faces.busy(true);
  site.list(A);
  site.picture("A", "p1");
  await site.run(20);
  t1?.faces.busy(false);
  if (t1 !== undefined) t1.loses = "commands";
  await site.run(60);
  expect(site.held("t1")).toEqual([]);
  if (t1 !== undefined) t1.loses = "nothing";
  await site.run(120);
  expect(site.held("t1")).toEqual(["A"]);
  site.close();
});

test("a name changes: told to the terminals without a picture; barred: stays where it is", async () => {
  const site = await enrolled(A);
  site.list(resident("A", { name: "新名" }));
  await site.run(20);
  expect(site.terminals.get("t1")?.faces.held()[0]).toMatchObject({ name: "新名" });
  site.list(resident("A", { blocked: true }));
  await site.run(20);
  expect(site.held("t1")).toEqual(["A"]);
  site.list(resident("A", { until: 1 }));
  await site.run(20);
  expect(site.held("t1")).toEqual([]);
  site.close();
});

test("a list that isn't whole removes nobody", async () => {
  const site = await enrolled(A);
  const was = site.sentTo.length;
  Object.assign(site.listState, { whole: false });
  site.list();
  await site.run(30);
  expect([site.held("t1"), site.sentTo.length]).toEqual([["A"], was]);
  site.close();
});

test("power cut between sending and receipt: what may be there is known, and goes when its person does", async () => {
  const site = openEnrolSite();
  const t1 = site.terminals.get("t1");
  if (t1 === undefined) throw new Error("no t1");
  site.list(A);
  await site.run(10);
  t1.loses = "replies";
  site.picture("A", "p1");
  await site.run(6);
  expect(site.held("t1")).toEqual(["A"]);
  site.list();
  site.cut();
  t1.loses = "nothing";
  expect(site.receipts().get("t1")?.get("A")).toMatchObject({ held: "maybe", is: "sent" });
  await site.run(30);
  expect([site.held("t1"), site.held("t2")]).toEqual([[], []]);
  site.close();
});

const enrolled = (...people: readonly ReturnType<typeof resident>[]) => enrolledWith({}, ...people);
async function enrolledWith(
  settings: Parameters<typeof openEnrolSite>[0],
  ...people: readonly ReturnType<typeof resident>[]
) {
  const site = openEnrolSite(settings);
  site.list(...people);
  for (const { face } of people) site.picture(face, "p1");
  await site.run(40);
  for (const id of ["t1", "t2"]) expect(site.held(id)).toEqual(people.map(({ face }) => face));
  return site;
}

test("promise 6: a consent withdrawn takes the face out of every terminal, with a receipt each", async () => {
  for (const consent of [undefined, "not-checked"] as const) {
    const site = await enrolledWith(consent === undefined ? {} : { consent }, A, B);
    site.consents.set("A", "withdrawn");
    await site.run(20);
    for (const id of ["t1", "t2"]) {
      expect(site.held(id)).toEqual(["B"]);
      expect(site.receipts().get(id)?.get("A")).toMatchObject({ held: "no", is: "removed" });
      expect(site.rows.filter((row) => row === `${id} removed`)).toHaveLength(1);
    }
    site.close();
  }
});

test("without a consent nobody is put into a terminal, and whoever is in one stays; with one he comes in", async () => {
  const site = await enrolled(A);
  site.consents.set("A", "none");
  site.consents.set("B", "none");
  site.list(A, B);
  site.picture("B", "p1");
  await site.run(20);
  expect([site.held("t1"), site.held("t2")]).toEqual([["A"], ["A"]]);
  expect(site.state("t1")).toMatchObject({ holds: 1, unagreed: 2, inStep: true });
  site.consents.set("B", "recorded");
  await site.run(20);
  expect([site.held("t1"), site.held("t2")]).toEqual([
    ["A", "B"],
    ["A", "B"],
  ]);
  expect(site.state("t1")).toMatchObject({ holds: 2, unagreed: 1 });
  site.close();
});

test("where it isn't checked, a face without a consent comes in", async () => {
  const site = openEnrolSite({ consent: "not-checked" });
  site.consents.set("A", "none");
  site.list(A);
  site.picture("A", "p1");
  await site.run(20);
  expect(site.held("t1")).toEqual(["A"]);
  site.close();
});

test("how each terminal stands to the list, in numbers", async () => {
  const site = openEnrolSite();
  expect(site.state("t1")).toMatchObject({ holds: 0, inStep: false });
  site.list(A, B);
  site.picture("A", "p1");
  await site.run(20);
  expect(site.state("t1")).toEqual({
    device: "t1",
    holds: 1,
    uncertain: 0,
    owes: { add: 1, change: 0, remove: 0 },
    lacking: 1,
    refused: 0,
    unagreed: 0,
    shouldNotHold: 0,
    inStep: false,
  });
  // The same view as long as nothing changes: it is asked for at every reading of the page.
  expect(site.state("t1")).toBe(site.state("t1"));
  site.picture("B", "p1");
  await site.run(20);
  expect(site.state("t1")).toMatchObject({ holds: 2, lacking: 0, inStep: true });
  site.terminals.get("t1")?.faces.enrolHere("somebody");
  const t1 = site.terminals.get("t1");
  if (t1 === undefined) throw new Error("no t1");
  t1.on = false;
  site.list(B);
  await site.run(400);
  expect(site.state("t1")).toMatchObject({ shouldNotHold: 1, owes: { remove: 1 }, inStep: false });
  t1.on = true;
  await site.run(20);
  // One enrolled at the terminal itself is left: it can be removed only there.
  expect(site.state("t1")).toMatchObject({ holds: 1, owes: { remove: 0 }, shouldNotHold: 1, inStep: false });
  site.close();
});
