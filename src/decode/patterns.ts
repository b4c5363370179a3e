/**
 * Regular expressions a profile may use. The grammar is narrowed so that the time is bounded on any text: anchored,
 * no look-around, no back-references, no repeated groups, few repeats. Texts longer than {@link PATTERN_INPUT_MAX} never match.
 */
export const PATTERN_INPUT_MAX = 256;
const MAX_REPEATS = 2;
const MAX_OPTIONAL = 4;
const MAX_GROUPS = 4;

/** Why the pattern is refused, in words for its author; `undefined` = it is safe to run. */
export function boundedPattern(source: string): string | undefined {
  if (!source.startsWith("^")) return "the pattern must begin with ^";
  if (!compiles(source)) return "this is no regular expression";
  // Escapes and character classes are single atoms; what is left shows the structure.
  const bare = source.replaceAll(/\\./gu, "a").replaceAll(/\[[^\]]*\]/gu, "a");
  if (/\\[1-9k]/u.test(source)) return "back-references are not allowed";
  if (/\(\?[^:]/u.test(bare)) return "look-around and named groups are not allowed";
  if (/\)[*+?{]/u.test(bare)) return "a group can't be repeated";
  const groups = bare.match(/\(/gu)?.length ?? 0;
  if (groups > MAX_GROUPS) return `at most ${MAX_GROUPS} groups`;
  const structure = bare.replaceAll("(?:", "(");
  if (withoutGroups(structure).includes("|")) return "put alternatives into a group, so that ^ holds for all of them";
  const repeats = structure.match(/[*+]|\{\d+,\d*\}/gu)?.length ?? 0;
  if (repeats > MAX_REPEATS) return `at most ${MAX_REPEATS} of * + {n,m}`;
  const optional = structure.match(/\?/gu)?.length ?? 0;
  return optional > MAX_OPTIONAL ? `at most ${MAX_OPTIONAL} question marks` : undefined;
}

/** The groups of the match; `undefined` = no match, or a text too long to try. */
export function matcher(source: string): (text: string) => RegExpExecArray | undefined {
  const pattern = new RegExp(source, "u");
  return (text) => (text.length > PATTERN_INPUT_MAX ? undefined : (pattern.exec(text) ?? undefined));
}

function withoutGroups(text: string): string {
  const inner = text.replaceAll(/\([^()]*\)/gu, "a");
  return inner === text ? text : withoutGroups(inner);
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source, "u").source.length > 0;
  } catch {
    return false;
  }
}
