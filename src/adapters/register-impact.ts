/** Impact assessments as the page's server asks for them: the facts as they are, the records in the register's thread. */
import { createHash } from "node:crypto";
import { BLANKS, dueOf, type ImpactFacts, type ImpactWords, standing } from "../core/impact.ts";
import type { Impact } from "../shell/impact.ts";
import { type RegisterDeps, safelyTelling } from "./register.ts";

/** What is known without the register's thread. */
export interface GateFacts extends Omit<ImpactFacts, "held" | "faces"> {
  /** Pictures that wait for a terminal. */
  readonly pictures: number;
  /** Of the journal. */
  readonly rows: number;
}

export interface ImpactDeps extends Pick<RegisterDeps, "thread" | "now" | "changed" | "onFault"> {
  readonly facts: () => Promise<GateFacts>;
}

const UNSAID: ImpactWords = { necessity: "", impact: "", measures: "", conclusion: "", assessors: "" };

export function openImpact(deps: ImpactDeps): Impact {
  const { thread, changed } = deps;
  const safely = safelyTelling(deps.onFault);
  const change = (by: string) => ({ by, atWallMs: Math.round(deps.now()) });

  async function factsNow(): Promise<ImpactFacts> {
    const { pictures, rows, ...gate } = await deps.facts();
    const { held, faces } = await thread.ask("counts");
    return { ...gate, held: { ...held, pictures, rows }, faces };
  }

  return {
    view: () =>
      safely(async () => {
        const facts = await factsNow();
        const { made, signed } = await thread.ask("newest");
        return {
          facts,
          words: made?.words ?? UNSAID,
          seen: seenOf(facts),
          due: dueOf(signed?.facts, facts),
          records: await thread.ask("records"),
        };
      }),
    record: (number) => safely(() => thread.ask("record", number)),
    assess: (words, seen, by) =>
      safely(async () => {
        const facts = await factsNow();
        if (seenOf(facts) !== seen) return { why: "facts-changed" as const };
        const said = Object.fromEntries(BLANKS.map((blank) => [blank, words[blank].trim()]));
        const made = await thread.ask("assess", facts, { ...UNSAID, ...said }, change(by));
        changed({ what: "assessment", by });
        return made;
      }),
    sign: (number, signature, by) =>
      safely(async () => {
        const signed = await thread.ask("sign", number, signature, change(by));
        if (!("why" in signed)) changed({ what: "assessment-signed", by });
        return signed;
      }),
  };
}

const seenOf = (facts: ImpactFacts): string => createHash("sha256").update(standing(facts)).digest("hex");
