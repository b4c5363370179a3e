/** What a reader of an older schema would stumble over in a newer one. Adding is no break; everything else is. */
type Json = Readonly<Record<string, unknown>>;
const group = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export function breaks(before: unknown, after: unknown, at = ""): readonly string[] {
  const old = group(before);
  const now = group(after);
  const found: string[] = [];
  for (const key of ["type", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "format"])
    if (JSON.stringify(old[key]) !== JSON.stringify(now[key])) found.push(`${at} ${key} changed`);
  // New words may come; readers are told to expect them. None may go: somebody has built on it.
  for (const word of list(old.enum)) if (!list(now.enum).includes(word)) found.push(`${at} lost ${String(word)}`);
  if (old.enum === undefined && now.enum !== undefined) found.push(`${at} became a list`);
  for (const name of list(old.required))
    if (!list(now.required).includes(name)) found.push(`${at}.${String(name)} may be absent`);
  const fields = group(now.properties);
  for (const [name, field] of Object.entries(group(old.properties))) {
    if (fields[name] === undefined) found.push(`${at}.${name} is gone`);
    else found.push(...breaks(field, fields[name], `${at}.${name}`));
  }
  if (old.items !== undefined) found.push(...breaks(old.items, now.items, `${at}[]`));
  if (JSON.stringify(old.anyOf) !== JSON.stringify(now.anyOf)) found.push(`${at} alternatives changed`);
  return found;
}
