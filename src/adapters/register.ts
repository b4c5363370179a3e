/** The register as the page's server asks it: each question goes to its thread, each change gets its row in the journal. */
import { GateError } from "../core/fault.ts";
import type { CredentialType } from "../core/terms.ts";
import type {
  AccessView,
  Done,
  LevelView,
  PassView,
  ReasonsAsked,
  ReasonsView,
  Register,
  RegisterRefusal,
} from "../shell/register.ts";
import type { RegisterThread } from "./register-thread.ts";

export interface RegisterDeps {
  readonly thread: Pick<RegisterThread, "ask">;
  /** Wall ms. */
  readonly now: () => number;
  /** The list was changed: the row, and whatever counts it. */
  readonly changed: (told: Told) => void;
  readonly usesOf: (type: CredentialType, value: string) => number;
  /** Of the configuration; who has which is the list's to say. */
  readonly access: () => Omit<AccessView, "levels"> & { readonly levels: readonly Omit<LevelView, "holders">[] };
  /** @throws GateError when the list can't be kept */
  readonly reasons: {
    view(): ReasonsView;
    save(asked: ReasonsAsked, by: string): Promise<ReasonsView | RegisterRefusal>;
  };
  readonly onFault: (fault: GateError) => void;
}
export interface Told {
  readonly what: string;
  readonly by: string;
  readonly generation?: number;
  readonly people?: number;
  /** Whom alone it is about. */
  readonly subject?: string;
}

/** The world's faults are an answer to whoever asks the thread; our own bugs go on. */
export function safelyTelling(
  onFault: RegisterDeps["onFault"],
): <T>(work: () => Promise<T | RegisterRefusal>) => Promise<T | RegisterRefusal> {
  return async (work) => {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      onFault(cause);
      return { why: cause.code === "REGISTER_TOO_HEAVY" ? "file-too-heavy" : "register-failing", detail: cause.code };
    }
  };
}

export function openRegister(deps: RegisterDeps): Register {
  const { thread } = deps;
  const change = (by: string) => ({ by, atWallMs: Math.round(deps.now()) });

  const safely = safelyTelling(deps.onFault);

  function noted(what: string, by: string, done: Done | RegisterRefusal, subject?: string): Done | RegisterRefusal {
    if (!("why" in done) && done.people > 0)
      deps.changed({
        what,
        by,
        generation: done.generation,
        people: done.people,
        ...(subject === undefined ? {} : { subject }),
      });
    return done;
  }
  const only = (ids: readonly string[]): string | undefined => (ids.length === 1 ? ids[0] : undefined);

  const counted = (pass: PassView): PassView => {
    const used = deps.usesOf("code", `pass:${pass.id}`);
    return { ...pass, used, ended: pass.ended || (pass.uses !== undefined && used >= pass.uses) };
  };

  return {
    people: (query) => safely(() => thread.ask("people", { ...query, nowWallMs: deps.now() })),
    person: (id) => safely(() => thread.ask("person", id)),
    save: (cells, by) => safely(async () => noted("save", by, await thread.ask("save", cells, change(by)), cells.编号)),
    suspend: (ids, why, by) =>
      safely(async () =>
        noted(
          why === undefined ? "resume" : "suspend",
          by,
          await thread.ask("suspend", ids, why ?? null, change(by)),
          only(ids),
        ),
      ),
    extend: (ids, what, untilWallMs, by) =>
      safely(async () =>
        noted(`extend-${what}`, by, await thread.ask("extend", ids, what, untilWallMs, change(by)), only(ids)),
      ),
    preview: (file) => safely(() => thread.ask("preview", file)),
    apply: (preview, manySuspended, by) =>
      safely(async () => noted("import", by, await thread.ask("apply", preview, manySuspended, change(by)))),
    mistakes: (preview) => safely(() => thread.ask("mistakes", preview)),
    history: () => safely(() => thread.ask("history", deps.now())),
    undo: (generation, by) => safely(async () => noted("undo", by, await thread.ask("undo", generation, change(by)))),
    exported: () => safely(() => thread.ask("exported")),
    passes: (all) =>
      safely(async () => {
        const { passes } = await thread.ask("passes", deps.now());
        const told = passes.map(counted);
        return { passes: all ? told : told.filter(({ ended }) => !ended) };
      }),
    makePass: (asked, by) =>
      safely(async () => {
        const made = await thread.ask("makePass", asked, change(by));
        if ("why" in made) return made;
        deps.changed({ what: "pass", by, people: 1, subject: made.id });
        return made;
      }),
    endPass: (id, by) => safely(async () => noted("pass-end", by, await thread.ask("endPass", id, change(by)), id)),
    bar: (asked, by) => safely(async () => noted("bar", by, await thread.ask("bar", asked, change(by)))),
    unbar: (id, by) => safely(async () => noted("unbar", by, await thread.ask("unbar", id, change(by)), id)),
    consent: (asked, by) =>
      safely(async () => {
        const told = await thread.ask("consent", asked, change(by));
        if (!("why" in told)) deps.changed({ what: "consent", by, subject: asked.holder });
        return told;
      }),
    withdraw: (holder, by) =>
      safely(async () => {
        const told = await thread.ask("withdraw", holder, change(by));
        if (!("why" in told)) deps.changed({ what: "consent-withdrawn", by, subject: holder });
        return told;
      }),
    access: () =>
      safely(async () => {
        const { holders } = await thread.ask("holders");
        const { levels, ...rest } = deps.access();
        return { ...rest, levels: levels.map((level) => ({ ...level, holders: holders[level.id] ?? 0 })) };
      }),
    reasons: deps.reasons.view,
    saveReasons: (asked, by) => safely(() => deps.reasons.save(asked, by)),
    about: (id) => safely(() => thread.ask("about", id)),
  };
}
