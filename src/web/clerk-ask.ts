/** The clerk's questions to the gate, and its answers: plain fetch, problems as sentences. */
import { signal } from "@preact/signals";
import type { Me } from "../shell/accounts.ts";
import type { Sentence } from "../shell/desk.ts";
import type { Mistake } from "../shell/register.ts";
import { s } from "./language.ts";

export interface Trouble extends Sentence {
  readonly code: string;
  readonly detail?: string;
  readonly mistakes?: readonly Mistake[];
}
export type Told<T> = { readonly ok: T } | { readonly trouble: Trouble };

export const me = signal<Me | undefined>(undefined);
/** What went wrong last, or was done last; read aloud. */
export const said = signal<{ readonly sentence: Sentence; readonly good: boolean } | undefined>(undefined);
/** Something is being asked. */
export const busy = signal(0);

const LOST = { code: "lost", ...s("连不上主机，什么也没改。", "The gate can't be reached; nothing was changed.") };

export async function ask<T>(method: string, path: string, body?: unknown): Promise<Told<T>> {
  busy.value++;
  try {
    const file = body instanceof Blob;
    const answer = await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "content-type": file ? "application/octet-stream" : "application/json" },
      ...(body === undefined ? {} : { body: file ? body : JSON.stringify(body) }),
    });
    const told = answer.status === 204 ? undefined : await answer.json();
    if (answer.ok) return { ok: told };
    if (told.code === "login-needed") void whoAmI();
    return { trouble: told };
  } catch {
    return { trouble: LOST };
  } finally {
    busy.value--;
  }
}

/** Asks, and says aloud what came of it. */
export async function act<T>(method: string, path: string, body: unknown, done: Sentence): Promise<T | undefined> {
  const told = await ask<T>(method, path, body);
  if ("trouble" in told) {
    const { zh, en, detail } = told.trouble;
    const more = detail === undefined ? "" : `（${detail}）`;
    said.value = { sentence: s(zh + more, en + more), good: false };
    return undefined;
  }
  said.value = { sentence: done, good: true };
  return told.ok;
}

export async function whoAmI(): Promise<void> {
  const told = await ask<Me>("GET", "/me");
  if ("ok" in told) me.value = told.ok;
  else said.value = { sentence: told.trouble, good: false };
}

const CHINA_MIN = 480;
const DAY_MS = 86_400_000;

/** A day or minute as the compound's clock shows it (China has one zone). */
export const dayText = (wallMs: number): string => localIso(wallMs).slice(0, 10);
export const timeText = (wallMs: number): string => localIso(wallMs).slice(0, 16).replace("T", " ");
/** The last day that counts, of an end that is exclusive. */
export const lastDayText = (untilWallMs: number): string =>
  localIso(untilWallMs).endsWith("T00:00:00.000") ? dayText(untilWallMs - DAY_MS) : timeText(untilWallMs);
const localIso = (wallMs: number): string => new Date(wallMs + CHINA_MIN * 60_000).toISOString().slice(0, 23);

/** `2026-12-31` or `2026-12-31T18:30` → wall ms; NaN when it is none. */
export function wallOf(text: string): number {
  const full = text.length === 10 ? `${text}T00:00` : text;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(full) ? Date.parse(`${full}:00Z`) - CHINA_MIN * 60_000 : Number.NaN;
}
/** A field's value for a moment. */
export const fieldTime = (wallMs: number): string => localIso(wallMs).slice(0, 16);
