/** A gate's journal as months of work leave it, and its way up to a platform, without sockets or waiting. */
import { randomUUID } from "node:crypto";
import { openUpstream } from "../../src/adapters/journal-upstream.ts";
import type { Now } from "../../src/core/terms.ts";
import type { Entry, Journal } from "../../src/shell/ports.ts";
import type { Random } from "../../src/simulator/random.ts";
import { type Cursors, type Forwarder, type ForwardSettings, openForwarder } from "../../src/uplink/forward.ts";
import { streamOf } from "../../src/uplink/records.ts";
import { BEGINNING } from "../../src/uplink/stream.ts";
import type { openFakePlatform } from "./platform.ts";
import { CODES } from "./samples.ts";

const LANES = ["car-in", "car-out", "walk"] as const;
const T0 = Date.UTC(2026, 7, 1);
export const NOTHING: Cursors = { alarm: BEGINNING, event: BEGINNING };

export function nowAt(second: number): Now {
  const date = new Date(T0 + second * 1000).toISOString().slice(0, 10);
  return { at: second * 1000, wall: { epochMs: T0 + second * 1000, trust: "trusted", date, weekday: 1, minute: 0 } };
}

/** What one vehicle or person leaves behind: a decision, the move, where they are, the passage; sometimes an alarm. */
export function passageRows(n: number, dice: Random): readonly Entry[] {
  const lane = dice.pick(LANES) ?? "walk";
  const now = nowAt(n * 28);
  const id = randomUUID();
  const holder = `R-${dice.below(900)}`;
  const denied = dice.chance(0.05);
  const open = {
    id,
    reader: "plate-in",
    type: "plate",
    outcome: denied ? "denied" : "granted",
    direction: "in",
    holderKind: "resident",
    eventId: `e${n}`,
    ...(denied ? { reason: "credential-not-found" } : { notes: [] }),
  };
  const decision: Entry = {
    kind: "decision",
    now,
    lane,
    open,
    subject: holder,
    sealed: { value: "苏E5K38M", name: "林秀兰" },
    uses: { device: "plate-in", eventId: `e${n}` },
  };
  if (denied) return [decision];
  return [
    decision,
    { kind: "move", now, lane, open: { command: "open", cause: id } },
    { kind: "history", now, open: { placed: "inside" }, subject: holder },
    { kind: "passage", now: nowAt(n * 28 + 6), lane, open: { direction: "in", credit: id }, subject: holder },
    ...(dice.chance(0.02)
      ? [{ kind: "alarm", now, lane, open: { alarm: "tailgate", detail: "林秀兰" } } as const]
      : []),
  ];
}

/** Which numbers must arrive, by stream. */
export function expected(journal: Pick<Journal, "after">): ReadonlyMap<number, "alarm" | "event"> {
  const found = new Map<number, "alarm" | "event">();
  for (let from = 0; ; ) {
    const rows = journal.after(from, 5_000);
    for (const row of rows) {
      const stream = streamOf(row);
      if (stream !== undefined) found.set(row.seq, stream);
    }
    const last = rows.at(-1);
    if (last === undefined) return found;
    from = last.seq;
  }
}

/** The forwarder with time in the test's hand: `turn` does what is due. */
export function openWay(
  file: string,
  platform: ReturnType<typeof openFakePlatform>,
  settings: Partial<ForwardSettings>,
  durableSeq: () => number,
) {
  const rows = openUpstream(file);
  let at = 0;
  let soon: (() => void)[] = [];
  let timers: { readonly at: number; readonly then: () => void }[] = [];
  /** What is on the disk; a power cut may find an older one. */
  let kept: Cursors = NOTHING;
  let older: Cursors = NOTHING;
  let forwarder: Forwarder | undefined;

  function start(): void {
    forwarder = openForwarder({
      settings: { window: 64, by: "puback", unheard: "wait", ...settings },
      codes: CODES,
      rows,
      line: platform.line,
      clock: {
        // Each question takes a little, so that slices end.
        at: () => (at += 0.02),
        wakeAt(due, then) {
          const timer = { at: due, then };
          timers.push(timer);
          return () => {
            timers = timers.filter((one) => one !== timer);
          };
        },
      },
      durableSeq,
      plateOf: () => "90a1b2c3d4e5f607",
      soon: (then) => void soon.push(then),
      cursors: kept,
      keep(cursors) {
        older = kept;
        kept = cursors;
      },
    });
  }
  start();

  return {
    forwarder: () => forwarder,
    kept: () => kept,
    turn(): void {
      const due = soon;
      soon = [];
      for (const then of due) then();
    },
    busy: () => soon.length > 0,
    pass(ms: number): void {
      at += ms;
      const due = timers.filter((one) => one.at <= at);
      timers = timers.filter((one) => one.at > at);
      for (const { then } of due) then();
    },
    /** The process ends without a word; `cut` = the newest cursor was not on the disk yet. */
    crash(cut: boolean): void {
      forwarder?.close();
      platform.line.drop("crash");
      soon = [];
      timers = [];
      if (cut) kept = older;
      start();
    },
    close: rows.close,
  };
}
