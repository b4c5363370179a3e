// The clerk's list: what is read, what is refused and where, and that nothing is half written.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { applyImport, planImport } from "../../src/adapters/import.ts";
import { MOST_ROWS, readSheet } from "../../src/adapters/import-sheet.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { isPlate, normalise, skeleton } from "../../src/core/plates.ts";

const dir = mkdtempSync(join(tmpdir(), "gatepost-import-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const rules = { normalisePlate: normalise, isPlate, allowRemovals: false };
const bytes = (text: string) => new TextEncoder().encode(text);
const example = readFileSync(join(import.meta.dirname, "../../config/example-residents.csv"));
const codes = (text: string) =>
  planImport(bytes(text), [], rules).errors.map((one) => `${one.row} ${one.column} ${one.code}`);

it("the example list is read without an error, written, and is the same the second time", () => {
  const whitelist = openWhitelist({ file: join(dir, "a.sqlite"), skeleton });
  const plan = planImport(example, whitelist.people(), rules);
  expect(plan.errors).toEqual([]);
  expect(plan.added.length).toBe(30);
  applyImport(plan, whitelist, "test", 1);
  const again = planImport(example, whitelist.people(), rules);
  expect({ same: again.same, changed: again.changed, added: again.added, suspended: again.suspended }).toEqual({
    same: 30,
    changed: [],
    added: [],
    suspended: [],
  });
  const short = planImport(bytes("编号,姓名\nR-0417,林秀兰\n"), whitelist.people(), rules);
  expect(short.tooManyRemovals).toBe(true);
  expect(() => applyImport(short, whitelist, "test", 2)).toThrow("IMPORT_INVALID");
  whitelist.close();
});

it.each([
  ["编号,姓名,电话\nA,甲,没有\n", ["2 手机后四位 BAD_FORM"]],
  ["编号,姓名,身份证号\nA,甲,1\n", ["1 身份证号 COLUMN_UNWANTED"]],
  ["编号,姓名,备注\nA,甲,1\n", ["1 备注 COLUMN_UNKNOWN"]],
  ["姓名\n甲\n", ["1 编号 COLUMN_MISSING"]],
  ["", ["1  FILE_EMPTY"]],
  ["编号,姓名\n", ["1  NO_ROWS"]],
  ["编号,姓名,卡号\nA,甲,5.91E+09\n", ["2 卡号 NUMBER_DAMAGED"]],
  ["编号,姓名\n11010519491231002X,甲\n", ["2 编号 CITIZEN_ID"]],
  ["编号,姓名,有效期至\nA,甲,2026-02-30\n", ["2 有效期至 NO_SUCH_DAY"]],
  ["编号,姓名,有效期至\nA,甲,26100\n", ["2 有效期至 NOT_A_DATE"]],
  ["编号,姓名,卡号\nA,甲,1\nB,乙,1\n", ["3 卡号 DUPLICATE"]],
  ["编号,姓名\nA,甲\nA,乙\n", ["3 编号 DUPLICATE"]],
  ["编号,姓名,车牌\nA,甲,HELLO\n", ["2 车牌 NOT_A_PLATE"]],
  ["编号,姓名\nA,=cmd()\n", ["2 姓名 FORMULA"]],
  ['编号,姓名\nA,"甲\n', ["1  NOT_CSV"]],
])("%j is refused at its place", (text, wanted) => {
  expect(codes(text).map((one) => (one.endsWith("NOT_CSV") ? "1  NOT_CSV" : one))).toEqual(wanted);
});

it("200,000 rows are read to the last, one more is refused, and nothing is read beyond it", () => {
  const rows = (count: number, end = "") => bytes(`编号,姓名\n${"A,甲\n".repeat(count)}${end}`);
  expect(readSheet(rows(MOST_ROWS)).rows.at(-1)?.row).toBe(MOST_ROWS + 1);
  for (const end of ["A,甲\n", "A,甲\nB,乙\n", 'A,甲\n"'])
    expect(readSheet(rows(MOST_ROWS, end)).errors.map((one) => one.code)).toEqual(["TOO_MANY_ROWS"]);
}, 60_000);

it("GB18030, a byte order mark, semicolons and full-width digits are read for what they are", () => {
  const gb = Uint8Array.from([
    0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xd0, 0xd5, 0xc3, 0xfb, 0x0a, 0x41, 0x2c, 0xbc, 0xd7, 0x0a,
  ]);
  expect(planImport(gb, [], rules).people.map((person) => person.name)).toEqual(["甲"]);
  const marked = planImport(bytes("\uFEFF编号;姓名;卡号\nA;甲;０００５\n"), [], rules);
  expect(marked.people[0]?.credentials[0]?.value).toBe("0005");
  const chinese = planImport(bytes("编号；姓名；卡号\nA；甲；5\n"), [], rules);
  expect(chinese.people[0]?.credentials[0]?.value).toBe("5");
});

it("counts who may go nowhere: no access level, and not suspended", () => {
  const list = "编号,姓名,权限组,状态\nA,甲,residents,\nB,乙,,\nC,丙,,停用\n";
  expect(planImport(bytes(list), [], rules).nowhere).toBe(1);
  expect(planImport(example, [], rules).nowhere).toBe(0);
});

it("no bytes make it throw (seed 7)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (some) => planImport(some, [], rules).people.length >= 0),
    { seed: 7, numRuns: 500 },
  );
});

const cell = fc.constantFrom("林秀兰", "周建国", "O'Neil", '"甲"', "王 小明", "a,b", "é");
const row = fc.record({
  name: cell,
  household: fc.option(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map(([a, b, c]) => `${a + 1}-${b + 1}-${c + 1}0${c}`)),
  card: fc.boolean(),
  face: fc.boolean(),
  plate: fc.boolean(),
});

it("a list that was written is all the same when it is read again (seed 5202)", () => {
  let run = 0;
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (people) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const lines = people.map(({ name, household, card, face, plate }, n) =>
        [
          `P-${n}`,
          quoted(name),
          household ?? "",
          face ? `F-${n}` : "",
          card ? String(10_000 + n) : "",
          plate ? `京A1${String(n).padStart(2, "0")}23` : "",
        ].join(","),
      );
      const list = bytes(`编号,姓名,房号,人脸编号,卡号,车牌\n${lines.join("\n")}\n`);
      const whitelist = openWhitelist({ file: join(dir, `again-${run++}.sqlite`), skeleton });
      const plan = planImport(list, [], rules);
      expect(plan.errors).toEqual([]);
      applyImport(plan, whitelist, "test", 1);
      const again = planImport(list, whitelist.people(), rules);
      whitelist.close();
      expect([again.same, again.added, again.changed, again.suspended]).toEqual([people.length, [], [], []]);
    }),
    { seed: 5202, numRuns: 40 },
  );
});
