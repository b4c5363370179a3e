/** ULID: 48 bits of time and 80 bits that here come from a hash, so that the same record has the same number for ever. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MOST_MS = 2 ** 48 - 1;

/** @param hex at least 20 hex digits */
export function ulid(epochMs: number, hex: string): string {
  const ms = Math.min(MOST_MS, Math.max(0, Math.floor(epochMs)));
  return letters(BigInt(ms), 10) + letters(BigInt(`0x${hex.slice(0, 20)}`), 16);
}

function letters(value: bigint, many: number): string {
  let text = "";
  for (let rest = value; text.length < many; rest >>= 5n) text = (LETTERS[Number(rest & 31n)] ?? "") + text;
  return text;
}
