/**
 * What a change that the county asks for makes of the list's people; nothing is written here. The list is the county's
 * and the clerk's both, the last word counts; but a visitor pass, the blocklist and a clerk's suspension are the gate's own.
 */
import type { HolderId } from "../core/terms.ts";
import { type Carried, GONE, isSame, type Person } from "./whitelist-people.ts";

export interface ListAsked {
  /** New or changed people, whole. */
  readonly put: readonly Person[];
  /** Who leaves: suspended. `others` = everybody on the list who isn't in `put`. */
  readonly remove: readonly HolderId[] | "others";
  /** More than a tenth may be suspended. */
  readonly allowRemovals: boolean;
}

/** The list as it is, inside the transaction that changes it. */
export interface ListLook {
  people(ids: readonly HolderId[]): Iterable<Person>;
  /** Everybody on the list; passes and the blocklist are none of it. */
  listed(): readonly HolderId[];
  carrier(type: Carried["type"], value: string): HolderId | undefined;
  spacesOf(household: string): number | undefined;
  /** How many aren't suspended. */
  readonly serving: number;
}

export interface ChangeRefused {
  readonly is: "refused";
  readonly why: "credential-taken" | "id-taken" | "person-unknown" | "too-many-removals";
  /** Where in the command. */
  readonly at?: string;
}
export type Planned =
  | {
      readonly is: "planned";
      /** Whoever is otherwise than before, alone. */
      readonly people: readonly Person[];
      /** Where in the command somebody stands whom the clerk has suspended: that stays. */
      readonly held: readonly string[];
    }
  | ChangeRefused;

/** So few may always be suspended, whatever their share; as in an import. */
const FEW = 3;
const LARGEST_SHARE = 0.1;

/** @param field the name that `put` has in the command @param asked looked over by `listFault` */
export function plannedChange(field: string, asked: ListAsked, look: ListLook): Planned {
  const putting = new Set(asked.put.map(({ id }) => id));
  const leaving = asked.remove === "others" ? look.listed().filter((id) => !putting.has(id)) : asked.remove;
  const was = new Map([...look.people([...leaving, ...putting])].map((one) => [one.id, one]));
  const after = new Map<HolderId, Person>();
  const no = (why: ChangeRefused["why"], at?: string): ChangeRefused =>
    at === undefined ? { is: "refused", why } : { is: "refused", why, at };

  let suspended = 0;
  for (const [n, id] of leaving.entries()) {
    const known = was.get(id);
    if (known === undefined || known.origin !== undefined) return no("person-unknown", `remove/${n}`);
    if (!known.blocked) suspended++;
    after.set(id, gone(known));
  }
  if (!asked.allowRemovals && suspended > FEW && suspended > look.serving * LARGEST_SHARE)
    return no("too-many-removals");

  const spaces = toldSpaces(asked.put);
  const held: string[] = [];
  for (const [n, person] of asked.put.entries()) {
    const at = `${field}/${n}`;
    const known = was.get(person.id);
    if (known?.origin !== undefined) return no("id-taken", at);
    for (const [m, one] of person.credentials.entries()) {
      const carrier = look.carrier(one.type, one.value);
      // Two may have exchanged their cards.
      if (carrier === undefined || putting.has(carrier)) continue;
      const [other] = after.has(carrier) ? [after.get(carrier)] : [...look.people([carrier])];
      // What somebody carried who has left may have gone to another.
      if (other === undefined || !hasLeft(other)) return no("credential-taken", `${at}/credentials/${m}`);
      if (!was.has(carrier)) was.set(carrier, other);
      after.set(carrier, { ...other, credentials: other.credentials.filter((its) => !isOne(its, one)) });
    }
    const standing = clerksReason(known);
    if (standing !== undefined && !person.blocked) held.push(at);
    after.set(person.id, {
      ...person,
      ...spacesFor(person, spaces, look),
      ...keptOf(known),
      ...(standing ?? (person.blocked ? { blockedBy: "platform" } : {})),
    });
  }
  const changed = [...after.values()].filter((one) => !isSame(was.get(one.id), one));
  return { is: "planned", people: changed.map((one) => ({ ...one, ...spacesFor(one, spaces, look) })), held };
}

const isOne = (its: Carried, one: Carried): boolean => its.type === one.type && its.value === one.value;
const hasLeft = ({ blockedWhy = "" }: Person): boolean => blockedWhy.startsWith(GONE);

/** Of a suspension without a reason, so that it is still there when somebody comes back. */
const NO_REASON = "停用";
const SEPARATOR = "；";

/** Whoever was suspended before and has left now has left too: the terminals go by it. */
function gone(person: Person): Person {
  if (hasLeft(person)) return person;
  const { blocked, blockedWhy } = person;
  return { ...person, blocked: true, blockedWhy: blocked ? `${GONE}${SEPARATOR}${blockedWhy ?? NO_REASON}` : GONE };
}

/** The suspension that somebody at the gate has ordered, also behind a leaving; undefined = none, or the county's own. */
function clerksReason(was: Person | undefined): Pick<Person, "blocked" | "blockedWhy"> | undefined {
  if (was === undefined || !was.blocked || was.blockedBy === "platform") return undefined;
  const { blockedWhy } = was;
  if (blockedWhy === undefined) return { blocked: true };
  const reason = hasLeft(was) ? blockedWhy.slice(GONE.length + SEPARATOR.length) : blockedWhy;
  return reason === "" ? undefined : { blocked: true, blockedWhy: reason };
}

/** What only the clerk knows stays. */
function keptOf(was: Person | undefined): Pick<Person, "phoneEnd" | "parkingUntil"> {
  return {
    ...(was?.phoneEnd === undefined ? {} : { phoneEnd: was.phoneEnd }),
    ...(was?.parkingUntil === undefined ? {} : { parkingUntil: was.parkingUntil }),
  };
}

function spacesFor(
  { household }: Person,
  told: ReadonlyMap<string, number>,
  look: Pick<ListLook, "spacesOf">,
): Pick<Person, "spaces"> {
  const spaces = household === undefined ? undefined : (told.get(household) ?? look.spacesOf(household));
  return spaces === undefined ? {} : { spaces };
}

/** A household's spaces hold for all of it, whoever of it they are told with. */
const toldSpaces = (people: readonly Person[]): ReadonlyMap<string, number> =>
  new Map(
    people.flatMap(({ household, spaces }): [string, number][] =>
      household === undefined || spaces === undefined ? [] : [[household, spaces]],
    ),
  );
