/**
 * What the county asks of the list, in the register's thread: after and before whatever the clerk asks, by the same
 * connection, so that neither waits for a lock of the other, and the gate's own thread does none of it.
 */
import type { Change } from "../shell/register.ts";
import type { ConsentFile } from "./consents.ts";
import type { Connection } from "./database.ts";
import { type ChangeRefused, type ListAsked, type ListLook, type Planned, plannedChange } from "./register-change.ts";
import { type ListFault, type ListRules, listFault, type Part, type Upload, uploadAfter } from "./register-upload.ts";
import type { OpenedWhitelist } from "./whitelist.ts";
import { type Person, peopleIn, splitLevels } from "./whitelist-people.ts";

export interface CountyDeps {
  readonly whitelist: OpenedWhitelist;
  readonly rules: ListRules;
  readonly consents: Pick<ConsentFile, "withdrawn">;
  /** Erases somebody out of everything that is kept here. False: nobody knows them. @throws GateError */
  readonly eraseEverywhere: (person: string, change: Change) => boolean;
}

export interface DeltaAsked {
  /** The generation that it changes. */
  readonly base: number;
  readonly put: readonly Person[];
  readonly remove: readonly string[];
  readonly allowRemovals: boolean;
}

type CountyRefused =
  | ChangeRefused
  | { readonly is: "refused"; readonly why: "need-full" | "upload-unknown"; readonly at?: string }
  | ({ readonly is: "refused" } & ListFault);
export type CountyAnswer =
  | { readonly is: "done"; readonly generation: number; readonly held: readonly string[] }
  /** A part; the others are still to come. */
  | { readonly is: "kept" }
  /** Nothing was done. */
  | (CountyRefused & { readonly generation: number });

export type CountyDesk = ReturnType<typeof openCountyDesk>;

/** Leaves a transaction that is not to be. */
class Refusal extends Error {
  readonly answer: CountyRefused;
  constructor(answer: CountyRefused) {
    super(answer.why);
    this.answer = answer;
  }
}

export function openCountyDesk(deps: CountyDeps) {
  const { whitelist, rules, consents } = deps;
  let upload: Upload | undefined;

  const refused = (answer: CountyRefused): CountyAnswer => ({ ...answer, generation: whitelist.generation });

  function change(
    field: string,
    asked: ListAsked & { readonly base?: number },
    { by, atWallMs }: Change,
  ): CountyAnswer {
    const fault = listFault(field, asked.put, asked.remove === "others" ? [] : asked.remove, rules);
    if (fault !== undefined) return refused({ is: "refused", ...fault });
    const { base } = asked;
    if (base !== undefined && base !== whitelist.generation) return refused({ is: "refused", why: "need-full" });
    const put = withoutFaces(asked.put, consents.withdrawn());
    let held: readonly string[] = [];
    const plan = (db: Connection): readonly Person[] => {
      // A command on this machine's console may have changed it just now.
      if (base !== undefined && base !== whitelist.generation) throw new Refusal({ is: "refused", why: "need-full" });
      const planned: Planned = plannedChange(field, { ...asked, put }, lookAt(db));
      if (planned.is === "refused") throw new Refusal(planned);
      held = planned.held;
      return planned.people;
    };
    try {
      return { is: "done", generation: whitelist.amend(plan, { by, atWallMs, what: "platform" }), held };
    } catch (cause) {
      if (cause instanceof Refusal) return refused(cause.answer);
      throw cause;
    }
  }

  return {
    /** All of it or nothing, in one generation. @throws GateError DATABASE_… */
    countyDelta: (asked: DeltaAsked, how: Change): CountyAnswer => change("put", asked, how),
    /** The last one puts the list in force. @throws GateError DATABASE_… */
    countyPart(part: Part & Pick<ListAsked, "allowRemovals">, how: Change): CountyAnswer {
      const next = uploadAfter(upload, part);
      if (next.is === "lost") return refused({ is: "refused", why: "upload-unknown" });
      upload = next.is === "kept" ? next.upload : undefined;
      if (next.is === "kept") return { is: "kept" };
      const put = next.upload.people.flat();
      return change("people", { put, remove: "others", allowRemovals: part.allowRemovals }, how);
    },
    /** @throws GateError DATABASE_… */
    countyErase(person: string, how: Change): CountyAnswer {
      // Whoever is erased must not come back from a list that was on its way.
      upload = undefined;
      const [known] = whitelist.people([person]);
      if (known?.origin !== undefined) return refused({ is: "refused", why: "id-taken", at: "person" });
      if (!deps.eraseEverywhere(person, how)) return refused({ is: "refused", why: "person-unknown", at: "person" });
      return { is: "done", generation: whitelist.generation, held: [] };
    },
  };
}

/** The county doesn't know what was withdrawn here; a terminal that hasn't heard of it yet would open by that face again. */
function withoutFaces(people: readonly Person[], withdrawn: ReadonlySet<string>): readonly Person[] {
  return people.map((person) => ({
    ...person,
    credentials: person.credentials.filter(({ type, value }) => type !== "face" || !withdrawn.has(value)),
  }));
}

function lookAt(db: Connection): ListLook {
  const carrier = db.prepare<[string, string], { holder: string }>(
    "SELECT holder FROM credential WHERE type = ? AND value = ?",
  );
  const household = db.prepare<[string], { spaces: number | null }>("SELECT spaces FROM household WHERE id = ?");
  const listed = db.prepare<[], { id: string }>("SELECT id FROM holder WHERE origin = 'list'");
  const serving = db.prepare<[], { n: number }>("SELECT count(*) n FROM holder WHERE blocked = 0");
  return {
    people: (ids) => peopleIn(db, splitLevels, ids),
    listed: () => listed.all().map(({ id }) => id),
    carrier: (type, value) => carrier.get(type, value)?.holder,
    spacesOf: (id) => household.get(id)?.spaces ?? undefined,
    serving: serving.get()?.n ?? 0,
  };
}
