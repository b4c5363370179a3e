/**
 * The shift that is going on: who has it, what it has seen, and which openings by hand still lack a reason. All of it
 * comes from the journal's rows, so that a restart changes nothing. An opening without a `reason` row is 未填写.
 */
import type { OpeningView, ShiftView } from "./desk.ts";
import type { Row } from "./ports.ts";

/** What is counted of a row; the names in it are those of the people at work here. */
export type ShiftRow = Pick<Row, "kind" | "wallMs" | "open" | "lane" | "boot" | "at">;

export interface Shift {
  count(row: ShiftRow): void;
  view(): ShiftView;
  /** Whether this is an opening of this shift whose reason nobody has told. */
  lacksReason(opening: string): boolean;
}

/** The newest that are shown by name; the others are counted. */
const SHOWN = 8;
/** So many may still be given a reason: where nobody ever hands over, a shift lasts for months. */
const MOST = 500;
const ASKED_FOR: readonly unknown[] = ["open", "lock-open"];
const text = (value: unknown): string => (typeof value === "string" ? value : "");

interface Counts {
  readonly automatic: number;
  readonly manual: number;
  readonly denied: number;
  readonly alarms: number;
}
const NOTHING: Counts = { automatic: 0, manual: 0, denied: 0, alarms: 0 };

/** @param rows of the shift so far, newest first, ending with the row that began it where there is one */
export function openShift(rows: readonly ShiftRow[]): Shift {
  let guard: string | undefined;
  let sinceWallMs: number | undefined;
  let counts = NOTHING;
  const openings = new Map<string, OpeningView>();
  let beyond = 0;

  function begin(row: ShiftRow): void {
    guard = text(row.open.to);
    sinceWallMs = row.wallMs;
    counts = NOTHING;
    openings.clear();
    beyond = 0;
  }

  function ordered({ open, lane, boot, at, wallMs }: ShiftRow): void {
    if (!ASKED_FOR.includes(open.order)) return;
    counts = { ...counts, manual: counts.manual + 1 };
    // For whom it was opened says why; and whoever orders from afar has no tiles before them.
    if (open.about !== undefined || open.from !== "guard-page" || lane === undefined) return;
    openings.set(text(open.id), { id: text(open.id), lane, by: text(open.by), boot, at, wallMs });
    const [oldest] = openings.keys();
    if (openings.size <= MOST || oldest === undefined) return;
    openings.delete(oldest);
    beyond++;
  }

  function count(row: ShiftRow): void {
    switch (row.kind) {
      case "shift":
        return begin(row);
      case "decision":
        counts =
          row.open.outcome === "granted"
            ? { ...counts, automatic: counts.automatic + 1 }
            : { ...counts, denied: counts.denied + (row.open.outcome === "denied" ? 1 : 0) };
        return;
      case "alarm":
        counts = { ...counts, alarms: counts.alarms + 1 };
        return;
      case "override":
        return ordered(row);
      case "refusal":
        // Nothing was opened, so there is nothing to give a reason for.
        if (openings.delete(text(row.open.id))) counts = { ...counts, manual: counts.manual - 1 };
        return;
      case "reason":
        openings.delete(text(row.open.opening));
        return;
      case "start":
      case "stop":
      case "history":
      case "move":
      case "outcome":
      case "passage":
      case "lapsed":
      case "calm":
      case "mode":
      case "device":
      case "clock":
      case "config":
      case "whitelist":
      case "fault":
      case "amnesty":
      case "retention":
      case "account":
      case "command":
      case "shared":
        return;
    }
  }

  for (const row of rows.toReversed()) count(row);
  return {
    count,
    lacksReason: (opening) => openings.has(opening),
    view: () => ({
      ...(guard === undefined ? {} : { guard }),
      ...(sinceWallMs === undefined ? {} : { sinceWallMs }),
      ...counts,
      unreasoned: openings.size + beyond,
      openings: [...openings.values()].slice(-SHOWN).toReversed(),
    }),
  };
}
