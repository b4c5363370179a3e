/** MQTT topics with `+`, `#` and captures `{name}`. */
import type { DeviceProfile } from "./profile.ts";
import { compileText, NO_SOURCE, openScope, paramOf } from "./scope.ts";
import type { ReadContext } from "./terms.ts";

/** What the named levels hold; `undefined` = the topic isn't one of these. */
export type TopicMatch = (topic: string) => ReadonlyMap<string, string> | undefined;

const NO_CAPTURES: ReadonlyMap<string, string> = new Map();

export function compileTopic(pattern: string): TopicMatch {
  const wanted = pattern.split("/");
  const open = wanted.at(-1) === "#";
  const levels = open ? wanted.slice(0, -1) : wanted;
  return (topic) => {
    const there = topic.split("/");
    if (there.length < levels.length || (there.length > levels.length && !open)) return undefined;
    let captures: Map<string, string> | undefined;
    for (const [index, level] of levels.entries()) {
      const found = there[index];
      if (level === found || level === "+") continue;
      if (!level.startsWith("{") || found === undefined || found === "") return undefined;
      captures ??= new Map();
      captures.set(level.slice(1, -1), found);
    }
    return captures ?? NO_CAPTURES;
  };
}

export interface Listening {
  /** An MQTT topic filter. */
  readonly filter: string;
  /** Other devices speak here too, and are told apart by the body alone: a wrong-device fault here is no forgery. */
  readonly shared: boolean;
}

/** Where a device of this profile is heard. A parameter that could widen the filter gives `+` for its level. */
export function listening(profile: DeviceProfile, params: ReadContext["params"]): readonly Listening[] {
  if (profile.link.via !== "mqtt") return [];
  return profile.link.listen.map((pattern) => ({
    filter: pattern.replaceAll(/\{([A-Za-z0-9]+)\}/g, (_, name: string) => {
      const value = String(Object.hasOwn(params, name) ? params[name] : "+");
      return /^[^+#/]+$/.test(value) ? value : "+";
    }),
    shared: !pattern.includes("{"),
  }));
}

/**
 * The parameters of a device on the wall with the profile's defaults filled in, or what is wrong with them, in words.
 * `own` come from the site's config; unknown ones are errors.
 */
export function completeParams(
  profile: DeviceProfile,
  own: ReadContext["params"],
): { readonly params: Readonly<Record<string, string | number>>; readonly errors: readonly string[] } {
  const params: Record<string, string | number> = {};
  const errors: string[] = [];
  const rules = Object.entries(profile.params ?? {});
  for (const [name, rule] of rules) {
    const ctx: ReadContext = { utcOffsetMin: 0, params, newId: String };
    const given = paramOf({ ...ctx, params: own }, name) ?? filled(rule.default, ctx);
    if (given === undefined) {
      errors.push(`parameter \`${name}\` is missing: ${rule.hint.en} / 缺少参数 \`${name}\`：${rule.hint.zh}`);
      continue;
    }
    if (typeof given !== (rule.type === "text" ? "string" : "number")) {
      errors.push(`parameter \`${name}\` must be a ${rule.type} / 参数 \`${name}\` 类型不对`);
      continue;
    }
    if (rule.matches !== undefined && !new RegExp(rule.matches, "u").test(String(given)))
      errors.push(`parameter \`${name}\` must match ${rule.matches} / 参数 \`${name}\` 格式不对：${rule.hint.zh}`);
    params[name] = given;
  }
  for (const name of Object.keys(own))
    if (!rules.some(([known]) => known === name))
      errors.push(`the profile has no parameter \`${name}\` / 设备档案没有参数 \`${name}\``);
  return { params, errors };
}

function filled(standard: string | number | undefined, ctx: ReadContext): string | number | undefined {
  if (typeof standard !== "string") return standard;
  const text = compileText(standard.replaceAll(/\{([a-z][A-Za-z0-9]*)\}/g, "{param.$1}"))(openScope(NO_SOURCE, ctx));
  return text === undefined ? undefined : String(text);
}
