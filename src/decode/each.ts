/** One list in a message: its kind's reports once for each element, with a cap. */
import type { Report } from "../core/terms.ts";
import { compilePointer } from "./conditions.ts";
import type { MessageKind } from "./profile-mapping.ts";
import type { Getter } from "./scope.ts";
import type { Value } from "./transforms.ts";

export type Fields = readonly { readonly name: string; readonly get: Getter<Value> }[];

/** All reports of all elements, or a fault: a list that is missing or too long, or an element that can't be read. */
export function compileEach(
  { pointer, max }: NonNullable<MessageKind["each"]>,
  fields: Fields,
  reports: readonly Getter<Report | undefined>[],
): Getter<readonly (Report | undefined)[]> {
  const find = compilePointer(pointer);
  return (scope) => {
    const list = find(scope.source.root);
    if (!Array.isArray(list)) {
      scope.faults.push({ code: "field-missing", where: pointer, message: "there is no list here" });
      return [];
    }
    if (list.length > max) {
      scope.faults.push({ code: "too-long", where: pointer, message: `more than ${max} elements` });
      return [];
    }
    return list.flatMap((item: unknown) => {
      const inner = { ...scope, item, values: new Map(scope.values) };
      for (const { name, get } of fields) inner.values.set(name, get(inner));
      return scope.faults.length > 0 ? [] : reports.map((report) => report(inner));
    });
  };
}
