/** What the platform asks of the list: deltas, a whole one in parts, and the erasing of a person. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openConsents } from "./adapters/consents.ts";
import { pseudonym } from "./adapters/journal-seal.ts";
import { changeList, type ListChange } from "./adapters/whitelist-change.ts";
import type { Carried, Person } from "./adapters/whitelist-people.ts";
import { GateError } from "./core/fault.ts";
import { isPlate, normalise, skeleton } from "./core/plates.ts";
import { eraseEverywhere } from "./main-erase.ts";
import { CONSENTS_FILE, yearNow } from "./main-terminals.ts";
import type { UplinkParts } from "./main-uplink.ts";
import type { Listed } from "./uplink/command.ts";
import { DONE, type Of, type Outcome, refused } from "./uplink/commands.ts";
import { listFault, type Upload, uploadAfter } from "./uplink/list-change.ts";

/** One change of the list at a time. */
export function listWork(
  { loaded, clock, siteKey }: Pick<UplinkParts, "loaded" | "clock" | "siteKey">,
  listChanged: () => void,
) {
  const file = join(loaded.dataDir, "whitelist.sqlite");
  const rules = {
    levels: new Set(loaded.config.accessLevels.map(({ id }) => id)),
    normalisePlate: normalise,
    isPlate,
  };
  let upload: Upload | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const atWallMs = () => Math.round(clock.now().wall.epochMs);

  function inTurn(work: () => Outcome | Promise<Outcome>): Promise<Outcome> {
    const mine = last.then(work).catch((cause: unknown): Outcome => {
      if (!(cause instanceof GateError)) throw cause;
      return refused("list-unavailable");
    });
    last = mine.catch(() => undefined);
    return mine;
  }

  function change(asked: Pick<ListChange, "base" | "put" | "remove" | "allowRemovals">): Promise<Outcome> {
    return inTurn(async () => {
      const deps = { skeleton, subjectOf: (holder: string) => pseudonym(siteKey, holder) };
      const put = withoutFaces(asked.put, withdrawnFaces(loaded.dataDir));
      const became = await changeList(file, { ...asked, put, by: "platform", atWallMs: atWallMs() }, deps);
      if (became.is === "refused") return refused(became.why, { generation: became.generation });
      listChanged();
      return { ...DONE, generation: became.generation };
    });
  }

  return {
    delta({ base, put, remove, allowRemovals = false }: Of<"whitelist">): Outcome | Promise<Outcome> {
      const fault = listFault("put", put, remove, rules);
      if (fault !== undefined) return refused(fault.code, { at: fault.at });
      return change({ base, put: put.map(personOf), remove, allowRemovals });
    },
    part(command: Of<"whitelist-part">): Outcome | Promise<Outcome> {
      const next = uploadAfter(upload, command);
      if (next.is === "lost") return refused("upload-unknown");
      upload = next.upload;
      if (next.is === "kept") return { state: "done", code: "part-kept" };
      const people = next.upload.people.flat();
      upload = undefined;
      const fault = listFault("people", people, [], rules);
      if (fault !== undefined) return refused(fault.code, { at: fault.at });
      return change({
        put: people.map(personOf),
        remove: "others",
        allowRemovals: command.allowRemovals ?? false,
      });
    },
    erase({ person }: Of<"erase">): Promise<Outcome> {
      // Whoever is erased must not come back from a list that was on its way.
      upload = undefined;
      return inTurn(() => {
        const erased = eraseEverywhere(loaded, person, {
          apply: true,
          by: "platform erase",
          atWallMs: atWallMs(),
          busyMs: 0,
        });
        if (erased.person === undefined) return refused("person-unknown", { at: "person" });
        listChanged();
        return DONE;
      });
    },
  };
}

/** @throws GateError DATABASE_…: a list isn't changed while nobody knows who withdrew */
function withdrawnFaces(dataDir: string): ReadonlySet<string> {
  const file = join(dataDir, CONSENTS_FILE);
  if (!existsSync(file)) return new Set();
  const consents = openConsents(file, yearNow);
  try {
    return consents.withdrawn();
  } finally {
    consents.close();
  }
}

/** The platform doesn't know what was withdrawn here; a terminal that hasn't heard of it yet would open by that face again. */
function withoutFaces(people: readonly Person[], withdrawn: ReadonlySet<string>): readonly Person[] {
  const isGone = ({ type, value }: Carried) => type === "face" && withdrawn.has(value);
  return people.map((person) => ({ ...person, credentials: person.credentials.filter((one) => !isGone(one)) }));
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
