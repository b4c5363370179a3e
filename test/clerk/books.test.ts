// The clerk's file in three forms gives the same people; what is hostile gets a code, and takes nothing with it.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { utils, write } from "@e965/xlsx";
import { strToU8 } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { planSheet } from "../../src/adapters/import.ts";
import { readBook } from "../../src/adapters/import-book.ts";
import { openRegisterThread } from "../../src/adapters/register-thread.ts";
import { isPlate, normalise } from "../../src/core/plates.ts";
import { inline, SHEET, two, xlsxOf } from "./book-frame.ts";
import { MISTAKES, messyCsv, messyXls, messyXlsx, ROWS } from "./messy.ts";

const rules = { normalisePlate: normalise, isPlate, allowRemovals: false, levels: new Set(["residents"]) };
const thread = openRegisterThread();
afterAll(thread.close);

const CHINA_MS = 8 * 3_600_000;

const forms = { xlsx: messyXlsx, xls: messyXls, "GB18030 csv": messyCsv };

describe("5,000 rows with every trap of Excel", () => {
  it.each(["xlsx", "xls", "GB18030 csv"] as const)(
    "%s: the same people, each mistake at its place",
    async (form) => {
      const sheet = await thread.ask("sheet", forms[form]());
      const plan = planSheet(sheet, [], rules);
      expect(plan.errors.map((one) => `${one.column} ${one.code} ${one.value}`)).toEqual(
        Array.from({ length: MISTAKES }, () => "有效期至 NOT_A_DATE 明年"),
      );
      expect(plan.errors[0]?.row).toBe(501);
      expect(plan.added.length).toBe(ROWS);

      // Plates, dates, leading zeros and telephone numbers are read for what they are.
      const good = { ...sheet, rows: sheet.rows.filter((row) => row.cells.get("有效期至") !== "明年") };
      const { people } = planSheet(good, [], rules);
      expect(people.length).toBe(ROWS - MISTAKES);
      expect(new Set(people.map((one) => one.validUntil))).toEqual(new Set([Date.UTC(2027, 0, 1) - CHINA_MS]));
      expect(people.every(({ phoneEnd = "" }) => /^\d{4}$/.test(phoneEnd))).toBe(true);
      expect(people.find(({ id }) => id === "R-7")).toMatchObject({
        phoneEnd: "0007",
        credentials: [
          { type: "card", value: "0007" },
          { type: "plate", value: "川K1007A" },
        ],
      });
    },
    60_000,
  );
});

const bookOf = (rows: readonly (readonly unknown[])[], bookType: "xlsx" | "biff8" = "xlsx"): Uint8Array => {
  const made: unknown = write(utils.book_new(utils.aoa_to_sheet(rows.map((row) => [...row])), "a"), {
    type: "buffer",
    bookType,
  });
  if (!(made instanceof Uint8Array)) throw new Error("no book");
  return made;
};
const codes = async (file: Uint8Array) =>
  planSheet(await readBook(file), [], rules).errors.map(({ row, column, code }) => `${row} ${column} ${code}`);

describe("single cells", () => {
  it.each([
    [
      "an ID number that was typed as a number",
      ["编号", "姓名"],
      [511_025_199_001_011_200, "甲"],
      "2 编号 NUMBER_DAMAGED",
    ],
    ["an ID number as text", ["编号", "姓名"], ["511025199001011234", "甲"], "2 编号 CITIZEN_ID"],
    ["a column of ID numbers", ["编号", "姓名", "身份证号"], ["A", "甲", "1"], "1 身份证号 COLUMN_UNWANTED"],
    ["a formula", ["编号", "姓名"], ["A", "=1+1"], "2 姓名 FORMULA"],
  ])("%s is refused at its place", async (_what, header, row, wanted) => {
    expect((await codes(bookOf([header, row])))[0]).toBe(wanted);
    expect((await codes(bookOf([header, row], "biff8")))[0]).toBe(wanted);
  });

  it("a date cell is its day, in both forms", async () => {
    const header = ["编号", "姓名", "到期"];
    for (const form of ["xlsx", "biff8"] as const) {
      const sheet = utils.aoa_to_sheet([header, ["A", "甲", 46_387]]);
      const cell = sheet.C2;
      cell.z = "yyyy/m/d";
      const made: unknown = write(utils.book_new(sheet, "a"), { type: "buffer", bookType: form });
      if (!(made instanceof Uint8Array)) throw new Error("no book");
      expect(planSheet(await readBook(made), [], rules).people[0]?.validUntil).toBe(Date.UTC(2027, 0, 1) - CHINA_MS);
    }
  });
});

