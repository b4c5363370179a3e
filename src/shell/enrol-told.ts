/** What the journal and the alarm say of the faces in the terminals. Names nobody: a row's subject is a pseudonym. */
import { type Deed, type Holdings, owedTo, type Receipt, type Wanted } from "../core/roster.ts";
import type { DeviceId } from "../core/terms.ts";
import type { TerminalView } from "./desk.ts";
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

/** How a terminal stands to our list. */
export interface Standing {
  /** Faces it holds for sure. */
  readonly holds: number;
  /** Sent, and nobody knows what became of it. */
  readonly uncertain: number;
  readonly owes: { readonly add: number; readonly change: number; readonly remove: number };
  /** Owed additions that wait for a picture, and those that the terminal refused. */
  readonly lacking: readonly string[];
  readonly refused: readonly Receipt[];
  /** Face ids that it holds and shouldn't. */
  readonly shouldNotHold: readonly string[];
  /** People enrolled at the terminal itself: they can be removed only there. */
  readonly others: number;
}

export function standingOf(
  wanted: ReadonlyMap<string, Wanted>,
  holdings: Pick<Holdings, "receipts" | "others">,
  locals: number,
): Standing {
  const owed = owedTo(wanted, holdings.receipts);
  const all = [...holdings.receipts.values()];
  const count = (deed: Deed) => owed.filter((one) => one.do === deed).length;
  return {
    holds: all.filter((one) => one.held === "yes").length,
    uncertain: all.filter((one) => one.held === "maybe").length,
    owes: { add: count("add"), change: count("change"), remove: count("remove") },
    lacking: owed.flatMap((one) => (one.do !== "remove" && one.lacking ? [one.person.face] : [])),
    refused: all.filter((one) => one.is === "refused"),
    shouldNotHold: owed.flatMap((one) => (one.do === "remove" ? [one.face] : [])),
    others: Math.max(0, holdings.others - locals),
  };
}

/** The same for everybody to see: numbers, and nobody's name. */
export function countsOf(device: DeviceId, standing: Standing, unagreed: number): Omit<TerminalView, "name"> {
  const { holds, uncertain, owes, lacking, refused, shouldNotHold, others } = standing;
  return {
    device,
    holds,
    uncertain,
    owes,
    lacking: lacking.length,
    refused: refused.length,
    unagreed,
    shouldNotHold: shouldNotHold.length + others,
    inStep: uncertain + owes.add + owes.change + owes.remove + others === 0,
  };
}
