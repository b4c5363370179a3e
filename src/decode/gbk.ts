/** Text → GBK. The runtime only decodes it, so the table is that decoder turned round, made when first needed. */
let table: ReadonlyMap<string, number> | undefined;

function made(): ReadonlyMap<string, number> {
  const decoder = new TextDecoder("gbk");
  const found = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1)
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      // Two code units mean that the pair was none; the first pair of a character that has two is the usual one.
      if (text.length === 1 && text !== "\ufffd" && !found.has(text)) found.set(text, lead * 256 + trail);
    }
  return found;
}

/** The bytes, or `undefined` when a character has none. */
export function encodeGbk(text: string): Uint8Array | undefined {
  table ??= made();
  const bytes: number[] = [];
  for (const character of text) {
    if (character < "\u0080") bytes.push(character.charCodeAt(0));
    else {
      const pair = table.get(character);
      if (pair === undefined) return undefined;
      bytes.push(pair >> 8, pair & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}
