/** The one stream from the gate, and how long it has been silent. Nothing is shown that didn't come from it. */
import { computed, effect, signal } from "@preact/signals";
import type { RowView, SiteView } from "../shell/desk.ts";
import { type Others, openOthers } from "./others.ts";
import { api, seatName } from "./seat.ts";
import { can, learnMe, me } from "./session.ts";

/** Without a beat for this long, what the page shows may be untrue. */
export const STALE_MS = 10_000;
const MOST_ROWS = 200;

export const view = signal<SiteView | undefined>(undefined);
/** Oldest first. */
export const rows = signal<readonly RowView[]>([]);
/** This page's monotonic clock, five times a second. */
export const now = signal(performance.now());

const heardAt = signal(performance.now());
const viewAt = signal(0);
let tick = "";
let tickAt = 0;
let source: EventSource | undefined;
let others: Others<Told>;

/** ms since the view, the tick, and anything at all came. */
interface Ages {
  readonly view: number;
  readonly tick: number;
  readonly silent: number;
}

/** What the stream tells. */
type Told =
  /** `ages`: how old it is by now, where another tab kept it. */
  | { readonly is: "view"; readonly tick: string; readonly view: SiteView; readonly ages?: Ages }
  | { readonly is: "beat"; readonly tick: string }
  | { readonly is: "row"; readonly row: RowView; readonly first: boolean }
  | { readonly is: "reset" }
  | { readonly is: "opened" };

export const silentMs = computed(() => Math.max(0, now.value - heardAt.value));
export const stale = computed(() => view.value === undefined || silentMs.value >= STALE_MS);

/** The gate's monotonic clock, now. */
export const gateNow = computed(() => {
  const shown = view.value;
  return shown === undefined ? 0 : shown.at + Math.max(0, now.value - viewAt.value);
});

/** The gate's wall clock, now, ms. */
export const wallNow = computed(() => {
  const shown = view.value;
  return shown === undefined ? 0 : shown.clock.wallMs + Math.max(0, now.value - viewAt.value);
});

/** The site's local time of day, now. */
export const wallClock = computed(() => (view.value === undefined ? "" : siteTime(wallNow.value)));

/** A wall time as the site's local time of day. */
export const siteTime = (wallMs: number): string => timeOfDay(wallMs, view.value?.clock.utcOffsetMin ?? 0);

/** `08:32:05` in the site's zone, without the browser's own (often wrong) one. */
export function timeOfDay(wallMs: number, utcOffsetMin: number): string {
  return new Date(wallMs + utcOffsetMin * 60_000).toISOString().slice(11, 19);
}

/** What a tap carries to prove that it is fresh: the gate's last tick and the time since. */
export function tapTime(): { readonly tick: string; readonly sinceTickMs: number } {
  return { tick, sinceTickMs: Math.max(0, performance.now() - tickAt) };
}

function heard(newTick?: string, ages?: Ages): void {
  now.value = performance.now();
  heardAt.value = now.peek() - (ages?.silent ?? 0);
  if (newTick === undefined) return;
  tick = newTick;
  tickAt = now.peek() - (ages?.tick ?? 0);
}

/** All that this tab knows, for one that has just come. */
function catchUp(): readonly Told[] {
  const shown = view.peek();
  if (shown === undefined) return [];
  const at = performance.now();
  const ages = { view: at - viewAt.peek(), tick: at - tickAt, silent: at - heardAt.peek() };
  return [
    { is: "view", tick, view: shown, ages },
    ...rows.peek().map((row, n): Told => ({ is: "row", row, first: n === 0 })),
  ];
}

