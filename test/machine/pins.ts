/** What the guest's kernel said of its pins (trace events gpio_value), read from outside the service and its machine. */

export interface Edge {
  /** From 1. */
  readonly boot: number;
  readonly line: number;
  readonly level: 0 | 1;
  /** Seconds since that boot. */
  readonly at: number;
}

/** Changes of level only: a line that is claimed at rest is set to 0 and was 0. */
export function edges(text: string): readonly Edge[] {
  const found: Edge[] = [];
  let boot = 0;
  let base = 0;
  let levels = new Map<number, 0 | 1>();
  for (const one of text.split("\n")) {
    const began = /^boot (\d+)/.exec(one);
    if (began !== null) {
      boot++;
      base = Number(began[1]);
      levels = new Map();
    }
    const set = /\s([\d.]+): gpio_value: (\d+) set ([01])/.exec(one);
    if (set === null) continue;
    const line = Number(set[2]) - base;
    const level = set[3] === "1" ? 1 : 0;
    if ((levels.get(line) ?? 0) === level) continue;
    levels.set(line, level);
    found.push({ boot, line, level, at: Number(set[1]) });
  }
  return found;
}

export const risings = (text: string, lines: readonly number[]): number =>
  edges(text).filter(({ line, level }) => level === 1 && lines.includes(line)).length;
