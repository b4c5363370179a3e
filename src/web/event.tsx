/** The last thing that happened in a lane: verdict, who, household, why, and whom it nearly was. */
import type { JSX } from "preact";
import type { LaneView, RowView } from "../shell/desk.ts";
import { say } from "./language.ts";
import { gateNow, rows, siteTime, stale, view } from "./link.ts";
import { notes, tap } from "./taps.ts";
import { VERDICT, W } from "./words.ts";

const TOLD: readonly string[] = ["decision", "override", "alarm", "refusal"];
/** The gate offers an almost-match for two minutes; a tap near the end must still come in time. */
const OFFERED_MS = 115_000;

/** One word for what a row tells, and its tone. */
export function verdictOf(row: RowView): { readonly word: string; readonly tone: string; readonly mark: string } {
  if (row.verdict === "granted") return { word: say(VERDICT.granted), tone: "good", mark: "✓" };
  if (row.verdict === "denied") return { word: say(VERDICT.denied), tone: "bad", mark: "✕" };
  if (row.verdict !== undefined) return { word: say(VERDICT[row.verdict]), tone: "warn", mark: "?" };
  if (row.kind === "override") return { word: say(VERDICT.override), tone: "hand", mark: "☞" };
  if (row.kind === "alarm") return { word: say(VERDICT.alarm), tone: "bad", mark: "!" };
  if (row.kind === "refusal") return { word: say(VERDICT.refusal), tone: "warn", mark: "✕" };
  return { word: "", tone: "plain", mark: "·" };
}

/** The newest row that tells something of a lane. */
export function lastOf(lane: LaneView): RowView | undefined {
  let row: RowView | undefined;
  for (const one of rows.value) if (one.lane === lane.id && TOLD.includes(one.kind)) row = one;
  return row;
}

export function LastEvent({ lane }: { readonly lane: LaneView }): JSX.Element {
  const note = notes.value[lane.id];
  const row = lastOf(lane);
  if (note !== undefined) {
    return (
      <section class={`event ${note.is === "bad" ? "bad" : note.is === "good" ? "good" : "plain"}`} aria-live="polite">
        <p class="sentence">{say(note.text)}</p>
      </section>
    );
  }
  if (row === undefined)
    return (
      <section class="event plain" aria-live="polite">
        <p class="sentence">{say(W.quiet)}</p>
      </section>
    );
  const { word, tone, mark } = verdictOf(row);
  const offers = row.almost !== undefined && row.boot === view.value?.boot && gateNow.value - row.at < OFFERED_MS;
  return (
    <section class={`event ${tone} ${offers ? "offers" : ""}`} aria-live="polite" data-seq={row.seq}>
      <p class="verdict">
        <b>
          {mark} {word}
        </b>
        <span>{row.who ?? ""}</span>
      </p>
      {offers && row.almost !== undefined ? <Almost lane={lane} almost={row.almost} seq={row.seq} /> : null}
      <p class="sentence">
        <time>{siteTime(row.datedMs ?? row.wallMs).slice(0, 5)}</time>
        {row.household === undefined ? "" : `${row.household} · `}
        {say(row.sentence)}
      </p>
    </section>
  );
}

/** One tap lets it in as whom it nearly is: an order by the guard, and the journal says for whom. */
function Almost(props: {
  readonly lane: LaneView;
  readonly almost: NonNullable<RowView["almost"]>;
  readonly seq: number;
}): JSX.Element {
  const { lane, almost, seq } = props;
  return (
    <button
      type="button"
      class="order almost"
      disabled={stale.value}
      onClick={() => void tap(lane.id, "open", { about: seq })}
    >
      {say(W.almost)} <b>{almost.plate}</b> {almost.name}
    </button>
  );
}
