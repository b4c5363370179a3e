/**
 * The clerk's resident list against the whitelist: first a plan (what is new, changed, to be suspended, wrong), then, if
 * it is wanted, all of it in one transaction. Nobody is deleted: whoever isn't in the file any more is suspended, and
 * is back when the file has them again.
 */
import { GateError } from "../core/fault.ts";
import { keyOf, withKept } from "./import-kept.ts";
import { cellsOf, personOf, type RowRules } from "./import-person.ts";
import { isMasked } from "./import-secrets.ts";
import {
  type Cells,
  type Complaint,
  MASK,
  readSheet,
  SECRETS,
  type Sheet,
  shownCell,
  type Words,
} from "./import-sheet.ts";
import type { OpenedWhitelist } from "./whitelist.ts";
import { GONE, type Person } from "./whitelist-people.ts";

export interface ImportRules extends RowRules {
  /** More than a tenth may be suspended. */
  readonly allowRemovals: boolean;
  /** Faces whose owner has withdrawn the consent: no file brings them back. */
  readonly withdrawn?: ReadonlySet<string>;
}

export interface ImportPlan {
  readonly added: readonly { readonly name: string; readonly row: number }[];
  readonly changed: readonly {
    readonly name: string;
    readonly row: number;
    readonly cells: readonly { readonly column: string; readonly from: string; readonly to: string }[];
  }[];
  readonly suspended: readonly { readonly name: string }[];
  readonly same: number;
  /** At most {@link MOST_ERRORS}, then one that counts the rest. */
  readonly errors: readonly Complaint[];
  /** How many errors in all. */
  readonly wrong: number;
  readonly tooManyRemovals: boolean;
  /** How many in the file have no access level and aren't suspended: no gate lets them in. */
  readonly nowhere: number;
  /** The whole list as it would be afterwards. */
  readonly people: readonly Person[];
}

export const MOST_ERRORS = 100;
/** So few may always be suspended, whatever their share. */
const FEW = 3;
const LARGEST_SHARE = 0.1;

const words = (zh: string, en: string): Words => ({ zh, en });

/** What importing `bytes` would do to `current`. Never throws for what is in the file: that is in `errors`. */
export function planImport(bytes: Uint8Array, current: Iterable<Person>, rules: ImportRules): ImportPlan {
  return planSheet(readSheet(bytes), current, rules);
}

/** The same for a file that was read already. */
export function planSheet(
  sheet: Sheet,
  current: Iterable<Person>,
  rules: ImportRules,
  /** Every error goes here, without a limit. */
  errors: Complaint[] = [],
): ImportPlan {
  errors.push(...sheet.errors);
  const complain = (one: Complaint) => void errors.push(one);
  const known = new Map<string, Person>();
  // Passes and the blocklist aren't the file's: they stay, with what they carry.
  const others: Person[] = [];
  for (const person of current) {
    if (person.origin === undefined || person.origin === "list") known.set(person.id, person);
    else others.push(person);
  }
  const listed =
    sheet.errors.length > 0
      ? []
      : sheet.rows.map(({ row, cells }) => {
          const person = personOf(row, cells, rules, complain);
          const before = known.get(person.id);
          if (before === undefined) unmasked(row, cells, complain);
          return {
            row,
            person: before === undefined ? person : suspendedAs(withKept(person, before, sheet.columns, cells), before),
          };
        });
  contradictions(listed, complain);
  refusedCredentials(listed, others, rules, complain);
  // A household's spaces are told in one of its rows at least, and hold for all of it.
  const spaces = new Map(
    listed.flatMap(({ person: { household, spaces: told } }): [string, number][] =>
      household === undefined || told === undefined ? [] : [[household, told]],
    ),
  );

  const added: { name: string; row: number }[] = [];
  const changed: { name: string; row: number; cells: { column: string; from: string; to: string }[] }[] = [];
  let same = 0;
  const people: Person[] = [];
  for (const { row, person: read } of listed) {
    const told = read.household === undefined ? undefined : spaces.get(read.household);
    const person = told === undefined ? read : { ...read, spaces: told };
    const before = known.get(person.id);
    known.delete(person.id);
    people.push(person);
    if (before === undefined) {
      added.push({ name: shown(person), row });
      continue;
    }
    const cells = difference(before, person);
    if (cells.length === 0) same++;
    else changed.push({ name: shown(person), row, cells });
  }
  const gone = [...known.values()];
  const suspended = gone.filter((person) => !person.blocked).map((person) => ({ name: shown(person) }));
  const total = people.length - added.length + gone.filter((person) => !person.blocked).length;
  if (errors.length === 0) {
    const taken = new Set(people.flatMap((person) => person.credentials.map(keyOf)));
    people.push(...others);
    // What a suspended person carried may have gone to somebody else meanwhile.
    for (const person of gone)
      people.push({
        ...person,
        blocked: true,
        blockedWhy: goneWhy(person.blockedWhy),
        credentials: person.credentials.filter((one) => !taken.has(keyOf(one))),
      });
  }
  return {
    added,
    changed,
    suspended: errors.length > 0 ? [] : suspended,
    same,
    errors: capped(errors),
    wrong: errors.length,
    tooManyRemovals:
      errors.length === 0 && !rules.allowRemovals && suspended.length > FEW && suspended.length > total * LARGEST_SHARE,
    nowhere: listed.filter(({ person }) => !person.blocked && person.levels.length === 0).length,
    people: errors.length === 0 ? people : [],
  };
}

