/** A profile's roster compiled: people → commands, replies → what became of them. Never throws. */
import { compilePointer } from "./conditions.ts";
import type { Args } from "./encode.ts";
import type { DeviceProfile } from "./profile.ts";
import type { CodeRule, RosterRule } from "./profile-roster.ts";
import { opener } from "./reader.ts";
import { compileText, NO_SOURCE, openScope, type Scope } from "./scope.ts";
import type { Heard, ReadContext } from "./terms.ts";

export interface RosterPerson {
  readonly face: string;
  readonly name: string;
  /** Wall ms. */
  readonly from?: number;
  readonly until?: number;
}

export interface RosterCommand {
  readonly command: string;
  readonly args: Args;
  /** Where it is refused, the next one is sent all the same. */
  readonly anyway?: true;
}

/** What a reply says, beside yes or no. */
export interface RosterTold {
  readonly code?: string;
  /** Face id → the code given for it, or nothing. */
  readonly failed: Readonly<Record<string, string>>;
  /** The face ids it holds; absent = it didn't say, or what it said doesn't add up. */
  readonly held?: readonly string[];
  /** People it holds without an id of ours. */
  readonly others?: number;
}

export interface Roster {
  readonly rule: RosterRule;
  /** How many people one removal takes. */
  readonly most: number;
  readonly fits: (face: string) => boolean;
  /** `picture` is bare base64. One after the other; none is sent after one that is refused or has no answer. */
  add(person: RosterPerson, picture: string, ctx: ReadContext): readonly RosterCommand[];
  change(person: RosterPerson, picture: string | undefined, ctx: ReadContext): readonly RosterCommand[];
  remove(faces: readonly string[], ctx: ReadContext): RosterCommand;
  /** What a reply to this command says. */
  told(reply: Heard, command: string): RosterTold;
  /** A code that the profile doesn't know is one to mend, told as it stands. */
  meaning(code: string | undefined): CodeRule;
}

/** @returns undefined where the profile has no roster */
export function compileRoster(profile: DeviceProfile): Roster | undefined {
  const { roster: rule } = profile;
  if (rule === undefined) return undefined;
  const open = opener(profile);
  const faceId = new RegExp(rule.faceId, "u");
  const add = compileSteps(rule.add);
  const change = compileSteps(rule.change);
  const person = compileArgs(rule.remove.person);
  const { list } = rule.remove;
  const removal = list === undefined ? undefined : profile.commands?.[rule.remove.command]?.lists?.[list];
  const read = compileReply(rule);
  const codes = new Map(Object.entries(rule.codes));
  return {
    rule,
    most: removal?.most ?? 1,
    fits: (face) => faceId.test(face),
    add: (one, picture, ctx) => add(personScope(one, picture, ctx)),
    change: (one, picture, ctx) => change(personScope(one, picture, ctx)),
    remove(faces, ctx) {
      const gone = faces.map((face) => person(personScope({ face, name: "" }, undefined, ctx)));
      return { command: rule.remove.command, args: list === undefined ? { ...gone[0] } : { [list]: gone } };
    },
    told(reply, command) {
      const source = open(reply);
      return "code" in source ? { failed: {} } : read(source.root, command);
    },
    meaning: (code = "—") => codes.get(code) ?? unknownCode(code),
  };
}

const unknownCode = (code: string): CodeRule => ({
  zh: `终端说：${code}`,
  en: `the terminal says: ${code}`,
  means: "mend",
});

function compileSteps(rule: RosterRule["add"]): (scope: Scope) => readonly RosterCommand[] {
  const steps = [rule].flat().map((step) => ({ ...step, fill: compileArgs(step.args) }));
  return (scope) =>
    steps
      .filter(({ withPicture }) => withPicture !== true || scope.values.get("picture") !== undefined)
      .map(({ command, fill, anyway }) => ({
        command,
        args: fill(scope),
        ...(anyway === undefined ? {} : { anyway }),
      }));
}

