/** The one stream from the gate, and how long it has been silent. Nothing is shown that didn't come from it. */
import { computed, signal } from "@preact/signals";
import type { RowView, SiteView } from "../shell/desk.ts";

/** Without a beat for this long, what the page shows may be untrue. */
export const STALE_MS = 10_000;
const MOST_ROWS = 200;

export const view = signal<SiteView | undefined>(undefined);
/** Oldest first. */
export const rows = signal<readonly RowView[]>([]);
/** The gate asks for the operator token. */
export const locked = signal(false);
/** This page's monotonic clock, five times a second. */
export const now = signal(performance.now());

const heardAt = signal(performance.now());
const viewAt = signal(0);
let tick = "";
let tickAt = 0;
let source: EventSource | undefined;

export const silentMs = computed(() => Math.max(0, now.value - heardAt.value));
export const stale = computed(() => view.value === undefined || silentMs.value >= STALE_MS);

/** The gate's monotonic clock, now. */
export const gateNow = computed(() => {
  const shown = view.value;
  return shown === undefined ? 0 : shown.at + Math.max(0, now.value - viewAt.value);
});

/** The site's local time of day, now. */
export const wallClock = computed(() => {
  const shown = view.value;
  if (shown === undefined) return "";
  const passed = Math.max(0, now.value - viewAt.value);
  return timeOfDay(shown.clock.wallMs + passed, shown.clock.utcOffsetMin);
});

/** `08:32:05` in the site's zone, without the browser's own (often wrong) one. */
export function timeOfDay(wallMs: number, utcOffsetMin: number): string {
  return new Date(wallMs + utcOffsetMin * 60_000).toISOString().slice(11, 19);
}

/** What a tap carries to prove that it is fresh: the gate's last tick and the time since. */
export function tapTime(): { readonly tick: string; readonly sinceTickMs: number } {
  return { tick, sinceTickMs: Math.max(0, performance.now() - tickAt) };
}

function heard(newTick?: string): void {
  heardAt.value = performance.now();
  now.value = heardAt.value;
  if (newTick === undefined) return;
  tick = newTick;
  tickAt = heardAt.value;
}

function open(): void {
  source?.close();
  const fresh = new EventSource("/api/v1/stream");
  source = fresh;
  fresh.addEventListener("view", (event) => {
    const told: { tick: string; view: SiteView } = JSON.parse(event.data);
    const bootBefore = view.peek()?.boot;
    heard(told.tick);
    viewAt.value = performance.now();
    view.value = told.view;
    locked.value = false;
    if (bootBefore !== undefined && bootBefore !== told.view.boot) void renew();
  });
  fresh.addEventListener("beat", (event) => {
    const told: { tick: string } = JSON.parse(event.data);
    heard(told.tick);
  });
  fresh.addEventListener("reset", () => {
    rows.value = [];
  });
  fresh.addEventListener("row", (event) => {
    heard();
    const row: RowView = JSON.parse(event.data);
    if (row.seq > (rows.peek()[rows.peek().length - 1]?.seq ?? 0)) {
      rows.value = [...rows.peek().map((one) => datedBy(row, one)), row].slice(-MOST_ROWS);
    }
  });
  fresh.addEventListener("error", () => {
    // The browser comes back by itself after a lost line, but gives up after a refusal.
    if (fresh.readyState === EventSource.CLOSED) void askWhy();
  });
}

/** The clock has come: rows of the same start that were shown without a time get one, as the gate's own list does. */
function datedBy(clock: RowView, row: RowView): RowView {
  const { offsetMs } = clock.open;
  const later = clock.kind === "clock" && clock.boot === row.boot && row.trust === "untrusted";
  return later && typeof offsetMs === "number" ? { ...row, datedMs: row.at + offsetMs } : row;
}

async function askWhy(): Promise<void> {
  try {
    const answer = await fetch("/api/v1/state", { credentials: "same-origin" });
    locked.value = answer.status === 401;
  } catch {
    return; // no answer at all: the veil says so, and we try again below
  }
}

/** After the gate's restart the page may be of an older version: reload, but only now that the server answers. */
async function renew(): Promise<void> {
  const script = document.querySelector("script[src]")?.getAttribute("src");
  if (script === null || script === undefined) return;
  const page = await fetch("/", { cache: "no-store" }).then((answer) => (answer.ok ? answer.text() : script));
  if (!page.includes(script)) location.reload();
}

/** Trades the operator token for a cookie; false when it is wrong. */
export async function enter(token: string): Promise<boolean> {
  const answer = await fetch("/api/v1/operator", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) open();
  return answer.ok;
}

/** Begins the stream and keeps it going. */
export function begin(): void {
  let triedAt = performance.now();
  open();
  setInterval(() => {
    now.value = performance.now();
    const dead = source?.readyState === EventSource.CLOSED;
    const silent = silentMs.peek() >= STALE_MS;
    if (locked.peek() || (!dead && !silent) || now.value - triedAt < 3_000) return;
    triedAt = now.value;
    open();
  }, 200);
}
