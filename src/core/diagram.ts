/** A transition table as a mermaid state diagram with its legend, in Markdown. */

export interface Drawn<State extends string, Trigger extends string> {
  readonly from: State;
  readonly by: Trigger;
  readonly to: State;
}

/** @param begins states that a start may find; @param words what each trigger means */
export function drawn(
  title: string,
  table: string,
  begins: readonly string[],
  rows: readonly Drawn<string, string>[],
  words: Readonly<Record<string, string>>,
): string {
  return [
    `# ${title}`,
    "",
    `Drawn by \`.ci/diagrams.ts\` from the transition table in \`${table}\`; not edited by hand.`,
    "",
    "```mermaid",
    "stateDiagram-v2",
    ...begins.map((state) => `  [*] --> ${state}: start`),
    ...rows.map((each) => `  ${each.from} --> ${each.to}: ${each.by}`),
    "```",
    "",
    "| by | means |",
    "| --- | --- |",
    ...Object.entries(words).map(([name, said]) => `| \`${name}\` | ${said} |`),
    "",
  ].join("\n");
}
