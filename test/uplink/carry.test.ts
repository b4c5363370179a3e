/**
 * Promise 4 where there is no line: records by stick. Cut off anywhere it goes on; a changed byte, another's stick and a
 * part that is missing are known; the platform's receipt moves the cursor, and only its own.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openUpstream } from "../../src/adapters/journal-upstream.ts";
import { openFile, sealFile, verifiedHeader } from "../../src/adapters/uplink-carry-file.ts";
import { putPart, wholeParts } from "../../src/adapters/uplink-carry-folder.ts";
import { LARGEST_INBOX_FILE } from "../../src/adapters/uplink-carry-inbox.ts";
import { carryKeys, keyName, newKeys, pemOf, publicHalf } from "../../src/adapters/uplink-carry-keys.ts";
import { random } from "../../src/simulator/random.ts";
import {
  type CarryHeader,
  contentsOf,
  openCarry,
  readCarriedReceipt,
  readCarryHeader,
  readStored,
  recordIn,
} from "../../src/uplink/carry.ts";
import { complete, type Placed } from "../../src/uplink/complete.ts";
import { CONTRACT, type Told } from "../../src/uplink/contract.ts";
import { BEGINNING, openStream } from "../../src/uplink/stream.ts";
import { durable, open, place } from "../keeping/journal-place.ts";
import { expected, NOTHING, passageRows } from "./campaign.ts";
import { BOOT, CODES } from "./samples.ts";

const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const GATE = newKeys();
const PLATFORM = newKeys();
const SEALING = { by: GATE, to: publicHalf(PLATFORM), made: new Date("2026-11-25T02:00:00Z") };
const OPENING = { by: publicHalf(GATE).sign, to: PLATFORM.seal };
const NOWHERE = { first: 1, last: 9, before: { alarm: BEGINNING.link, event: BEGINNING.link } };
const CONTENTS = contentsOf(CODES, "records", { ...NOWHERE, after: NOWHERE.before });

async function journalOf(passages: number) {
  const file = join(place(), "journal.sqlite");
  const journal = open(file, { boot: BOOT });
  const dice = random(SEED);
  let last = 0;
  for (let n = 0; n < passages; n++) {
    last = journal.appendAll(passageRows(n, dice));
    // A gate at work writes at the end of each turn.
    if (n % 200 === 199) await durable(journal, last);
  }
  await durable(journal, last);
  const rows = openUpstream(file);
  onTestFinished(async () => {
    rows.close();
    await journal.close();
  });
  const carry = (cursors = NOTHING, rowsAPart = 300) =>
    openCarry({ rows, codes: CODES, plateOf: () => "90a1b2c3d4e5f607", tip: last, rowsAPart }, cursors);
  return { journal, rows, last, carry };
}

function all(carry: ReturnType<typeof openCarry>) {
  const parts: NonNullable<ReturnType<typeof carry.next>>[] = [];
  for (let part = carry.next(); part !== undefined; part = carry.next()) parts.push(part);
  return parts;
}

const placedIn = (told: readonly Told[]): readonly Placed[] =>
  told.flatMap((one) => recordIn(JSON.stringify(one)) ?? []);

describe("parts", () => {
  it("hold every record once, in its stream's order, linked across their borders", async () => {
    const { journal, carry, last } = await journalOf(400);
    const parts = all(carry());
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.map(({ contents }) => contents.first)).toEqual(parts.map((_, n) => n * 300 + 1));
    expect(parts.at(-1)?.contents.last).toBe(last);
    const told = parts.flatMap((part) => part.told);
    for (const { on, message } of told) expect(CONTRACT[on].safeParse(message).success).toBe(true);
    const placed = placedIn(told);
    expect(new Map(placed.map((one) => [one.seq, one.stream]))).toEqual(expected(journal));
    const found = complete(placed);
    expect(found.days.flatMap(({ missing }) => missing)).toEqual([]);
    expect(found.days.reduce((sum, { records }) => sum + records, 0)).toBe(placed.length);
    expect(found.whole.map(({ stream, seq }) => [stream, seq]).sort()).toEqual(
      (["alarm", "event"] as const).map((stream) => [
        stream,
        Math.max(...placed.filter((one) => one.stream === stream).map(({ seq }) => seq)),
      ]),
    );
    // Passages are told with the grant that they used, across a border too.
    const passages = told.filter(({ on }) => on === "passage");
    expect(passages.every(({ message }) => "way" in message && message.way === "plate")).toBe(true);
  });

  it("whole ones are skipped and the rest is the same, whatever was there (seed)", async () => {
    const { carry } = await journalOf(300);
    const parts = all(carry());
    for (let there = 0; there <= parts.length; there++) {
      const again = carry();
      for (const part of parts.slice(0, there)) expect(again.skip(part.contents)).toBe(true);
      expect(all(again)).toEqual(parts.slice(there));
    }
    // A part that is not the next one, and one of another journal.
    const [first, second] = parts;
    if (first === undefined || second === undefined) throw new Error("two parts");
    const other = carry();
    expect(other.skip(second.contents)).toBe(false);
    expect(other.skip({ ...first.contents, before: second.contents.before })).toBe(false);
    expect(other.skip({ ...first.contents, last: 1_000_000 })).toBe(false);
  });

  it("begin behind what the platform has, by stream", async () => {
    const { carry, journal } = await journalOf(300);
    const records = [...expected(journal)];
    const placed = placedIn(all(carry()).flatMap((part) => part.told));
    const cursorAt = (stream: "alarm" | "event", n: number) => {
      const one = placed.filter((each) => each.stream === stream)[n];
      if (one === undefined) throw new Error(`no ${n}. ${stream}`);
      return { upTo: one.seq, link: { seq: one.seq, hash: one.hash } };
    };
    const cursors = { alarm: cursorAt("alarm", 2), event: cursorAt("event", 100) };
    const rest = placedIn(all(carry(cursors)).flatMap((part) => part.told));
    expect(rest.map(({ seq }) => seq)).toEqual(
      records.filter(([seq, stream]) => seq > cursors[stream].upTo).map(([seq]) => seq),
    );
    const known = new Map(
      (["alarm", "event"] as const).map((one) => [`${CODES.site} ${CODES.gate} ${one}`, [cursors[one].link]]),
    );
    expect(complete(rest, known).days.flatMap(({ missing }) => missing)).toEqual([]);
    // Who doesn't know what came before must not say that all is there.
    expect(complete(rest).days.flatMap(({ missing }) => missing).length).toBe(2);
    expect(complete(rest).whole).toEqual([]);
  });
});

it("promise 4: after a restore numbers come a second time; a part that is missing then isn't taken for stored", async () => {
  const key = `${CODES.site} ${CODES.gate} event`;
  const record = (seq: number, previousSeq: number, journal: string): Placed => ({
    ...{ site: CODES.site, gate: CODES.gate, stream: "event", time: "2026-11-25T08:00:00+08:00" },
    ...{
      seq,
      hash: `${journal}${seq}`,
      previousSeq,
      previousHash: `${previousSeq > 4 ? journal : "old"}${previousSeq}`,
    },
  });
  const old = [1, 2, 3, 4, 5, 6, 7].map((seq) => record(seq, seq - 1, "old"));
  const known = new Map([[key, [{ seq: 7, hash: "old7" }]]]);
  // The backup was of after the fourth record. The part with the fifth is lost: nobody has stored it.
  const lost = [6, 7, 8, 9].map((seq) => record(seq, seq - 1, "new"));
  expect(complete(lost, known)).toMatchObject({ days: [{ missing: [{ after: 0, before: 6 }] }], whole: [] });
  // Nor where it was left lying among records of before.
  const mixed = complete([...old.slice(0, 5), ...lost], known);
  expect(mixed.whole).toMatchObject([{ seq: 5, hash: "old5" }]);
  // With all of it there, or behind what was noted of the new one, nothing is missing.
  expect(complete([...old.slice(0, 4), record(5, 4, "new"), ...lost], known).whole).toMatchObject([{ seq: 9 }]);
  const noted = new Map([
    [
      key,
      [
        { seq: 7, hash: "old7" },
        { seq: 5, hash: "new5" },
      ],
    ],
  ]);
  expect(complete(lost, noted).whole).toMatchObject([{ seq: 9, hash: "new9" }]);
});

it("a missing part is named, with the day it is missing from, and nothing behind it counts as stored", async () => {
  const { carry } = await journalOf(400);
  const parts = all(carry());
  const without = placedIn(parts.filter((_, n) => n !== 2).flatMap((part) => part.told));
  const gone = placedIn(parts[2]?.told ?? []).filter(({ stream }) => stream === "event");
  const found = complete(without);
  const missing = found.days.flatMap((day) => day.missing).filter(({ stream }) => stream === "event");
  const before = placedIn(parts.slice(0, 2).flatMap((part) => part.told)).filter(({ stream }) => stream === "event");
  expect(missing).toEqual([
    {
      stream: "event",
      after: before.at(-1)?.seq,
      before: placedIn(parts[3]?.told ?? []).find(({ stream }) => stream === "event")?.seq,
    },
  ]);
  expect(found.whole.find(({ stream }) => stream === "event")?.seq).toBe(before.at(-1)?.seq);
  expect(gone.length).toBeGreaterThan(10);
});

describe("a carried file", () => {
  const bytes = sealFile(CONTENTS, ['{"a":1}', '{"b":"门"}'], SEALING);

  it("gives back what was sealed, and tells its header to whoever knows the signer", () => {
    expect(openFile(bytes, OPENING, readCarryHeader).lines).toEqual(['{"a":1}', '{"b":"门"}']);
    expect(verifiedHeader(bytes, OPENING.by, readCarryHeader)).toMatchObject({
      ...CONTENTS,
      lines: 2,
      signedWith: keyName(GATE.sign),
    });
    expect(openFile(sealFile(CONTENTS, [], SEALING), OPENING, readCarryHeader).lines).toEqual([]);
  });

  it("shows nothing of what is in it, and no two are alike", () => {
    expect(bytes.includes(Buffer.from("门"))).toBe(false);
    expect(sealFile(CONTENTS, ['{"a":1}', '{"b":"门"}'], SEALING).equals(bytes)).toBe(false);
  });

  it("is refused with any byte changed", () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      expect(() => openFile(changed, OPENING, readCarryHeader), String(at)).toThrow(/BUNDLE_(DAMAGED|FOREIGN)/);
    }
  });

  it("is refused when it was cut short anywhere, or has more behind it", () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => openFile(bytes.subarray(0, length), OPENING, readCarryHeader)).toThrow(/BUNDLE_DAMAGED/);
    expect(() => openFile(Buffer.concat([bytes, Buffer.of(0)]), OPENING, readCarryHeader)).toThrow(/BUNDLE_DAMAGED/);
  });

  const stranger = newKeys();
  it.each([
    ["another's signature", sealFile(CONTENTS, [], { ...SEALING, by: stranger }), /BUNDLE_FOREIGN: signed with/],
    [
      "sealed for another",
      sealFile(CONTENTS, [], { ...SEALING, to: publicHalf(stranger) }),
      /BUNDLE_FOREIGN: sealed for/,
    ],
    ["no header", randomBytes(5_000).fill(7), /BUNDLE_DAMAGED: it has no header/],
    ["no JSON", Buffer.from("hello\n"), /BUNDLE_DAMAGED: its first line is no JSON/],
    ["another form", Buffer.from('{"form":"x"}\n'), /BUNDLE_DAMAGED: its first line: \$\.form/],
    ["more in its header", sealFile({ ...CONTENTS, name: "林秀兰" }, [], SEALING), /BUNDLE_DAMAGED: its first line/],
    ["too large", new Uint8Array(64 * 1024 * 1024 + 1), /BUNDLE_DAMAGED: \d+ bytes/],
  ])("%s", (_name, wrong, expectedFault) => {
    expect(() => openFile(wrong, OPENING, readCarryHeader)).toThrow(expectedFault);
  });

  it("can't fill the memory: what unpacks to more than a file may hold isn't unpacked", () => {
    // A signer that is known and hostile: a megabyte on the stick, a gigabyte in memory.
    const sealed = sealFile(CONTENTS, ["x".repeat(300 * 1024 * 1024)], SEALING);
    expect(sealed.length).toBeLessThan(1024 * 1024);
    expect(() => openFile(sealed, OPENING, readCarryHeader)).toThrow(/BUNDLE_DAMAGED: what is sealed/);
  });

  it("laid down for a running gate unpacks to some receipts and no more: its loop does it", () => {
    const receipts = (bytes: number) => sealFile(CONTENTS, ["x".repeat(bytes - 1)], SEALING);
    const opened = (bytes: number) => openFile(receipts(bytes), OPENING, readCarryHeader, LARGEST_INBOX_FILE);
    expect(receipts(LARGEST_INBOX_FILE + 1).length).toBeLessThan(2_000);
    expect(opened(LARGEST_INBOX_FILE).lines.length).toBe(1);
    expect(() => opened(LARGEST_INBOX_FILE + 1)).toThrow(/BUNDLE_DAMAGED: what is sealed/);
  });
});

it("keys: one of each kind, no more and no less", () => {
  const pem = pemOf(GATE);
  expect(keyName(carryKeys(pem, "private", "x").sign)).toBe(keyName(publicHalf(GATE).sign));
  expect(keyName(carryKeys(pemOf(publicHalf(GATE)), "public", "x").seal)).toBe(keyName(GATE.seal));
  for (const wrong of ["", pem.slice(0, 120), pem + pemOf(PLATFORM)])
    expect(() => carryKeys(wrong, "private", "the file")).toThrow(/SECRET_UNREADABLE: the file/);
});

it("a stick that was pulled out: half a part is as good as none, the rest stays", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-stick-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const whole = sealFile(CONTENTS, ["{}"], SEALING);
  await putPart(folder, "gatepost_s_g_records_1.gpb", whole);
  await putPart(folder, "gatepost_s_g_records_2.gpb", whole.subarray(0, whole.length - 7));
  await putPart(folder, "gatepost_s_other_records_1.gpb", whole);
  const found = wholeParts<CarryHeader>(folder, "gatepost_s_g_records_", OPENING.by, readCarryHeader);
  expect(found.map(({ first, last }) => [first, last])).toEqual([[1, 9]]);
  await expect(putPart(join(folder, "nowhere"), "x", whole)).rejects.toThrow(/BUNDLE_REFUSED/);
});

describe("what the platform has got by hand", () => {
  const link = (seq: number) => ({ seq, hash: String(seq).padStart(64, "0") });
  it("moves the cursor and never back; what is sent meanwhile is not sent again", () => {
    const stream = openStream("event", BEGINNING, "puback");
    stream.sent(link(3), 1);
    stream.sent(link(5), 2);
    stream.pass(8);
    expect(stream.carried(link(5))).toBe(true);
    expect([stream.cursor().upTo, stream.open(), stream.scanned(), stream.link().seq]).toEqual([8, 0, 8, 5]);
    expect(stream.answer(2)).toBe(false);
    expect(stream.carried(link(4))).toBe(false);
    stream.sent(link(9), 3);
    stream.sent(link(12), 4);
    expect(stream.carried(link(9))).toBe(true);
    expect([stream.cursor().upTo, stream.open(), stream.link().seq]).toEqual([9, 1, 12]);
    expect(stream.carried(link(20))).toBe(true);
    expect([stream.cursor().upTo, stream.open(), stream.scanned(), stream.link().seq]).toEqual([20, 0, 20, 20]);
    stream.rewind();
    expect([stream.scanned(), stream.link().seq]).toEqual([20, 20]);
  });
});

it.each([
  ['{"schemaVersion":"1.0","stream":"event","storedSeq":4,"hash":"H"}', true],
  ['{"schemaVersion":"1.7","stream":"alarm","storedSeq":4,"hash":"H"}', true],
  ['{"schemaVersion":"2.0","stream":"event","storedSeq":4,"hash":"H"}', false],
  ['{"schemaVersion":"1.0","stream":"event","storedSeq":0,"hash":"H"}', false],
  ['{"schemaVersion":"1.0","stream":"event","storedSeq":4,"hash":"H","more":1}', false],
  ["{", false],
])("a receipt's line %s", (line, sound) => {
  expect(readCarriedReceipt(line.replace("H", "a".repeat(64))) !== undefined).toBe(sound);
});

it.each([
  [
    `{"alarm":[],"event":[{"seq":7,"hash":"${"a".repeat(64)}"}]}`,
    { alarm: [], event: [{ seq: 7, hash: "a".repeat(64) }] },
  ],
  ['{"alarm":[]}', undefined],
  ['{"alarm":0,"event":7}', undefined],
  ["x", undefined],
])("a platform's note %s", (text, told) => {
  expect(readStored(text)).toEqual(told);
});
