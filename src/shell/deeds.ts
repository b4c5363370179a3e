/**
 * Rows of what was done at the console. The journal keeps a deed's id with its row, in one transaction: brought again
 * after a crash, it has its row already.
 */
import type { ConsoleDeed, DeedRows } from "./accounts.ts";
import type { Entry, Journal, Kept } from "./ports.ts";

const KEY = "deed ";
/** More than can wait in the accounts' file, so that no id is forgotten while its deed may come again. */
const IDS_KEPT = 1_024;

export interface DeedRowsOpen extends DeedRows {
  /** From now on rows are written. `start`: this start's own row, before which none of them stands. */
  begin(start: number): void;
}

export function openDeedRows(deps: {
  readonly journal: Pick<Journal, "state" | "whenDurable">;
  readonly note: (entry: Omit<Entry, "now">) => number;
  /** What rows have kept, as the journal has it. */
  readonly kept: readonly Kept[];
}): DeedRowsOpen {
  const { journal, note } = deps;
  /** Id → whether its row is on the disk for sure. */
  const stands = new Map<string, boolean>();
  for (const { key, text } of deps.kept) if (key.startsWith(KEY)) stands.set(text, false);
  let begun = false;

  return {
    begin(start) {
      begun = true;
      const before = [...stands.keys()];
      // Rows that a crash left unsynced are durable with the first one after them.
      journal.whenDurable(start, () => {
        for (const id of before) stands.set(id, true);
      });
    },
    write(deed) {
      // It is safe where it lies, and a journal that takes no rows could drop it.
      if (!begun || journal.state().is !== "good") return false;
      if (stands.has(deed.id)) return true;
      stands.set(deed.id, false);
      const keeps = [{ key: `${KEY}${deed.seq % IDS_KEPT}`, text: deed.id }];
      const seq = note({ kind: "account", open: openOf(deed), keeps });
      journal.whenDurable(seq, () => stands.set(deed.id, true));
      return true;
    },
    isDurable: (id) => stands.get(id) === true,
  };
}

function openOf({ id, deed, account, whose, role, by, doneMs, lost }: ConsoleDeed): Entry["open"] {
  const told = { id, deed, account, whose, role, by, from: "console", doneMs };
  return lost === 0 ? told : { ...told, unrecordedBefore: lost };
}
