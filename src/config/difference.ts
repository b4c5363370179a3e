/**
 * What another gate.yaml would change, in the order in which a technician must look: the wires first, then whom the rules
 * let in, then the rest. Compared is what is meant (defaults and the barrier's profile filled in), not how it is written.
 */
import type { Words } from "./problem.ts";
import { notes } from "./schema-keys.ts";
import { type Meant, PARTS, type Part, type Setting, settingsOf } from "./settings.ts";

export interface Change {
  readonly part: Part;
  /** As in `lanes[car-in].outputs.open`; what is in a list goes by its id. */
  readonly path: string;
  /** What it means, in words. */
  readonly what?: Words;
  /** Absent = it is new. No secret stands in either. */
  readonly from?: Words;
  /** Absent = it is gone. */
  readonly to?: Words;
}

interface Found extends Pick<Change, "from" | "to"> {
  readonly path: string;
  readonly setting: Setting;
}

/** Empty = both mean the same. `before` absent = nothing was in force. */
export function difference(before: Meant | undefined, after: Meant): readonly Change[] {
  const was = before === undefined ? new Map<string, Setting>() : settingsOf(before);
  const becomes = settingsOf(after);
  // Of a lane that goes altogether nobody has to read each contact.
  const goes = ({ under }: Setting) => under.some((item) => was.has(item) && !becomes.has(item));
  const gone = [...was].filter(([path, setting]) => !becomes.has(path) && !goes(setting));
  const found: readonly Found[] = [
    ...gone.map(([path, setting]) => ({ path, setting, from: setting.shown })),
    ...[...becomes].flatMap(([path, setting]): readonly Found[] => {
      const old = was.get(path);
      if (old === undefined) return [{ path, setting, to: setting.shown }];
      return old.value === setting.value ? [] : [{ path, setting, from: old.shown, to: setting.shown }];
    }),
  ];
  return told(PARTS.flatMap((part) => found.filter(({ setting }) => setting.part === part)));
}

function told(found: readonly Found[]): readonly Change[] {
  const meanings = found.length === 0 ? [] : notes(found.map(({ setting }) => setting.at));
  return found.map(({ path, setting, ...sides }, n) => {
    const what = meanings[n];
    return { part: setting.part, path, ...(what === undefined ? {} : { what }), ...sides };
  });
}
