/** Taps: each with its own id, sent once, never queued, never repeated. */
import { signal } from "@preact/signals";
import type { OrderName, Sentence } from "../shell/desk.ts";
import { stale, tapTime } from "./link.ts";
import { api } from "./seat.ts";
import { uuid } from "./uuid.ts";
import { W } from "./words.ts";

export interface Note {
  readonly is: "busy" | "good" | "bad";
  readonly text: Sentence;
}

/** What became of the last tap, by lane. */
export const notes = signal<Readonly<Record<string, Note>>>({});

const ANSWER_MS = 6_000;
const SHOWN_MS = 5_000;
/** Older hands double-click: the second click of one is not a second order. */
const DOUBLE_MS = 500;
const tapped = new Map<string, number>();
/** The lane that was ordered last from this page: what F3 closes. */
export const lastOrdered = signal("");

function note(lane: string, what: Note | undefined): void {
  const { [lane]: _before, ...others } = notes.peek();
  notes.value = what === undefined ? others : { ...others, [lane]: what };
  if (what === undefined || what.is === "busy") return;
  setTimeout(() => {
    if (notes.peek()[lane] === what) note(lane, undefined);
  }, SHOWN_MS);
}

/** Sends one order. Refused at once while the gate is out of touch; only 停 is tried all the same. */
export async function tap(
  lane: string,
  order: OrderName,
  more: { readonly forMinutes?: number; readonly about?: number } = {},
): Promise<void> {
  const key = `${lane} ${order}`;
  const at = performance.now();
  if (at - (tapped.get(key) ?? Number.NEGATIVE_INFINITY) < DOUBLE_MS) return;
  tapped.set(key, at);
  if (order !== "stop") lastOrdered.value = lane;
  if (stale.peek() && order !== "stop") return note(lane, { is: "bad", text: W.notSent });
  note(lane, { is: "busy", text: W.sending });
  const body = { id: uuid(), order, ...tapTime(), ...more };
  note(lane, await send(api(`/lanes/${encodeURIComponent(lane)}/orders`), body));
}

/** Nobody counts as inside this area any more; what became of it stands under the area's id. */
export async function amnesty(area: string): Promise<void> {
  if (stale.peek()) return note(area, { is: "bad", text: W.notSent });
  note(area, { is: "busy", text: W.sending });
  note(
    area,
    await send(api(`/areas/${encodeURIComponent(area)}/amnesty`), { id: uuid(), ...tapTime(), why: W.clearWhy.zh }),
  );
}

/** Why a lane was opened; what became of it stands under the opening's id. */
export async function explain(opening: string, reason: string): Promise<void> {
  note(opening, await send(api(`/openings/${opening}/reason`), { id: uuid(), ...tapTime(), reason }));
}

/** Tells the gate that somebody has seen this alarm. */
export async function acknowledge(alarm: string): Promise<void> {
  await send(api(`/alarms/${encodeURIComponent(alarm)}/ack`), {});
}

async function send(path: string, body: unknown): Promise<Note> {
  const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), ANSWER_MS));
  const headers = { "content-type": "application/json" };
  const asked = fetch(path, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body) });
  try {
    const answer = await Promise.race([asked, late]);
    if (answer === "late") return { is: "bad", text: W.notSent };
    if (answer.status === 202) return { is: "good", text: W.unrecorded };
    if (answer.ok) return { is: "good", text: W.recorded };
    const problem: Partial<Sentence> = await answer.json();
    return { is: "bad", text: { zh: problem.zh ?? W.notSent.zh, en: problem.en ?? W.notSent.en } };
  } catch {
    return { is: "bad", text: W.notSent };
  }
}