/** Writes the plan, all or nothing; the new generation. @throws GateError IMPORT_INVALID for a plan that mustn't be written */
export function applyImport(
  plan: ImportPlan,
  whitelist: Pick<OpenedWhitelist, "replaceAll">,
  by: string,
  atWallMs: number,
): number {
  if (plan.errors.length > 0) throw new GateError("IMPORT_INVALID", `${plan.errors.length} errors in the file`);
  if (plan.tooManyRemovals) throw new GateError("IMPORT_INVALID", `${plan.suspended.length} people would be suspended`);
  return whitelist.replaceAll(plan.people, by, atWallMs);
}

/** Whoever was barred before and has left now has left too: the terminals go by it. */
function goneWhy(before = ""): string {
  if (before.startsWith(GONE)) return before;
  return before === "" ? GONE : `${GONE}；${before}`;
}

const shown = (person: Person): string =>
  [person.id, person.name, person.household].filter((part) => part !== undefined && part !== "").join(" ");

/** A file that says the same of a suspension has not made it the clerk's. */
const suspendedAs = (person: Person, { blockedBy, ...before }: Person): Person =>
  blockedBy !== undefined && isSuspendedAlike(person, before) ? { ...person, blockedBy } : person;

const isSuspendedAlike = (one: Person, other: Person): boolean =>
  one.blocked && other.blocked && one.blockedWhy === other.blockedWhy;

/** Somebody new has no code yet that could stay. */
function unmasked(row: number, cells: Cells, complain: (one: Complaint) => void): void {
  for (const column of SECRETS) {
    const cell = [...cells].find(([name]) => name === column)?.[1] ?? "";
    if (!isMasked(cell)) continue;
    complain({
      row,
      column,
      value: MASK,
      code: "MASKED",
      message: words("这是新人，还没有密码可以保留", "Somebody new has no code that could stay"),
      hint: words("写上真的密码，或空着", "Write the code itself, or nothing"),
    });
  }
}

function difference(before: Person, now: Person) {
  const was = cellsOf(before);
  return [...cellsOf(now)].flatMap(([column, to]) => {
    const from = was.get(column) ?? "";
    return from === to ? [] : [{ column, from: shownCell(column, from), to: shownCell(column, to) }];
  });
}

