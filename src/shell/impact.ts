/**
 * Impact assessments as the clerk's page and API use them: the facts now, the records that were made, their signatures.
 * Types only. None of it is on the way from report to relay.
 */
import type { Due, ImpactFacts, ImpactWords } from "../core/impact.ts";
import type { RegisterRefusal } from "./register.ts";

/** Who signed the paper, and on which day (`YYYY-MM-DD`). */
export interface Signature {
  readonly signedBy: string;
  readonly signedOn: string;
}

/** One record; it is never changed, and signed once. */
export interface Assessment {
  readonly number: number;
  /** Wall ms. */
  readonly atWallMs: number;
  readonly by: string;
  readonly signed?: Signature & { readonly atWallMs: number; readonly by: string };
}
export interface WholeAssessment extends Assessment {
  readonly facts: ImpactFacts;
  readonly words: ImpactWords;
}

export interface ImpactView {
  readonly facts: ImpactFacts;
  /** Of the newest record; empty before the first. */
  readonly words: ImpactWords;
  /** Names the facts that this view stands on; given back when it is recorded. */
  readonly seen: string;
  readonly due: Due;
  /** Newest first. */
  readonly records: readonly Assessment[];
}

/** Why it wasn't done; nothing was recorded. */
export interface ImpactRefusal {
  readonly why: "facts-changed" | "assessment-unknown" | "assessment-unfinished" | "assessment-signed";
}
type Or<T> = Promise<T | ImpactRefusal | RegisterRefusal>;

export interface Impact {
  view(): Or<ImpactView>;
  record(number: number): Or<WholeAssessment>;
  /** Records the facts as they are now with these words; refused when they aren't those that were seen. */
  assess(words: ImpactWords, seen: string, by: string): Or<Assessment>;
  /** Notes that the printed record was signed. */
  sign(number: number, signature: Signature, by: string): Or<Assessment>;
}