function compileArgs(
  args: Readonly<Record<string, string>>,
): (scope: Scope) => Readonly<Record<string, string | number>> {
  const getters = Object.entries(args).map(([name, text]) => [name, compileText(text)] as const);
  return (scope) => {
    const made: Record<string, string | number> = {};
    for (const [name, get] of getters) {
      const value = get(scope);
      if (typeof value === "string" || typeof value === "number") made[name] = value;
    }
    return made;
  };
}

function personScope(person: RosterPerson, picture: string | undefined, ctx: ReadContext): Scope {
  const scope = openScope(NO_SOURCE, ctx);
  const time = (ms: number) => new Date(ms + ctx.utcOffsetMin * 60_000).toISOString().slice(0, 19).replace("T", " ");
  const limited = person.from !== undefined || person.until !== undefined;
  scope.values.set("face", person.face);
  // The shortest that a maker allows.
  scope.values.set("name", [...person.name].slice(0, 32).join(""));
  scope.values.set("picture", picture);
  // Whoever is limited on one side only has an open other side, which such devices want written out.
  scope.values.set("from", limited ? time(person.from ?? LONG_AGO) : undefined);
  scope.values.set("until", limited ? time(person.until ?? FAR_OFF) : undefined);
  scope.values.set("limited", limited ? 1 : 0);
  return scope;
}

const LONG_AGO = Date.UTC(2020, 0, 1);
const FAR_OFF = Date.UTC(2037, 0, 1);

function compileReply(rule: RosterRule): (root: unknown, command: string) => RosterTold {
  const codes = rule.code.map(compilePointer);
  const failed = rule.failed === undefined ? () => ({}) : compileFailed(rule.failed);
  const held = rule.list === undefined ? undefined : { by: rule.list.command, in: compileHeld(rule.list) };
  return (root, command) => {
    const code = codes.map((find) => worded(find(root))).find((found) => found !== undefined);
    return {
      ...(code === undefined ? {} : { code }),
      failed: failed(root),
      ...(held?.by === command ? held.in(root) : {}),
    };
  };
}

function compileFailed(rule: NonNullable<RosterRule["failed"]>): (root: unknown) => Readonly<Record<string, string>> {
  const list = compilePointer(rule.from);
  const id = compilePointer(rule.item);
  const code = rule.code === undefined ? () => undefined : compilePointer(rule.code);
  return (root) =>
    Object.fromEntries(
      listed(list(root)).flatMap((one) => {
        const face = worded(id(one));
        return face === undefined ? [] : [[face, worded(code(one)) ?? ""]];
      }),
    );
}

function compileHeld(rule: NonNullable<RosterRule["list"]>): (root: unknown) => Pick<RosterTold, "held" | "others"> {
  const ids = compilePointer(rule.ids.from);
  const item = rule.ids.item === undefined ? (one: unknown) => one : compilePointer(rule.ids.item);
  const { split } = rule.ids;
  const count = rule.count === undefined ? () => undefined : compilePointer(rule.count);
  const total = rule.total === undefined ? () => undefined : compilePointer(rule.total);
  return (root) => {
    const given = entries(ids(root), split);
    if (given === undefined) return {};
    const held = given.flatMap((one) => worded(item(one)) ?? []);
    const [said, all] = [count(root), total(root)].map(worded);
    if (said !== undefined && Number(said) !== held.length) return {};
    const others = all === undefined ? 0 : Number(all) - held.length;
    return { held, ...(others > 0 ? { others } : {}) };
  };
}

/** A list as it stands, or a text cut into one; else it didn't say. */
function entries(found: unknown, split: string | undefined): readonly unknown[] | undefined {
  if (split === undefined) return Array.isArray(found) ? found : undefined;
  return typeof found === "string" ? found.split(split) : undefined;
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Numbers and texts as text; blank is nothing. */
function worded(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).trim();
  return text === "" ? undefined : text;
}
