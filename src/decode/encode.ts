/** A profile's commands → bytes, and how their replies are known. */
import { GateError } from "../core/fault.ts";
import { compileConditions } from "./conditions.ts";
import { compileMade, compileOutgoing, type Escape } from "./outgoing.ts";
import { matcher } from "./patterns.ts";
import type { ArgRule, CommandRule, DeviceProfile, ListRule } from "./profile.ts";
import { fromHex } from "./profile-framing.ts";
import { opener } from "./reader.ts";
import { compileJson, type Getter, NO_SOURCE, openScope, type Scope, type Source } from "./scope.ts";
import type { DecodeFault, EncodedCommand, Heard, ReadContext } from "./terms.ts";

/** One argument, or the elements of a list. */
export type Arg = string | number | readonly Readonly<Record<string, string | number>>[];
export type Args = Readonly<Record<string, Arg>>;

/**
 * Makes a command ready to send. Throws COMMAND_UNKNOWN when the profile has none of this name, INPUT_INVALID when an
 * argument is missing, unknown, of the wrong type or out of range.
 */
export type Encode = (name: string, args: Args, ctx: ReadContext) => EncodedCommand;

/** Compiles the commands of a checked profile; once per profile. */
export function encoder(profile: DeviceProfile): Encode {
  const open = opener(profile);
  const escapes = escapeOf(profile);
  const commands = new Map(
    Object.entries(profile.commands ?? {}).map(([name, rule]) => [name, compileCommand(name, rule, open, escapes)]),
  );
  return (name, args, ctx) => {
    const command = commands.get(name);
    if (command !== undefined) return command(args, ctx);
    throw new GateError("COMMAND_UNKNOWN", `${profile.meta.id} has no command "${name}"`, {
      context: { profile: profile.meta.id, command: name },
    });
  };
}

/** The command of this name of a profile. For one-off use; an adapter compiles with {@link encoder}. */
export function encode(profile: DeviceProfile, name: string, args: Args, ctx: ReadContext): EncodedCommand {
  return encoder(profile)(name, args, ctx);
}

type Means = "ok" | "refused" | "more" | "other";
type Open = (heard: Heard) => Source | DecodeFault;

function escapeOf(profile: DeviceProfile): Escape | undefined {
  if (profile.framing?.cut !== "sync-length" || profile.framing.escape === undefined) return undefined;
  const { byte, xor } = profile.framing.escape;
  const start = fromHex(profile.framing.start);
  const mark = Number.parseInt(byte, 16);
  const end = fromHex(profile.framing.end ?? "");
  return { after: start.length, mark, bytes: new Set([mark, ...start, ...end]), xor };
}

function compileCommand(
  name: string,
  rule: CommandRule,
  open: Open,
  escapes: Escape | undefined,
): (args: Args, ctx: ReadContext) => EncodedCommand {
  const make = compileOutgoing(rule.out, escapes);
  const makes = Object.entries(rule.makes ?? {}).map(([made, of]) => [made, compileMade(of)] as const);
  const expects = rule.expects === undefined ? undefined : compileReply(rule.expects);
  const lists = Object.entries(rule.lists ?? {}).map(([list, of]) => ({ list, of, element: compileJson(of.json) }));
  return (args, ctx) => {
    const filled = new Map<string, readonly unknown[]>();
    const scope: Scope = { ...openScope(NO_SOURCE, ctx), lists: filled };
    for (const { list, of, element } of lists) filled.set(list, elements(name, list, of, element, args, scope));
    const { args: rules = {}, lists: listed = {} } = rule;
    fillArgs(
      name,
      rules,
      Object.fromEntries(Object.entries(args).filter(([arg]) => !Object.hasOwn(listed, arg))),
      scope,
    );
    for (const [made, get] of makes) scope.values.set(made, get(scope));
    const made = make(scope);
    if (made.is === "unfit") throw invalid(name, made.where, "a value is missing or doesn't fit");
    const { out } = made;
    if (expects === undefined) return { name, out, retries: rule.retries };
    const matches = (heard: Heard): Means => {
      const source = open(heard);
      return "code" in source ? "other" : expects.judge({ ...scope, source, sent: out.bytes });
    };
    return { name, out, expects: { timeoutMs: expects.timeoutMs, matches }, retries: rule.retries };
  };
}

function compileReply(rule: Exclude<CommandRule["expects"], undefined>) {
  const ok = compileConditions(rule.ok);
  const more = rule.more === undefined ? () => false : compileConditions(rule.more);
  const refused = rule.refused === undefined ? () => false : compileConditions(rule.refused);
  return {
    timeoutMs: rule.timeoutMs,
    judge(scope: Scope): Means {
      if (more(scope)) return "more";
      if (ok(scope)) return "ok";
      return refused(scope) ? "refused" : "other";
    },
  };
}

function elements(
  command: string,
  list: string,
  rule: ListRule,
  element: Getter<unknown>,
  args: Args,
  scope: Scope,
): readonly unknown[] {
  const given = Object.hasOwn(args, list) ? args[list] : undefined;
  if (typeof given !== "object" || given.length > rule.most)
    throw invalid(command, list, `must be a list of at most ${rule.most}`);
  if (rule.count !== undefined) scope.values.set(rule.count, given.length);
  return given.map((one) => {
    const own: Scope = { ...scope, values: new Map(scope.values) };
    fillArgs(command, rule.args, one, own);
    return element(own);
  });
}

function fillArgs(command: string, rules: Readonly<Record<string, ArgRule>>, args: Args, scope: Scope): void {
  for (const name of Object.keys(args))
    if (!Object.hasOwn(rules, name)) throw invalid(command, name, "there is no such argument");
  for (const [name, rule] of Object.entries(rules)) {
    const value = Object.hasOwn(args, name) ? args[name] : rule.default;
    if (value === undefined && rule.optional === true) continue;
    if (!fits(rule, value)) throw invalid(command, name, wanted(rule));
    scope.values.set(name, value);
  }
}

function fits(rule: ArgRule, value: Arg | undefined): value is string | number {
  if (rule.type === "integer")
    return typeof value === "number" && Number.isInteger(value) && value >= rule.min && value <= rule.max;
  if (typeof value !== "string" || value.length > rule.maxLength) return false;
  return rule.matches === undefined || matcher(rule.matches)(value) !== undefined;
}

function wanted(rule: ArgRule): string {
  if (rule.type === "integer") return `must be ${rule.min}..${rule.max}`;
  return `must be a text of at most ${rule.maxLength}${rule.matches === undefined ? "" : ` that matches ${rule.matches}`}`;
}

function invalid(command: string, where: string, why: string): GateError {
  return new GateError("INPUT_INVALID", `command "${command}", ${where}: ${why}`, { context: { command, where } });
}
