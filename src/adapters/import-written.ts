/** The list as a file that the clerk can change and give back: the same columns, PINs and duress codes masked. */
import { cellsOf } from "./import-person.ts";
import { COLUMNS, type Column, MASK, SECRETS } from "./import-sheet.ts";
import type { Person } from "./whitelist-people.ts";

const KIND_WORDS: Readonly<Record<Person["kind"], string>> = {
  resident: "住户",
  visitor: "访客",
  staff: "工作人员",
  courier: "快递",
  vehicle: "vehicle",
};

/** Rows of cells, the names of the columns first. */
export function* sheetOf(people: Iterable<Person>): IterableIterator<readonly string[]> {
  yield COLUMNS;
  for (const person of people) {
    const cells = cellsOf(person);
    yield COLUMNS.map((column) => written(column, person, cells.get(column) ?? ""));
  }
}

function written(column: Column, person: Person, cell: string): string {
  if (column === "编号") return person.id;
  if (column === "类别") return KIND_WORDS[person.kind];
  return SECRETS.has(column) ? cell.replaceAll(/[^;]+/g, MASK) : cell;
}
