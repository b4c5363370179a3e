/** The technician's questions to the gate, and its answers: plain fetch, refusals in the gate's own words. */
import { signal } from "@preact/signals";
import type { BenchView } from "../shell/bench.ts";
import type { Sentence } from "../shell/desk.ts";
import { s } from "./language.ts";

export interface Trouble extends Sentence {
  readonly code: string;
  readonly detail?: string;
}
export type Answered<T> = { readonly ok: T } | { readonly trouble: Trouble };

/** What was done last, or went wrong; read aloud. */
export const said = signal<{ readonly sentence: Sentence; readonly good: boolean } | undefined>(undefined);
/** Undefined until the gate has told it. */
export const bench = signal<BenchView | undefined>(undefined);
/** The gate hasn't answered the last time. */
export const lost = signal(false);

let tick = { text: "", at: 0 };
const LOST: Trouble = {
  code: "lost",
  ...s("连不上主机，什么也没做。", "The gate can't be reached; nothing was done."),
};
const BASE = "/api/v1";

export async function ask<T>(method: string, path: string, body?: unknown): Promise<Answered<T>> {
  try {
    const answer = await send(method, path, body);
    const told = answer.status === 204 ? undefined : await answer.json();
    return answer.ok ? { ok: told } : { trouble: troubleOf(told) };
  } catch {
    return { trouble: LOST };
  }
}

const send = (method: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${BASE}${path}`, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });

const troubleOf = (told: Partial<Trouble>): Trouble => ({
  code: told.code ?? "failed",
  zh: told.zh ?? LOST.zh,
  en: told.en ?? LOST.en,
  ...(told.detail === undefined ? {} : { detail: told.detail }),
});

export function tell(sentence: Sentence, good: boolean): void {
  said.value = { sentence, good };
}

export function tellTrouble({ zh, en, detail }: Trouble): void {
  const more = detail === undefined ? "" : `（${detail}）`;
  tell(s(zh + more, en + more), false);
}

/** Asks, and says aloud what came of it. */
export async function act<T>(method: string, path: string, body: unknown, done: Sentence): Promise<T | undefined> {
  const told = await ask<T>(method, path, body);
  if ("trouble" in told) {
    tellTrouble(told.trouble);
    return undefined;
  }
  tell(done, true);
  return told.ok;
}

/** Looks at the bench once. */
export async function lookBench(): Promise<void> {
  const told = await ask<{ readonly tick: string; readonly bench: BenchView }>("GET", "/bench");
  lost.value = "trouble" in told && told.trouble.code === "lost";
  if ("trouble" in told) return;
  tick = { text: told.ok.tick, at: performance.now() };
  bench.value = told.ok.bench;
}

/** A tap's marks: its own id, and the gate's moment that it was made after. */
export function tapNow(): { readonly id: string; readonly tick: string; readonly sinceTickMs: number } {
  return { id: newId(), tick: tick.text, sinceTickMs: Math.round(performance.now() - tick.at) };
}

/** A random UUID; `crypto.randomUUID` is younger than the browsers of our booths. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, n) => {
    const marked = n === 6 ? (byte & 0x0f) | 0x40 : n === 8 ? (byte & 0x3f) | 0x80 : byte;
    return `0${marked.toString(16)}`.slice(-2);
  });
  const part = (from: number, to: number): string => hex.slice(from, to).join("");
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join("-");
}

/** Fetches a file and hands it to the browser to keep. */
export async function take(path: string, body: unknown, name: string, done: Sentence): Promise<void> {
  try {
    const answer = await send("POST", path, body);
    if (!answer.ok) return tellTrouble(troubleOf(await answer.json()));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
    tell(done, true);
  } catch {
    tellTrouble(LOST);
  }
}

const CHINA_MIN = 480;
/** A moment as the compound's clock shows it (China has one zone). */
export const timeText = (wallMs: number): string =>
  new Date(wallMs + CHINA_MIN * 60_000).toISOString().slice(0, 19).replace("T", " ");
