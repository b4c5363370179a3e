/** What every way up to a platform has in common: cursors that stand in this journal, plates as allowed, one alarm. */
import type { Log } from "./adapters/log.ts";
import { platePseudonym } from "./adapters/uplink-plate.ts";
import { normalise } from "./core/plates.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Journal, OpenRow, OpenRows } from "./shell/ports.ts";
import { PLAIN_PLATE } from "./uplink/contract-words.ts";
import type { Cursor } from "./uplink/stream.ts";

/** Undefined where the row isn't there, or can't be read just now (the journal says so itself). */
export function hashAt(rows: Pick<OpenRows, "after">, seq: number): string | undefined {
  try {
    return rows.after(seq - 1, seq, 1)[0]?.hash;
  } catch {
    return undefined;
  }
}

export interface CursorParts {
  readonly rows: Pick<OpenRows, "after">;
  readonly journal: Pick<Journal, "latest">;
  readonly loop: Pick<Loop, "note">;
  readonly log: Pick<Log, "warn">;
}

/**
 * A cursor must stand in this very journal. Another one (restored from a backup, begun anew) would give numbers a second
 * time: then all of it is sent again, and the platform tells by the messages' ids what it has.
 */
export function standHere(cursors: readonly Cursor[], { rows, journal, loop, log }: CursorParts): boolean {
  if (cursorsFit(cursors, rows, journal.latest(1)[0]?.seq ?? 0)) return true;
  log.warn({ code: "DATABASE_DAMAGED" }, "the platform has been told of another journal; everything is sent again");
  loop.note({ kind: "fault", open: { code: "DATABASE_DAMAGED", message: "uplink cursor of another journal" } });
  return false;
}

/** Whether cursors stand in the journal that these rows are of; `tip` = its newest row. */
export function cursorsFit(cursors: readonly Cursor[], rows: Pick<OpenRows, "after">, tip: number): boolean {
  return cursors.every(({ upTo, link }) => {
    const hash = link.seq === 0 ? link.hash : hashAt(rows, link.seq);
    // A row that damage took can't contradict.
    return upTo <= tip && (hash === undefined || hash === link.hash);
  });
}

/** A plate is a person's: as a pseudonym of this site, in clear where the configuration says by what right, or not at all. */
export function plates(
  { journal, siteKey }: { readonly journal: Pick<Journal, "after">; readonly siteKey: Uint8Array },
  how: "pseudonym" | "plain" | "withheld",
): (row: OpenRow) => string | undefined {
  return (row) => {
    if (how === "withheld") return undefined;
    const [found] = journal.after(row.seq - 1, 1);
    return plateTold(found?.seq === row.seq ? found.sealed?.value : undefined, siteKey, how);
  };
}

/** @param value what was read, as it is sealed in the row */
export function plateTold(value: unknown, siteKey: Uint8Array, how: "pseudonym" | "plain"): string | undefined {
  if (typeof value !== "string") return undefined;
  const plate = normalise(value);
  if (how === "plain") return PLAIN_PLATE.test(plate) ? plate : undefined;
  return platePseudonym(siteKey, plate);
}

/** What the page shows of all platforms: up when all are, and what the slowest has still to be told. */
export function together(views: readonly (PlatformView | undefined)[]): PlatformView | undefined {
  const all = views.filter((view) => view !== undefined);
  if (all.length === 0) return undefined;
  return { up: all.every(({ up }) => up), waiting: Math.max(...all.map(({ waiting }) => waiting)) };
}
interface PlatformView {
  readonly up: boolean;
  readonly waiting: number;
}

export interface Behind {
  /** Of one platform: asked regularly; tells how long the oldest waiting row has waited, ms. */
  watch(minutes: number): (waiting: number, why: string | undefined) => number;
}

/** Raises when the oldest waiting record of any platform has waited too long, and calms when all have caught up. */
export function openBehind({
  loop,
  clock,
  journal,
}: {
  readonly loop: Pick<Loop, "raise" | "calm">;
  readonly clock: Pick<Clock, "at">;
  readonly journal: Pick<Journal, "durableSeq">;
}): Behind {
  const late = new Map<number, string | undefined>();
  let platforms = 0;
  return {
    watch(minutes) {
      const me = platforms++;
      // Rows up to `seq` were there at `at`: as long as one of them waits, the oldest has waited at least since then.
      let mark = { seq: journal.durableSeq, at: clock.at() };
      return (waiting, why) => {
        const now = clock.at();
        if (journal.durableSeq - waiting >= mark.seq) mark = { seq: journal.durableSeq, at: now };
        const waitedMs = waiting === 0 ? 0 : now - mark.at;
        if (waitedMs < minutes * 60_000) late.delete(me);
        else late.set(me, why);
        if (late.size === 0) loop.calm("platform-behind");
        else
          loop.raise(
            "platform-behind",
            undefined,
            [...late.values()].find((one) => one !== undefined),
          );
        return waitedMs;
      };
    },
  };
}