/** One id, one credential: one person. One household: one number of spaces. */
function contradictions(
  listed: readonly { readonly row: number; readonly person: Person }[],
  complain: (one: Complaint) => void,
): void {
  const ids = new Map<string, number>();
  const carried = new Map<string, number>();
  const spaces = new Map<string, { readonly row: number; readonly spaces: number }>();
  const twice = (row: number, column: string, value: string, first: number) =>
    complain({
      row,
      column,
      value: shownCell(column, value.slice(0, 40)),
      code: "DUPLICATE",
      message: words(`第 ${first} 行已经有了`, `Row ${first} has it already`),
      hint: words("只留一行", "Keep one of them"),
    });
  for (const { row, person } of listed) {
    const first = ids.get(person.id);
    if (first !== undefined && person.id !== "") twice(row, "编号", person.id, first);
    else ids.set(person.id, row);
    for (const one of person.credentials) {
      const other = carried.get(keyOf(one));
      if (other !== undefined && other !== row)
        twice(row, one.duress === true ? "胁迫码" : (NAMES[one.type] ?? one.type), one.original, other);
      else carried.set(keyOf(one), row);
    }
    if (person.household === undefined || person.spaces === undefined) continue;
    const told = spaces.get(person.household);
    if (told !== undefined && told.spaces !== person.spaces)
      complain({
        row,
        column: "车位",
        value: String(person.spaces),
        code: "SPACES_DIFFER",
        message: words(
          `同一户第 ${told.row} 行写的是 ${told.spaces}`,
          `Row ${told.row} says ${told.spaces} for the same household`,
        ),
        hint: words("同一户写同一个数", "One number for one household"),
      });
    else spaces.set(person.household, { row, spaces: person.spaces });
  }
}

/** What a pass or the blocklist carries, and a face whose consent was withdrawn, is nobody's to bring in by a file. */
function refusedCredentials(
  listed: readonly { readonly row: number; readonly person: Person }[],
  others: readonly Person[],
  rules: ImportRules,
  complain: (one: Complaint) => void,
): void {
  const taken = new Map(others.flatMap((one) => one.credentials.map((carried) => [keyOf(carried), one] as const)));
  const ids = new Set(others.map(({ id }) => id));
  for (const { row, person } of listed) {
    const wrong = (column: string, value: string, code: string, message: Words, hint: Words) =>
      complain({ row, column, value: shownCell(column, value), code, message, hint });
    if (ids.has(person.id))
      wrong(
        "编号",
        person.id,
        "TAKEN",
        words("这个编号已用于访客码或黑名单", "This id is a visitor pass's or the blocklist's"),
        words("换一个编号", "Use another one"),
      );
    for (const one of person.credentials) {
      const column = NAMES[one.type] ?? one.type;
      const other = taken.get(keyOf(one));
      if (other !== undefined)
        wrong(
          column,
          one.original,
          "TAKEN",
          other.origin === "barred"
            ? words("在黑名单里", "It is on the blocklist")
            : words("已用于一张访客码", "A visitor pass has it"),
          words("先从那里去掉，或从这一行删掉", "Take it off there first, or remove it here"),
        );
      if (one.type === "face" && rules.withdrawn?.has(one.value) === true)
        wrong(
          column,
          one.original,
          "CONSENT_WITHDRAWN",
          words("本人已撤回人脸同意", "The consent to this face was withdrawn"),
          words("清空这一格；重新同意后再填", "Empty this cell; fill it after a new consent"),
        );
    }
  }
}

const NAMES: Readonly<Record<string, string>> = {
  face: "人脸编号",
  card: "卡号",
  plate: "车牌",
  code: "通行码",
  pin: "密码",
};

function capped(errors: readonly Complaint[]): readonly Complaint[] {
  if (errors.length <= MOST_ERRORS) return errors;
  const rest = errors.length - MOST_ERRORS;
  return [
    ...errors.slice(0, MOST_ERRORS),
    {
      row: 0,
      column: "",
      value: "",
      code: "MORE_ERRORS",
      message: words(`还有 ${rest} 个错误`, `${rest} more errors`),
      hint: words("先改上面的", "Mend the ones above first"),
    },
  ];
}
