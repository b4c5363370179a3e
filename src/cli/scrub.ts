/** Takes people out of a text that leaves this machine: whoever is on the list, and whatever looks like a plate. */

const GONE = "(removed)";
/** Of the mainland: province, letter, five or six more; as cameras write them. */
const PLATE =
  /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][·\s]?[A-Z][·\s]?[A-Z0-9]{4,5}[A-Z0-9挂学警港澳]/gu;
const PHONE = /(?<!\d)1[3-9]\d{9}(?!\d)/g;
/** The code for the first admin, as `gatepost doctor` shows it. */
const SETUP_CODE = /\b[2-9A-HJKMNP-Z]{4}(?:-[2-9A-HJKMNP-Z]{4}){2}\b/g;
const TOKEN = /[\p{L}\p{N}]+/gu;
const SHORTEST_VALUE = 4;
const LONGEST = 24;

/** @param words names, ids, card numbers and plates of the list */
export function scrubber(words: readonly string[]): (text: string) => string {
  // Written without blanks between (Chinese names, card numbers, plates): found inside a longer run too.
  const inside = new Set<string>();
  // Of letters with blanks around: only as a whole word, or "Li" would take half of every word.
  const whole = new Set<string>();
  for (const word of words)
    for (const [part] of word.matchAll(TOKEN)) {
      const han = /\p{Script=Han}/u.test(part);
      if (han ? part.length >= 2 : /\d/.test(part) && part.length >= SHORTEST_VALUE) inside.add(part);
      else if (part.length >= 2) whole.add(part.toLowerCase());
    }
  const clean = (token: string): string => {
    if (whole.has(token.toLowerCase())) return GONE;
    for (let from = 0; from < token.length; from++)
      for (let to = Math.min(token.length, from + LONGEST); to >= from + 2; to--)
        if (inside.has(token.slice(from, to))) return `${token.slice(0, from)}${GONE}${clean(token.slice(to))}`;
    return token;
  };
  return (text) =>
    text.replaceAll(PLATE, GONE).replaceAll(SETUP_CODE, GONE).replaceAll(PHONE, GONE).replaceAll(TOKEN, clean);
}

const SECRET = /pass|secret|token|(^|[a-z])key$|^key|pin/i;
const PERSONAL = new Set(["name", "purpose", "clear", "username"]);

/** gate.yaml's values without secrets, people and free text; names of files stay. */
export function bareConfig(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => bareConfig(one, key));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, bareConfig(one, name)]));
  if (typeof value !== "string") return SECRET.test(key) ? GONE : value;
  if (PERSONAL.has(key) || (SECRET.test(key) && !/File$/.test(key))) return GONE;
  return value.replace(/(\/\/)[^/@\s]*@/g, `$1${GONE}@`);
}
