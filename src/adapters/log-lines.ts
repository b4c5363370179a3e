/** The newest lines of the log, kept in memory for the technician's page; redacted already, as they were written. */

export interface LogLines {
  keep(line: string): void;
  /** Oldest first. */
  lines(): readonly string[];
}

const MOST = 500;
const LONGEST = 2_000;
/** The code for the first admin is for whoever sees the machine's console. */
const SETUP_CODE = /"setupCode":"[^"]*"/;

export function openLogLines(): LogLines {
  const kept: string[] = [];
  return {
    keep(line) {
      kept.push(line.slice(0, LONGEST).trimEnd().replace(SETUP_CODE, '"setupCode":"(redacted)"'));
      if (kept.length > MOST) kept.shift();
    },
    lines: () => kept,
  };
}
