/**
 * What a terminal that knows faces should hold, and what is to be done next so that it does: pure. Removals come first,
 * then the question whom it holds, then changes, then additions; one at a time, each with a receipt.
 */
import type { AccessLevelId, DeviceId, HolderId, Millis, SitePlan, Wall } from "./terms.ts";

/** A face on our list that a terminal should hold. */
export interface Wanted {
  readonly face: string;
  readonly holder: HolderId;
  readonly name: string;
  /** Wall ms. */
  readonly from?: number;
  readonly until?: number;
  /** It may stay where it is and is put nowhere: barred, so that the gate still knows whom it refuses. */
  readonly keep?: true;
  /** Which picture is on hand; absent = none. */
  readonly picture?: string;
  /** {@link versionOf} all that, made once: thousands are compared at each look. */
  readonly version: string;
}

export type Deed = "add" | "change" | "remove";

/** What is known of one face in one terminal. */
export interface Receipt {
  readonly face: string;
  /** Absent: found in the terminal, and nobody of ours. */
  readonly holder?: HolderId;
  /** `maybe`: something was sent, and nobody knows what became of it. */
  readonly held: "yes" | "no" | "maybe";
  /** What it was confirmed to hold; absent = not known. */
  readonly version?: string;
  readonly picture?: string;
  /** `found`, `missing` = by the terminal's own list. */
  readonly is: "sent" | "confirmed" | "refused" | "removed" | "found" | "missing";
  readonly did?: Deed;
  /** Version and picture of the last attempt. */
  readonly tried?: Tried;
  /** Why it was refused, in the terminal's words. */
  readonly code?: string;
  /** Not tried again with the same data. */
  readonly mend?: true;
  readonly tries: number;
  readonly wallMs: number;
  /** Its removal is owed since, wall ms. */
  readonly owedSinceMs?: number;
  /** Not before; monotonic, so a start forgets it. */
  readonly dueAt: Millis;
}
export interface Tried {
  readonly version: string;
  readonly picture?: string;
}

export interface Holdings {
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** When it is asked whom it holds; absent = it can't be asked. */
  readonly listDueAt?: Millis;
  /** It said that it holds no more; nothing is added before. */
  readonly fullUntil: Millis;
  /** People it holds under no id of ours. */
  readonly others: number;
}

export type Owed =
  | { readonly do: "remove"; readonly face: string; readonly receipt: Receipt }
  | {
      readonly do: "add" | "change";
      readonly person: Wanted;
      /** There is no picture, and without one nobody is added. */
      readonly lacking: boolean;
      /** The terminal has refused exactly this. */
      readonly refused: boolean;
      readonly dueAt: Millis;
    };

export type Next =
  | { readonly do: "remove"; readonly faces: readonly string[] }
  | { readonly do: "list" }
  | { readonly do: "add" | "change"; readonly person: Wanted };

/** The access levels that open any of this reader's access points. */
export function levelsAt(plan: SitePlan, reader: DeviceId): ReadonlySet<AccessLevelId> {
  const points = plan.accessPoints.filter((point) => point.readers.includes(reader)).map((point) => point.id);
  return new Set(
    plan.accessLevels.filter((level) => level.accessPoints.some((id) => points.includes(id))).map((level) => level.id),
  );
}

/**
 * Whether a terminal should hold somebody: `keep` = not put there, not taken out. `lateMs`: how long after the end of the
 * validity a face may stay. With a clock that can't be believed nobody's time is over.
 */
export function entitled(
  person: {
    readonly blocked: boolean;
    readonly levels: readonly AccessLevelId[];
    readonly until?: number;
    readonly unagreed?: true;
  },
  levels: ReadonlySet<AccessLevelId>,
  wall: Wall,
  lateMs: number,
): "hold" | "keep" | "none" {
  if (!person.levels.some((level) => levels.has(level))) return "none";
  if (person.until !== undefined && wall.trust !== "untrusted" && wall.epochMs >= person.until + lateMs) return "none";
  return person.blocked || person.unagreed === true ? "keep" : "hold";
}

/** Changes when something changes that a terminal keeps; tells nothing of it. FNV-1a. */
export function versionOf({ name, from, until }: Pick<Wanted, "name" | "from" | "until">): string {
  let hash = 0x811c9dc5;
  const text = `${name}\n${from ?? ""}\n${until ?? ""}`;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16);
}

/** All that is owed to a terminal, removals first. */
export function owedTo(wanted: ReadonlyMap<string, Wanted>, receipts: Holdings["receipts"]): readonly Owed[] {
  const removals: Owed[] = [];
  for (const receipt of receipts.values())
    if (receipt.held !== "no" && !wanted.has(receipt.face))
      removals.push({ do: "remove", face: receipt.face, receipt });
  const others: Owed[] = [];
  for (const person of wanted.values()) {
    const receipt = receipts.get(person.face);
    const deed = deedFor(person, receipt);
    if (deed === undefined) continue;
    others.push({
      do: deed,
      person,
      lacking: deed === "add" && person.picture === undefined,
      refused: receipt?.mend === true && isSame(receipt.tried, person),
      dueAt: receipt?.dueAt ?? 0,
    });
  }
  return [...removals, ...others];
}

function deedFor(person: Wanted, receipt: Receipt | undefined): "add" | "change" | undefined {
  if (person.keep === true) return undefined;
  // Also where nobody knows: what adds changes whoever is there.
  if (receipt === undefined || receipt.held !== "yes") return "add";
  if (receipt.version !== person.version) return "change";
  return person.picture === undefined || person.picture === receipt.picture ? undefined : "change";
}

function isSame(tried: Tried | undefined, person: Wanted): boolean {
  return tried?.version === person.version && tried.picture === person.picture;
}

/** A batch that fails as a whole twice is taken apart, so that one face doesn't keep the others in. */
const TRIES_TOGETHER = 2;

/** What to send now; undefined = nothing is due. `most` = how many one removal takes. */
export function nextFor(
  wanted: ReadonlyMap<string, Wanted>,
  holdings: Holdings,
  most: number,
  at: Millis,
): Next | undefined {
  const owed = owedTo(wanted, holdings.receipts);
  const removals = owed.flatMap((one) => (one.do === "remove" && one.receipt.dueAt <= at ? [one] : []));
  const [first] = removals;
  if (first !== undefined) {
    const together = removals.filter(({ receipt }) => receipt.tries < TRIES_TOGETHER).slice(0, most);
    return { do: "remove", faces: (together.length > 0 ? together : [first]).map(({ face }) => face) };
  }
  if (holdings.listDueAt !== undefined && holdings.listDueAt <= at) return { do: "list" };
  const due = owed.flatMap((one) =>
    one.do === "remove" || one.lacking || one.refused || one.dueAt > at ? [] : [{ do: one.do, person: one.person }],
  );
  const change = due.find((one) => one.do === "change");
  if (change !== undefined) return change;
  return at < holdings.fullUntil ? undefined : due[0];
}
