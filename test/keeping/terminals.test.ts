/** The receipts' file and the pictures' folder, with real files. */
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { applyImport, planImport } from "../../src/adapters/import.ts";
import { jpegSize, keepPicture, openPictures, pictureFault } from "../../src/adapters/pictures.ts";
import { openTerminals, readTerminals } from "../../src/adapters/terminals.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import type { Receipt } from "../../src/core/roster.ts";
import { jpeg } from "../../src/simulator/jpeg.ts";
import { place } from "./journal-place.ts";

const FULL: Receipt = {
  face: "A",
  holder: "h",
  held: "maybe",
  version: "v",
  picture: "p",
  is: "refused",
  did: "add",
  tried: { version: "w", picture: "q" },
  code: "478",
  mend: true,
  tries: 2,
  wallMs: 5,
  owedSinceMs: 4,
  dueAt: 0,
};
const BARE: Receipt = { face: "B", held: "yes", is: "found", tries: 0, wallMs: 6, dueAt: 0 };

it("receipts come back as they were, after a close and beside an open gate", async () => {
  const file = join(place(), "terminals.sqlite");
  const open = () => openTerminals(file, 1, () => undefined);
  const first = open();
  first.save("t1", [FULL, BARE]);
  first.listed("t2", 3, 7);
  await first.settled();
  const beside = readTerminals(file);
  expect(beside.get("t1")?.receipts).toEqual(
    new Map([
      ["A", FULL],
      ["B", BARE],
    ]),
  );
  await first.close();
  const again = open();
  expect(again.load()).toEqual(beside);
  expect(again.load().get("t2")).toEqual({ receipts: new Map(), others: 3, listedMs: 7 });
  again.forget("t1", ["A"]);
  expect([...(again.load().get("t1")?.receipts.keys() ?? [])]).toEqual(["B"]);
  await again.close();
});

it("a file that is none, and a folder that isn't there, are faults of the world", () => {
  const dir = place();
  const file = join(dir, "terminals.sqlite");
  writeFileSync(file, "not a database at all, but long enough to look like one".repeat(40));
  expect(() => openTerminals(file, 1, () => undefined)).toThrow(/DATABASE_DAMAGED/);
  writeFileSync(join(dir, "taken"), "");
  expect(() => keepPicture(join(dir, "taken"), "A", jpeg(200, 200))).toThrow(/DATABASE_REFUSED/);
});

it.each<[string, Uint8Array, string | undefined]>([
  ["a good one", jpeg(480, 640), undefined],
  ["too few bytes", jpeg(480, 640, 500), "too-small"],
  ["too many bytes", jpeg(480, 640, 1_100_000), "too-large"],
  ["too narrow", jpeg(79, 640), "bad-size"],
  ["too wide", jpeg(4_097, 640), "bad-size"],
  ["another kind", Buffer.from("\x89PNG".padEnd(2_000, "x")), "not-jpeg"],
  ["no frame", Buffer.concat([Buffer.from("FFD8FFE00004", "hex"), Buffer.alloc(2_000)]), "not-jpeg"],
])("a picture: %s", (_, bytes, fault) => {
  expect(pictureFault(bytes)).toBe(fault);
});

it("a picture's size is read behind fill bytes and tables, and never past its end", () => {
  const head = Buffer.from("FFD8FFFFC40004AABBFFC2001108012C00C8", "hex");
  expect(jpegSize(Buffer.concat([head, Buffer.alloc(20)]))).toEqual([200, 300]);
  for (let end = 0; end < head.length; end++) expect(() => jpegSize(head.subarray(0, end))).not.toThrow();
});

it("a picture on its way: ours alone to read, named by nobody, overwritten and gone", async () => {
  const folder = join(place(), "pictures");
  const pictures = openPictures(folder);
  expect(await pictures.onHand(0)).toEqual([]);
  keepPicture(folder, "林秀兰/R-0417", jpeg(480, 640));
  const [name = ""] = readdirSync(folder);
  expect(name).toMatch(/^[0-9a-f]{32}-[0-9a-f]{8}\.jpg$/);
  expect([statSync(folder).mode & 0o777, statSync(join(folder, name)).mode & 0o777]).toEqual([0o700, 0o600]);
  const [one] = await pictures.onHand(Date.now());
  expect(one?.mark).toBe(pictures.markOf("林秀兰/R-0417"));
  if (one === undefined) return;
  expect(await pictures.read(one)).toBe(readFileSync(join(folder, name)).toString("base64"));
  await pictures.drop(one);
  await pictures.drop(one);
  expect([readdirSync(folder), await pictures.read(one)]).toEqual([[], undefined]);
});

it("what a process left half written goes; what was changed into something else isn't sent", async () => {
  const folder = join(place(), "pictures");
  const pictures = openPictures(folder);
  keepPicture(folder, "A", jpeg(480, 640));
  const [one] = await pictures.onHand(Date.now());
  if (one === undefined) throw new Error("no picture");
  writeFileSync(join(folder, `${one.mark}-${one.picture}.jpg`), "text");
  expect(await pictures.read(one)).toBeUndefined();
  const half = join(folder, "x.jpg.half");
  writeFileSync(half, "half");
  utimesSync(half, 1, 1);
  await pictures.onHand(Date.now());
  expect(existsSync(half)).toBe(false);
});

it("whoever has left the clerk's file is no face of the list any more, barred before or not; back in it, they are", () => {
  const whitelist = openWhitelist({ file: join(place(), "whitelist.sqlite"), skeleton: (plate) => plate });
  const bring = (rows: string) => {
    const rules = { normalisePlate: String, isPlate: () => true, allowRemovals: true };
    const plan = planImport(Buffer.from(`编号,姓名,人脸编号,状态,停用原因\n${rows}`), whitelist.people(), rules);
    expect(plan.errors).toEqual([]);
    applyImport(plan, whitelist, "test", 1);
  };
  const faces = () => whitelist.faces("", 10).map(({ face, blocked }) => `${face}${blocked ? " barred" : ""}`);
  expect(whitelist.whole).toBe(false);
  bring("1,甲,A,启用,\n2,乙,B,停用,欠费\n3,丙,C,启用,\n");
  expect(faces()).toEqual(["A", "B barred", "C"]);
  expect(whitelist.faces("A", 1).map(({ face }) => face)).toEqual(["B"]);
  const before = whitelist.edition;
  bring("1,甲,A,启用,\n");
  bring("1,甲,A,启用,\n");
  expect(faces()).toEqual(["A"]);
  expect(whitelist.edition).not.toBe(before);
  expect([...whitelist.people()].map((one) => one.blockedWhy)).toEqual([undefined, "名单中已无；欠费", "名单中已无"]);
  bring("1,甲,A,启用,\n2,乙,B,启用,\n");
  expect(faces()).toEqual(["A", "B"]);
  expect(whitelist.erase([...whitelist.people()][0]?.id ?? "")).toBe(true);
  expect([whitelist.whole, faces()]).toEqual([true, ["B"]]);
  whitelist.close();
});
