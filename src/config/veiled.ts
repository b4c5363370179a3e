/** gate.yaml as it may be shown: word for word, but for anything secret that somebody wrote into it all the same. */
import { isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";

const SECRET = /pass|secret|token|(^|[a-z])key$|^pin$/i;
const GONE = "▒▒▒▒";
/** Where the file with a secret lies is none itself. */
const isSecret = (key: string): boolean => SECRET.test(key) && !/File$/.test(key);
/** A password in an address. */
const withoutPassword = (text: string): string => text.replaceAll(/(\/\/)[^/@\s"']*@/g, `$1${GONE}@`);
/** One value as it may be shown. */
export const veiledValue = (key: string, text: string): string => (isSecret(key) ? GONE : withoutPassword(text));

/** A file that can't be read as YAML is not shown at all: nobody knows what is where in it. */
export function veiledConfig(text: string): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return "";
  const spans: (readonly [number, number])[] = [];
  collect(document.contents, "", spans);
  let shown = text;
  for (const [from, to] of spans.toSorted((one, other) => other[0] - one[0]))
    shown = `${shown.slice(0, from)}${GONE}${shown.slice(to)}`;
  return withoutPassword(shown);
}

function collect(node: unknown, key: string, into: (readonly [number, number])[]): void {
  if (isMap(node)) {
    for (const pair of node.items)
      if (isPair(pair)) collect(pair.value, isScalar(pair.key) ? String(pair.key.value) : "", into);
    return;
  }
  if (isSeq(node)) {
    for (const item of node.items) collect(item, key, into);
    return;
  }
  if (!isScalar(node) || !isSecret(key) || typeof node.value === "boolean") return;
  const [from, to] = node.range ?? [0, 0];
  if (to > from) into.push([from, to]);
}
