/** One of many configurations for the power cuts, longer than a sector, each of another length. */
export const configurationOf = (n: number): string => `# ${n}\n${`line of ${n}\n`.repeat(200 + n)}# end of ${n}\n`;
