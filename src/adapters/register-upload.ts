/** What the county sends of the list, looked over before the list is touched; and a whole list, as it comes in parts. */
import type { Person } from "./whitelist-people.ts";

export interface ListRules {
  /** The access levels of the configuration. */
  readonly levels: ReadonlySet<string>;
  readonly isPlate: (plate: string) => boolean;
}

export interface ListFault {
  readonly why: "level-unknown" | "plate-invalid" | "listed-twice";
  /** Where, by field names. */
  readonly at: string;
}

/** The first thing wrong with these people; undefined = nothing that shows without the list itself. Plates are normalised. */
export function listFault(
  field: string,
  people: readonly Pick<Person, "id" | "levels" | "credentials">[],
  removed: readonly string[],
  rules: ListRules,
): ListFault | undefined {
  const ids = new Set(removed);
  if (ids.size < removed.length) return { why: "listed-twice", at: "remove" };
  const carried = new Set<string>();
  for (const [n, person] of people.entries()) {
    const at = `${field}/${n}`;
    if (ids.has(person.id)) return { why: "listed-twice", at };
    ids.add(person.id);
    if (person.levels.some((level) => !rules.levels.has(level))) return { why: "level-unknown", at: `${at}/levels` };
    for (const [m, { type, value }] of person.credentials.entries()) {
      const where = `${at}/credentials/${m}`;
      if (type === "plate" && !rules.isPlate(value)) return { why: "plate-invalid", at: where };
      if (carried.has(`${type} ${value}`)) return { why: "listed-twice", at: where };
      carried.add(`${type} ${value}`);
    }
  }
  return undefined;
}

/** The parts of a full list that have come so far; in memory only, so that no second copy of the list lies about. */
export interface Upload {
  readonly upload: string;
  readonly parts: number;
  readonly people: readonly (readonly Person[])[];
}

export interface Part {
  readonly upload: string;
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  readonly people: readonly Person[];
}

/** One part more. `whole` = it was the last; `lost` = one before it isn't here: the list begins anew with part 1. */
export function uploadAfter(
  before: Upload | undefined,
  { upload, part, parts, people }: Part,
): { readonly is: "kept" | "whole"; readonly upload: Upload } | { readonly is: "lost" } {
  const begun = part === 1 ? { upload, parts, people: [] } : before;
  if (begun === undefined || begun.upload !== upload || begun.parts !== parts || begun.people.length !== part - 1)
    return { is: "lost" };
  return { is: part === parts ? "whole" : "kept", upload: { ...begun, people: [...begun.people, people] } };
}
