/** A profile file → a checked profile, or all its errors at once, with place and hint. */
import { type Forms, formsOf } from "./forms.ts";
import type { ContactProfile, DeviceProfile, OsdpProfile, Profile } from "./profile.ts";
import { profileSchema } from "./profile.ts";

/** One thing that is wrong, for its author. */
export interface Finding {
  /** JSON pointer into the profile; empty = the whole. */
  readonly where: string;
  readonly message: string;
  readonly hint?: string;
}

export type Loaded =
  | { readonly is: "profile"; readonly profile: Profile }
  | { readonly is: "errors"; readonly errors: readonly Finding[] };

/** Checks a profile given as JSON text or as a document; `name` is the file's name, with or without `.json`. */
export function parseProfile(source: unknown, name: string): Loaded {
  const document = typeof source === "string" ? parseJson(source) : { root: source };
  if ("error" in document) return { is: "errors", errors: [document.error] };
  const checked = profileSchema.safeParse(document.root);
  if (!checked.success) {
    const forms = formsOf(document.root);
    return { is: "errors", errors: checked.error.issues.flatMap((issue) => findings(issue, [], forms)) };
  }
  const id = checked.data.meta.id;
  if (id === name.replace(/\.json$/, "")) return { is: "profile", profile: checked.data };
  const message = `the id is "${id}", the file is called "${name}"`;
  return { is: "errors", errors: [{ where: "/meta/id", message, hint: "give both the same name" }] };
}

export function isDevice(profile: Profile): profile is DeviceProfile {
  return profile.form === "device";
}
export function isContact(profile: Profile): profile is ContactProfile {
  return profile.form === "dry-contact";
}

export function isOsdp(profile: Profile): profile is OsdpProfile {
  return profile.form === "osdp";
}

function parseJson(text: string): { readonly root: unknown } | { readonly error: Finding } {
  try {
    return { root: JSON.parse(text) };
  } catch (cause) {
    return {
      error: { where: "", message: `this is no JSON: ${String(cause)}`, hint: "look for a comma too many or too few" },
    };
  }
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[];
  readonly keys?: readonly string[];
}

/** A failed choice is told by the branch that came furthest, which is the one the author meant. */
function findings(issue: Issue, above: readonly PropertyKey[], forms: Forms): Finding[] {
  const path = [...above, ...issue.path];
  const where = path.map((step) => `/${String(step)}`).join("");
  const branches = (issue.errors ?? []).filter((branch) => branch.length > 0);
  // None came anywhere: the author is told every choice, not the last one.
  if (branches.length > 1 && branches.every((branch) => depth(branch) === 0)) {
    const choices = new Set(branches.flatMap((branch) => branch.flatMap((inner) => choicesOf(inner))));
    return [{ where, message: saidPlainly([...choices].join("; or ")), ...formHint(forms, path) }];
  }
  const meant = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
  if (meant !== undefined) return meant.flatMap((inner) => findings(inner, path, forms));
  if (issue.keys !== undefined)
    return issue.keys.map((key) => ({ where, message: `unknown key "${key}"`, hint: keyHint(forms, path, key) }));
  if (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union")
    return [{ where, message: saidPlainly(issue.message), ...formHint(forms, path) }];
  return [{ where, message: issue.message }];
}

/** What isn't there at all is missing, whatever it should have been: the form says that. */
function saidPlainly(message: string): string {
  const parts = message.split("; or ");
  if (parts.every((part) => part.endsWith("received undefined"))) return "is missing";
  return parts.map((part) => part.replace("Invalid input: ", "")).join("; or ");
}

const formHint = (forms: Forms, path: readonly PropertyKey[]) => ({ hint: `form: ${forms.at(path)}` });

/** The keys that may stand there, and the places where this one may. */
function keyHint(forms: Forms, path: readonly PropertyKey[], key: string): string {
  const known = `known here: ${forms.keysAt(path).join(", ")}`;
  const homes = forms.homesOf(key).slice(0, 3);
  return homes.length === 0 ? known : `${known}; "${key}" belongs in ${homes.join(" or ")}`;
}

const choicesOf = (issue: Issue): readonly string[] =>
  issue.errors === undefined || issue.errors.length === 0
    ? [issue.message]
    : issue.errors.flatMap((branch) => branch.flatMap(choicesOf));

function depth(branch: readonly Issue[]): number {
  return Math.max(...branch.map((issue) => issue.path.length));
}
