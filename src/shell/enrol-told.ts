/** What the journal and the alarm say of the faces in the terminals. Names nobody: a row's subject is a pseudonym. */
import type { Holdings, Receipt, Wanted } from "../core/roster.ts";
import type { DeviceId } from "../core/terms.ts";
import type { Entry } from "./ports.ts";

type Row = Omit<Entry, "now">;

/** A row for each face whose state is another one than before. */
export function rowsOf(
  device: DeviceId,
  before: Holdings,
  after: Holdings,
  wanted: ReadonlyMap<string, Wanted>,
): readonly Row[] {
  return changedReceipts(before, after).flatMap((one) => {
    const word = wordFor(one, before.receipts.get(one.face), wanted);
    if (word === undefined) return [];
    return [
      {
        kind: "device" as const,
        open: { device, face: word, ...(one.code === undefined ? {} : { code: one.code }) },
        ...(one.holder === undefined ? {} : { subject: one.holder }),
      },
    ];
  });
}

function wordFor(one: Receipt, before: Receipt | undefined, wanted: ReadonlyMap<string, Wanted>): string | undefined {
  switch (one.is) {
    case "confirmed":
      return one.did === "add" ? "added" : "changed";
    case "removed":
      return "removed";
    case "missing":
      return "missing";
    case "refused":
      // Each reason once, not at every try.
      return before?.is === "refused" && before.code === one.code ? undefined : "refused";
    case "found":
      return wanted.has(one.face) ? undefined : "found";
    case "sent":
      return undefined;
  }
}

export function changedReceipts(before: Holdings, after: Holdings): readonly Receipt[] {
  if (before.receipts === after.receipts) return [];
  return [...after.receipts.values()].filter((one) => before.receipts.get(one.face) !== one);
}

const DAY_MS = 86_400_000;
const TRIES = 2;

/** Faces that a terminal should not hold and doesn't give up: refused, owed for a day, or not ours to remove. */
export function stuckIn(
  holdings: Holdings,
  wanted: ReadonlyMap<string, Wanted>,
  locals: number,
  wallMs: number,
): number {
  let stuck = 0;
  for (const one of holdings.receipts.values()) {
    if (one.held === "no" || wanted.has(one.face)) continue;
    const isRefused = one.is === "refused" && one.tries >= TRIES;
    if (isRefused || (one.owedSinceMs !== undefined && wallMs - one.owedSinceMs > DAY_MS)) stuck++;
  }
  return stuck + Math.max(0, holdings.others - locals);
}
