/**
 * The reasons for an opening by hand, as they hold now: the configuration's until the clerk has saved a list. What the
 * journal said before keeps its words, since a row carries them.
 */
import type { Millis } from "../core/terms.ts";
import type { Clock } from "./ports.ts";
import type { Change, ReasonsAsked, ReasonsView } from "./register.ts";

export interface ReasonsDeps {
  readonly first: ReasonsView;
  /** Wall ms. */
  readonly now: () => number;
  /** On the disk when it resolves. @throws GateError when it can't be kept; nothing has changed then */
  readonly keep: (list: Required<ReasonsView>) => Promise<void>;
  /** The row; resolves once it is durable. */
  readonly note: (open: { readonly by: string; readonly reasons: string; readonly en: string }) => Promise<void>;
  readonly clock: Pick<Clock, "at" | "wakeAt">;
  /** Other tiles are to be shown. */
  readonly changed: () => void;
}

/** Whoever saves waits so long for the row at the most; the list itself is on the disk by then. */
const RECORD_MS: Millis = 4_000;

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
    await inTime(noted);
    return held;
  }

  function inTime(noted: Promise<void>): Promise<void> {
    const { clock } = deps;
    return new Promise((done, fail) => {
      const callOff = clock.wakeAt(clock.at() + RECORD_MS, done);
      noted.then(done, fail).finally(callOff);
    });
  }

  return { view: () => held, save };
}
