/** Who works here: entering with a PIN or password, leaving, and what the gate lets this browser do. */
import { computed, signal } from "@preact/signals";
import type { Right } from "../core/roles.ts";
import type { Me } from "../shell/accounts.ts";
import type { Sentence } from "../shell/desk.ts";
import { s } from "./language.ts";
import { api } from "./seat.ts";

/** Undefined until the gate has told it. */
export const me = signal<Me | undefined>(undefined);

export const can = (right: Right): boolean => me.value?.rights.includes(right) === true;
/** The gate shows this browser nothing yet. */
export const outside = computed(() => me.value !== undefined && !can("look"));

const UNHEARD = s("没有送到主机，请再试", "The gate did not hear it; try again");
const json = { "content-type": "application/json" };

/** Asks anew; when the gate doesn't answer, what was known stays. */
export async function learnMe(): Promise<void> {
  try {
    const answer = await fetch(api("/me"), { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) return;
    const told: Me = await answer.json();
    me.value = told;
  } catch {
    return; // no answer at all: the veil says so
  }
}

/** What became of it: undefined = done, else why not, and whether a one-time code is asked for. */
export type Refused = { readonly text: Sentence; readonly codeNeeded: boolean } | undefined;

/** Sends a body; a refusal comes back in the gate's own words. */
export async function ask(path: string, method: "POST" | "DELETE", body?: unknown): Promise<Refused> {
  try {
    const answer = await fetch(api(path), {
      method,
      credentials: "same-origin",
      ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
    });
    if (answer.ok) return undefined;
    const told: Partial<Sentence> & { readonly code?: string } = await answer.json();
    return { text: { zh: told.zh ?? UNHEARD.zh, en: told.en ?? UNHEARD.en }, codeNeeded: told.code === "code-needed" };
  } catch {
    return { text: UNHEARD, codeNeeded: false };
  }
}

/** A secret of 6 to 12 digits is a PIN, any other a password. */
export async function enter(name: string, secret: string, code: string): Promise<Refused> {
  const kind = /^\d{6,12}$/.test(secret) ? { pin: secret } : { password: secret };
  const refused = await ask("/sessions", "POST", { name, ...kind, ...(code === "" ? {} : { totp: code }) });
  await learnMe();
  return refused;
}

export async function leave(): Promise<Refused> {
  const refused = await ask("/sessions/current", "DELETE");
  await learnMe();
  return refused;
}

/** Trades the operator token for a cookie. */
export async function enterToken(token: string): Promise<Refused> {
  const refused = await ask("/operator", "POST", { token });
  await learnMe();
  return refused;
}