function take(message: Told): void {
  switch (message.is) {
    case "view": {
      const bootBefore = view.peek()?.boot;
      heard(message.tick, message.ages);
      viewAt.value = performance.now() - (message.ages?.view ?? 0);
      view.value = message.view;
      // Asked once by each tab, not by all of them for each that comes: that held up taps.
      if (bootBefore === undefined) void learnMe();
      if (bootBefore !== undefined && bootBefore !== message.view.boot) void renew();
      return;
    }
    case "beat":
      return heard(message.tick);
    case "reset":
      rows.value = [];
      return;
    case "row":
      heard();
      return keep(message.row, message.first);
    case "opened":
      if (view.peek() !== undefined) void learnMe();
      return;
  }
}

function keep(row: RowView, first: boolean): void {
  const last = rows.peek()[rows.peek().length - 1]?.seq ?? 0;
  if (row.seq <= last) return;
  // Of another stream than the row before it: what lies between the two was never told.
  const before = first && row.seq > last + 1 ? [] : rows.peek().map((one) => datedBy(row, one));
  rows.value = [...before, row].slice(-MOST_ROWS);
}

/** Opens the stream, and passes on to the browser's other tabs what it tells. */
function open(): void {
  source?.close();
  const fresh = new EventSource(api("/stream"));
  source = fresh;
  let first = true;
  const pass = (message: Told) => {
    if (source !== fresh) return;
    take(message);
    others.pass(message);
  };
  fresh.addEventListener("open", () => pass({ is: "opened" }));
  fresh.addEventListener("view", (event) => {
    const { tick, view }: { tick: string; view: SiteView } = JSON.parse(event.data);
    pass({ is: "view", tick, view });
  });
  fresh.addEventListener("beat", (event) => {
    const { tick }: { tick: string } = JSON.parse(event.data);
    pass({ is: "beat", tick });
  });
  fresh.addEventListener("reset", () => pass({ is: "reset" }));
  fresh.addEventListener("row", (event) => {
    const row: RowView = JSON.parse(event.data);
    pass({ is: "row", row, first });
    first = false;
  });
  fresh.addEventListener("error", () => {
    // The browser comes back by itself after a lost line, but gives up after a refusal.
    if (fresh.readyState === EventSource.CLOSED) void learnMe();
  });
}

/** The clock has come: rows of the same start that were shown without a time get one, as the gate's own list does. */
function datedBy(clock: RowView, row: RowView): RowView {
  const { offsetMs } = clock.open;
  const later = clock.kind === "clock" && clock.boot === row.boot && row.trust === "untrusted";
  return later && typeof offsetMs === "number" ? { ...row, datedMs: row.at + offsetMs } : row;
}

/** After the gate's restart the page may be of an older version: reload, but only now that the server answers. */
async function renew(): Promise<void> {
  const script = document.querySelector("script[src]")?.getAttribute("src");
  if (script === null || script === undefined) return;
  const page = await fetch(location.pathname, { cache: "no-store" }).then((answer) =>
    answer.ok ? answer.text() : script,
  );
  if (!page.includes(script)) location.reload();
}

/** Begins the stream and keeps it going; of several tabs one holds it. */
export function begin(): void {
  let triedAt = performance.now();
  others = openOthers<Told>({
    among: seatName(),
    hear: take,
    catchUp,
    lead() {
      triedAt = performance.now();
      open();
    },
    follow() {
      source?.close();
      source = undefined;
    },
    entry: () => void learnMe(),
  });
  let who: string | undefined;
  effect(() => {
    // Somebody has entered or left: another may be told less, or more.
    const before = who;
    who = me.value === undefined ? undefined : `${me.value.rank} ${me.value.user?.name ?? ""}`;
    if (!can("watch")) rows.value = [];
    if (before === undefined || before === who) return;
    if (source !== undefined) open();
    else others.tellEntry();
  });
  setInterval(() => {
    now.value = performance.now();
    const dead = source?.readyState === EventSource.CLOSED;
    const silent = silentMs.peek() >= STALE_MS;
    if (source === undefined || (!dead && !silent) || now.value - triedAt < 3_000) return;
    triedAt = now.value;
    open();
  }, 200);
}
