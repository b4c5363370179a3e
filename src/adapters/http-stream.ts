/**
 * One stream per page (server-sent events): views, rows and a beat. Browsers allow six connections to an origin, so
 * there is never a second stream. A page that can't keep up is dropped and resumes by Last-Event-ID.
 */
import type { ServerResponse } from "node:http";
import type { Millis } from "../core/terms.ts";
import type { Desk, RowView, SiteView } from "../shell/desk.ts";
import { tickOf } from "./http-orders.ts";
import { unnamed } from "./http-views.ts";

const BEAT_MS = 5_000;
/** Between two views at the least: an input that chatters at 1 kHz must not become 1,000 pages a second. */
const VIEW_GAP_MS = 100;
/** Well above what a page gets at once on coming back (500 rows), so that only one that doesn't read is meant. */
const MOST_BYTES_WAITING = 2 * 1024 * 1024;
const MOST_STREAMS = 32;
const FIRST_ROWS = 100;
const MOST_MISSED_ROWS = 500;

export interface Streams {
  readonly count: number;
  readonly full: boolean;
  /** Slow pages cut off so far. */
  readonly dropped: number;
  /** Begins a stream. `lastSeq` = the last row the page has seen. */
  join(out: ServerResponse, reader: Reader, lastSeq: number | undefined): void;
  /** Ends the streams of a session, or those that have none. */
  end(session: string | undefined): void;
  close(): void;
}

/** Who reads: a lock screen is told the views without names, and no rows. */
export interface Reader {
  readonly session?: string;
  readonly names: boolean;
}

/** @param now monotonic ms */
export function openStreams(desk: Desk, now: () => Millis): Streams {
  const outs = new Map<ServerResponse, Reader>();
  let dropped = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  let later: NodeJS.Timeout | undefined;

  function send(out: ServerResponse, text: string): void {
    out.write(text);
    if (out.writableLength <= MOST_BYTES_WAITING) return;
    dropped += 1;
    outs.delete(out);
    out.destroy();
  }
  function sendAll(text: string): void {
    for (const out of outs.keys()) send(out, text);
  }
  function showView(): void {
    later = undefined;
    shownAt = now();
    if (outs.size === 0) return;
    const view = desk.view();
    const named = viewEvent(view, shownAt);
    const bare = viewEvent(unnamed(view), shownAt);
    for (const [out, { names }] of outs) send(out, names ? named : bare);
  }
  desk.onChange(() => {
    if (later !== undefined) return;
    const waitMs = shownAt + VIEW_GAP_MS - now();
    if (waitMs <= 0) showView();
    else later = setTimeout(showView, waitMs);
  });
  desk.onRow((row) => {
    const readers = [...outs].filter(([, { names }]) => names);
    if (readers.length === 0) return;
    const text = rowEvent(row());
    for (const [out] of readers) send(out, text);
  });
  const beat = setInterval(() => sendAll(event("beat", { tick: tickOf(desk.view().boot, now()) })), BEAT_MS);
  beat.unref();

  return {
    get count() {
      return outs.size;
    },
    get full() {
      return outs.size >= MOST_STREAMS;
    },
    get dropped() {
      return dropped;
    },
    join(out, reader, lastSeq) {
      outs.set(out, reader);
      out.on("close", () => outs.delete(out));
      out.on("error", () => outs.delete(out));
      const view = desk.view();
      send(out, `retry: 1000\n\n${viewEvent(reader.names ? view : unnamed(view), now())}`);
      if (!reader.names) return send(out, event("reset", {}));
      for (const text of missed(desk, lastSeq)) if (outs.has(out)) send(out, text);
    },
    end(session) {
      for (const [out, reader] of outs) {
        if (reader.session !== session) continue;
        outs.delete(out);
        out.end();
      }
    },
    close() {
      clearInterval(beat);
      clearTimeout(later);
      for (const out of outs.keys()) out.end();
      outs.clear();
    },
  };
}

/** The rows a page hasn't seen; `reset` tells it to forget its own, when it was away too long or the journal is another one. */
function missed(desk: Desk, lastSeq: number | undefined): readonly string[] {
  const newest = desk.rows(1).at(-1)?.seq ?? 0;
  const resumes = lastSeq !== undefined && lastSeq <= newest && newest - lastSeq <= MOST_MISSED_ROWS;
  if (resumes) return desk.rowsAfter(lastSeq, MOST_MISSED_ROWS).map(rowEvent);
  return [event("reset", {}), ...desk.rows(FIRST_ROWS).map(rowEvent)];
}

function viewEvent(view: SiteView, at: Millis): string {
  return event("view", { tick: tickOf(view.boot, at), view });
}

function rowEvent(row: RowView): string {
  return `id: ${row.seq}\n${event("row", row)}`;
}

function event(name: string, body: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`;
}
