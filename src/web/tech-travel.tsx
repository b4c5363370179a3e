/** How long each arm takes, measured by its contacts, and what the configuration could say. Nothing changes by itself. */
import type { JSX } from "preact";
import type { BenchView, TravelView } from "../shell/bench.ts";
import { say } from "./language.ts";
import { W } from "./tech-words.ts";

export function TravelTab({ view }: { readonly view: BenchView }): JSX.Element {
  return (
    <>
      <p>{say(W.travelHow)}</p>
      <ul class="cards">
        {view.travels.map((one) => (
          <li key={one.lane} class="card block" data-travel={one.lane}>
            <strong>{one.laneName}</strong>
            <span>
              {say(W.allowed)} {seconds(one.travelMs)}
            </span>
            <span>
              {say(W.opens)} {one.told.open ? measured(one.openMs) : say(W.untold)} · {say(W.closes)}{" "}
              {one.told.closed ? measured(one.closeMs) : say(W.untold)}
            </span>
            {one.proposedMs === undefined ? null : (
              <>
                <span>{say(W.proposed)}</span>
                <pre>{yamlOf(one)}</pre>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const measured = (ms: number | undefined): string => (ms === undefined ? say(W.never) : seconds(ms));
const yamlOf = ({ lane, proposedMs }: TravelView): string =>
  `lanes:\n  - id: ${lane}\n    times: { travelMs: ${proposedMs} }`;
