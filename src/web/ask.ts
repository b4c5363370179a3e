/** A form's questions to the gate, and its answers: plain fetch, refusals in the gate's own words. */
import { signal } from "@preact/signals";
import type { Sentence } from "../shell/desk.ts";
import type { Mistake } from "../shell/register.ts";
import { s } from "./language.ts";
import { api } from "./seat.ts";
import { learnMe } from "./session.ts";

export interface Trouble extends Sentence {
  readonly code: string;
  readonly detail?: string;
  readonly mistakes?: readonly Mistake[];
}
export type Answered<T> = { readonly ok: T } | { readonly trouble: Trouble };

/** What was done last, or went wrong; read aloud. */
export const said = signal<{ readonly sentence: Sentence; readonly good: boolean } | undefined>(undefined);

const LOST: Trouble = {
  code: "lost",
  ...s("连不上主机，什么也没做。", "The gate can't be reached; nothing was done."),
};

export async function ask<T>(method: string, path: string, body?: unknown): Promise<Answered<T>> {
  try {
    const answer = await send(method, path, body);
    if (!answer.ok) return { trouble: await troubleOf(answer) };
    return { ok: answer.status === 204 ? undefined : await answer.json() };
  } catch {
    return { trouble: LOST };
  }
}

function send(method: string, path: string, body: unknown): Promise<Response> {
  const file = body instanceof Blob;
  return fetch(api(path), {
    method,
    credentials: "same-origin",
    cache: "no-store",
    ...(body === undefined
      ? {}
      : {
          headers: { "content-type": file ? "application/octet-stream" : "application/json" },
          body: file ? body : JSON.stringify(body),
        }),
  });
}

async function troubleOf(answer: Response): Promise<Trouble> {
  const told: Partial<Trouble> = await answer.json();
  // The session has ended meanwhile: the door is shown.
  if (told.code === "login-needed") void learnMe();
  return { ...told, code: told.code ?? "failed", zh: told.zh ?? LOST.zh, en: told.en ?? LOST.en };
}

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

/** Fetches a file and hands it to the browser to keep. */
export async function take(path: string, body: unknown, name: string, done: Sentence): Promise<void> {
  try {
    const answer = await send("POST", path, body);
    if (!answer.ok) return tellTrouble(await troubleOf(answer));
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
