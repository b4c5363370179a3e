/**
 * The reasons for an opening by hand, as they hold now: the configuration's until the clerk has saved a list. What the
 * journal said before keeps its words, since a row carries them.
 */
import type { Change, ReasonsAsked, ReasonsView } from "./register.ts";

export interface ReasonsDeps {
  readonly first: ReasonsView;
  /** Wall ms. */
  readonly now: () => number;
  /** On the disk when it resolves. @throws GateError when it can't be kept; nothing has changed then */
  readonly keep: (list: Required<ReasonsView>) => Promise<void>;
  /** The row; resolves once it is durable. */
  readonly note: (open: { readonly by: string; readonly reasons: string; readonly en: string }) => Promise<void>;
  /** Other tiles are to be shown. */
  readonly changed: () => void;
}

export interface Reasons {
  view(): ReasonsView;
  save(asked: ReasonsAsked, by: string): Promise<ReasonsView | { readonly why: "reasons-changed" }>;
}

export function openReasons(deps: ReasonsDeps): Reasons {
  let held = deps.first;
  let saving = false;

  async function save({ edition, reasons, retired }: ReasonsAsked, by: string) {
    if (saving || edition !== held.edition) return { why: "reasons-changed" as const };
    saving = true;
    try {
      const made: Change = { by, atWallMs: Math.round(deps.now()) };
      const next = { edition: edition + 1, reasons, retired, made };
      await deps.keep(next);
      held = next;
    } finally {
      saving = false;
    }
    const noted = deps.note({
      by,
      reasons: reasons.map(({ zh }) => zh).join("、"),
      en: reasons.map(({ en }) => en).join(", "),
    });
    deps.changed();
    await noted;
    return held;
  }

  return { view: () => held, save };
}
