/** What the traffic page looks at, and what the gate answered. */
import { computed, effect, signal } from "@preact/signals";
import type { Kind } from "../core/traffic-terms.ts";
import type { Table, TrafficAnswer } from "../core/traffic-told.ts";
import type { Sentence } from "../shell/desk.ts";
import { language, s } from "./language.ts";
import { api } from "./seat.ts";
import { can } from "./session.ts";

/** `today` moves on at midnight; a date stays. */
export type Days = "today" | "yesterday" | "week" | { readonly date: string };
export const days = signal<Days>("today");
/** Empty = all. */
export const lane = signal("");
export const direction = signal<"" | "in" | "out">("");
export const kind = signal<"" | Kind>("");

export const answer = signal<TrafficAnswer | undefined>(undefined);
/** What is shown isn't yet what was chosen. */
export const busy = signal(false);
/** Why there is nothing newer; undefined = what is shown is what the gate says. */
export const trouble = signal<Sentence | undefined>(undefined);

const AGAIN_MS = 60_000;
const UNHEARD = s("与主机断开，下面是断开前的数字", "The gate doesn't answer; these figures are from before");
const DAY_MS = 86_400_000;
let asking = 0;

/** The site's own day so many days before its today. */
function back(count: number): string {
  const today = answer.peek()?.now.date;
  const day = today === undefined ? Date.now() : Date.parse(`${today}T00:00:00Z`);
  return new Date(day - count * DAY_MS).toISOString().slice(0, 10);
}

function range(): Readonly<Record<string, string>> {
  const chosen = days.value;
  if (chosen === "today") return {};
  if (chosen === "yesterday") return { from: back(1), to: back(1) };
  if (chosen === "week") return { from: back(6), to: back(0) };
  return { from: chosen.date, to: chosen.date };
}

const query = computed(() => {
  const chosen = { ...range(), lane: lane.value, direction: direction.value, kind: kind.value };
  return Object.entries(chosen)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join("&");
});

/** Where the table lies as a file. */
export const csvOf = (table: Table): string =>
  api(`/traffic.csv?table=${table}&language=${language.value}${query.value === "" ? "" : `&${query.value}`}`);

async function ask(): Promise<void> {
  const mine = ++asking;
  busy.value = true;
  try {
    const told = await fetch(api(`/traffic?${query.peek()}`), { credentials: "same-origin", cache: "no-store" });
    const body: TrafficAnswer & Partial<Sentence> = await told.json();
    // A later question has been asked meanwhile.
    if (mine !== asking) return;
    if (told.ok) answer.value = body;
    trouble.value = told.ok ? undefined : { zh: body.zh ?? UNHEARD.zh, en: body.en ?? UNHEARD.en };
  } catch {
    if (mine === asking) trouble.value = UNHEARD;
  }
  if (mine === asking) busy.value = false;
}

/** Asks at once, at each choice, and every minute while somebody looks. */
export function beginAsking(): void {
  effect(() => {
    if (can("watch") && query.value !== undefined) void ask();
  });
  setInterval(() => {
    if (!document.hidden && can("watch")) void ask();
  }, AGAIN_MS);
}
