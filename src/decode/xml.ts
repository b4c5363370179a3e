/**
 * The little XML that devices push, as a tree: elements by their local names, texts as texts, repeated elements as
 * lists. Attributes, comments and processing instructions are passed over; a document type is refused, so that there
 * are no entities but the five of XML itself. One pass, with bounds on depth and number of elements.
 */
const DEPTH_MAX = 16;
const ELEMENTS_MAX = 2_000;
const LENGTH_MAX = 262_144;

/** A text, or an element's children by name; never an object with a prototype's keys in reach. */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

interface Open {
  readonly tag: string;
  readonly children: Map<string, XmlNode[]>;
  text: string;
}

// One piece at a time, each with an end that is looked for once: linear in the document.
const PIECE =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.:-]{0,80})((?:\s[^<>"']{0,80}=\s?(?:"[^"<]{0,400}"|'[^'<]{0,400}')){0,16})\s{0,8}(\/?)>|([^<]+)/gy;

/** The document's tree under the name of its root, or `undefined` when this is no XML of ours. */
export function parseXml(source: string): XmlNode | undefined {
  if (source.length > LENGTH_MAX) return undefined;
  const text = source.replace(/^\uFEFF/, "").trim();
  const top: Open = { tag: "", children: new Map(), text: "" };
  const stack: Open[] = [top];
  let elements = 0;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const piece = PIECE.exec(text);
    const here = stack.at(-1);
    if (piece === null || here === undefined) return undefined;
    const [, data, closing, tag, , empty, words] = piece;
    if (data !== undefined) here.text += data;
    if (words !== undefined) {
      const plain = unescaped(words);
      if (plain === undefined) return undefined;
      here.text += plain;
    }
    if (tag === undefined) continue;
    if (closing === "/") {
      if (here.tag !== tag) return undefined;
      stack.pop();
      put(stack.at(-1), here);
      continue;
    }
    elements += 1;
    if (elements > ELEMENTS_MAX || stack.length > DEPTH_MAX) return undefined;
    const opened: Open = { tag, children: new Map(), text: "" };
    if (empty === "/") put(here, opened);
    else stack.push(opened);
  }
  // One root, all closed, and no text beside it.
  return stack.length === 1 && top.children.size === 1 && top.text.trim() === "" ? nodeOf(top) : undefined;
}

function put(above: Open | undefined, done: Open): void {
  const name = done.tag.slice(done.tag.indexOf(":") + 1);
  above?.children.set(name, [...(above.children.get(name) ?? []), nodeOf(done)]);
}

function nodeOf({ children, text }: Open): XmlNode {
  if (children.size === 0) return text.trim();
  // `fromEntries` defines own properties, whatever their name.
  return Object.fromEntries([...children].map(([name, nodes]) => [name, single(nodes)]));
}

function single(nodes: readonly XmlNode[]): XmlNode | readonly XmlNode[] {
  const [only, second] = nodes;
  return only !== undefined && second === undefined ? only : nodes;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

const ENTITY = /&(?:(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));)?/g;

function unescaped(text: string): string | undefined {
  if (!text.includes("&")) return text;
  let good = true;
  const plain = text.replaceAll(ENTITY, (_, decimal?: string, hex?: string, name?: string) => {
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    const known = ENTITIES.get(String(name)) ?? (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined);
    good &&= known !== undefined;
    return String(known);
  });
  return good ? plain : undefined;
}
