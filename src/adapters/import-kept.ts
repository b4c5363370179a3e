/** What a file doesn't tell stays as it was: a list of names and plates out of another program takes no face away. */
import { isMasked } from "./import-secrets.ts";
import { type Cells, COLUMNS, type Column, SECRETS } from "./import-sheet.ts";
import type { Carried, Person } from "./whitelist-people.ts";

/** Whoever stands in a file without these is active: a suspension by a file ends with the next one that has them. */
const TOLD_BY_ABSENCE: ReadonlySet<Column> = new Set(["状态", "停用原因"]);

const COLUMN_OF: Readonly<Record<Carried["type"], Column>> = {
  face: "人脸编号",
  card: "卡号",
  plate: "车牌",
  code: "通行码",
  pin: "密码",
};

/** `person` as a row tells them, with what was set `before` where the file has no such column or a code is masked. */
export function withKept(person: Person, before: Person, columns: ReadonlySet<Column>, cells: Cells): Person {
  const isMaskedAt = (column: Column) => SECRETS.has(column) && isMasked(cells.get(column) ?? "");
  const kept = new Set(COLUMNS.filter((one) => !TOLD_BY_ABSENCE.has(one) && (!columns.has(one) || isMaskedAt(one))));
  /** One of a person's own fields, or nothing where nothing was set. */
  const old = <K extends keyof Person>(column: Column, key: K): Partial<Pick<Person, K>> => {
    if (!kept.has(column) || before[key] === undefined) return {};
    const one: Partial<Pick<Person, K>> = {};
    one[key] = before[key];
    return one;
  };
  const carried = new Map(person.credentials.map((one) => [keyOf(one), one]));
  for (const one of before.credentials)
    if (kept.has(one.duress === true ? "胁迫码" : COLUMN_OF[one.type]))
      carried.set(keyOf(one), { ...one, ...carried.get(keyOf(one)), ...(one.duress === true ? { duress: true } : {}) });
  const read = { ...person, ...old("房号", "household") };
  // Spaces are a household's: whoever moves doesn't take them along.
  const stays = read.household === before.household;
  return {
    ...read,
    ...old("类别", "kind"),
    ...old("行动不便", "slow"),
    ...old("权限组", "levels"),
    ...old("生效日期", "validFrom"),
    ...old("有效期至", "validUntil"),
    ...old("次数", "maxUses"),
    ...old("手机后四位", "phoneEnd"),
    ...old("停车费至", "parkingUntil"),
    ...(stays ? old("车位", "spaces") : {}),
    credentials: [...carried.values()],
  };
}

/** By what a credential is found. */
export const keyOf = (one: Carried): string => `${one.type} ${one.value}`;