describe("hostile files", () => {
  it("the frame they are made in is a good one", async () => {
    expect(planSheet(await readBook(xlsxOf(SHEET(two))), [], rules).people.map(({ name }) => name)).toEqual(["甲"]);
  });

  it.each([
    ["a zip bomb", () => xlsxOf(SHEET(two), { "xl/bomb.xml": new Uint8Array(81 * 1024 * 1024) }), "FILE_TOO_LARGE"],
    ["a zip of a thousand parts", () => xlsxOf(SHEET(two), manyParts()), "FILE_TOO_LARGE"],
    [
      "an external entity",
      () => xlsxOf(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${SHEET(two.replace("甲", "&x;"))}`),
      undefined,
    ],
    ["half a zip", () => xlsxOf(SHEET(two)).slice(0, 300), "BOOK_BROKEN"],
    [
      "half an old book",
      () =>
        bookOf(
          [
            ["编号", "姓名"],
            ["A", "甲"],
          ],
          "biff8",
        ).slice(0, 700),
      "BOOK_BROKEN",
    ],
    ["nothing in the first sheet", () => xlsxOf(SHEET("")), "FILE_EMPTY"],
  ])("%s", async (_what, made, code) => {
    const sheet = await thread.ask("sheet", made());
    if (code === undefined) expect(JSON.stringify([...(sheet.rows[0]?.cells ?? [])])).not.toContain("root:");
    else expect(sheet.errors.map((one) => one.code)).toEqual([code]);
  });

  it("__proto__ as a column, a cell and a part changes nothing but what it stands in", async () => {
    const rows = `<row r="1">${inline("A1", "编号")}${inline("B1", "姓名")}${inline("C1", "__proto__")}</row><row r="2">${inline("A2", "A")}${inline("B2", "__proto__")}${inline("C2", "x")}</row>`;
    const sheet = await readBook(xlsxOf(SHEET(rows), { "xl/__proto__.xml": strToU8("<a/>") }));
    expect(sheet.errors.map((one) => one.code)).toEqual(["COLUMN_UNKNOWN"]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect("x" in {}).toBe(false);
  });

  it("a million declared rows with a cell at the end: the thread goes, with a code, and the next file is read", async () => {
    const far = `${two}<row r="1048576">${inline("XFD1048576", "x")}</row>`;
    const small = openRegisterThread(undefined, { taskMs: 2_000, heapMb: 64, idleMs: 60_000 });
    const told = await small.ask("sheet", xlsxOf(SHEET(far, "A1:XFD1048576"))).then(
      (sheet) => sheet.errors[0]?.code,
      (fault: { readonly code: string }) => fault.code,
    );
    expect(["REGISTER_TOO_HEAVY", "FILE_TOO_LARGE", "BOOK_BROKEN", "CELL_UNEXPECTED"]).toContain(told);
    expect((await small.ask("sheet", xlsxOf(SHEET(two)))).rows.length).toBe(1);
    await small.close();
  }, 30_000);

  it("a task that takes too long is ended with a code, and the next one is done", async () => {
    const short = openRegisterThread(undefined, { taskMs: 1, heapMb: 320, idleMs: 60_000 });
    await expect(short.ask("sheet", messyXlsx())).rejects.toMatchObject({ code: "REGISTER_TOO_HEAVY" });
    await short.close();
    expect((await thread.ask("sheet", xlsxOf(SHEET(two)))).rows.length).toBe(1);
  });

  it("what was asked behind a task that takes too much is done all the same, by another thread", async () => {
    const small = openRegisterThread(undefined, { taskMs: 60_000, heapMb: 48, idleMs: 60_000 });
    const huge = Buffer.from(`编号,姓名\n${"A,王\n".repeat(3_000_000)}`);
    const told = await Promise.allSettled([
      small.ask("sheet", xlsxOf(SHEET(two))),
      small.ask("sheet", huge),
      small.ask("sheet", xlsxOf(SHEET(two))),
    ]);
    expect(told.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(told[1]).toMatchObject({ reason: { code: "REGISTER_TOO_HEAVY" } });
    await small.close();
  }, 30_000);
});

function manyParts(): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`xl/p${n}.xml`, strToU8("<a/>")]));
}

it("while a file is read, this thread goes on with its own work", async () => {
  const file = messyCsv();
  const lag = monitorEventLoopDelay({ resolution: 1 });
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns++;
    if (!over) setImmediate(count);
  };
  lag.enable();
  setImmediate(count);
  await thread.ask("sheet", file);
  over = true;
  lag.disable();
  console.log(`event loop while importing: p99 ${(lag.percentile(99) / 1e6).toFixed(1)} ms`);
  // On this thread it would have been one turn or two.
  expect(turns).toBeGreaterThan(20);
}, 30_000);
