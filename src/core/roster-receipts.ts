/** What becomes of a terminal's receipts when something is sent, answered, or the terminal says whom it holds. Pure. */
import type { Holdings, Next, Receipt, Wanted } from "./roster.ts";
import type { Millis, Now } from "./terms.ts";

/** What the terminal's refusal means: it is busy, it is full, or the person's data must be mended. */
export type Means = "again" | "full" | "mend";

export type Answer =
  | Refusal
  | {
      readonly is: "done";
      /** Those for whom it failed, and the code. */
      readonly failed: ReadonlyMap<string, { readonly code: string; readonly means: Means }>;
      readonly held?: readonly string[];
      readonly others?: number;
    };
type Refusal =
  | { readonly is: "refused"; readonly code: string; readonly means: Means }
  /** No answer: sent or not, nobody knows. */
  | { readonly is: "uncertain" };

const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;
const FULL_MS = 3_600_000;
const LIST_AGAIN_MS = 60_000;
/** Refusals in a row are looked into together. */
const LOOK_MS = 30_000;
const DAY_MS = 86_400_000;

export const EMPTY: Holdings = { receipts: new Map(), fullUntil: 0, others: 0 };

/** Before it is sent, so that what may be in the terminal is never forgotten. */
export function sent(holdings: Holdings, next: Next, now: Now): Holdings {
  switch (next.do) {
    case "list":
      return holdings;
    case "remove":
      return withAll(
        holdings,
        next.faces.map((face) => {
          const before = receiptOf(holdings, face, now);
          const owedSinceMs = before.owedSinceMs ?? now.wall.epochMs;
          return { ...before, held: "maybe", is: "sent", did: "remove", wallMs: now.wall.epochMs, owedSinceMs };
        }),
      );
    case "add":
    case "change":
      return withAll(holdings, [sentPerson(receiptOf(holdings, next.person.face, now), next.do, next.person, now)]);
  }
}

function sentPerson(before: Receipt, did: "add" | "change", person: Wanted, now: Now): Receipt {
  const { version: _, code: _code, mend: _mend, owedSinceMs: _since, ...rest } = before;
  const tried = {
    version: person.version,
    ...(person.picture === undefined ? {} : { picture: person.picture }),
  };
  const held = did === "add" ? "maybe" : "yes";
  return { ...rest, holder: person.holder, held, is: "sent", did, tried, wallMs: now.wall.epochMs };
}

export function answered(holdings: Holdings, next: Next, answer: Answer, now: Now): Holdings {
  switch (next.do) {
    case "list":
      return answer.is === "done" && answer.held !== undefined
        ? listed(holdings, answer.held, answer.others ?? 0, now)
        : { ...holdings, ...(holdings.listDueAt === undefined ? {} : { listDueAt: now.at + LIST_AGAIN_MS }) };
    case "remove":
      return removed(holdings, next.faces, answer, now);
    case "add":
    case "change":
      return put(holdings, next.person, answer, now);
  }
}

function removed(holdings: Holdings, faces: readonly string[], answer: Answer, now: Now): Holdings {
  const receipts = faces.map((face) => {
    const before = receiptOf(holdings, face, now);
    if (answer.is !== "done") return refusedOr(before, answer, now);
    const failed = answer.failed.get(face);
    return failed === undefined ? gone(before, now) : refusedOr(before, { is: "refused", ...failed }, now);
  });
  const after = withAll(holdings, receipts);
  // Whoever couldn't be removed may have been gone before: only the terminal can say.
  if (receipts.some((one) => one.held !== "no")) return lookAgain(after, now.at + LOOK_MS);
  return { ...after, fullUntil: 0 };
}

function put(holdings: Holdings, person: Wanted, answer: Answer, now: Now): Holdings {
  const before = receiptOf(holdings, person.face, now);
  const told = answer.is === "done" ? refusalOf(answer.failed.get(person.face)) : answer;
  if (told === undefined) return withAll(holdings, [confirmed(before, now)]);
  const after = lookAgain(withAll(holdings, [refusedOr(before, told, now)]), now.at + LOOK_MS);
  return told.is === "refused" && told.means === "full" ? { ...after, fullUntil: now.at + FULL_MS } : after;
}

