/** Use counts, PINs, duress codes and times on the clerk's list: read, checked, kept, and shown to nobody. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { applyImport, planImport } from "../../src/adapters/import.ts";
import { sheetOf } from "../../src/adapters/import-written.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import type { Person } from "../../src/adapters/whitelist-people.ts";
import { csvCell } from "../../src/core/csv.ts";
import { isPlate, normalise, skeleton } from "../../src/core/plates.ts";
import { openGateLoop, resident } from "../shell/gate.ts";
import { place } from "./journal-place.ts";

const rules = { normalisePlate: normalise, isPlate, allowRemovals: true };
const bytes = (text: string) => new TextEncoder().encode(text);
const planOf = (text: string, current: Iterable<Person> = []) => planImport(bytes(text), current, rules);

function listWith(text: string) {
  const list = openWhitelist({ file: join(place(), "whitelist.sqlite"), skeleton });
  onTestFinished(() => list.close());
  const plan = planOf(text);
  expect(plan.errors).toEqual([]);
  applyImport(plan, list, "test", 1);
  return list;
}
const CODES = `编号,姓名,卡号,使用次数,开门密码,胁迫码
A,甲,1001,3,2580;9173,密码:2581
B,乙,1002,,,卡:0009
C,丙,1003,,,4096;00000777
`;

it("the rules know what the clerk wrote", () => {
  const list = listWith(CODES);
  expect(list.find("pin", "2580")).toMatchObject({ credential: { maxUses: 3 }, holder: { id: "A" } });
  expect(list.find("pin", "2580")?.credential.duress).toBeUndefined();
  expect(list.find("pin", "2581")).toMatchObject({ credential: { duress: true }, holder: { id: "A" } });
  expect(list.find("card", "0009")).toMatchObject({ credential: { duress: true }, holder: { id: "B" } });
  expect(list.find("pin", "4096")).toMatchObject({ credential: { duress: true }, holder: { id: "C" } });
  expect(list.find("card", "00000777")).toMatchObject({ credential: { duress: true }, holder: { id: "C" } });
  expect(list.find("card", "1002")?.credential.maxUses).toBeUndefined();
});

it.each([
  ["次数", "0", "OUT_OF_RANGE", "0"],
  ["次数", "三次", "OUT_OF_RANGE", "三次"],
  ["密码", "123", "BAD_PIN", "••••"],
  ["密码", "2580a", "BAD_PIN", "••••"],
  ["密码", "1111", "PIN_TOO_SIMPLE", "••••"],
  ["密码", "123456", "PIN_TOO_SIMPLE", "••••"],
  ["密码", "9876", "PIN_TOO_SIMPLE", "••••"],
  ["密码", "2580;2580", "TWICE", "••••"],
  ["密码", "••••", "MASKED", "••••"],
  ["密码", "=2580", "FORMULA", "••••"],
  ["胁迫码", "密码:22", "BAD_PIN", "••••"],
  ["胁迫码", "卡:", "BAD_FORM", "••••"],
  ["胁迫码", "••••", "MASKED", "••••"],
  ["有效期至", "2026-12-31 25:00", "NO_SUCH_TIME", "2026-12-31 25:00"],
])("%s %j is refused with %s, shown as %j", (column, cell, code, shown) => {
  const [first] = planOf(`编号,姓名,${column}\nA,甲,${cell}\n`).errors;
  expect(first).toMatchObject({ row: 2, column, code, value: shown });
});

it("a code of two people is refused, and not printed", () => {
  const { errors } = planOf("编号,姓名,密码,胁迫码\nA,甲,2580,\nB,乙,,密码:2580\n");
  expect(errors).toMatchObject([{ row: 3, column: "胁迫码", code: "DUPLICATE", value: "••••" }]);
});

describe("a change", () => {
  it("is shown masked, and none of it stands anywhere in what is printed", () => {
    const list = listWith(CODES);
    const plan = planOf(CODES.replace("2580", "7410").replace("卡:0009", ""), list.people());
    expect(plan.changed).toMatchObject([
      { cells: [{ column: "密码", from: "••••;••••", to: "••••;••••" }] },
      { cells: [{ column: "胁迫码", from: "••••", to: "" }] },
    ]);
    const { people: _written, ...printed } = plan;
    for (const secret of ["2580", "7410", "9173", "2581", "0009"])
      expect(JSON.stringify(printed)).not.toContain(secret);
  });

  it("a file without these columns leaves them as they were", () => {
    const list = listWith(CODES);
    const plan = planOf("编号,姓名,卡号\nA,甲,1001\nB,乙,1002\nC,丙,1003\n", list.people());
    expect([plan.same, plan.changed, plan.errors]).toEqual([3, [], []]);
    applyImport(plan, list, "test", 2);
    expect(list.find("pin", "2580")?.credential.maxUses).toBe(3);
    expect(list.find("card", "0009")?.credential.duress).toBe(true);
  });

  it("no column that a file doesn't have empties anything: a list of names and plates takes no face, card or level away", () => {
    const list = listWith(
      `编号,姓名,类别,房号,人脸编号,卡号,车牌,通行码,生效日期,有效期至,权限组,车位,行动不便
A,甲,物业,1-1-101,F1,1001,川K5B38M,V9,2026-11-01,2027-11-02,residents,2,是
`,
    );
    const before = [...list.people()];
    const bare = planOf("编号,姓名\nA,甲\n", list.people());
    expect([bare.errors, bare.changed, bare.same]).toEqual([[], [], 1]);
    const plan = planOf("编号,姓名,车牌,房号\nA,甲,川K5B38N,1-1-102\n", list.people());
    expect(plan.changed.map(({ cells }) => cells.map(({ column, to }) => `${column} ${to}`))).toEqual([
      ["房号 1-1-102", "车牌 川K5B38N", "车位 "],
    ]);
    applyImport(plan, list, "test", 2);
    const { spaces: _spaces, ...rest } = before[0] ?? {};
    expect([...list.people()]).toMatchObject([{ ...rest, household: "1-1-102", credentials: expect.any(Array) }]);
    expect(list.find("face", "F1")?.holder).toMatchObject({ id: "A", kind: "staff", slow: true });
    expect(list.find("plate", "川K5B38M")).toBeUndefined();
  });

  it("dots stand for a code that was there, and for nothing else: in another column they are what was written", () => {
    const list = listWith("编号,姓名,卡号,手机后四位\nA,甲,1001,1234\n");
    const plan = planOf("编号,姓名,卡号,手机后四位\nA,甲,1002;••••,••••\n", list.people());
    expect(plan.errors).toMatchObject([{ column: "手机后四位", code: "BAD_FORM" }]);
    const cards = planOf("编号,姓名,卡号,手机后四位\nA,甲,••••,1234\n", list.people());
    expect(cards.changed).toMatchObject([{ cells: [{ column: "卡号", from: "1001", to: "••••" }] }]);
  });

  it("an empty cell takes them away", () => {
    const list = listWith(CODES);
    applyImport(
      planOf("编号,姓名,卡号,次数,密码,胁迫码\nA,甲,1001,,,\nB,乙,1002,,,\nC,丙,1003,,,\n", list.people()),
      list,
      "t",
      2,
    );
    expect([list.find("pin", "2580"), list.find("pin", "2581"), list.find("card", "0009")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(list.find("card", "1001")?.credential.maxUses).toBeUndefined();
  });
});

it("what was written, exported and read again is all the same, and the export tells no code", () => {
  const list =
    listWith(`编号,姓名,类别,房号,人脸编号,卡号,车牌,通行码,生效日期,有效期至,权限组,状态,停用原因,车位,行动不便,次数,密码,胁迫码
A,甲,访客,1-1-101,F1,1001;1002,川K5B38M,V9,2026-11-01 08:30,2026-11-02 18:00,residents,停用,欠费,2,是,3,2580;9173,密码:2581;卡:0009
B,乙,物业,,,1003,,,2026-11-01,2026-12-31,,启用,,,,,,
C,"丙,""丁""",快递,,,1004,,,,,,启用,,,,1,,
D,戊,业主,-1-101,,,,,,,,启用,,,,,,
`);
  const text = [...sheetOf(list.people())].map((cells) => cells.map(csvCell).join(",")).join("\r\n");
  for (const secret of ["2580", "9173", "2581", "0009"]) expect(text).not.toContain(secret);
  const plan = planOf(`\uFEFF${text}\r\n`, list.people());
  expect([plan.errors, plan.changed, plan.added, plan.suspended, plan.same]).toEqual([[], [], [], [], 4]);
  applyImport(plan, list, "test", 2);
  expect(list.find("pin", "9173")).toMatchObject({
    credential: { maxUses: 3, validFrom: Date.UTC(2026, 10, 1, 0, 30), validUntil: Date.UTC(2026, 10, 2, 10) },
    holder: { blocked: true, slow: true, spaces: 2 },
  });
  expect(list.find("card", "0009")?.credential.duress).toBe(true);
  expect(list.find("card", "1003")?.credential.validUntil).toBe(Date.UTC(2026, 11, 31, 16));
});

it("a PIN that was typed, right or wrong, stands nowhere in the journal", () => {
  const gate = openGateLoop({}, [resident("zhang", { type: "pin", value: "2580" })]);
  expect(gate.ask("in", "pin", "2580")).toBe("granted");
  expect(gate.ask("in", "pin", "2589")).toBe("credential-not-found");
  expect(JSON.stringify(gate.journal.latest(50))).not.toMatch(/258[09]/);
});
