/** What was measured, as a table for people and as JSON for whoever compares runs. */
import { spread } from "./driver.ts";

export interface Line {
  /** Which part of the bench measured it. */
  readonly part: string;
  readonly measure: string;
  readonly who: string;
  readonly value: string;
  /** Range over the rounds, or what else says how sure it is. */
  readonly spread?: string;
  readonly goal?: string;
  readonly reached?: boolean;
  /** Rows found in its own file / events sent to it. */
  readonly rows?: string;
}

export interface Report {
  /** What is added from here on belongs to this part. */
  begin(part: string): void;
  /** Does it; what it throws is a line and a note of this part, and the other parts are measured all the same. */
  attempt(measure: string, measured: () => Promise<void> | void): Promise<void>;
  add(line: Omit<Line, "part">): void;
  /** Kept for the JSON file alone. */
  keep(name: string, value: unknown): void;
  note(text: string): void;
  text(): string;
  json(about: Readonly<Record<string, unknown>>): string;
  readonly lines: readonly Line[];
  readonly notes: readonly string[];
  readonly missed: readonly Line[];
}

export function openReport(): Report {
  const lines: Line[] = [];
  const notes: string[] = [];
  const kept: Record<string, unknown> = {};
  let part = "";
  const add = (line: Omit<Line, "part">) => void lines.push({ part, ...line });
  return {
    lines,
    notes,
    begin(next) {
      part = next;
    },
    async attempt(measure, measured) {
      try {
        await measured();
      } catch (cause) {
        const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
        console.error(`${measure}: ${why}`);
        notes.push(`${measure} was not measured: ${why.split("\n")[0] ?? ""}`.slice(0, 400));
        add({ measure, who: "–", value: "not measured", reached: false });
      }
    },
    add,
    keep(name, value) {
      kept[name] = value;
    },
    note: (text) => void notes.push(text),
    get missed() {
      return lines.filter((line) => line.reached === false);
    },
    text: () => [...rows(lines), "", ...notes.map((text) => `- ${text}`)].join("\n"),
    json: (about) => `${JSON.stringify({ ...about, lines, notes, ...kept }, null, 1)}\n`,
  };
}

/** As a table of Markdown that lines up. */
export function rows(lines: readonly Line[]): readonly string[] {
  const cells = lines.map((line) => [
    line.measure,
    line.who,
    line.value,
    line.spread ?? "",
    line.rows ?? "",
    line.goal ?? "",
    line.reached === undefined ? "" : line.reached ? "✓" : "✗",
  ]);
  const all = [["measure", "who", "value", "spread", "rows/sent", "goal", ""], ...cells];
  const widths = all[0]?.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0))) ?? [];
  const drawn = all.map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`);
  return [drawn[0] ?? "", `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...drawn.slice(1)];
}

export const us = (value: number): string => `${value.toLocaleString("en")} µs`;
export const times = (value: number): string => `${value.toFixed(2)}×`;

export interface Rounds {
  readonly p50: number;
  readonly p99: number;
  readonly each: readonly { readonly p50: number; readonly p99: number }[];
}

/** All rounds pooled, and each by itself; ms in, µs out. */
export function roundsOf(samples: readonly (readonly number[])[]): Rounds {
  const { p50, p99 } = spread(samples.flat());
  return { p50, p99, each: samples.map((one) => spread(one)) };
}

/** Least and most over the rounds. */
export function range(values: readonly number[], write: (value: number) => string): string {
  return values.length < 2 ? "" : `${write(Math.min(...values))} – ${write(Math.max(...values))}`;
}
