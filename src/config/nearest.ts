/** "Did you mean": the known word nearest to a mistyped one. */

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
export function editDistance(one: string, other: string): number {
  const a = [...one];
  const b = [...other];
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of a.entries()) {
    const line = [row + 1];
    for (const [column, otherLetter] of b.entries()) {
      const replaced = (above[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      let least = Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1);
      if (row > 0 && column > 0 && letter === b[column - 1] && otherLetter === a[row - 1]) {
        least = Math.min(least, (before[column - 1] ?? 0) + 1);
      }
      line.push(least);
    }
    before = above;
    above = line;
  }
  return above[b.length] ?? 0;
}

/** The nearest of `known` to `word`, ignoring case, `-` and `_`; undefined when nothing is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.slice(0, 64).toLowerCase().replaceAll(/[-_ ]/g, "");
  const wanted = plain(word);
  const most = Math.max(1, Math.floor(wanted.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(wanted, plain(candidate)) }))
    .filter(({ edits, candidate }) => edits <= most && edits < plain(candidate).length)
    .sort((one, other) => one.edits - other.edits);
  return ranked[0]?.candidate;
}