const refusalOf = (failed: Omit<Refusal & { readonly is: "refused" }, "is"> | undefined): Refusal | undefined =>
  failed === undefined ? undefined : { is: "refused", ...failed };

/** As tried; a picture that wasn't sent is the one it had. */
function confirmed(before: Receipt, now: Now): Receipt {
  const { tried, ...rest } = before;
  return { ...rest, ...tried, held: "yes", is: "confirmed", tries: 0, wallMs: now.wall.epochMs, dueAt: 0 };
}

function gone(before: Receipt, now: Now): Receipt {
  // It never came in: nothing is lost, and a refusal stands.
  if (before.did === "add" && before.held === "maybe") return { ...before, held: "no" };
  const { face, holder, did } = before;
  return {
    face,
    ...(holder === undefined ? {} : { holder }),
    held: "no",
    is: did === "remove" ? "removed" : "missing",
    ...(did === undefined ? {} : { did }),
    tries: 0,
    wallMs: now.wall.epochMs,
    dueAt: 0,
  };
}

function refusedOr(before: Receipt, answer: Refusal, now: Now): Receipt {
  const tries = before.tries + 1;
  const dueAt = now.at + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(before.tries, 10));
  const tried = { ...before, tries, dueAt, wallMs: now.wall.epochMs };
  if (answer.is === "uncertain") return tried;
  const { code, means } = answer;
  if (means === "again") return { ...tried, code };
  return { ...tried, is: "refused", code, ...(means === "mend" ? { mend: true as const } : {}) };
}

/** The terminal has said whom it holds. */
function listed(holdings: Holdings, held: readonly string[], others: number, now: Now): Holdings {
  const there = new Set(held);
  const receipts = [...holdings.receipts.values()].flatMap((one) => {
    if (!there.has(one.face)) return one.held === "no" ? [] : [gone(one, now)];
    return one.held === "yes" ? [] : [back(one, now)];
  });
  const strangers = held.filter((face) => !holdings.receipts.has(face)).map((face) => receiptOf(holdings, face, now));
  return { ...withAll(holdings, [...receipts, ...strangers]), others, listDueAt: now.at + DAY_MS };
}

/** It is there: what was sent without an answer has come through; what was gone is back. */
function back(one: Receipt, now: Now): Receipt {
  if (one.held === "no") return receiptOf(EMPTY, one.face, now, one.holder);
  if (one.did === "add" && one.is === "sent") return confirmed(one, now);
  return { ...one, held: "yes" };
}

/** The terminal is back: nothing waits any longer, and it may be another one. */
export function woken(holdings: Holdings, at: Millis): Holdings {
  const receipts = [...holdings.receipts.values()].filter((one) => one.dueAt > 0).map((one) => ({ ...one, dueAt: 0 }));
  return { ...lookAgain(withAll(holdings, receipts), at), fullUntil: 0 };
}

/** Since when each removal is owed; whoever is wanted again owes none. */
export function marked(holdings: Holdings, wanted: ReadonlyMap<string, Wanted>, now: Now): Holdings {
  const receipts = [...holdings.receipts.values()].flatMap((one) => {
    const owed = one.held !== "no" && !wanted.has(one.face);
    if (owed === (one.owedSinceMs !== undefined)) return [];
    const { owedSinceMs: _, ...rest } = one;
    return [owed ? { ...rest, owedSinceMs: now.wall.epochMs } : rest];
  });
  return receipts.length === 0 ? holdings : withAll(holdings, receipts);
}

const lookAgain = (holdings: Holdings, at: Millis): Holdings =>
  holdings.listDueAt === undefined ? holdings : { ...holdings, listDueAt: Math.min(holdings.listDueAt, at) };

function withAll(holdings: Holdings, changed: readonly Receipt[]): Holdings {
  const receipts = new Map(holdings.receipts);
  for (const one of changed) receipts.set(one.face, one);
  return { ...holdings, receipts };
}

/** The receipt there is; else that of a face of which nothing is known but that it is there. */
function receiptOf(holdings: Holdings, face: string, now: Now, holder?: string): Receipt {
  return (
    holdings.receipts.get(face) ?? {
      face,
      ...(holder === undefined ? {} : { holder }),
      held: "yes",
      is: "found",
      tries: 0,
      wallMs: now.wall.epochMs,
      dueAt: 0,
    }
  );
}
