/** Counts since local midnight, from the rows themselves, so that a restart changes nothing. */
import type { TodayView } from "./desk.ts";
import type { Journal, Row } from "./ports.ts";

/** What is counted of a row; nothing of it names anybody. */
export type Counted = Pick<Row, "kind" | "wallMs" | "open">;

/** What a start reads of the day so far. */
export type DayRow = Counted & Pick<Row, "lane">;

const SCANNED_ROWS = 20_000;

/** A busy day's rows at the most, newest first, and not one of yesterday: a start must not read the whole past. Read once, at the start, for all who count. */
export const rowsOfToday = (
  journal: Pick<Journal, "newest">,
  dateOf: (wallMs: number) => string,
  today: string,
): readonly DayRow[] => journal.newest(SCANNED_ROWS, ({ wallMs }) => dateOf(wallMs) === today);

export interface Today {
  count(row: Counted): void;
  view(): TodayView;
}

const NOTHING: TodayView = { in: 0, out: 0, granted: 0, denied: 0, byHand: 0 };

/** `dateOf` = site-local date of a wall time. */
export function openToday(dateOf: (wallMs: number) => string, today: () => string): Today {
  let date = today();
  let counts: TodayView = NOTHING;
  const plus = (key: keyof TodayView) => {
    counts = { ...counts, [key]: counts[key] + 1 };
  };

  function count(row: Counted): void {
    const on = dateOf(row.wallMs);
    if (on !== date) {
      if (on !== today()) return;
      date = on;
      counts = NOTHING;
    }
    switch (row.kind) {
      case "passage":
        if (row.open.direction === "in") plus("in");
        if (row.open.direction === "out") plus("out");
        return;
      case "decision":
        plus(row.open.outcome === "granted" ? "granted" : "denied");
        return;
      case "override":
        if (row.open.order === "open" || row.open.order === "lock-open") plus("byHand");
        return;
      case "start":
      case "stop":
      case "history":
      case "move":
      case "outcome":
      case "lapsed":
      case "alarm":
      case "calm":
      case "mode":
      case "refusal":
      case "device":
      case "clock":
      case "config":
      case "whitelist":
      case "fault":
      case "amnesty":
      case "command":
      case "retention":
      case "account":
      case "reason":
      case "shift":
        return;
    }
  }

  return { count, view: () => (date === today() ? counts : NOTHING) };
}
