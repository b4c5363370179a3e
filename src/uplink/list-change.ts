/** What a command says of the list, looked over before anything is touched: pure. */
import type { Listed } from "./command.ts";
import type { ResultCode } from "./command-result.ts";

export interface ListRules {
  /** The access levels of the configuration. */
  readonly levels: ReadonlySet<string>;
  readonly normalisePlate: (plate: string) => string;
  readonly isPlate: (plate: string) => boolean;
}

export interface ListFault {
  readonly code: Extract<ResultCode, "level-unknown" | "plate-invalid" | "listed-twice">;
  /** Where, by field names. */
  readonly at: string;
}

/** The first thing wrong with these people; undefined = nothing that shows without the list itself. */
export function listFault(
  field: string,
  people: readonly Listed[],
  removed: readonly string[],
  rules: ListRules,
): ListFault | undefined {
  const ids = new Set(removed);
  if (ids.size < removed.length) return { code: "listed-twice", at: "remove" };
  const carried = new Set<string>();
  for (const [n, person] of people.entries()) {
    const at = `${field}/${n}`;
    if (ids.has(person.id)) return { code: "listed-twice", at };
    ids.add(person.id);
    if (person.levels.some((level) => !rules.levels.has(level))) return { code: "level-unknown", at: `${at}/levels` };
    for (const [m, { type, value }] of person.credentials.entries()) {
      const where = `${at}/credentials/${m}`;
      const shown = type === "plate" ? rules.normalisePlate(value) : value;
      if (type === "plate" && !rules.isPlate(shown)) return { code: "plate-invalid", at: where };
      if (carried.has(`${type} ${shown}`)) return { code: "listed-twice", at: where };
      carried.add(`${type} ${shown}`);
    }
  }
  return undefined;
}

/** The parts of a full list that have come so far; in memory only, so that no second copy of the list lies about. */
export interface Upload {
  readonly upload: string;
  readonly parts: number;
  readonly people: readonly (readonly Listed[])[];
}

export interface Part {
  readonly upload: string;
  readonly part: number;
  readonly parts: number;
  readonly people: readonly Listed[];
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
