import type { OpenedWhitelist, Person } from "./whitelist.ts";
export interface ImportPlan {
  added: { name: string; row: number }[];
  changed: { name: string; row: number; cells: { column: string }[] }[];
  suspended: { name: string }[];
  same: number;
  errors: {
    row: number;
    column: string;
    value: string;
    message: { zh: string; en: string };
    hint: { zh: string; en: string };
  }[];
  tooManyRemovals: boolean;
  people: Person[];
}
export function planImport(
  bytes: Uint8Array,
  _w: Iterable<Person>,
  options: { normalisePlate: (p: string) => string; allowRemovals: boolean },
): ImportPlan {
  const [, ...lines] = Buffer.from(bytes)
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trim()
    .split("\n");
  const people = lines.map((l): Person => {
    const c = l.split(",");
    return {
      id: c[0] ?? "",
      name: c[1] ?? "",
      kind: "resident",
      blocked: false,
      slow: false,
      levels: ["residents"],
      credentials: [
        ...(c[4] ? [{ type: "face" as const, value: c[4], original: c[4] }] : []),
        ...(c[5] ? [{ type: "card" as const, value: c[5], original: c[5] }] : []),
        ...(c[6] ? [{ type: "plate" as const, value: options.normalisePlate(c[6]), original: c[6] }] : []),
      ],
    };
  });
  return { added: [], changed: [], suspended: [], same: 0, errors: [], tooManyRemovals: false, people };
}
export function applyImport(plan: ImportPlan, w: OpenedWhitelist, by: string, at: number): number {
  return w.replaceAll(plan.people, by, at);
}
