/** What may stand at a place of a profile, read from its own JSON Schema: so that a complaint shows the right form. */
import { profileJsonSchema } from "./profile.ts";

type Path = readonly PropertyKey[];
type Node = ReadonlyMap<string, unknown>;

/** The forms of the places of one document: a choice is narrowed by what the document says there. */
export interface Forms {
  /** As an author would write it, `{ "by": number, "plus"?: number }`; empty = nothing may stand there. */
  at(path: Path): string;
  /** The keys that a group there may have. */
  keysAt(path: Path): readonly string[];
  /** Where a key belongs, as pointers with `*` for any name or number, the outermost first. */
  homesOf(key: string): readonly string[];
}

/** How deep a form is written out, and how far down a key is looked for. */
const SHOWN = 2;
const SOUGHT = 5;
const LONGEST = 300;

export function formsOf(document: unknown): Forms {
  const schema = profileJsonSchema();
  const root = asNode(schema);
  const nodesAt = (path: Path): readonly Node[] => {
    let value = document;
    let nodes = plainly(root, schema, value);
    for (const step of path) {
      value = asNode(value).get(String(step));
      nodes = nodes.flatMap((node) => plainly(root, below(node, step), value));
    }
    return nodes;
  };
  return {
    at: (path) => shortened(formOf(root, nodesAt(path), SHOWN)),
    keysAt: (path) => [...new Set(nodesAt(path).flatMap((node) => [...asNode(node.get("properties")).keys()]))],
    homesOf: (key) => [...new Set(homes(root, plainly(root, schema, document), key, "", SOUGHT))].toSorted(byLength),
  };
}

const byLength = (a: string, b: string): number => a.length - b.length;

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function asNode(value: unknown): Node {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** References followed and choices opened; of a choice those branches that the value seems to mean, else all. */
function plainly(root: Node, schema: unknown, value: unknown): readonly Node[] {
  const node = asNode(schema);
  const reference = node.get("$ref");
  if (typeof reference === "string") {
    const name = reference.slice("#/$defs/".length);
    return plainly(root, asNode(root.get("$defs")).get(name), value);
  }
  const choices = [...asList(node.get("anyOf")), ...asList(node.get("oneOf"))];
  if (choices.length === 0) return node.size === 0 ? [] : [node];
  const all = choices.flatMap((choice) => plainly(root, choice, value));
  const meant = all.filter((one) => isMeant(one, value));
  return meant.length > 0 ? meant : all;
}

function isMeant(node: Node, value: unknown): boolean {
  const there = asNode(value);
  const properties = asNode(node.get("properties"));
  const required = asList(node.get("required")).map(String);
  return (
    there.size > 0 &&
    properties.size > 0 &&
    required.some((key) => there.has(key)) &&
    [...properties].every(([key, rule]) => {
      const fixed = asNode(rule).get("const");
      return fixed === undefined || !there.has(key) || there.get(key) === fixed;
    })
  );
}

/** The schema of a member of what a node describes. */
function below(node: Node, step: PropertyKey): unknown {
  const own = asNode(node.get("properties")).get(String(step));
  if (own !== undefined) return own;
  const listed = asList(node.get("prefixItems"))[Number(step)];
  return listed ?? node.get("items") ?? node.get("additionalProperties");
}

function formOf(root: Node, nodes: readonly Node[], depth: number): string {
  const forms = new Set(nodes.map((node) => formOfOne(root, node, depth)));
  return [...forms].join(" or ");
}

function formOfOne(root: Node, node: Node, depth: number): string {
  const fixed = node.get("const");
  if (fixed !== undefined) return JSON.stringify(fixed);
  const among = asList(node.get("enum"));
  if (among.length > 0) return among.map((one) => JSON.stringify(one)).join(" | ");
  const inner = (schema: unknown): string => formOf(root, plainly(root, schema, undefined), depth - 1);
  switch (node.get("type")) {
    case "array":
      return depth === 0 ? "[…]" : `[${inner(node.get("items"))}, …]`;
    case "object":
      return depth === 0 ? "{…}" : groupForm(node, inner);
    case "string": {
      const pattern = node.get("pattern");
      return pattern === undefined ? "text" : `text like ${String(pattern)}`;
    }
    default:
      return String(node.get("type"));
  }
}

function groupForm(node: Node, inner: (schema: unknown) => string): string {
  const required = asList(node.get("required"));
  const members = [...asNode(node.get("properties"))].map(
    ([key, rule]) => `"${key}"${required.includes(key) ? "" : "?"}: ${inner(rule)}`,
  );
  return members.length > 0 ? `{ ${members.join(", ")} }` : `{ "…": ${inner(node.get("additionalProperties"))} }`;
}

function homes(root: Node, nodes: readonly Node[], key: string, pointer: string, depth: number): readonly string[] {
  if (depth === 0) return [];
  return nodes.flatMap((node) => {
    const properties = asNode(node.get("properties"));
    const here = properties.has(key) ? [pointer === "" ? "/" : pointer] : [];
    const members = [...properties, ["*", node.get("items")], ["*", node.get("additionalProperties")]] as const;
    return [
      ...here,
      ...members.flatMap(([name, rule]) =>
        homes(root, plainly(root, rule, undefined), key, `${pointer}/${name}`, depth - 1),
      ),
    ];
  });
}
