/**
 * Requests to a device: templates → method, path, query and body. A value stays inside its place: a level of the path, a
 * parameter, a text of the document; it never becomes another path or another element.
 */
import type { Made } from "./outgoing.ts";
import type { FormParts, RequestTemplate } from "./profile-outgoing.ts";
import { compileJson, compileText, compileWritten, type Getter, type Scope, slotsIn, slotsInJson } from "./scope.ts";

export function fieldsOfRequest({ path, query = {}, body }: RequestTemplate): string[] {
  return [...slotsIn(path), ...fieldsOfForm(query), ...(body === undefined ? [] : fieldsOfBody(body))];
}

function fieldsOfBody(body: NonNullable<RequestTemplate["body"]>): string[] {
  if ("form" in body) return fieldsOfForm(body.form);
  return "json" in body ? slotsInJson(body.json) : slotsIn(body.xml);
}

const fieldsOfForm = (parts: FormParts): string[] =>
  Object.values(parts).flatMap((part) => (typeof part === "string" ? slotsIn(part) : slotsInJson(part.json)));

const UTF8 = new TextEncoder();

export function compileRequest(rule: RequestTemplate): Getter<Made> {
  const { method } = rule;
  const slots = rule.path.split("/").map((level) => level.includes("{"));
  // `..` would be another path, and nothing one level less.
  const strays = (path: string) => path.split("/").some((level, i) => slots[i] === true && /^\.{0,2}$/.test(level));
  const pathOf = compileWritten(rule.path, encodeURIComponent);
  const queryOf = compileForm(rule.query ?? {});
  const [type, bodyOf] = compileBody(rule.body);
  return (scope) => {
    const path = pathOf(scope);
    if (path === undefined || strays(path)) return { is: "unfit", where: "path" };
    const query = queryOf(scope);
    const body = bodyOf(scope);
    if (body === undefined) return { is: "unfit", where: "body" };
    const target = query === "" ? path : `${path}?${query}`;
    return { is: "made", out: { request: { method, target, type }, bytes: UTF8.encode(body) } };
  };
}

function compileBody(body: RequestTemplate["body"]): readonly [type: string, Getter<string | undefined>] {
  if (body === undefined) return ["", () => ""];
  if ("form" in body) return ["application/x-www-form-urlencoded", compileForm(body.form)];
  if ("xml" in body) return ["application/xml", compileWritten(body.xml, escaped)];
  const jsonOf = compileJson(body.json);
  return ["application/json", (scope) => JSON.stringify(jsonOf(scope))];
}

function compileForm(parts: FormParts): (scope: Scope) => string {
  const getters = Object.entries(parts).map(([name, part]) => [name, compilePart(part)] as const);
  return (scope) => {
    const form = new URLSearchParams();
    for (const [name, get] of getters) {
      const value = get(scope);
      if (value !== undefined) form.append(name, value);
    }
    return form.toString();
  };
}

function compilePart(part: FormParts[string]): Getter<string | undefined> {
  if (typeof part !== "string") {
    const jsonOf = compileJson(part.json);
    return (scope) => JSON.stringify(jsonOf(scope));
  }
  const textOf = compileText(part);
  return (scope) => {
    const value = textOf(scope);
    return value === undefined ? undefined : String(value);
  };
}

/** The five characters that mean something in XML (XML 1.0, 2.4); the ampersand first, or it would be escaped twice. */
const escaped = (value: string): string =>
  value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
