/** The figures as a table, the very same as in its CSV; wide ones scroll by themselves, by keyboard too. */
import type { JSX } from "preact";
import { tableOf } from "../core/traffic-table.ts";
import type { Table, TrafficAnswer } from "../core/traffic-told.ts";
import { DENIAL_WORDS } from "../core/words.ts";
import type { Sentence } from "../shell/desk.ts";
import { language, s, say } from "./language.ts";
import { csvOf } from "./traffic-ask.ts";

const NUMBER = /^-?[\d.]+(e-?\d+)?%?$/;
const NONE = s("没有", "None");
const DOWNLOAD = s("下载 CSV", "CSV file");

export function Figures(props: {
  readonly table: Table;
  readonly title: Sentence;
  readonly told: TrafficAnswer;
}): JSX.Element {
  const { table, told, title } = props;
  const [header = [], ...rows] = tableOf(table, told, language.value, DENIAL_WORDS);
  // One day's date stands above the page already.
  const skip = (table === "hours" || table === "times") && told.from === told.to ? 1 : 0;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll" data-table={table} aria-label={say(title)} tabIndex={0}>
        <table>
          <caption>{say(title)}</caption>
          <thead>
            <tr>
              {header.slice(skip).map((name, n) => (
                <th key={name} scope="col" class={isNumbers(rows, n + skip) ? "number" : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, n) => (
              <Row key={n} cells={cells.slice(skip)} />
            ))}
            {rows.length > 0 ? null : (
              <tr>
                <td colSpan={header.length - skip}>{say(NONE)}</td>
              </tr>
            )}
          </tbody>
        </table>
      </section>
      <p>
        <a class="csv" href={csvOf(table)} download>
          {say(DOWNLOAD)}
          <span class="hidden"> {say(title)}</span>
        </a>
      </p>
    </>
  );
}

const isNumbers = (rows: readonly (readonly string[])[], column: number): boolean =>
  column > 0 && rows.some((cells) => NUMBER.test(cells[column] ?? ""));

function Row({ cells }: { readonly cells: readonly string[] }): JSX.Element {
  const [first = "", ...rest] = cells;
  return (
    <tr>
      <th scope="row">{first === "" ? "—" : first}</th>
      {rest.map((cell, n) => (
        <td key={n} class={NUMBER.test(cell) ? "number" : ""}>
          {cell === "" ? "—" : cell}
        </td>
      ))}
    </tr>
  );
}
