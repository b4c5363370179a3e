/**
 * What the platform asks of the list: deltas, a whole one in parts, and the erasing of a person. All of it is the
 * register's work, in its thread; here it is handed over and the answer brought into the contract's words.
 */
import type { CountyAnswer } from "./adapters/register-county.ts";
import type { RegisterThread } from "./adapters/register-thread.ts";
import type { Person } from "./adapters/whitelist-people.ts";
import { GateError } from "./core/fault.ts";
import { normalise } from "./core/plates.ts";
import type { Listed } from "./uplink/command.ts";
import { MOST_HELD } from "./uplink/command-result.ts";
import { DONE, type Of, type Outcome, refused } from "./uplink/commands.ts";

export interface ListParts {
  readonly register: Pick<RegisterThread, "ask">;
  readonly wallMs: () => number;
  readonly listChanged: () => void;
}

/** The gate is ending, and its answers find no place any more: the next start tells it as uncertain. */
const NEVER = new Promise<never>(() => undefined);

export function listWork({ register, wallMs, listChanged }: ListParts) {
  let closing = false;
  const change = () => ({ by: "platform", atWallMs: Math.round(wallMs()) });

  async function answered(asked: Promise<CountyAnswer>): Promise<Outcome> {
    try {
      const became = await asked;
      if (closing) return NEVER;
      if (became.is === "done") listChanged();
      return outcomeOf(became);
    } catch (cause) {
      if (closing) return NEVER;
      // Ended in the middle, by time or memory: it may be on the disk. All others say that nothing was done.
      if (!(cause instanceof GateError) || cause.code === "REGISTER_TOO_HEAVY") throw cause;
      return refused("list-unavailable");
    }
  }

  return {
    delta: ({ base, put, remove, allowRemovals = false }: Of<"whitelist">): Promise<Outcome> =>
      answered(register.ask("countyDelta", { base, put: put.map(personOf), remove, allowRemovals }, change())),
    part({ upload, part, parts, people, allowRemovals = false }: Of<"whitelist-part">): Promise<Outcome> {
      const listed = { upload, part, parts, people: people.map(personOf), allowRemovals };
      return answered(register.ask("countyPart", listed, change()));
    },
    erase: ({ person }: Of<"erase">): Promise<Outcome> => answered(register.ask("countyErase", person, change())),
    close() {
      closing = true;
    },
  };
}

/** In the contract's words. */
export function outcomeOf(became: CountyAnswer): Outcome {
  switch (became.is) {
    case "kept":
      return { state: "done", code: "part-kept" };
    case "refused":
      return refused(became.why, {
        generation: became.generation,
        ...(became.at === undefined ? {} : { at: became.at }),
      });
    case "done": {
      const { generation, held } = became;
      if (held.length === 0) return { ...DONE, generation };
      return { state: "done", code: "partly-carried-out", generation, stillSuspended: held.slice(0, MOST_HELD) };
    }
  }
}

function personOf({ blockedWhy, slow = false, validFromMs, validUntilMs, credentials, ...same }: Listed): Person {
  return {
    id: same.id,
    name: same.name,
    kind: same.kind,
    levels: same.levels,
    ...(same.household === undefined ? {} : { household: same.household }),
    ...(same.household === undefined || same.spaces === undefined ? {} : { spaces: same.spaces }),
    ...(same.maxUses === undefined ? {} : { maxUses: same.maxUses }),
    blocked: blockedWhy !== undefined,
    ...(blockedWhy === undefined ? {} : { blockedWhy }),
    slow,
    ...(validFromMs === undefined ? {} : { validFrom: validFromMs }),
    ...(validUntilMs === undefined ? {} : { validUntil: validUntilMs }),
    credentials: credentials.map(({ type, value, duress }) => ({
      type,
      value: type === "plate" ? normalise(value) : value,
      original: value,
      ...(duress === true ? { duress } : {}),
    })),
  };
}
